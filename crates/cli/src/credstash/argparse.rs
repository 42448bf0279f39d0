//! Command lines as Python's argparse reads them, which is how credstash's scripts are written: abbreviated long flags,
//! `-nv1`, and what begins with a dash and is a value all the same, such as `-1` and the first line of a PEM file.
//!
//! clap reads these otherwise, and a secret that begins with a dash must not become a flag. Two things are taken that
//! argparse of some versions refuses: flags between positionals, and the flags of the program behind its verb.

use std::collections::BTreeMap;

use super::grammar::{Flag, Takes};

/// What a part of a command line says. There may be a secret in it: nothing but a test prints it.
#[derive(Default)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Said {
    /// The flags, by their long names, each with what it was given last.
    flags: BTreeMap<&'static str, Vec<String>>,
    /// Everything else.
    pub(super) positionals: Vec<String>,
}

/// What one argument is.
enum Is<'a> {
    Positional,
    Flag(&'static Flag, Attached<'a>),
    Unknown,
}

/// What stands behind a flag in the same argument.
#[derive(Clone, Copy)]
enum Attached<'a> {
    Nothing,
    /// Behind `=`.
    Value(&'a str),
    /// Behind a letter: a value, or more letters.
    Letters(&'a str),
}

impl Said {
    /// Whether a flag is there.
    pub(super) fn has(&self, long: &str) -> bool {
        self.flags.contains_key(long)
    }

    /// What a flag was given.
    pub(super) fn one(&self, long: &str) -> Option<&str> {
        self.flags.get(long)?.last().map(String::as_str)
    }

    /// All that a flag was given.
    pub(super) fn many(&self, long: &str) -> &[String] {
        self.flags.get(long).map_or(&[], Vec::as_slice)
    }

    /// What is said here as well; here it counts more.
    pub(super) fn or(mut self, other: Self) -> Self {
        for (long, values) in other.flags {
            self.flags.entry(long).or_insert(values);
        }
        self
    }
}

/// Where the reading of a part ended.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Read<'a> {
    /// `-h`.
    Help,
    /// At a verb; the rest is behind it.
    Verb(Said, &'a str, &'a [String]),
    /// At the end.
    All(Said),
}

