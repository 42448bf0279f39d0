//! Reading a function's properties: those that it does not know are told all at once, each with what was probably meant,
//! and a template that is meant for the other function hears so.

use std::fmt;

use custom_resource::{Error, Properties};
use serde::de::value::Error as NothingRead;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

/// A function as its users tell it from the other one.
#[derive(Debug)]
pub struct Function {
    /// What it is called.
    pub name: &'static str,
    /// What it does with secrets.
    pub does: &'static str,
    /// The export that holds its ARN.
    pub export: &'static str,
    /// The properties that only it has, in order.
    pub own: &'static [&'static str],
}

/// The one that makes secrets.
pub const GENERATOR: Function = Function {
    name: "generator",
    does: "makes secrets",
    export: "cfn-secrets-GeneratorArn",
    own: &[
        "AllowWeak",
        "Alphabet",
        "Bytes",
        "ClientRequestToken",
        "EncryptedValue",
        "EncryptionContext",
        "Engine",
        "Entropy",
        "ExcludeAmbiguous",
        "ExcludeCharacters",
        "ExcludeLowercase",
        "ExcludeNumbers",
        "ExcludePunctuation",
        "ExcludeUppercase",
        "FirstCharacter",
        "GenerateSecretString",
        "GenerateStringKey",
        "IncludeSpace",
        "KeyFormat",
        "KeyId",
        "KeySize",
        "Kind",
        "OnConflict",
        "PasswordLength",
        "RecoveryWindowInDays",
        "RequireEachIncludedType",
        "Required",
        "RotationTrigger",
        "SecretStringTemplate",
        "UrlSafe",
        "UsernameLength",
        "Value",
        "Words",
    ],
};

/// The one that reads them.
pub const GETTER: Function = Function {
    name: "getter",
    does: "reads secrets",
    export: "cfn-secrets-GetterArn",
    own: &["Attributes", "SecretId", "Stage", "Version"],
};

/// How many unknown properties are told; a Reason has no room for any number of them.
const MAX_TOLD: usize = 12;

/// As much of an unknown name as is told.
const MAX_NAME_CHARACTERS: usize = 64;

/// Who reads, and what else may come in.
#[derive(Debug)]
pub struct Reader {
    /// The function whose properties they are.
    pub this: &'static Function,
    /// The one whose they may be by mistake.
    pub other: &'static Function,
    /// Names that other tools have for a property of this one.
    pub names_elsewhere: &'static [(&'static str, &'static str)],
}

impl Reader {
    /// Reads what a template or an invoker says.
    ///
    /// # Errors
    /// What is missing, unknown, empty or breaks its rule.
    pub fn read<T: DeserializeOwned>(&self, properties: &Properties) -> Result<T, Error> {
        let known = names_of::<T>();
        let unknown: Vec<&str> = properties.names().filter(|name| !known.contains(name)).collect();
        if unknown.is_empty() {
            return properties.parse().map_err(|error| match properties.string(error.path()) {
                Some("") => Error::new(format!("property {}", Empty(error.path()))),
                _ => error.into(),
            });
        }
        let is_others = |name: &&&str| self.other.own.contains(name);
        let is_own = |name: &str| self.this.own.contains(&name);
        match unknown.iter().find(is_others) {
            Some(others) if !properties.names().any(is_own) => Err(Error::new(self.swapped(others))),
            _ => Err(Error::new(self.unknown(&unknown, known))),
        }
    }

    fn swapped(&self, others: &str) -> String {
        let (this, other) = (self.this, self.other);
        format!(
            "this is the {}, which {}, and {others} is a property of the {}, which {}: set ServiceToken to !ImportValue {}, \
             or leave {others} out",
            this.name, this.does, other.name, other.does, other.export
        )
    }

    fn unknown(&self, unknown: &[&str], known: &'static [&'static str]) -> String {
        let mut hints: Vec<String> = unknown.iter().take(MAX_TOLD).map(|name| self.hint(name, known)).collect();
        if unknown.len() > MAX_TOLD {
            hints.push(format!("{} more are unknown", unknown.len() - MAX_TOLD));
        }
        format!("{} (docs/properties.md has all that the {} knows)", hints.join("; "), self.this.name)
    }

    fn hint(&self, name: &str, known: &'static [&'static str]) -> String {
        if let Some((_, ours)) = self.names_elsewhere.iter().find(|(theirs, _)| *theirs == name) {
            return format!("property {name} is called {ours} here");
        }
        if self.other.own.contains(&name) {
            return format!("property {name} is the {}'s", self.other.name);
        }
        let shown: String = name.chars().take(MAX_NAME_CHARACTERS).collect();
        let elsewhere = self.names_elsewhere.iter().copied();
        match nearest(&shown, known.iter().map(|ours| (*ours, *ours)).chain(elsewhere)) {
            Some(nearest) => format!("property {shown} is unknown, did you mean {nearest}?"),
            None => format!("property {shown} is unknown"),
        }
    }
}

