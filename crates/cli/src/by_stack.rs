//! A rotation by the stack that has the secret: its own template once more, with another `RotationTrigger`.

use std::time::Duration;

use secret_store::patience::MayPass as _;
use secret_store::{LogicalResourceId, StackId};
use stacks_cloudformation::{Progress, StackUpdater, Updatable};

use crate::context::Context;
use crate::failure::Failure;
use crate::template::trigger_parameter;
use crate::{hand, value, when};

/// Between two looks at a stack: short at first, because a small one is done in seconds.
const PAUSES: [u64; 5] = [200, 500, 1_000, 2_000, 5_000];

/// So many looks in a row may fail, each tried again by the SDK already.
const MISSED: usize = 10;

/// The secret, as its stack has it.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    /// The stack.
    pub(crate) stack: StackId,
    /// Its resource.
    pub(crate) resource: LogicalResourceId,
    /// The trigger that the current version was made with.
    pub(crate) from: String,
}

/// What somebody said about it.
#[derive(Clone, Debug)]
pub(crate) struct Wish<'a> {
    /// `--trigger`; else the time.
    pub(crate) trigger: Option<&'a str>,
    /// `--yes`.
    pub(crate) yes: bool,
    /// `--dry-run`.
    pub(crate) dry: bool,
    /// `--no-wait`.
    pub(crate) no_wait: bool,
    /// The same for each try of one wish.
    pub(crate) token: String,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotated {
    /// The stack has a new version.
    Done,
    /// Nothing was started, or nobody waited for it.
    NotSeen,
}

impl Owned {
    /// Updates the stack, where a parameter of it is the trigger; `None` where its template has to be changed.
    pub(crate) async fn rotate(
        &self,
        stacks: &StackUpdater,
        wish: &Wish<'_>,
        context: &Context,
    ) -> Result<Option<Rotated>, Failure> {
        let Some(before) = stacks.updatable(&self.stack).await? else { return Ok(None) };
        let template = stacks.template(&self.stack).await?;
        let Some(parameter) = self.parameter(&template, &before) else { return Ok(None) };
        let (name, to) = (self.name(), wish.trigger.map_or_else(|| when::date(context.now), str::to_owned));
        if to == self.from {
            return Err(Failure::usage(format!(
                "{to:?} is the RotationTrigger already: another one makes a new value"
            )));
        }
        let change = format!("{parameter} from {:?} to {to:?}, and all else as it is", self.from);
        if wish.dry {
            context.ui.note(&format!("a dry run: stack {name} would be updated with its own template, {change}"));
            return Ok(Some(Rotated::NotSeen));
        }
        let question = format!(
            "Stack {name} is updated with its own template, {change}; what reads the secret by its id gets the new value."
        );
        value::confirm(wish.yes, &question, context)?;
        let update = stacks.update(&self.stack, &before, (&parameter, &to), &wish.token).await;
        update.map_err(|error| self.refused(error))?;
        context.ui.note(&format!("stack {name} is being updated: {change}"));
        if wish.no_wait {
            context.ui.note(&format!("aws cloudformation wait stack-update-complete --stack-name {name}"));
            return Ok(Some(Rotated::NotSeen));
        }
        self.wait(stacks, context).await?;
        Ok(Some(Rotated::Done))
    }

    /// The parameter that is the trigger. It has the value that the secret was made with; a text of the template that only
    /// happens to be called like a parameter has another.
    fn parameter(&self, template: &str, stack: &Updatable) -> Option<String> {
        let parameter = trigger_parameter(template, self.resource.as_str())?;
        let value = stack.parameters.get(&parameter)?;
        (*value == self.from).then_some(parameter)
    }

    async fn wait(&self, stacks: &StackUpdater, context: &Context) -> Result<(), Failure> {
        let bar = context.ui.progress("updating the stack", None);
        let mut missed = 0;
        for look in 0.. {
            hand::pause(Duration::from_millis(PAUSES[look.min(PAUSES.len() - 1)])).await;
            bar.at(look);
            match stacks.progress(&self.stack).await {
                Ok(Progress::Updated) => break,
                Ok(Progress::UnderWay(status)) => {
                    missed = 0;
                    context.ui.debug(|| status);
                }
                Ok(Progress::Failed { status, reason }) => {
                    drop(bar);
                    return Err(self.failed(&status, &reason));
                }
                Err(error) if error.may_pass() && missed < MISSED => missed += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn refused(&self, error: secret_store::store::StoreError) -> Failure {
        let why = std::error::Error::source(&error).map(ToString::to_string);
        let mut failure = Failure::from(error);
        if failure.kind == crate::exit::Kind::Refused {
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            failure.message = format!("CloudFormation does not update stack {}{why}", self.name());
            failure.hints = vec!["--trigger chooses another text, where the parameter does not take a time".to_owned()];
        }
        failure
    }

    fn failed(&self, status: &str, reason: &str) -> Failure {
        let name = self.name();
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Failure::refused(format!("stack {name} is {status}{reason}"))
            .hint(format!("what failed: `aws cloudformation describe-stack-events --stack-name {name}`"))
            .hint("a stack that was rolled back has its old value again")
    }

    fn name(&self) -> &str {
        self.stack.stack_name().unwrap_or(self.stack.as_str())
    }
}
