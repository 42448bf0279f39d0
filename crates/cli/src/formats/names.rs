//! The names of values in a file: what becomes of them, and which a format takes.

use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::failure::Failure;

/// What becomes of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Names {
    /// As they are.
    #[default]
    AsIs,
    /// In upper case, with `_` for what no variable's name may hold.
    Upper,
}

/// What a format asks of a name; else why not.
pub(crate) type Rule = fn(&str) -> Result<(), &'static str>;

/// Any name.
pub(super) fn any(_: &str) -> Result<(), &'static str> {
    Ok(())
}

/// That of a variable (POSIX, "Environment Variable Definition").
pub(crate) fn variable_name(name: &str) -> Result<(), &'static str> {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let valid = first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if valid { Ok(()) } else { Err("a variable's name is letters, digits and '_', and no digit first") }
}

/// What a shell makes of its own, whatever is assigned (bash, "Shell Variables"); beside them, all that begins with `BASH`.
const OF_SHELLS: [&str; 19] = [
    "_",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "LINENO",
    "OPTIND",
    "PIPESTATUS",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
];

/// That of a variable which a shell leaves alone.
pub(super) fn shell_variable(name: &str) -> Result<(), &'static str> {
    variable_name(name)?;
    let kept = name.starts_with("BASH") || OF_SHELLS.contains(&name);
    if kept { Err("a shell keeps the variable of this name for itself") } else { Ok(()) }
}

/// What is no variable's name in Terraform, since blocks have arguments of these names.
const OF_TERRAFORM: [&str; 8] =
    ["count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"];

/// That of a variable of Terraform.
pub(super) fn terraform(name: &str) -> Result<(), &'static str> {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let valid = first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    match () {
        () if !valid => Err("a Terraform variable's name is letters, digits, '_' and '-', and no digit first"),
        () if OF_TERRAFORM.contains(&name) => Err("Terraform has no variable of this name"),
        () => Ok(()),
    }
}

/// A name as that of a variable.
pub(crate) fn variable(name: &str) -> String {
    let upper = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    let upper: String = upper.collect();
    if upper.starts_with(|c: char| c.is_ascii_digit()) { format!("_{upper}") } else { upper }
}

/// Every name as it is written.
///
/// # Errors
/// For one that the format does not take, and for two that become one.
pub(super) fn all<'a>(given: impl Iterator<Item = &'a str>, names: Names, rule: Rule) -> Result<Vec<String>, Failure> {
    let mut taken = BTreeMap::new();
    let mut written = Vec::new();
    for name in given {
        let spelled = match names {
            Names::AsIs => name.to_owned(),
            Names::Upper => variable(name),
        };
        if let Err(why) = rule(&spelled) {
            let hint = match rule(&variable(name)) {
                Ok(()) => "`--names upper` makes variables' names of them",
                Err(_) => "choose other secrets by --name, or a format that takes any name, such as json",
            };
            return Err(Failure::refused(format!("this format cannot carry the name `{name}`: {why}")).hint(hint));
        }
        if let Some(other) = taken.insert(spelled.clone(), name) {
            return Err(Failure::refused(format!("`{other}` and `{name}` would both be `{spelled}`"))
                .hint("choose fewer secrets, or a format that takes names as they are, such as json"));
        }
        written.push(spelled);
    }
    Ok(written)
}
