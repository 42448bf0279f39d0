//! What `doctor` makes of what it sees: pure functions from the facts of a service to findings, each with its remedy.

pub(crate) mod bucket;
pub(crate) mod clock;
pub(crate) mod functions;
pub(crate) mod key;
pub(crate) mod table;

use secret_store::store::StoreError;

use crate::exit::Kind;
use crate::failure::Failure;
use crate::ui::{Cell, Rows};

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As it should be.
    Ok,
    /// It works, and something about it will be missed one day.
    Warning,
    /// It does not work, or not for long.
    Fault,
    /// Whoever asks may not look.
    NotAllowed,
}

/// What was found of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Of what.
    pub(crate) check: String,
    /// How it stands.
    pub(crate) standing: Standing,
    /// What it is.
    pub(crate) found: String,
    /// What to do about it: a command, where there is one.
    pub(crate) remedy: String,
}

impl Finding {
    pub(crate) fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), standing: Standing::Ok, found: found.into(), remedy: String::new() }
    }

    pub(crate) fn warning(check: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { standing: Standing::Warning, remedy: remedy.into(), ..Self::ok(check, found) }
    }

    pub(crate) fn fault(check: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { standing: Standing::Fault, remedy: remedy.into(), ..Self::ok(check, found) }
    }

    /// What could not be looked at.
    pub(crate) fn failed(check: impl Into<String>, error: StoreError) -> Self {
        let failure = Failure::from(error);
        let standing = match failure.kind {
            Kind::AccessDenied => Standing::NotAllowed,
            _ => Standing::Fault,
        };
        let remedy = match standing {
            Standing::NotAllowed => "cfn-secrets iam doctor".to_owned(),
            _ => failure.hints.join("; "),
        };
        Self { standing, remedy, ..Self::ok(check, failure.message) }
    }
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report(Vec<Finding>);

impl Report {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.0.extend(findings);
    }

    pub(crate) fn rows(&self) -> Rows {
        let mut rows = Rows::new(&["check", "state", "found", "remedy"]);
        for Finding { check, standing, found, remedy } in &self.0 {
            let standing = match standing {
                Standing::Ok => Cell::text("ok"),
                Standing::Warning => Cell::text("warning"),
                Standing::Fault => Cell::text("fault"),
                Standing::NotAllowed => Cell::both("not allowed", "not-allowed"),
            };
            rows.push([Cell::text(check), standing, Cell::text(found), Cell::text(remedy)]);
        }
        rows
    }

    /// How the command ends: a fault weighs more than what could not be looked at.
    ///
    /// # Errors
    /// Where there is either.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        let names = |standing| {
            let these = self.0.iter().filter(|finding| finding.standing == standing);
            these.map(|finding| finding.check.as_str()).collect::<Vec<_>>().join(", ")
        };
        match (names(Standing::Fault), names(Standing::NotAllowed)) {
            (faults, _) if !faults.is_empty() => {
                Err(Failure::refused(format!("not as it should be: {faults}")).hint("each has its remedy beside it"))
            }
            (_, unseen) if !unseen.is_empty() => {
                Err(Failure::new(Kind::Partial, format!("you may not look at all of it: {unseen}"))
                    .hint("`cfn-secrets iam doctor` prints the policy that it needs"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_with_1_what_is_unseen_with_5_and_a_warning_with_0() {
        let code = |standings: &[Standing]| {
            let finding = |standing: &Standing| Finding { standing: *standing, ..Finding::ok("key", "enabled") };
            Report(standings.iter().map(finding).collect()).verdict().map_err(|failure| failure.kind.code())
        };
        assert_eq!(code(&[Standing::Ok, Standing::Warning]), Ok(()));
        assert_eq!(code(&[Standing::Ok, Standing::NotAllowed]), Err(5));
        assert_eq!(code(&[Standing::NotAllowed, Standing::Fault]), Err(1));
    }
}
