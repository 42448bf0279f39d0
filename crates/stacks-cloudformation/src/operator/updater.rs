//! A stack as whoever rotates its secret by hand moves it on: the same template, one parameter changed, all else as it was.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{Capability, Parameter, StackStatus, TemplateStage};
use aws_session::{Session, classify};
use secret_store::StackId;
use secret_store::store::StoreError;

use super::{STACKS, Stacks};

/// Stacks for whoever updates them. It never sends a template.
#[derive(Clone, Debug)]
pub struct StackUpdater(Stacks);

/// A stack before an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updatable {
    /// The values of its parameters by their names.
    pub parameters: BTreeMap<String, String>,
    capabilities: Vec<Capability>,
}

/// How far an operation on a stack is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    UnderWay(String),
    /// The update is done.
    Updated,
    /// It ended otherwise.
    Failed {
        /// As CloudFormation spells it.
        status: String,
        /// What CloudFormation says of it, which may be nothing.
        reason: String,
    },
}

impl StackUpdater {
    /// The stacks of this session.
    pub fn connect(session: &Session) -> Self {
        Self(Stacks::connect(session))
    }

    /// The stack's template, with what macros made of it. `cloudformation:GetTemplate`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn template(&self, stack: &StackId) -> Result<String, StoreError> {
        let get = self.0.0.get_template().stack_name(stack.as_str()).template_stage(TemplateStage::Processed);
        let template = get.send().await.map_err(|error| classify(STACKS, "cloudformation:GetTemplate", error))?;
        Ok(template.template_body.unwrap_or_default())
    }

    /// What its next update keeps; `None` where there is no such stack. `cloudformation:DescribeStacks`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn updatable(&self, stack: &StackId) -> Result<Option<Updatable>, StoreError> {
        let Some(stack) = self.0.described(stack.as_str()).await? else { return Ok(None) };
        let value = |parameter: &Parameter| {
            Some((parameter.parameter_key()?.to_owned(), parameter.parameter_value().unwrap_or_default().to_owned()))
        };
        let parameters = stack.parameters().iter().filter_map(value).collect();
        Ok(Some(Updatable { parameters, capabilities: stack.capabilities.unwrap_or_default() }))
    }

    /// Starts an update with one parameter changed and rollback on. `token` is the same for each try of one wish.
    /// `cloudformation:UpdateStack`, and whatever the update itself does, unless the stack has a role of its own.
    ///
    /// # Errors
    /// Where CloudFormation refuses it, or does not answer, or not to this caller.
    pub async fn update(
        &self,
        stack: &StackId,
        from: &Updatable,
        (parameter, value): (&str, &str),
        token: &str,
    ) -> Result<(), StoreError> {
        let parameters = from.parameters.keys().map(|name| {
            let kept = Parameter::builder().parameter_key(name);
            if name == parameter { kept.parameter_value(value).build() } else { kept.use_previous_value(true).build() }
        });
        let update = self.0.0.update_stack().stack_name(stack.as_str()).use_previous_template(true);
        let update = update.set_parameters(Some(parameters.collect()));
        let update = update.set_capabilities(Some(from.capabilities.clone()).filter(|some| !some.is_empty()));
        let update = update.client_request_token(token).disable_rollback(false);
        update.send().await.map(|_| ()).map_err(|error| match (error.code(), error.message()) {
            // What is wrong with the parameters, or with the stack, is in its words alone.
            (Some("ValidationError"), Some(why)) => StoreError::Rejected(STACKS, why.to_owned().into()),
            _ => classify(STACKS, "cloudformation:UpdateStack", error),
        })
    }

    /// How far it is. `cloudformation:DescribeStacks`.
    ///
    /// # Errors
    /// Where CloudFormation does not answer, or not to this caller.
    pub async fn progress(&self, stack: &StackId) -> Result<Progress, StoreError> {
        let Some(stack) = self.0.described(stack.as_str()).await? else {
            return Ok(Progress::Failed { status: StackStatus::DeleteComplete.to_string(), reason: String::new() });
        };
        let reason = stack.stack_status_reason().unwrap_or_default().to_owned();
        Ok(progress(stack.stack_status().map(StackStatus::as_str).unwrap_or_default(), reason))
    }
}

fn progress(status: &str, reason: String) -> Progress {
    match status {
        "UPDATE_COMPLETE" => Progress::Updated,
        // What replaced resources are cleaned up by now; the update itself can no longer fail.
        status if status.ends_with("_IN_PROGRESS") => Progress::UnderWay(status.to_owned()),
        status => Progress::Failed { status: status.to_owned(), reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_end_is_the_one_that_was_meant() {
        for status in StackStatus::values() {
            let expected = match *status {
                "UPDATE_COMPLETE" => Progress::Updated,
                status if status.ends_with("_IN_PROGRESS") => Progress::UnderWay(status.to_owned()),
                status => Progress::Failed { status: status.to_owned(), reason: "why".to_owned() },
            };
            assert_eq!(progress(status, "why".to_owned()), expected);
        }
    }
}
