//! What CloudFormation sends, and what it hears.

use std::collections::BTreeMap;

use secret_store::{Identity, SecretId};
use serde_json::Value;

/// When the model's time begins.
pub const BEGIN: u64 = 1_800_000_000;

/// What CloudFormation sends.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: Kind,
    pub stack_id: String,
    pub request_id: String,
    pub logical_id: &'static str,
    /// When it was sent; its URL is good for two hours from then.
    pub sent_at: u64,
    /// The pair's table at that time, and whether it was there for one env alone.
    pub pair: (&'static str, bool),
    /// Which try: the URL differs although the RequestId may be used again.
    pub attempt: u64,
    pub properties: Value,
}

impl Event {
    /// Whether its template wants a secret that others have, as `OnConflict` says.
    pub fn wants_to_adopt(&self) -> bool {
        self.properties.get("OnConflict").is_some_and(|wish| wish == "adopt")
    }

    /// The version that an Update's id names.
    pub fn named(&self) -> Option<SecretId> {
        let Kind::Update { physical_id, .. } = &self.kind else { return None };
        physical_id.parse().ok()
    }

    /// Whether this is the secret that it is for: that of its id, or else of its properties.
    pub fn is_for(&self, identity: &Identity) -> bool {
        let text =
            |property: &str, otherwise| self.properties.get(property).and_then(Value::as_str).unwrap_or(otherwise);
        let of_properties = || {
            let (_, stack) = self.stack_id.rsplit_once(":stack/").unwrap_or_default();
            stack.split('/').next() == Some(identity.stack_name.as_str())
                && text("Env", "") == identity.env.as_str()
                && text("Name", "default") == identity.name.as_str()
                && text("TableName", self.pair.0) == identity.store.as_str()
        };
        self.named().map_or_else(of_properties, |id| id.identity == *identity)
    }

    /// Whether it is an Update that leads to another secret than the one that its id names.
    pub fn leads_elsewhere(&self) -> bool {
        let Some(SecretId { identity, .. }) = self.named() else { return false };
        let is = |property: &str, has: &str, otherwise: &str| {
            self.properties.get(property).and_then(Value::as_str).unwrap_or(otherwise) == has
        };
        let (store, name) = (identity.store.as_str(), identity.name.as_str());
        !(is("Env", identity.env.as_str(), "") && is("Name", name, "default") && is("TableName", store, self.pair.0))
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (_, stack) = self.stack_id.rsplit_once(":stack/").unwrap_or_default();
        let kind = match &self.kind {
            Kind::Create => "Create".to_owned(),
            Kind::Update { physical_id, .. } => format!("Update of {physical_id}"),
            Kind::Delete { physical_id } => format!("Delete of {physical_id}"),
        };
        let properties = self.properties.as_object().into_iter().flatten();
        let told =
            properties.filter(|(name, _)| !name.starts_with("Service")).map(|(name, value)| format!("{name}={value}"));
        let told = told.collect::<Vec<_>>().join(" ");
        write!(f, "{kind} for {} in {stack}, sent at {}, {told}", self.logical_id, self.sent_at - BEGIN)
    }
}

/// The three kinds.
#[derive(Clone, Debug)]
pub enum Kind {
    Create,
    Update { physical_id: String, old_properties: Value },
    Delete { physical_id: String },
}

/// What CloudFormation hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Success {
        physical_id: String,
        data: BTreeMap<String, String>,
    },
    Failed {
        reason: String,
        /// The id of what may have been made all the same.
        created: Option<String>,
    },
}
