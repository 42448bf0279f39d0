//! Which version of which secret a template or an invoker means: `SecretId` alone, or the separate properties.

use secret_store::lookup::Wanted;
use secret_store::select::Selector;
use secret_store::{Env, Identity, Name, SecretId, StackName, StoreName, Version};
use serde::Deserialize;

use crate::reading::ReadFailure;

/// The properties that name a version, as far as they are given.
#[derive(Debug, Default)]
pub struct Address {
    /// `SecretId`
    pub secret_id: Option<SecretId>,
    /// `Env`
    pub env: Option<Env>,
    /// `Name`
    pub name: Option<Name>,
    /// `StackName`
    pub stack_name: Option<StackName>,
    /// `TableName`
    pub table_name: Option<StoreName>,
    /// `Version`
    pub version: Option<Version>,
    /// `Stage`
    pub stage: Option<Stage>,
}

/// `Stage`: a version without its number.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The current one.
    Current,
    /// The one before.
    Previous,
}

impl Address {
    /// Whether none of the properties is given.
    pub fn is_empty(&self) -> bool {
        self.secret_id.is_none() && self.separate().iter().all(|(_, given)| !given)
    }

    fn separate(&self) -> [(&'static str, bool); 6] {
        [
            ("TableName", self.table_name.is_some()),
            ("StackName", self.stack_name.is_some()),
            ("Env", self.env.is_some()),
            ("Name", self.name.is_some()),
            ("Version", self.version.is_some()),
            ("Stage", self.stage.is_some()),
        ]
    }

    /// What is wanted, with everything that is left out filled in.
    ///
    /// # Errors
    /// For properties that say too little, or two things at once.
    pub fn wanted(self, table_name: Option<&StoreName>, own_stack_name: Option<&str>) -> Result<Wanted, ReadFailure> {
        let given = self.separate().into_iter().find(|(_, given)| *given);
        if let Some(id) = self.secret_id {
            return match given {
                Some((name, _)) => Err(ReadFailure::BesidesSecretId(name)),
                None => Ok(Wanted::Id(id)),
            };
        }
        let selector = match (self.version, self.stage) {
            (Some(_), Some(_)) => return Err(ReadFailure::VersionAndStage),
            (Some(version), None) => Selector::Version(version),
            (None, Some(Stage::Previous)) => Selector::Previous,
            (None, Some(Stage::Current) | None) => Selector::Current,
        };
        let identity = Identity {
            store: self.table_name.or_else(|| table_name.cloned()).ok_or(ReadFailure::NoTable)?,
            stack_name: match self.stack_name {
                Some(name) => name,
                None => own_stack_name.and_then(|name| name.parse().ok()).ok_or(ReadFailure::NoStackName)?,
            },
            env: self.env.ok_or(ReadFailure::NoEnv)?,
            name: self.name.unwrap_or_default(),
        };
        Ok(Wanted::Secret(identity, selector))
    }
}
