//! Records as DynamoDB items and back: the only code that spells the attribute names of `docs/format.md`.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secret_store::store::StoreError;
use secret_store::{
    AdoptedFrom, Cause, Ciphertext, Description, EncryptionContext, Head, Identity, KeyArn, LogicalResourceId, Owner,
    PublicKey, Record, Retirement, StackId, Superseded, Trigger, UnixTime, Version, VersionItem,
};

use crate::sort_key;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The format that this code writes, and the only one that it reads.
const FORMAT: u64 = 1;

/// The table's keys.
pub(crate) const STACK_NAME: &str = "StackName";
pub(crate) const ENV: &str = "Env";

/// The head's own attributes.
pub(crate) const AS_OF: &str = "AsOf";
pub(crate) const REVISION: &str = "Revision";
const CURRENT_VERSION: &str = "CurrentVersion";

/// The attributes of versions and, the last two, of heads.
const FORMAT_ATTRIBUTE: &str = "Format";
const CIPHERTEXT: &str = "Ciphertext";
const DATA_KEY: &str = "DataKey";
const ENCRYPTION_CONTEXT: &str = "EncryptionContext";
pub(crate) const KEY_ARN: &str = "KeyArn";
const CREATED_AT: &str = "CreatedAt";
const ENTROPY_BITS: &str = "EntropyBits";
const PUBLIC_KEY: &str = "PublicKey";
const PUBLIC_KEY_PEM: &str = "PublicKeyPem";
const STACK_ID: &str = "StackId";
const LOGICAL_RESOURCE_ID: &str = "LogicalResourceId";
const REQUEST_TOKEN: &str = "RequestToken";
const ROTATION_TRIGGER: &str = "RotationTrigger";
const ADOPTED_FROM: &str = "AdoptedFrom";
const ADOPTED_AT: &str = "AdoptedAt";
const MOVED_FROM: &str = "MovedFrom";
const KEPT_UNTIL: &str = "KeptUntil";
const SUPERSEDED_AT: &str = "SupersededAt";
const RETAINED_AT: &str = "RetainedAt";
const RETIRED_AT: &str = "RetiredAt";
/// The time to live of an item.
pub const EXPIRES_AT: &str = "ExpiresAt";

/// What a decision needs of an item: everything but the value. `Query` projects on these.
pub(crate) const ALL_BUT_THE_VALUE: [&str; 21] = [
    ENV,
    CURRENT_VERSION,
    AS_OF,
    REVISION,
    FORMAT_ATTRIBUTE,
    KEY_ARN,
    CREATED_AT,
    ENTROPY_BITS,
    PUBLIC_KEY,
    PUBLIC_KEY_PEM,
    STACK_ID,
    LOGICAL_RESOURCE_ID,
    REQUEST_TOKEN,
    ROTATION_TRIGGER,
    ADOPTED_FROM,
    MOVED_FROM,
    KEPT_UNTIL,
    SUPERSEDED_AT,
    RETAINED_AT,
    RETIRED_AT,
    EXPIRES_AT,
];

/// The attributes that may change after a version is stored; an absent one is removed.
pub(crate) const MUTABLE: [&str; 11] = [
    STACK_ID,
    LOGICAL_RESOURCE_ID,
    REQUEST_TOKEN,
    ROTATION_TRIGGER,
    ADOPTED_FROM,
    MOVED_FROM,
    KEPT_UNTIL,
    SUPERSEDED_AT,
    RETAINED_AT,
    RETIRED_AT,
    EXPIRES_AT,
];

/// What stands for the owner of a version that no stack owns.
const MANUAL: &str = "manual";

/// The two key attributes of an item of this secret.
pub(crate) fn key(identity: &Identity, sort_key: String) -> Item {
    HashMap::from([(STACK_NAME.to_owned(), text(identity.stack_name.as_str())), (ENV.to_owned(), text(sort_key))])
}

/// A head as it is stored.
pub(crate) fn head_item(identity: &Identity, head: &Head) -> Item {
    let mut item = key(identity, sort_key::head(identity));
    item.insert(CURRENT_VERSION.to_owned(), number(head.current.number()));
    item.insert(AS_OF.to_owned(), number(head.as_of.0));
    item.insert(REVISION.to_owned(), number(head.revision));
    put_retirement(&mut item, head.retired);
    item
}

