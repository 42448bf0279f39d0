//! A value as it is brought in: from a file, from stdin, or from a prompt; never an argument.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::seal::MAX_VALUE_BYTES;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;

/// Where a value comes from.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The value is what this file holds; without it, what comes on stdin, or what is typed twice at a prompt
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Leave out one newline at its end
    #[arg(long)]
    strip_newline: bool,
}

impl Source {
    /// The value.
    pub(crate) fn read(&self, secret: &str, context: &Context) -> Result<SecretString, Failure> {
        let value = match &self.from_file {
            Some(path) => self.text(of_file(path)?)?,
            None if context.edge.terminals.stdin => return typed(secret, context),
            None => self.text(all(std::io::stdin().lock()).map_err(|error| unreadable("stdin", &error))?)?,
        };
        if value.expose_secret().is_empty() {
            return Err(Failure::refused("no value came: it must have 1 byte at least"));
        }
        if value.expose_secret().ends_with('\n') {
            context.ui.warn("the value ends with a newline, which is stored as well: --strip-newline leaves it out");
        }
        Ok(value)
    }

    fn text(&self, bytes: Zeroizing<Vec<u8>>) -> Result<SecretString, Failure> {
        if bytes.len() > MAX_VALUE_BYTES {
            return Err(Failure::refused(format!("the value is too long: at most {MAX_VALUE_BYTES} bytes are stored")));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Failure::refused("the value is not UTF-8 text").hint("encode it, for instance with `base64 -w0`")
        })?;
        let text = if self.strip_newline { text.strip_suffix('\n').unwrap_or(text) } else { text };
        Ok(SecretString::from(text))
    }
}

fn of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let read = std::fs::File::open(path).and_then(all);
    read.map_err(|error| unreadable(&path.display().to_string(), &error))
}

fn unreadable(what: &str, error: &std::io::Error) -> Failure {
    Failure::refused(format!("{what} cannot be read: {error}"))
}

/// All of it, and one byte more than may be: in one piece of memory, which is erased.
fn all(source: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_VALUE_BYTES + 1));
    source.take(MAX_VALUE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Twice, without an echo.
fn typed(secret: &str, context: &Context) -> Result<SecretString, Failure> {
    if !context.may_ask() {
        return Err(Failure::refused("a value is wanted, and nobody may be asked for it")
            .hint("send it on standard input, or name a file: --from-file"));
    }
    let ask = |prompt: String| {
        let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
        typed.map_err(|error| unreadable("the prompt", &error))
    };
    let (once, again) = (ask(format!("Value of {secret}: "))?, ask("Once more: ".to_owned())?);
    match () {
        () if once.is_empty() => Err(Failure::refused("no value was typed")),
        () if *once != *again => Err(Failure::refused("the two are not the same").hint("try again")),
        () => Ok(SecretString::from(once.as_str())),
    }
}

/// Whether somebody says yes, where `yes` does not already.
pub(crate) fn confirm(yes: bool, question: &str, context: &Context) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !context.may_ask() {
        return Err(Failure::refused(format!("nobody may be asked: {question}")).hint("--yes answers the question"));
    }
    context.ui.note(&format!("{question} Type yes:"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| unreadable("the answer", &error))?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::refused("not done: the answer was not yes")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], strip_newline: bool) -> Result<String, String> {
        let source = Source { from_file: None, strip_newline };
        let text = source.text(Zeroizing::new(bytes.to_vec()));
        text.map(|text| text.expose_secret().to_owned()).map_err(|failure| failure.message)
    }

    #[test]
    fn a_value_is_what_came_and_at_most_one_newline_less() {
        assert_eq!(text(b"value\n", false).unwrap(), "value\n");
        assert_eq!(text(b"value\n\n", true).unwrap(), "value\n");
        assert_eq!(text(b"value", true).unwrap(), "value");
        assert!(text(&[0xff, b'x'], false).unwrap_err().contains("UTF-8"));
        assert!(text(&vec![b'x'; MAX_VALUE_BYTES + 1], false).unwrap_err().contains("300000"));
    }

    #[test]
    fn no_more_is_read_than_could_be_stored() {
        assert_eq!(all(std::io::repeat(b'x')).unwrap().len(), MAX_VALUE_BYTES + 1);
    }
}
