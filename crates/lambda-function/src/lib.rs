//! What each function of the pair would repeat: its start, the errors of its settings, the words for a store or a key
//! that fails, how properties are read, what Terraform says beside them, which fields a secret's text has, and how whoever
//! may have a version is given it.
//!
//! A function's `main.rs` reads the world and hands it to [`run`]; its `settings.rs` reads [`Variables`]; its
//! `reason.rs` asks [`reason`] for what is the same for all.

pub mod address;
mod built_for;
pub mod fields;
pub mod properties;
pub mod reading;
pub mod reason;
mod run;
#[cfg(feature = "schema")]
pub mod schema;
mod settings;
pub mod terraform;

pub use aws_session::{Env, Session};
pub use run::{Error, run, run_over_s3, sleep};
pub use settings::{InvalidSetting, Variables, invalid};

use custom_resource::PhysicalResourceId;

/// The account of a function, out of its ARN as Lambda says it.
pub fn account_of(function_arn: Option<&str>) -> Option<&str> {
    function_arn?.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The id of a resource that could not be created; it never parses as that of a version.
pub const NOT_CREATED: PhysicalResourceId = PhysicalResourceId::from_static("cfn-secrets/not-created");