/// A version as it is stored.
pub(crate) fn version_item(identity: &Identity, record: &Record) -> Item {
    let mut item = key(identity, sort_key::version(identity, record.item.version));
    item.extend(state(&record.item));
    item.insert(FORMAT_ATTRIBUTE.to_owned(), number(FORMAT));
    if let Ciphertext::Envelope { sealed, .. } = &record.ciphertext {
        item.insert(CIPHERTEXT.to_owned(), text(BASE64.encode(sealed)));
    }
    let (attribute, blob) = by_the_key(&record.ciphertext);
    item.insert(attribute.to_owned(), blob);
    let context = record.context.pairs().iter().map(|(key, value)| (key.clone(), text(value)));
    item.insert(ENCRYPTION_CONTEXT.to_owned(), AttributeValue::M(context.collect()));
    item.insert(KEY_ARN.to_owned(), text(&record.item.key_arn.0));
    item.insert(CREATED_AT.to_owned(), number(record.item.created_at.0));
    let Description { entropy, public_key } = &record.item.description;
    if let Some(entropy) = entropy {
        item.insert(ENTROPY_BITS.to_owned(), AttributeValue::N(entropy.to_string()));
    }
    if let Some(PublicKey { openssh, pem }) = public_key {
        item.insert(PUBLIC_KEY.to_owned(), text(openssh));
        item.insert(PUBLIC_KEY_PEM.to_owned(), text(pem));
    }
    item
}

/// What the key itself encrypted, and the attribute that has it.
pub(crate) fn by_the_key(ciphertext: &Ciphertext) -> (&'static str, AttributeValue) {
    let attribute = match ciphertext {
        Ciphertext::Direct(_) => CIPHERTEXT,
        Ciphertext::Envelope { .. } => DATA_KEY,
    };
    (attribute, text(BASE64.encode(ciphertext.by_the_key())))
}

/// The attributes of a version that may change: a subset of [`MUTABLE`].
pub(crate) fn state(version: &VersionItem) -> Item {
    let mut item = ownership(&version.owner, &version.token.to_string(), &version.trigger);
    if !version.adopted_from.is_empty() {
        let former = version.adopted_from.iter().map(|former| {
            let mut item = ownership(&former.owner, &former.token.to_string(), &former.trigger);
            item.extend(former.retained_at.map(|at| (RETAINED_AT.to_owned(), number(at.0))));
            item.extend(former.at.map(|at| (ADOPTED_AT.to_owned(), number(at.0))));
            AttributeValue::M(item)
        });
        item.insert(ADOPTED_FROM.to_owned(), AttributeValue::L(former.collect()));
    }
    if let Some(table) = &version.moved_from {
        item.insert(MOVED_FROM.to_owned(), text(table.as_str()));
    }
    item.extend(version.kept_until.map(|until| (KEPT_UNTIL.to_owned(), number(until.0))));
    if let Some(Superseded { at, cause }) = version.superseded {
        item.insert(SUPERSEDED_AT.to_owned(), number(at.0));
        if cause == Cause::Retained {
            item.insert(RETAINED_AT.to_owned(), number(at.0));
        }
    }
    put_retirement(&mut item, version.retired);
    item
}

fn ownership(owner: &Owner, token: &str, trigger: &Trigger) -> Item {
    let (stack_id, logical_resource_id) = match owner {
        Owner::Resource { stack_id, logical_resource_id } => (stack_id.as_str(), logical_resource_id.as_str()),
        Owner::Manual => (MANUAL, MANUAL),
    };
    let mut item = HashMap::from([
        (STACK_ID.to_owned(), text(stack_id)),
        (LOGICAL_RESOURCE_ID.to_owned(), text(logical_resource_id)),
        (REQUEST_TOKEN.to_owned(), text(token)),
    ]);
    if let Trigger::Rotation(trigger) = trigger {
        item.insert(ROTATION_TRIGGER.to_owned(), text(trigger));
    }
    item
}

