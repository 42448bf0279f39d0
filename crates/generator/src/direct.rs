//! A direct invocation: a secret that no stack owns, made for whoever may invoke the function.

use custom_resource::{Error, Invocation, Properties};
use secret_store::plan::{Intent, OnConflict, Operation, Requester};
use secret_store::stack::StackNews;
use secret_store::{Owner, RequestToken, UnixTime};
use serde::Deserialize;
use serde_json::Value;

use crate::SecretSpec;
use crate::properties::GeneratorProperties;
use crate::reason::Failure;
use crate::settings::Settings;

/// `{"StackName": ..., "Env": ..., "ClientRequestToken": ...}` and whatever describes the new value.
#[derive(Debug)]
pub struct DirectRequest {
    client_request_token: ClientRequestToken,
    properties: GeneratorProperties,
}

/// What only makes sense for a resource of a stack.
const OF_STACKS: [&str; 3] = ["RotationTrigger", "OnConflict", "RecoveryWindowInDays"];

const TOKEN: &str = "ClientRequestToken";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Token {
    client_request_token: ClientRequestToken,
}

impl DirectRequest {
    /// Reads the event.
    ///
    /// # Errors
    /// What is missing, unknown or breaks its rule.
    pub fn parse(mut properties: Properties) -> Result<Self, Error> {
        let token = properties.get(TOKEN).cloned();
        properties.remove(TOKEN);
        if let Some(name) = properties.names().find(|name| OF_STACKS.contains(name)) {
            let reason = format!("{name} is for resources of a stack: here a new {TOKEN} makes a new value");
            return Err(Error::new(reason));
        }
        let properties = GeneratorProperties::read(&properties)?;
        let token = token.into_iter().map(|token| (TOKEN.to_owned(), token)).collect();
        let Token { client_request_token } = Properties::from_value(Value::Object(token))?.parse()?;
        Ok(Self { client_request_token, properties })
    }

    /// The spec that the event states. Each new `ClientRequestToken` makes a new version; a repeated one answers with
    /// the version that it made.
    pub(crate) fn spec(&self, settings: &Settings, invocation: &Invocation) -> Result<SecretSpec<'_>, Failure> {
        let now = UnixTime(invocation.now());
        let identity = self.properties.identity(settings, None, None)?;
        let requester = Requester {
            me: Owner::Manual,
            token: RequestToken::manual(&self.client_request_token.0),
            requested_at: now,
            expires_at: None,
            answer_by: None,
            now,
            out_of_bounds: settings.scope.check_env(&identity).err(),
            stack: StackNews::NotAsked,
        };
        let intent = Intent {
            requester,
            identity,
            trigger: self.properties.trigger(),
            on_conflict: OnConflict::Refuse,
            operation: Operation::Create,
        };
        Ok(SecretSpec { intent, properties: &self.properties, creates: None })
    }
}

/// 1 to 128 characters that the caller chose and repeats when it tries again.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct ClientRequestToken(String);

impl TryFrom<String> for ClientRequestToken {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if (1..=128).contains(&text.chars().count()) {
            Ok(Self(text))
        } else {
            Err("must be 1 to 128 characters that you choose, and repeat when you try again")
        }
    }
}

#[cfg(test)]
mod tests;
