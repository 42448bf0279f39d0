//! The functions under test, a row each: whatever the harness does to a function, it reads from here.

use crate::ministack::REGION;

macro_rules! functions {
    ($($(#[$doc:meta])* $function:ident: binary $binary:literal, role $role:literal, settings $settings:expr, $answers:ident;)*) => {
        /// A function of the pair, with its own role.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Function {
            $($(#[$doc])* $function,)*
        }

        impl Function {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$function),*];

            /// The binary, and the crate that it is built from.
            pub fn binary(self) -> &'static str {
                match self { $(Self::$function => $binary,)* }
            }

            /// The same over a bucket.
            pub fn binary_over_s3(self) -> &'static str {
                match self { $(Self::$function => concat!($binary, "-s3"),)* }
            }

            /// Its ARN in this account.
            pub fn arn(self, account: &str) -> String {
                format!("arn:aws:lambda:{REGION}:{account}:function:{}", self.binary())
            }

            /// The logical id of its role in `template.yaml`.
            pub fn role(self) -> &'static str {
                match self { $(Self::$function => $role,)* }
            }

            /// The variables that the template sets to parts of the account.
            pub fn settings(self) -> &'static [Setting] {
                match self { $(Self::$function => $settings,)* }
            }

            /// What its answers may hold.
            pub fn answers(self) -> Answers {
                match self { $(Self::$function => Answers::$answers,)* }
            }
        }
    };
}

functions! {
    /// Writes and encrypts.
    Generator: binary "generator", role "GeneratorRole", settings &[Setting::TableName, Setting::KeyId], WithoutSecrets;
    /// Reads and decrypts.
    Getter: binary "getter", role "GetterRole", settings &[Setting::TableName], WithSecrets;
    /// Reads, decrypts and publishes.
    Publisher: binary "publisher", role "PublisherRole",
        settings &[Setting::TableName, Setting::ParameterPrefixes, Setting::SecretPrefixes], WithoutSecrets;
}

/// How the names of parameters begin that the publisher may write.
pub const PARAMETER_PREFIX: &str = "/pub/";
/// The same of secrets.
pub const SECRET_PREFIX: &str = "pub/";

/// A variable that is set to a part of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `TABLE_NAME`
    TableName,
    /// `KMS_KEY_ID`
    KeyId,
    /// `PARAMETER_PREFIXES`
    ParameterPrefixes,
    /// `SECRET_PREFIXES`
    SecretPrefixes,
}

/// Whether a function is there to hand out secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// In the attributes of its answers, under `NoEcho`.
    WithSecrets,
    /// Nowhere.
    WithoutSecrets,
}
