//! The value of a line `NAME=value`, for one reader or for all of them.
//!
//! 28 values in 16 spellings were read by 22 readers; the rules here are those that gave every value back, and 400 random
//! ones. docker and podman know no quotes at all; the others disagree on almost everything inside them.

use super::Dialect;
use super::names::{self, Rule};

impl Dialect {
    /// What its readers ask of a name.
    pub(super) fn rule(self) -> Rule {
        match self {
            Self::Common | Self::Shell => names::shell_variable,
            Self::Systemd | Self::Docker | Self::Node | Self::Python | Self::Dotenvy => names::variable_name,
        }
    }
}

/// A value as its reader wants it; else why it cannot be had.
pub(super) fn spelled(value: &str, dialect: Dialect) -> Result<String, String> {
    if value.contains('\0') {
        return Err("it has a NUL, which no variable can hold".to_owned());
    }
    match dialect {
        Dialect::Common => common(value),
        Dialect::Shell => Ok(format!("'{}'", value.replace('\'', r"'\''"))),
        Dialect::Systemd if value.contains(is_noncharacter) => Err(NONCHARACTER.to_owned()),
        Dialect::Systemd => Ok(format!("'{}'", value.replace('\'', r#"'"'"'"#))),
        Dialect::Docker if value.contains(['\n', '\r']) => Err("docker ends a value at a newline".to_owned()),
        Dialect::Docker => Ok(value.to_owned()),
        Dialect::Node => node(value),
        Dialect::Python => python(value),
        Dialect::Dotenvy => Ok(double_quoted(value, &['\\', '"', '$'])),
    }
}

/// What all readers with quotes read alike, as far as there is such a spelling; docker and podman know none.
fn common(value: &str) -> Result<String, String> {
    if kept_bare(value) {
        return Ok(value.to_owned());
    }
    if value.contains(ends_a_line) {
        return Err("readers of .env files disagree on newlines".to_owned());
    }
    if value.contains(is_noncharacter) {
        return Err(NONCHARACTER.to_owned());
    }
    if expands(value) {
        return Err("some readers of .env files expand ${ and $( even in quotes".to_owned());
    }
    if kept_by_single_quotes(value) {
        return Ok(format!("'{value}'"));
    }
    if kept_by_double_quotes(value) {
        return Ok(format!("\"{value}\""));
    }
    Err("readers of .env files disagree on its quotes and backslashes".to_owned())
}

/// The value that every reader gets of what stands behind a `=`: the way back of [`common`].
pub(crate) fn said_alike(spelled: &str) -> Option<&str> {
    let inside = |quote: char| spelled.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(value) = inside('\'') {
        let kept = kept_by_single_quotes(value) && !expands(value) && !value.contains(is_odd);
        return kept.then_some(value);
    }
    if let Some(value) = inside('"') {
        return (kept_by_double_quotes(value) && !value.contains(is_odd)).then_some(value);
    }
    kept_bare(spelled).then_some(spelled)
}

fn kept_bare(value: &str) -> bool {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    !value.is_empty() && value.bytes().all(bare)
}

fn kept_by_single_quotes(value: &str) -> bool {
    !value.contains('\'') && backslashes_are_plain(value)
}

fn kept_by_double_quotes(value: &str) -> bool {
    !value.contains(['"', '\\', '$', '`'])
}

/// A newline, or what some library takes for one; other control characters fare no better.
fn ends_a_line(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Unicode will never give these a meaning. With one of them, systemd refuses the file and does not start the service.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

const NONCHARACTER: &str = "systemd takes what is no character of Unicode for broken UTF-8";

/// What some readers cannot have on a line at all.
fn is_odd(c: char) -> bool {
    ends_a_line(c) || is_noncharacter(c)
}

fn expands(value: &str) -> bool {
    value.contains("${") || value.contains("$(")
}

/// Inside single quotes some readers undo `\\`, `\'`, `\n` or `\t`, or take a last `\` for the quote's.
fn backslashes_are_plain(value: &str) -> bool {
    let mut following = value.chars().skip(1).chain(['\\']);
    value.chars().all(|c| {
        let next = following.next();
        c != '\\' || next.is_some_and(|next| !matches!(next, '\\' | '\'' | 'n' | 't'))
    })
}

/// No escapes: the first kind of quote that does not occur. npm's dotenv takes a backslash at the end for the quote's own
/// where the lines after it let it; without quotes it does not.
fn node(value: &str) -> Result<String, String> {
    if value.contains('\r') {
        return Err("node reads a carriage return as a newline".to_owned());
    }
    if value.ends_with('\\') {
        let bare = value.bytes().all(|byte| byte.is_ascii_graphic() && !b"#'\"`".contains(&byte));
        let why = "npm's dotenv may take a backslash at the end for the quote's own";
        return if bare { Ok(value.to_owned()) } else { Err(why.to_owned()) };
    }
    let fits = |quote: &char| !value.contains(*quote) && (*quote != '"' || !value.contains(r"\n"));
    let quote = ['\'', '"', '`'].into_iter().find(fits);
    quote.map(|quote| format!("{quote}{value}{quote}")).ok_or_else(|| "it has every kind of quote".to_owned())
}

fn python(value: &str) -> Result<String, String> {
    if value.contains("${") {
        return Err("python-dotenv expands ${ in every kind of quotes".to_owned());
    }
    Ok(double_quoted(value, &['\\', '"']).replace('\n', r"\n").replace('\r', r"\r"))
}

/// With a backslash before these.
fn double_quoted(value: &str, escaped: &[char]) -> String {
    let mut text = String::from('"');
    for c in value.chars() {
        if escaped.contains(&c) {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}
