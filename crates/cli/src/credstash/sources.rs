//! Where a value comes from: the command line itself, a file, standard input, or a prompt.

use std::fs::File;
use std::io::{BufRead as _, Read as _, Write as _};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::problem::Problem;
use crate::edge::Edge;
use crate::ui::Ui;

/// A value, and whether everybody on the machine could read it.
#[derive(Debug)]
pub(super) struct Value {
    /// It.
    pub(super) text: SecretString,
    /// It stood on the command line.
    pub(super) seen: bool,
}

/// `@FILE`, `-`, or the text itself.
///
/// # Errors
/// For a file that cannot be read, and for what is no UTF-8.
pub(super) fn value(said: &str, edge: &Edge) -> Result<Value, Problem> {
    let (bytes, not_text) = match said.strip_prefix('@') {
        Some(path) => (of_file(path, edge)?, Problem::usage(format!("argument value: {path} is not UTF-8 text"))),
        None if said == "-" => (of_stdin()?, Problem::refused("what came on standard input is not UTF-8 text")),
        None => return Ok(Value { text: SecretString::from(said), seen: !said.is_empty() }),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| not_text.more("encode it, for instance with `base64 -w0`"))?;
    Ok(Value { text: SecretString::from(text), seen: false })
}

/// All of it, byte for byte: credstash changes the ends of its lines.
fn of_file(path: &str, edge: &Edge) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let in_home = path.strip_prefix("~/").zip(edge.var("HOME"));
    let opened = File::open(in_home.map_or_else(|| path.to_owned(), |(rest, home)| format!("{home}/{rest}")));
    let read = opened.and_then(|mut file| {
        // With room for all of it: a piece of memory that grows leaves copies behind.
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    read.map_err(|error| Problem::usage(format!("argument value: Unable to read file {path}")).more(error))
}

fn of_stdin() -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Problem::usage("Unable to read value from stdin").more(error))?;
    Ok(bytes)
}

/// What somebody types; where there is no terminal, a line of standard input.
///
/// # Errors
/// Where there is neither.
pub(super) fn prompt(name: &str, ui: &Ui) -> Result<SecretString, Problem> {
    let prompt = format!("{name}: ");
    if let Ok(typed) = rpassword::prompt_password(&prompt) {
        return Ok(SecretString::from(typed));
    }
    ui.warn("there is no terminal: a line of standard input is taken");
    // There is nobody to tell that stderr is closed.
    let _ = std::io::stderr().write_all(prompt.as_bytes());
    let mut line = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().read_line(&mut line);
    let read = read.map_err(|error| Problem::refused(format!("standard input cannot be read: {error}")))?;
    if read == 0 {
        return Err(Problem::refused("nothing came on standard input"));
    }
    Ok(SecretString::from(line.strip_suffix('\n').unwrap_or(&line)))
}