/// Reads to the verb, which is the first positional.
///
/// # Errors
/// For what is no flag of the program.
pub(super) fn to_the_verb<'a>(arguments: &'a [String], flags: &[&'static Flag]) -> Result<Read<'a>, String> {
    read(arguments, flags, true)
}

/// Reads what is behind the verb.
///
/// # Errors
/// For what is no flag.
pub(super) fn to_the_end<'a>(arguments: &'a [String], flags: &[&'static Flag]) -> Result<Read<'a>, String> {
    read(arguments, flags, false)
}

fn read<'a>(arguments: &'a [String], flags: &[&'static Flag], until_a_verb: bool) -> Result<Read<'a>, String> {
    let mut said = Said::default();
    let mut unknown = Vec::new();
    let mut rest = arguments;
    while let Some((argument, after)) = rest.split_first() {
        rest = after;
        if argument == "--" && !until_a_verb {
            said.positionals.extend_from_slice(rest);
            break;
        }
        match classify(argument, flags)? {
            Is::Positional if until_a_verb => return Ok(Read::Verb(said, argument, rest)),
            Is::Positional => said.positionals.push(argument.clone()),
            Is::Unknown => unknown.push(argument.as_str()),
            Is::Flag(flag, attached) => {
                if take(flag, attached, &mut said, &mut rest, flags)? {
                    return Ok(Read::Help);
                }
            }
        }
    }
    if unknown.is_empty() { Ok(Read::All(said)) } else { Err(format!("unrecognized arguments: {}", unknown.join(" "))) }
}

/// Takes a flag with its value, or one letter of several; says whether it asks for help.
fn take(
    flag: &'static Flag,
    attached: Attached<'_>,
    said: &mut Said,
    rest: &mut &[String],
    flags: &[&'static Flag],
) -> Result<bool, String> {
    let given = match (flag.takes, attached) {
        (Takes::Nothing, Attached::Nothing) => Vec::new(),
        (Takes::Nothing, Attached::Value(_)) => return Err(format!("argument {flag}: ignored explicit argument")),
        (Takes::Nothing, Attached::Letters(letters)) => {
            let mut more = letters.chars();
            let next = more.next().and_then(|letter| of_letter(letter, flags));
            let next = next.ok_or_else(|| format!("argument {flag}: ignored explicit argument"))?;
            said.flags.insert(flag.long, Vec::new());
            let attached = if more.as_str().is_empty() { Attached::Nothing } else { Attached::Letters(more.as_str()) };
            return Ok(flag.is_help() || take(next, attached, said, rest, flags)?);
        }
        (_, Attached::Value(value) | Attached::Letters(value)) => vec![value.to_owned()],
        (Takes::One(_), Attached::Nothing) => {
            let value = value(rest, flags)?;
            vec![value.ok_or_else(|| format!("argument {flag}: expected one argument"))?]
        }
        (Takes::Many(_), Attached::Nothing) => {
            let mut values = Vec::new();
            while let Some(value) = value(rest, flags)? {
                values.push(value);
            }
            values
        }
    };
    said.flags.insert(flag.long, given);
    Ok(flag.is_help())
}

/// The next argument, if it can be a flag's value.
fn value(rest: &mut &[String], flags: &[&'static Flag]) -> Result<Option<String>, String> {
    let Some((next, after)) = rest.split_first().filter(|(next, _)| *next != "--") else { return Ok(None) };
    match classify(next, flags)? {
        Is::Positional => {
            *rest = after;
            Ok(Some(next.clone()))
        }
        Is::Flag(..) | Is::Unknown => Ok(None),
    }
}

/// In argparse's order (`ArgumentParser._parse_optional`).
fn classify<'a>(argument: &'a str, flags: &[&'static Flag]) -> Result<Is<'a>, String> {
    if !argument.starts_with('-') || argument == "-" {
        return Ok(Is::Positional);
    }
    if let Some(flag) = flags.iter().find(|flag| flag.is(argument)) {
        return Ok(Is::Flag(flag, Attached::Nothing));
    }
    if let Some((before, value)) = argument.split_once('=')
        && let Some(flag) = flags.iter().find(|flag| flag.is(before))
    {
        return Ok(Is::Flag(flag, Attached::Value(value)));
    }
    if let Some(long) = argument.strip_prefix("--") {
        let (beginning, value) =
            long.split_once('=').map_or((long, Attached::Nothing), |(name, value)| (name, Attached::Value(value)));
        // Of two parts of the program, the nearer one is meant.
        let fits =
            |own: bool| flags.iter().filter(move |flag| flag.of_the_verb == own && flag.long.starts_with(beginning));
        for own in [true, false] {
            match fits(own).collect::<Vec<_>>()[..] {
                [] => {}
                [flag] => return Ok(Is::Flag(flag, value)),
                _ => return Err(format!("ambiguous option: --{beginning}")),
            }
        }
    } else if let Some(letter) = argument.chars().nth(1)
        && let Some(flag) = of_letter(letter, flags)
    {
        return Ok(Is::Flag(flag, Attached::Letters(&argument[1 + letter.len_utf8()..])));
    }
    let looks_like_a_value = is_negative_number(argument) || argument.contains(' ');
    Ok(if looks_like_a_value { Is::Positional } else { Is::Unknown })
}

fn of_letter(letter: char, flags: &[&'static Flag]) -> Option<&'static Flag> {
    flags.iter().find(|flag| flag.short == Some(letter)).copied()
}

/// argparse's `^-\d+$|^-\d*\.\d+$`.
fn is_negative_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = text.strip_prefix('-') else { return false };
    match number.split_once('.') {
        None => !number.is_empty() && digits(number),
        Some((whole, part)) => digits(whole) && !part.is_empty() && digits(part),
    }
}

#[cfg(test)]
mod tests {
    use super::super::grammar::Verb;
    use super::*;

    fn said(verb: Verb, line: &[&str]) -> Result<Said, String> {
        let line: Vec<_> = line.iter().map(|&argument| argument.to_owned()).collect();
        match to_the_end(&line, &verb.flags())? {
            Read::All(said) => Ok(said),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_stand_anywhere_and_may_be_short() {
        for line in [
            &["a", "-n", "-v", "1", "env=prod"][..],
            &["-nv1", "a", "env=prod"],
            &["a", "--no", "env=prod", "--ver=1"],
            &["-n", "--version", "1", "--", "a", "env=prod"],
            &["a", "env=prod", "-v=1", "--nol"],
        ] {
            let said = said(Verb::Get, line).unwrap();
            assert_eq!((said.has("noline"), said.one("version")), (true, Some("1")), "{line:?}");
            assert_eq!(said.positionals, ["a", "env=prod"], "{line:?}");
        }
    }

    #[test]
    fn what_begins_with_a_dash_may_be_a_value() {
        for value in ["-1", "-1.5", "-.5", "-----BEGIN RSA PRIVATE KEY-----\nx", "- x", "-"] {
            assert_eq!(said(Verb::Put, &["a", value]).unwrap().positionals, ["a", value]);
            assert_eq!(said(Verb::Put, &["a", "b", "-c", value]).unwrap().one("comment"), Some(value));
        }
        for value in ["-x", "--xyz", "-1e5", "-1.", "--x=a"] {
            assert!(said(Verb::Put, &["a", value]).is_err(), "{value}");
            assert_eq!(said(Verb::Put, &["a", "--", value]).unwrap().positionals, ["a", value]);
        }
    }

    #[test]
    fn what_a_flag_lacks_or_has_too_much_is_told() {
        for line in [&["-v"][..], &["-v", "-n"], &["-v", "--", "1"], &["--noline=1"], &["-n5"], &["-n=1"]] {
            assert!(said(Verb::Get, line).is_err(), "{line:?}");
        }
        assert_eq!(said(Verb::Get, &["-v", "-1", "a"]).unwrap().one("version"), Some("-1"));
        assert_eq!(said(Verb::Get, &["-v", "", "a"]).unwrap().one("version"), Some(""));
        assert_eq!(said(Verb::Setup, &["--ta", "a=b", "c=d", "-t", "x"]).unwrap().many("tags"), ["a=b", "c=d"]);
        assert!(said(Verb::List, &["--log", "x"]).unwrap_err().contains("ambiguous"));
    }
}