fn put_retirement(item: &mut Item, retired: Option<Retirement>) {
    if let Some(Retirement { at, expires_at }) = retired {
        item.insert(RETIRED_AT.to_owned(), number(at.0));
        item.insert(EXPIRES_AT.to_owned(), number(expires_at.0));
    }
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// One item of a secret, told apart by its sort key.
pub(crate) enum Entry {
    Head(Head),
    Version(Box<VersionItem>, Item),
}

/// Reads an item of this secret's range.
pub(crate) fn read(identity: &Identity, item: Item) -> Result<Entry, StoreError> {
    let reader = Reader { item: &item, version: "head" };
    let key = reader.text(ENV)?;
    if key == sort_key::head(identity) {
        return Ok(Entry::Head(read_head(reader)?));
    }
    let Some(version) = sort_key::version_of(identity, key) else {
        return Err(reader.malformed("its sort key is not a padded version number"));
    };
    let name = version.to_string();
    let read = read_version(Reader { item: &item, version: &name }, version)?;
    Ok(Entry::Version(Box::new(read), item))
}

/// Reads the value that goes with a version.
pub(crate) fn read_record(identity: &Identity, version: VersionItem, item: &Item) -> Result<Record, StoreError> {
    let name = version.version.to_string();
    let reader = Reader { item, version: &name };
    let base64 = |text, problem| BASE64.decode(text).map_err(|_| reader.malformed(problem));
    let ciphertext = base64(reader.text(CIPHERTEXT)?, "Ciphertext is not base64")?;
    let ciphertext = match reader.optional_text(DATA_KEY)? {
        None => Ciphertext::Direct(ciphertext),
        Some(data_key) => {
            Ciphertext::Envelope { sealed: ciphertext, data_key: base64(data_key, "DataKey is not base64")? }
        }
    };
    let pairs = reader
        .map(ENCRYPTION_CONTEXT)?
        .iter()
        .map(|(key, value)| Some((key.clone(), value.as_s().ok()?.clone())))
        .collect::<Option<BTreeMap<_, _>>>()
        .ok_or_else(|| reader.malformed("EncryptionContext holds something else than strings"))?;
    let context = EncryptionContext::from_stored(pairs, identity, version.version)
        .map_err(|_| reader.malformed("EncryptionContext is that of another secret or version"))?;
    Ok(Record { item: version, context, ciphertext })
}

fn read_head(reader: Reader<'_>) -> Result<Head, StoreError> {
    let current = Version::new(reader.number(CURRENT_VERSION)?)
        .map_err(|_| reader.malformed("CurrentVersion is no version number"))?;
    Ok(Head {
        current,
        as_of: UnixTime(reader.number(AS_OF)?),
        revision: reader.number(REVISION)?,
        retired: reader.retirement()?,
    })
}

fn read_version(reader: Reader<'_>, version: Version) -> Result<VersionItem, StoreError> {
    if reader.number(FORMAT_ATTRIBUTE)? != FORMAT {
        return Err(reader.malformed("its Format is newer than this release reads; update cfn-secrets"));
    }
    let (owner, token, trigger) = reader.ownership()?;
    let adopted_from = reader.maps(ADOPTED_FROM)?.into_iter().map(|item| {
        let reader = Reader { item, ..reader };
        let (owner, token, trigger) = reader.ownership()?;
        let time = |attribute| Ok(reader.optional_number(attribute)?.map(UnixTime));
        Ok(AdoptedFrom { owner, token, trigger, retained_at: time(RETAINED_AT)?, at: time(ADOPTED_AT)? })
    });
    let adopted_from = adopted_from.collect::<Result<_, StoreError>>()?;
    let moved_from = reader.optional_text(MOVED_FROM)?.map(str::parse).transpose();
    let moved_from = moved_from.map_err(|_| reader.malformed("MovedFrom is no table name"))?;
    Ok(VersionItem {
        version,
        owner,
        token,
        trigger,
        adopted_from,
        moved_from,
        superseded: reader.superseded()?,
        retired: reader.retirement()?,
        kept_until: reader.optional_number(KEPT_UNTIL)?.map(UnixTime),
        key_arn: KeyArn(reader.text(KEY_ARN)?.to_owned()),
        created_at: UnixTime(reader.number(CREATED_AT)?),
        description: reader.description()?,
    })
}

/// Reads attributes of one item; its errors name the version and the attribute, never a value.
#[derive(Clone, Copy)]
struct Reader<'a> {
    item: &'a Item,
    version: &'a str,
}

