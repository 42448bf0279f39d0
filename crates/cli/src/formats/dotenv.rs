//! The value of a line `NAME=value`, for one reader or for all of them.
//!
//! 28 values in 16 spellings were read by 22 readers; the rules here are those that gave every value back, and 400 random
//! ones. docker and podman know no quotes at all; the others disagree on almost everything inside them.

use super::Dialect;

/// A value as its reader wants it; else why it cannot be had.
pub(super) fn spelled(value: &str, dialect: Dialect) -> Result<String, String> {
    if value.contains('\0') {
        return Err("it has a NUL, which no variable can hold".to_owned());
    }
    match dialect {
        Dialect::Common => common(value),
        Dialect::Shell => Ok(format!("'{}'", value.replace('\'', r"'\''"))),
        Dialect::Systemd => Ok(format!("'{}'", value.replace('\'', r#"'"'"'"#))),
        Dialect::Docker if value.contains(['\n', '\r']) => Err("docker ends a value at a newline".to_owned()),
        Dialect::Docker => Ok(value.to_owned()),
        Dialect::Node => node(value),
        Dialect::Python => python(value),
        Dialect::Dotenvy => Ok(dotenvy(value)),
    }
}

/// What all 16 readers with quotes, docker and podman read alike, as far as there is such a spelling.
fn common(value: &str) -> Result<String, String> {
    if kept_bare(value) {
        return Ok(value.to_owned());
    }
    if value.contains(['\n', '\r']) {
        return Err("readers of .env files disagree on newlines".to_owned());
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
        return (kept_by_single_quotes(value) && !expands(value)).then_some(value);
    }
    if let Some(value) = inside('"') {
        return kept_by_double_quotes(value).then_some(value);
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

/// No escapes: the first kind of quote that does not occur.
fn node(value: &str) -> Result<String, String> {
    if value.contains('\r') {
        return Err("node reads a carriage return as a newline".to_owned());
    }
    let fits = |quote: &char| !value.contains(*quote) && (*quote != '"' || !value.contains(r"\n"));
    let quote = ['\'', '"', '`'].into_iter().find(fits);
    quote.map(|quote| format!("{quote}{value}{quote}")).ok_or_else(|| "it has every kind of quote".to_owned())
}

fn python(value: &str) -> Result<String, String> {
    if value.contains("${") {
        return Err("python-dotenv expands ${ in every kind of quotes".to_owned());
    }
    if value.contains('\r') {
        return Err("python-dotenv reads a carriage return as a newline".to_owned());
    }
    Ok(format!("\"{}\"", value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")))
}

fn dotenvy(value: &str) -> String {
    if value.ends_with('\\') {
        return format!("\"{}\"", value.replace('\\', r"\\").replace('"', r#"\""#).replace('$', r"\$"));
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}
