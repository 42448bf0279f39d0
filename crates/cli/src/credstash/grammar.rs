//! credstash's words: its verbs, and the flags of the program and of each of them.

use std::fmt;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// It is there or not.
    Nothing,
    /// One value, called so in its help.
    One(&'static str),
    /// Values until the next flag.
    Many(&'static str),
}

/// A flag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flag {
    /// Its letter.
    pub(super) short: Option<char>,
    /// Its name.
    pub(super) long: &'static str,
    /// What it takes.
    pub(super) takes: Takes,
    /// What it is for.
    pub(super) help: &'static str,
    /// Or of the program.
    pub(super) of_the_verb: bool,
}

const fn flag(short: char, long: &'static str, takes: Takes, help: &'static str) -> Flag {
    Flag { short: Some(short), long, takes, help, of_the_verb: true }
}

const fn global(short: Option<char>, long: &'static str, metavar: &'static str, help: &'static str) -> Flag {
    Flag { short, long, takes: Takes::One(metavar), help, of_the_verb: false }
}

impl Flag {
    /// Whether this is how it is spelled in full.
    pub(super) fn is(&self, spelled: &str) -> bool {
        match spelled.strip_prefix("--") {
            Some(long) => self.long == long,
            None => {
                spelled.strip_prefix('-').and_then(|letter| letter.parse().ok()) == self.short && self.short.is_some()
            }
        }
    }

    /// Whether it asks for help.
    pub(super) fn is_help(&self) -> bool {
        self.long == HELP.long
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.short {
            Some(short) => write!(f, "-{short}/--{}", self.long),
            None => write!(f, "--{}", self.long),
        }
    }
}

/// Of every verb, and of the program.
pub(super) static HELP: Flag = flag('h', "help", Takes::Nothing, "Show this help");

/// Of the program.
pub(super) static GLOBALS: [Flag; 7] = [
    global(
        Some('r'),
        "region",
        "REGION",
        "The AWS region of the table; else AWS_DEFAULT_REGION, what ~/.aws/config says, or us-east-1",
    ),
    global(
        None,
        "kms-region",
        "REGION",
        "The region of the key; else the one that `setup` saved, or that of the table",
    ),
    global(Some('t'), "table", "TABLE", "The table; else CREDSTASH_DEFAULT_TABLE, or credential-store"),
    global(None, "log-level", "LEVEL", "Accepted: no log is written"),
    global(None, "log-file", "FILE", "Accepted: no log is written"),
    global(Some('p'), "profile", "PROFILE", "The profile of the AWS CLI's files whose credentials are taken"),
    global(Some('n'), "arn", "ARN", "The role to take (before the verb, or as --arn)"),
];

/// The formats of many values.
pub(super) const FORMATS: [&str; 4] = ["json", "csv", "dotenv", "yaml"];

static NOLINE: Flag = flag('n', "noline", Takes::Nothing, "Print no newline after the value");
static VERSION_TO_GET: Flag = flag('v', "version", Takes::One("VERSION"), "This version; else the highest");
static FORMAT: Flag =
    flag('f', "format", Takes::One("FORMAT"), "How many values are printed: json, the default, csv, dotenv or yaml");
static KEY: Flag = flag('k', "key", Takes::One("KEY"), "The KMS key; else alias/credstash");
static COMMENT: Flag = flag('c', "comment", Takes::One("COMMENT"), "What is said of the value");
static VERSION_TO_PUT: Flag = flag('v', "version", Takes::One("VERSION"), "As this version; else 1, and 0 by putall");
static AUTOVERSION: Flag =
    flag('a', "autoversion", Takes::Nothing, "As the next version: the highest that there is, and one more");
static DIGEST: Flag =
    flag('d', "digest", Takes::One("DIGEST"), "Of the HMAC: SHA, SHA224, SHA256, the default, SHA384, SHA512 or MD5");
static PROMPT: Flag = flag('P', "prompt", Takes::Nothing, "Ask for the value");
static SAVE_KMS_REGION: Flag = Flag {
    short: None,
    long: "save-kms-region",
    takes: Takes::One("REGION"),
    help: "Save the region of the key in ~/.credstash",
    of_the_verb: true,
};
static TAGS: Flag = Flag {
    short: None,
    long: "tags",
    takes: Takes::Many("KEY=VALUE"),
    help: "Tags for a new table",
    of_the_verb: true,
};

/// A verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Delete,
    Get,
    GetAll,
    Keys,
    List,
    Put,
    PutAll,
    Setup,
}

impl Verb {
    /// In the order of the help.
    pub(super) const ALL: [Self; 8] =
        [Self::Delete, Self::Get, Self::GetAll, Self::Keys, Self::List, Self::Put, Self::PutAll, Self::Setup];

    /// Its name; it has no shorter one.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Get => "get",
            Self::GetAll => "getall",
            Self::Keys => "keys",
            Self::List => "list",
            Self::Put => "put",
            Self::PutAll => "putall",
            Self::Setup => "setup",
        }
    }

    /// What it does.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Delete => "Delete all versions of a credential",
            Self::Get => "Print a credential, or those whose names a * stands for",
            Self::GetAll => "Print all credentials of a context",
            Self::Keys => "Print the names of all credentials",
            Self::List => "Print the names, versions and comments of all credentials",
            Self::Put => "Store a credential",
            Self::PutAll => "Store the credentials of a JSON object",
            Self::Setup => "Make the table",
        }
    }

    /// Its positionals, as its help has them.
    pub(super) fn positionals(self) -> &'static str {
        match self {
            Self::Delete => "credential",
            Self::Get => "credential [context ...]",
            Self::GetAll => "[context ...]",
            Self::Put => "credential [value] [context ...]",
            Self::PutAll => "credentials [context ...]",
            Self::Keys | Self::List | Self::Setup => "",
        }
    }

    /// Its own flags.
    pub(super) fn own(self) -> Vec<&'static Flag> {
        match self {
            Self::Delete | Self::Keys | Self::List => Vec::new(),
            Self::Get => vec![&NOLINE, &VERSION_TO_GET, &FORMAT],
            Self::GetAll => vec![&VERSION_TO_GET, &FORMAT],
            Self::Put => vec![&KEY, &COMMENT, &VERSION_TO_PUT, &AUTOVERSION, &DIGEST, &PROMPT],
            Self::PutAll => vec![&KEY, &VERSION_TO_PUT, &COMMENT, &AUTOVERSION, &DIGEST],
            Self::Setup => vec![&SAVE_KMS_REGION, &TAGS],
        }
    }

    /// All that it takes: its own first, which count more where both have a letter.
    pub(super) fn flags(self) -> Vec<&'static Flag> {
        let mut flags = vec![&HELP];
        flags.extend(self.own());
        flags.extend(&GLOBALS);
        flags
    }
}