impl<'a> Reader<'a> {
    fn malformed(&self, problem: &'static str) -> StoreError {
        StoreError::Malformed { version: self.version.to_owned(), problem }
    }

    fn text(&self, name: &'static str) -> Result<&'a str, StoreError> {
        let text = self.item.get(name).and_then(|value| value.as_s().ok());
        text.map(String::as_str).ok_or_else(|| self.malformed(name))
    }

    fn optional_text(&self, name: &'static str) -> Result<Option<&'a str>, StoreError> {
        self.item.get(name).map(|_| self.text(name)).transpose()
    }

    fn map(&self, name: &'static str) -> Result<&'a Item, StoreError> {
        self.item.get(name).and_then(|value| value.as_m().ok()).ok_or_else(|| self.malformed(name))
    }

    /// A list of maps; empty where the attribute is absent.
    fn maps(&self, name: &'static str) -> Result<Vec<&'a Item>, StoreError> {
        let Some(value) = self.item.get(name) else { return Ok(Vec::new()) };
        let maps = value.as_l().ok().and_then(|list| list.iter().map(|value| value.as_m().ok()).collect());
        maps.ok_or_else(|| self.malformed(name))
    }

    fn number(&self, name: &'static str) -> Result<u64, StoreError> {
        self.optional_number(name)?.ok_or_else(|| self.malformed(name))
    }

    fn optional_number(&self, name: &'static str) -> Result<Option<u64>, StoreError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(value) => {
                let number = value.as_n().ok().and_then(|digits| u64::from_str(digits).ok());
                number.map(Some).ok_or_else(|| self.malformed(name))
            }
        }
    }

    /// An older release that makes a version live again, or sets it aside once more, leaves `RetainedAt` as it was: it counts
    /// only beside a `SupersededAt` of the same time.
    fn superseded(&self) -> Result<Option<Superseded>, StoreError> {
        let retained_at = self.optional_number(RETAINED_AT)?;
        let superseded = self.optional_number(SUPERSEDED_AT)?.map(|at| {
            let cause = if retained_at == Some(at) { Cause::Retained } else { Cause::Deleted };
            Superseded { at: UnixTime(at), cause }
        });
        Ok(superseded)
    }

    fn retirement(&self) -> Result<Option<Retirement>, StoreError> {
        match (self.optional_number(RETIRED_AT)?, self.optional_number(EXPIRES_AT)?) {
            (Some(at), Some(expires_at)) => Ok(Some(Retirement { at: UnixTime(at), expires_at: UnixTime(expires_at) })),
            (None, None) => Ok(None),
            _ => Err(self.malformed("RetiredAt and ExpiresAt belong together")),
        }
    }

    fn ownership(&self) -> Result<(Owner, secret_store::RequestToken, Trigger), StoreError> {
        let owner = match self.text(STACK_ID)? {
            MANUAL => Owner::Manual,
            stack_id => Owner::Resource {
                stack_id: StackId::new(stack_id),
                logical_resource_id: LogicalResourceId::new(self.text(LOGICAL_RESOURCE_ID)?),
            },
        };
        let token =
            self.text(REQUEST_TOKEN)?.parse().map_err(|_| self.malformed("RequestToken is no SHA-256 in hex"))?;
        let trigger = self.optional_text(ROTATION_TRIGGER)?;
        Ok((owner, token, trigger.map_or(Trigger::External, |trigger| Trigger::Rotation(trigger.to_owned()))))
    }

    fn description(&self) -> Result<Description, StoreError> {
        let entropy = self.item.get(ENTROPY_BITS).map(|value| value.as_n().ok()?.parse().ok());
        let entropy = entropy.map(|bits| bits.ok_or_else(|| self.malformed(ENTROPY_BITS))).transpose()?;
        let public_key = match (self.optional_text(PUBLIC_KEY)?, self.optional_text(PUBLIC_KEY_PEM)?) {
            (Some(openssh), Some(pem)) => Some(PublicKey { openssh: openssh.to_owned(), pem: pem.to_owned() }),
            (None, None) => None,
            _ => return Err(self.malformed("PublicKey and PublicKeyPem belong together")),
        };
        Ok(Description { entropy, public_key })
    }
}
