//! One value: the record that is meant, decrypted, and perhaps a field of it.

mod field;

use secrecy::SecretString;
use secret_store::store::{Decrypt, GetHead, GetVersion};
use secret_store::{Identity, Record, seal, select};

use crate::failure::Failure;
use crate::secret::{Pick, Secret};
pub(crate) use field::field;

/// The record that is meant, in use. Two items are read for the current one, else one.
pub(crate) async fn record(
    table: &(impl GetHead + GetVersion),
    secret: &Secret,
    identity: &Identity,
) -> Result<Record, Failure> {
    let unreadable = |error| Failure::unreadable(&secret.to_string(), error);
    match secret.pick {
        Pick::Version(version) => select::readable(table.get(identity, version).await?, version).map_err(unreadable),
        Pick::Exactly(version, tag) => {
            let id = secret_store::SecretId { identity: identity.clone(), version, tag };
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

/// The value of the secret that is meant.
pub(crate) async fn value(
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    secret: &Secret,
    identity: &Identity,
) -> Result<SecretString, Failure> {
    let record = record(table, secret, identity).await?;
    Ok(seal::open(key, &record).await?)
}
