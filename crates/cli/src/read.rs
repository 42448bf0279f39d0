//! One value: the record that is meant, decrypted, and perhaps its fields.

mod current;
mod field;

use secrecy::SecretString;
use secret_store::store::{Decrypt, GetHead, GetVersion};
use secret_store::{Identity, Record, SecretId, seal, select};

use crate::failure::Failure;
use crate::secret::Pick;
pub(crate) use current::{Current, current};
pub(crate) use field::{field, fields};

/// The record that is meant, in use. Two items are read for the current one, else one. `called` is what a message calls it.
pub(crate) async fn record(
    table: &(impl GetHead + GetVersion),
    called: &str,
    identity: &Identity,
    pick: Pick,
) -> Result<Record, Failure> {
    let unreadable = |error| Failure::unreadable(called, error);
    match pick {
        Pick::Version(version) => select::readable(table.get(identity, version).await?, version).map_err(unreadable),
        Pick::Exactly(version, tag) => {
            let id = SecretId { identity: identity.clone(), version, tag };
            select::by_id(table.get(identity, version).await?, &id).map_err(unreadable)
        }
        Pick::Current => {
            // Once more where the head moved on between the two: the version may be gone with reason.
            let mut last = None;
            loop {
                let version = select::current(table.get_head(identity).await?.as_ref()).map_err(unreadable)?;
                match select::readable(table.get(identity, version).await?, version) {
                    Ok(record) => return Ok(record),
                    Err(error) if last == Some(version) => return Err(unreadable(error)),
                    Err(_) => last = Some(version),
                }
            }
        }
    }
}

/// The value that is meant.
pub(crate) async fn value(
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    called: &str,
    identity: &Identity,
    pick: Pick,
) -> Result<SecretString, Failure> {
    let record = record(table, called, identity, pick).await?;
    Ok(seal::open(key, &record).await?)
}
