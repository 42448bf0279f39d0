//! **All output**: data to stdout, everything else to stderr.
//!
//! A table for a terminal, plain TSV for a pipe; bars on stderr and only where somebody looks; and whoever closes stdout has
//! seen enough. No pager, ever.

mod progress;
mod rows;

use std::ffi::OsString;
use std::io::Write as _;

use anstream::{AutoStream, ColorChoice};
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Style};
use serde_json::json;

use crate::cli::{Color, Globals, Output};
use crate::edge::{Edge, Terminals};
use crate::exit::Kind;
use crate::failure::Failure;
pub(crate) use progress::Progress;
pub(crate) use rows::{Cell, Rows};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Where a command prints, and how.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    output: Option<Output>,
    color: ColorChoice,
    debug: bool,
    terminals: Terminals,
}

impl Ui {
    pub(crate) fn new(globals: &Globals, output: Option<Output>, edge: &Edge) -> Self {
        let color = match globals.color {
            Color::Auto => ColorChoice::Auto,
            Color::On => ColorChoice::Always,
            Color::Off => ColorChoice::Never,
        };
        Self { output, color, debug: globals.debug, terminals: edge.terminals }
    }

    /// Before the command line is understood, or where it cannot be: as much of it as matters to an error.
    pub(crate) fn of_arguments(arguments: &[OsString], edge: &Edge) -> Self {
        // What follows is the command of `exec`, with options of its own.
        let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
        let arguments = &arguments[..end];
        let said = |name: &str, value: &str| {
            let together = format!("{name}={value}");
            let apart = arguments.windows(2).any(|pair| pair[0] == name && pair[1] == value);
            apart || arguments.iter().any(|argument| *argument == *together)
        };
        let color = match () {
            () if said("--color", "on") => ColorChoice::Always,
            () if said("--color", "off") => ColorChoice::Never,
            () => ColorChoice::Auto,
        };
        let output = said("--output", "json").then_some(Output::Json);
        let debug = arguments.iter().any(|argument| argument == "--debug");
        Self { output, color, debug, terminals: edge.terminals }
    }

    /// What `--output` says.
    pub(crate) fn output(&self) -> Option<Output> {
        self.output
    }

    /// Whether somebody would see what goes to stdout.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.terminals.stdout
    }

    /// Data as it is.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes)?;
        Ok(stdout.flush()?)
    }

    /// Rows, in the form that is asked for; else as a table for a terminal and as TSV for a pipe.
    pub(crate) fn rows(&self, rows: &Rows) -> Result<(), Failure> {
        let text = match self.output {
            None if self.terminals.stdout => rows.table(),
            None => rows.tsv(),
            Some(Output::Table) => rows.table(),
            Some(Output::Json) => rows.json(),
            Some(Output::Yaml) => rows.yaml()?,
            Some(Output::Csv) => rows.csv()?,
            Some(other) => {
                return Err(Failure::usage(format!("--output {other} is for values, and this is a table"))
                    .hint("use table, json, yaml or csv"));
            }
        };
        self.data(text.as_bytes())
    }

    /// The text of `--help`, with its styles where somebody sees them.
    pub(crate) fn help(&self, text: &StyledStr) -> Result<(), Failure> {
        let mut stdout = AutoStream::new(std::io::stdout().lock(), self.color);
        Ok(write!(stdout, "{}", text.ansi())?)
    }

    /// A sentence beside the data.
    pub(crate) fn note(&self, text: &str) {
        self.say(text);
    }

    /// A sentence that should not be missed.
    pub(crate) fn warn(&self, text: &str) {
        self.say(&format!("{WARNING}warning:{WARNING:#} {text}"));
    }

    /// A sentence for `--debug`: names and numbers, never a value.
    pub(crate) fn debug(&self, text: impl FnOnce() -> String) {
        if self.debug {
            self.say(&format!("debug: {}", text()));
        }
    }

    /// A bar for something that takes a while.
    pub(crate) fn progress(&self, what: &'static str, total: Option<u64>) -> Progress {
        Progress::new(what, total, self.terminals.stderr)
    }

    /// Why the command ends here.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.kind == Kind::ClosedPipe {
            return;
        }
        if self.output == Some(Output::Json) {
            let Failure { kind, message, hints, .. } = failure;
            let hint = (!hints.is_empty()).then(|| hints.join("; "));
            self.say(&json!({"error": {"kind": kind.name(), "message": message, "hint": hint}}).to_string());
            return;
        }
        self.say(&format!("{ERROR}error:{ERROR:#} {}", failure.message));
        if self.debug {
            failure.causes.iter().for_each(|cause| self.say(&format!("debug: because: {cause}")));
        }
        failure.hints.iter().for_each(|hint| self.say(&format!("{HINT}hint:{HINT:#} {hint}")));
    }

    /// There is nobody to tell that stderr is closed.
    fn say(&self, line: &str) {
        let mut stderr = AutoStream::new(std::io::stderr().lock(), self.color);
        let _ = writeln!(stderr, "{line}");
    }
}
