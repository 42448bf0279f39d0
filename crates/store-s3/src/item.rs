//! A version without its value as JSON and back: the attributes of `docs/format.md`, by the names that they have in a table.

use secret_store::store::StoreError;
use secret_store::{
    AdoptedFrom, Cause, Description, KeyArn, LogicalResourceId, Owner, PublicKey, Retirement, StackId, Superseded,
    Trigger, UnixTime, Version, VersionItem,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The format that this code writes, and the only one that it reads.
pub(crate) const FORMAT: u64 = 1;

/// What stands for the owner of a version that no stack owns.
const MANUAL: &str = "manual";

/// A version as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Item {
    pub(crate) format: u64,
    pub(crate) version: u64,
    #[serde(flatten)]
    ownership: Ownership,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    adopted_from: Vec<Former>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_until: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    superseded_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retained_at: Option<u64>,
    #[serde(flatten)]
    pub(crate) retired: Retired,
    pub(crate) key_arn: String,
    created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entropy_bits: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key_pem: Option<String>,
    /// What a later release has added, left as it is.
    #[serde(flatten)]
    added: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ownership {
    stack_id: String,
    logical_resource_id: String,
    request_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rotation_trigger: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Former {
    #[serde(flatten)]
    ownership: Ownership,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retained_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adopted_at: Option<u64>,
}

/// Both times of a retirement, or neither.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Retired {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
}

impl From<Option<Retirement>> for Retired {
    fn from(retirement: Option<Retirement>) -> Self {
        Self {
            retired_at: retirement.map(|retirement| retirement.at.0),
            expires_at: retirement.map(|retirement| retirement.expires_at.0),
        }
    }
}

impl Retired {
    pub(crate) fn read(self, version: &str) -> Result<Option<Retirement>, StoreError> {
        match (self.retired_at, self.expires_at) {
            (Some(at), Some(expires_at)) => Ok(Some(Retirement { at: UnixTime(at), expires_at: UnixTime(expires_at) })),
            (None, None) => Ok(None),
            _ => Err(malformed(version, "RetiredAt and ExpiresAt belong together")),
        }
    }
}

pub(crate) fn malformed(version: impl ToString, problem: &'static str) -> StoreError {
    StoreError::Malformed { version: version.to_string(), problem }
}

impl Ownership {
    fn of(owner: &Owner, token: impl ToString, trigger: &Trigger) -> Self {
        let (stack_id, logical_resource_id) = match owner {
            Owner::Resource { stack_id, logical_resource_id } => (stack_id.as_str(), logical_resource_id.as_str()),
            Owner::Manual => (MANUAL, MANUAL),
        };
        let rotation_trigger = match trigger {
            Trigger::Rotation(trigger) => Some(trigger.clone()),
            Trigger::External => None,
        };
        Self {
            stack_id: stack_id.to_owned(),
            logical_resource_id: logical_resource_id.to_owned(),
            request_token: token.to_string(),
            rotation_trigger,
        }
    }

    fn read(self, version: u64) -> Result<(Owner, secret_store::RequestToken, Trigger), StoreError> {
        let owner = match self.stack_id.as_str() {
            MANUAL => Owner::Manual,
            stack_id => Owner::Resource {
                stack_id: StackId::new(stack_id),
                logical_resource_id: LogicalResourceId::new(self.logical_resource_id),
            },
        };
        let token = self.request_token.parse();
        let token = token.map_err(|_| malformed(version, "RequestToken is no SHA-256 in hex"))?;
        Ok((owner, token, self.rotation_trigger.map_or(Trigger::External, Trigger::Rotation)))
    }
}

impl Item {
    /// A version as it is to be stored.
    pub(crate) fn of(item: &VersionItem) -> Self {
        let former = item.adopted_from.iter().map(|former| Former {
            ownership: Ownership::of(&former.owner, former.token, &former.trigger),
            retained_at: former.retained_at.map(|at| at.0),
            adopted_at: former.at.map(|at| at.0),
        });
        let retained = item.superseded.filter(|superseded| superseded.cause == Cause::Retained);
        let public_key = item.description.public_key.as_ref();
        Self {
            format: FORMAT,
            version: item.version.number(),
            ownership: Ownership::of(&item.owner, item.token, &item.trigger),
            adopted_from: former.collect(),
            moved_from: item.moved_from.as_ref().map(ToString::to_string),
            kept_until: item.kept_until.map(|until| until.0),
            superseded_at: item.superseded.map(|superseded| superseded.at.0),
            retained_at: retained.map(|superseded| superseded.at.0),
            retired: item.retired.into(),
            key_arn: item.key_arn.0.clone(),
            created_at: item.created_at.0,
            entropy_bits: item.description.entropy.map(|bits| bits.to_string()),
            public_key: public_key.map(|key| key.openssh.clone()),
            public_key_pem: public_key.map(|key| key.pem.clone()),
            added: Map::new(),
        }
    }

    /// The same version with another owner and state; what was told of it once, and what a later release added, stays.
    pub(crate) fn changed(&self, to: &VersionItem) -> Self {
        Self {
            key_arn: self.key_arn.clone(),
            created_at: self.created_at,
            entropy_bits: self.entropy_bits.clone(),
            public_key: self.public_key.clone(),
            public_key_pem: self.public_key_pem.clone(),
            added: self.added.clone(),
            ..Self::of(to)
        }
    }

    /// The version.
    pub(crate) fn read(&self) -> Result<VersionItem, StoreError> {
        let number = self.version;
        if self.format != FORMAT {
            return Err(malformed(number, "its Format is newer than this release reads; update cfn-secrets"));
        }
        let (owner, token, trigger) = self.ownership.clone().read(number)?;
        let adopted_from = self.adopted_from.iter().map(|former| {
            let (owner, token, trigger) = former.ownership.clone().read(number)?;
            let [retained_at, at] = [former.retained_at, former.adopted_at].map(|time| time.map(UnixTime));
            Ok(AdoptedFrom { owner, token, trigger, retained_at, at })
        });
        let moved_from = self.moved_from.as_deref().map(str::parse).transpose();
        let public_key = match (&self.public_key, &self.public_key_pem) {
            (Some(openssh), Some(pem)) => Some(PublicKey { openssh: openssh.clone(), pem: pem.clone() }),
            (None, None) => None,
            _ => return Err(malformed(number, "PublicKey and PublicKeyPem belong together")),
        };
        let entropy = self.entropy_bits.as_deref().map(str::parse).transpose();
        Ok(VersionItem {
            version: Version::new(number).map_err(|_| malformed(number, "Version is no version number"))?,
            owner,
            token,
            trigger,
            adopted_from: adopted_from.collect::<Result<_, StoreError>>()?,
            moved_from: moved_from.map_err(|_| malformed(number, "MovedFrom is no store's name"))?,
            superseded: self.superseded_at.map(|at| {
                let cause = if self.retained_at == Some(at) { Cause::Retained } else { Cause::Deleted };
                Superseded { at: UnixTime(at), cause }
            }),
            retired: self.retired.read(&number.to_string())?,
            kept_until: self.kept_until.map(UnixTime),
            key_arn: KeyArn(self.key_arn.clone()),
            created_at: UnixTime(self.created_at),
            description: Description {
                entropy: entropy.map_err(|_| malformed(number, "EntropyBits is no number of bits"))?,
                public_key,
            },
        })
    }
}
