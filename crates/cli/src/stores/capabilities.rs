//! What each store keeps and takes, as data: verbs refuse by it what a store lacks, the conformance suite holds the store to it,
//! and the table of docs/stores.md is made of it.

use std::fmt;
use std::num::NonZeroU32;

use secret_store::plan::RecoveryWindow;
use targets_aws::limits::{parameter, secret};

/// What a store keeps and takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// As `--store` spells it.
    pub store: &'static str,
    /// What the service is called.
    pub service: &'static str,
    /// How a name is spelled.
    pub names: &'static str,
    /// The longest value in bytes of UTF-8.
    pub longest_value: usize,
    /// Whether there may be one of no bytes.
    pub empty_value: bool,
    /// What is refused in a value beside its length.
    pub refused_values: Option<&'static str>,
    /// What becomes of versions.
    pub versions: Versions,
    /// The longest comment in characters; `None` where it keeps none.
    pub longest_comment: Option<usize>,
    /// Whether values can be bound to an encryption context of one's own.
    pub context: bool,
    /// Whether `--tier` says something.
    pub tier: bool,
    /// Whether `--key` says something.
    pub key: bool,
    /// What is done about a wish that comes twice, or two at once.
    pub repeated: &'static str,
    /// What `delete` does.
    pub deletion: Deletion,
    /// How many values are read by one call.
    pub batch: usize,
    /// How many calls are made in a second at most.
    pub rate: Rate,
    /// Where AWS says so.
    pub source: &'static str,
}

/// What becomes of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// What one is called.
    pub called: &'static str,
    /// Which are kept.
    pub kept: &'static str,
    /// Whether one can be stored under a number that is chosen.
    pub chosen: bool,
    /// How many are surely kept, where that is not as many as one likes.
    pub most: Option<usize>,
}

/// How many calls are made in a second at most: the service counts those of all that work in an account and a region, and
/// stacks that are deployed meanwhile want theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// It has no such quota, or one that a command does not reach.
    Any,
    /// Reads and writes are counted together.
    Calls(u32),
    /// Only writes are few.
    Writes(u32),
}

impl Rate {
    /// The number.
    #[must_use]
    pub fn most(self) -> Option<NonZeroU32> {
        match self {
            Self::Any => None,
            Self::Calls(most) | Self::Writes(most) => NonZeroU32::new(most),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("as many as `--concurrency` makes"),
            Self::Calls(most) => write!(f, "{most}"),
            Self::Writes(most) => write!(f, "{most} that write"),
        }
    }
}

/// What `delete` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone, with all versions.
    AtOnce,
    /// It can be brought back for so many days.
    Window {
        /// At least.
        least: u16,
        /// At most.
        most: u16,
    },
}

/// The pair's table.
pub const TABLE: Capabilities = Capabilities {
    store: "table[:NAME]",
    service: "the pair's table",
    names: "STACK/ENV or STACK/ENV/NAME",
    longest_value: 300_000,
    empty_value: false,
    refused_values: None,
    versions: Versions {
        called: "a number from 1 up",
        kept: "until what set them aside is erased",
        chosen: false,
        most: None,
    },
    longest_comment: None,
    context: true,
    tier: false,
    key: true,
    repeated: "known by its token; one of two waits for the other",
    deletion: Deletion::Window { least: 1, most: RecoveryWindow::MAX_DAYS },
    batch: 1,
    rate: Rate::Any,
    source: "docs/format.md",
};

/// The pair's bucket.
pub const BUCKET: Capabilities = Capabilities {
    store: "s3://BUCKET[/PREFIX]",
    service: "the pair's bucket",
    repeated: "known by its token; one of two decides anew",
    source: "docs/format.md, \"In a bucket\"",
    ..TABLE
};

/// credstash's table.
pub const CREDSTASH: Capabilities = Capabilities {
    store: "credstash://TABLE",
    service: "credstash",
    names: "any text",
    longest_value: 300_000,
    empty_value: true,
    refused_values: None,
    versions: Versions { called: "a number of 19 digits", kept: "all", chosen: true, most: None },
    longest_comment: Some(2048),
    context: true,
    tier: false,
    key: true,
    repeated: "known by its ciphertext; a version is never overwritten",
    deletion: Deletion::AtOnce,
    batch: 1,
    rate: Rate::Any,
    source: "Amazon DynamoDB Developer Guide, \"Quotas\" (an item has 400 KB); docs/credstash.md",
};

/// Parameter Store.
pub const PARAMETERS: Capabilities = Capabilities {
    store: "ssm:/PATH",
    service: "Parameter Store",
    names: "/PATH/NAME of letters, digits, '_', '.' and '-'; 15 levels, and 1011 characters with the ARN before it",
    longest_value: parameter::STANDARD_BYTES,
    empty_value: false,
    refused_values: Some("`{{...}}`"),
    versions: Versions {
        called: "a number from 1 up",
        kept: "the newest 100; a label holds one, and then blocks",
        chosen: false,
        most: Some(100),
    },
    longest_comment: Some(parameter::DESCRIPTION),
    context: false,
    tier: true,
    key: true,
    repeated: "looked at before it is tried again; a version of somebody else that came between is told",
    deletion: Deletion::AtOnce,
    batch: 10,
    // Of 40, without higher throughput.
    rate: Rate::Calls(30),
    source: "AWS Systems Manager API Reference, `PutParameter`; User Guide, \"Working with parameter versions\"",
};

/// Secrets Manager.
pub const SECRETS: Capabilities = Capabilities {
    store: "secretsmanager:PREFIX",
    service: "Secrets Manager",
    names: "1 to 512 letters, digits and /_+=.@-",
    longest_value: secret::BYTES,
    empty_value: false,
    refused_values: None,
    versions: Versions {
        called: "an id, or a staging label",
        kept: "those with a label, some 100 others, and all of the last day",
        chosen: false,
        most: Some(100),
    },
    longest_comment: Some(secret::DESCRIPTION),
    context: false,
    tier: false,
    key: true,
    repeated: "known by its token, the service's `ClientRequestToken`",
    deletion: Deletion::Window { least: *secret::RECOVERY_DAYS.start(), most: *secret::RECOVERY_DAYS.end() },
    batch: 1,
    // Of 50.
    rate: Rate::Writes(40),
    source: "AWS Secrets Manager API Reference, `CreateSecret`, `PutSecretValue`, `DeleteSecret`; User Guide, \"Quotas\"",
};

/// All of them, as docs/stores.md has them.
pub const ALL: [Capabilities; 5] = [TABLE, BUCKET, CREDSTASH, PARAMETERS, SECRETS];