/// Of names and what they mean here, the one that was probably meant: a few typing errors and letter case do not count,
/// nor does what goes before or after it.
fn nearest(given: &str, known: impl Iterator<Item = (&'static str, &'static str)> + Clone) -> Option<&'static str> {
    let given = given.to_lowercase();
    let near = known.clone().filter_map(|(name, meaning)| {
        let distance = strsim::damerau_levenshtein(&given, &name.to_lowercase());
        (distance <= (name.len() / 3).max(1)).then_some((distance, meaning))
    });
    let part = known.filter_map(|(name, meaning)| {
        let name = name.to_lowercase();
        let beginning: String = name.chars().take(given.chars().count()).collect();
        let begins_so = given.len() > 2 && strsim::damerau_levenshtein(&given, &beginning) <= given.len() / 3;
        let is_part = name.len() > 2 && given.len() > 2 && (given.contains(&name) || name.contains(&given));
        (begins_so || is_part).then_some((name.len().abs_diff(given.len()), meaning))
    });
    near.min_by_key(|(distance, _)| *distance)
        .or_else(|| part.min_by_key(|(rest, _)| *rest))
        .map(|(_, meaning)| meaning)
}

/// A property that must not be an empty string, by its name. A template has such a one where a parameter has no value.
#[derive(Clone, Copy, Debug)]
pub struct Empty<'a>(pub &'a str);

impl fmt::Display for Empty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is empty: leave it out, or give it !Ref AWS::NoValue", self.0)
    }
}

/// The names of a type's fields, in its own order: what it tells the format that it is read from.
pub fn names_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // Nothing is read, as nothing is there to be read.
    let _ = T::deserialize(FieldNames(&mut names));
    names
}

/// A format that only hears the names.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = NothingRead;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NothingRead> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NothingRead> {
        Err(NothingRead::custom("only the names are heard"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only refusals are looked at")]
    struct Some {
        env: Option<String>,
        password_length: Option<u16>,
        name: Option<u16>,
        table_name: Option<String>,
    }

    const READER: Reader = Reader {
        this: &GENERATOR,
        other: &GETTER,
        names_elsewhere: &[("Length", "PasswordLength"), ("KmsKeyId", "KeyId")],
    };

    fn refusal(properties: Value) -> String {
        READER.read::<Some>(&Properties::from_value(properties).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn all_that_is_unknown_is_told_at_once() {
        let told = refusal(json!({
            "Env": "prod", "KmsKeyId": "k", "Lenght": 20, "Pasword": 1, "Environment": "x", "PaswordLenght": 1, "env": 1,
            "Region": "eu", "SecretId": "s", "PasswordLength": "x",
        }));
        let expected = "property Environment is unknown, did you mean Env?; property KmsKeyId is called KeyId here; \
                        property Lenght is unknown, did you mean PasswordLength?; \
                        property Pasword is unknown, did you mean PasswordLength?; \
                        property PaswordLenght is unknown, did you mean PasswordLength?; property Region is unknown; \
                        property SecretId is the getter's; property env is unknown, did you mean Env? \
                        (docs/properties.md has all that the generator knows)";
        assert_eq!(told, expected);
        let mut many = json!({});
        (0..100).for_each(|number| many[format!("{number:03}{}", "x".repeat(1000))] = json!(1));
        let told = refusal(many);
        assert!(told.len() < 1200 && told.contains("; 88 more are unknown ("), "{told}");
    }

    #[test]
    fn a_template_for_the_other_function_hears_so() {
        let expected = |property: &str| {
            format!(
                "this is the generator, which makes secrets, and {property} is a property of the getter, which reads \
                 secrets: set ServiceToken to !ImportValue cfn-secrets-GetterArn, or leave {property} out"
            )
        };
        assert_eq!(refusal(json!({"SecretId": "a"})), expected("SecretId"));
        assert_eq!(refusal(json!({"Env": "prod", "Name": "a", "Stage": "previous", "X": 1})), expected("Stage"));
    }

    #[test]
    fn an_empty_string_is_no_value_and_a_broken_rule_is_told() {
        assert_eq!(
            refusal(json!({"PasswordLength": ""})),
            "property PasswordLength is empty: leave it out, or give it !Ref AWS::NoValue"
        );
        assert!(refusal(json!({"PasswordLength": "x"})).starts_with("property PasswordLength: must be"));
    }
}
