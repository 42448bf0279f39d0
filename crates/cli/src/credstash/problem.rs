//! How the applet ends where it does not succeed: credstash's words where scripts may look for them, and its exit codes.

use std::fmt::Display;
use std::process::ExitCode;

use aws_session::{CallFailed, Why};
use credstash_format::{MalformedItem, NotOpened, Place};
use store_credstash::NotDecrypted;

use crate::exit::Kind;
use crate::failure::Failure;
use crate::ui::Ui;

/// A failure, which ends with 1, and with 2 where it is the command line's.
#[derive(Debug)]
pub(super) struct Problem(Failure);

impl Problem {
    /// The command line makes no sense.
    pub(super) fn usage(message: impl Display) -> Self {
        Self(Failure::usage(message).hint("see `credstash -h`, and -h behind a verb"))
    }

    /// No, for any other reason.
    pub(super) fn refused(message: impl Display) -> Self {
        Self(Failure::refused(message))
    }

    /// A sentence more, which credstash does not have.
    pub(super) fn more(self, sentence: impl Display) -> Self {
        Self(self.0.hint(sentence))
    }

    /// What it says.
    pub(super) fn message(&self) -> &str {
        &self.0.message
    }

    /// Tells it, unless whoever reads the output has seen enough.
    pub(super) fn end(&self, ui: &Ui) -> ExitCode {
        if self.0.kind != Kind::ClosedPipe {
            self.tell(ui);
        }
        ExitCode::from(self.code())
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self.0.kind {
            Kind::ClosedPipe => 0,
            Kind::Usage => 2,
            _ => 1,
        }
    }

    /// On stderr, as credstash does: without a word before it.
    pub(super) fn tell(&self, ui: &Ui) {
        ui.note(&self.0.message);
        self.0.hints.iter().for_each(|hint| ui.note(hint));
    }

    /// Why no data key was made.
    pub(super) fn no_data_key(key: &str, why: &impl Display) -> Self {
        Self::refused(format!("KMS ERROR: Could not generate key using KMS key {key} (Details: {why})"))
    }

    /// Why a data key was not decrypted.
    pub(super) fn not_decrypted(place: &Place, error: &NotDecrypted) -> Self {
        match error {
            NotDecrypted::WrongContext(_) => Self::refused(
                "KMS ERROR: Could not decrypt hmac key with KMS. The encryption context provided may not match the one \
                 used when the credential was stored.",
            )
            .more(format!("it was asked for {}", spelled(place))),
            NotDecrypted::Failed(error) if matches!(error.why, Why::Refused { .. }) => {
                Self::refused(format!("KMS ERROR: Decryption error {}", words(error)))
            }
            NotDecrypted::Failed(error) => error.into(),
        }
    }

    /// Why a value was not opened.
    pub(super) fn not_opened(place: &Place, error: NotOpened) -> Self {
        match error {
            // credstash's own words, with its mistake in them.
            NotOpened::WrongHmac => Self::refused("INTEGRITY ERROR: Computed HMAC on %s does not match stored HMAC")
                .more(format!("the value of {} is not what was stored", spelled(place))),
            NotOpened::KeyLength(_) => Self::refused(format!("{} cannot be read: {error}", spelled(place))),
        }
    }

    /// Why an item makes no sense.
    pub(super) fn malformed(place: &Place, error: &MalformedItem) -> Self {
        Self::refused(format!("{} cannot be read: {error}", spelled(place)))
    }

    /// There is no such credential, or none of the version that is said.
    pub(super) fn not_found(name: &str, version: Option<&str>) -> Self {
        Self::refused(match version {
            None => format!("Item {{'name': '{name}'}} couldn't be found."),
            Some(version) => format!("Item {{'name': '{name}', 'version': '{version}'}} couldn't be found."),
        })
    }
}

/// A version of a credential, for people.
pub(super) fn spelled(place: &Place) -> String {
    format!("'{}' in version {}", place.name, place.version)
}

/// A failed call, as botocore words it.
pub(super) fn words(error: &CallFailed) -> String {
    let operation = error.operation;
    match &error.why {
        Why::Refused { code, message } => {
            format!("An error occurred ({code}) when calling the {operation} operation: {message}")
        }
        Why::Unreachable(cause) => format!("Could not connect to the endpoint URL for {operation}: {cause}"),
        Why::Other(cause) => format!("{operation} failed: {cause}"),
    }
}

impl From<&CallFailed> for Problem {
    fn from(error: &CallFailed) -> Self {
        Self::refused(words(error))
    }
}

impl From<CallFailed> for Problem {
    fn from(error: CallFailed) -> Self {
        Self::from(&error)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}
