//! What a template may say to the generator, parsed into types.

use std::collections::BTreeMap;

use custom_resource::Properties;
use password::{Engine, Policy, PolicyError};
use secret_store::plan::OnConflict;
use secret_store::plan::delete::RecoveryWindow;
use secret_store::{Env, Identity, KeyId, Name, SecretId, StackName, TableName, Trigger};
use serde::{Deserialize, Deserializer};

use crate::reason::Failure;
use crate::settings::{Settings, parse_window};

/// The properties of `Custom::GeneratedSecret`. `docs/properties.md` describes each for the user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GeneratorProperties {
    env: Env,
    stack_name: Option<StackName>,
    name: Option<Name>,
    table_name: Option<TableName>,
    key_id: Option<KeyId>,
    password_length: Option<PasswordLength>,
    #[serde(default, deserialize_with = "engine")]
    engine: Option<Engine>,
    rotation_trigger: Option<RotationTrigger>,
    #[serde(default)]
    on_conflict: OnConflictProperty,
    #[expect(dead_code, reason = "checked here, so that a wrong one fails now; a Delete reads it for itself")]
    recovery_window_in_days: Option<WindowProperty>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

impl GeneratorProperties {
    /// Which secret is meant. An Update whose template names no table stays in the table that its id names.
    pub(crate) fn identity(
        &self,
        settings: &Settings,
        own_stack_name: Option<&str>,
        named: Option<&SecretId>,
    ) -> Result<Identity, Failure> {
        let table = self
            .table_name
            .clone()
            .or_else(|| named.map(|id| id.identity.table.clone()))
            .or_else(|| settings.table_name.clone())
            .ok_or(Failure::NoTable)?;
        let stack_name = match (&self.stack_name, own_stack_name) {
            (Some(name), _) => name.clone(),
            (None, own) => own.and_then(|name| name.parse().ok()).ok_or(Failure::NoStackName)?,
        };
        Ok(Identity { table, stack_name, env: self.env.clone(), name: self.name.clone().unwrap_or_default() })
    }

    /// What makes a new value.
    pub(crate) fn trigger(&self) -> Trigger {
        Trigger::Rotation(self.rotation_trigger.as_ref().map(|trigger| trigger.0.clone()).unwrap_or_default())
    }

    pub(crate) fn on_conflict(&self) -> OnConflict {
        match self.on_conflict {
            OnConflictProperty::Refuse => OnConflict::Refuse,
            OnConflictProperty::Adopt => OnConflict::Adopt,
        }
    }

    pub(crate) fn key_id(&self, settings: &Settings) -> Result<KeyId, Failure> {
        self.key_id.clone().or_else(|| settings.key_id.clone()).ok_or(Failure::NoKey)
    }

    pub(crate) fn encryption_context(&self) -> &BTreeMap<String, String> {
        &self.encryption_context
    }

    /// What a new password looks like. Asked only when one is made: a rule that a later release tightens must not
    /// refuse the Update that rolls a stack back.
    pub(crate) fn policy(&self) -> Result<Policy, PolicyError> {
        let mut policy = Policy::builder();
        if let Some(engine) = &self.engine {
            policy = policy.engine(*engine);
        }
        if let Some(PasswordLength(length)) = self.password_length {
            policy = policy.length(length);
        }
        policy.build()
    }
}

/// The trigger of an Update's old properties. They are not parsed strictly: they were accepted once.
pub(crate) fn old_trigger(old: &Properties) -> Trigger {
    Trigger::Rotation(old.string("RotationTrigger").unwrap_or_default().to_owned())
}

/// The recovery window of a Delete: its property if that can be read, else the pair's own.
pub(crate) fn recovery_window(properties: &Properties, settings: &Settings) -> RecoveryWindow {
    let own = properties.string("RecoveryWindowInDays").and_then(|days| parse_window(days).ok());
    own.unwrap_or(settings.recovery_window)
}

/// 1 to 4096 characters (AWS Secrets Manager, `GetRandomPassword`); engines and strength narrow it further.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u64")]
struct PasswordLength(usize);

impl TryFrom<u64> for PasswordLength {
    type Error = &'static str;

    fn try_from(length: u64) -> Result<Self, &'static str> {
        match usize::try_from(length) {
            Ok(length @ 1..=4096) => Ok(Self(length)),
            _ => Err("must be a whole number from 1 to 4096"),
        }
    }
}

/// Any text of at most 1024 bytes; it is stored with each version.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct RotationTrigger(String);

impl TryFrom<String> for RotationTrigger {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.len() <= 1024 { Ok(Self(text)) } else { Err("must be at most 1024 bytes") }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnConflictProperty {
    #[default]
    Refuse,
    Adopt,
}

/// 0 to 365 days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct WindowProperty;

impl TryFrom<String> for WindowProperty {
    type Error = secret_store::InvalidName;

    fn try_from(days: String) -> Result<Self, secret_store::InvalidName> {
        parse_window(&days).map(|_| Self)
    }
}

fn engine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Engine>, D::Error> {
    let Some(name) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    name.parse().map(Some).map_err(serde::de::Error::custom)
}
