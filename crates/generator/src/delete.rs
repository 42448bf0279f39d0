//! Delete: retire what the id names. SUCCESS means that it is out of use, or that it is not there at all.

use custom_resource::DeleteRequest;
use rand::CryptoRng;
use secret_store::SecretId;
use secret_store::patience::{Pace, Patience};
use secret_store::plan::Requester;
use secret_store::plan::delete::DeletePlan;
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteError, WriteVersions};

use crate::Generator;
use crate::properties::recovery_window;
use crate::reason::Failure;

impl<T, K, R> Generator<T, K, R>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
{
    /// Retires the version that the request's id names.
    pub(crate) async fn retire(
        &self,
        request: &DeleteRequest,
        requester: &Requester,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let id = request.physical_resource_id.as_deref().map(str::parse::<SecretId>);
        let Some(Ok(id)) = id else {
            tracing::warn!("the PhysicalResourceId is not one of a secret; nothing is retired");
            return Ok(());
        };
        match self.retire_version(request, &id, requester, patience).await {
            Err(Failure::Store(error @ StoreError::Missing { .. })) => {
                tracing::warn!(secret_id = %id, %error, "there is nothing to retire");
                Ok(())
            }
            result => result.map_err(|failure| Failure::NotRetired(Box::new(failure))),
        }
    }

    async fn retire_version(
        &self,
        request: &DeleteRequest,
        id: &SecretId,
        requester: &Requester,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let identity = &id.identity;
        let mut lost_races = 0;
        let window = recovery_window(&request.properties, &self.settings);
        loop {
            let snapshot = patience.ask(async || self.table.query(identity).await).await?;
            let (changes, more) = match (self.decisions.plan_delete)(requester, id, window, &snapshot) {
                DeletePlan::Apply { changes, more } => (changes, more),
                DeletePlan::Nothing(reason) => {
                    tracing::warn!(secret_id = %id, %reason, "nothing is retired");
                    return Ok(());
                }
            };
            match self.write(identity, &changes, None, patience).await {
                // One write takes about a hundred versions.
                Ok(()) if more && patience.has_time() => {}
                Ok(()) if more => return Err(Failure::Contended),
                Ok(()) => {
                    tracing::info!(secret_id = %id, "the version is out of use");
                    return Ok(());
                }
                Err(WriteError::Conflict) if patience.pause(Pace::Quick, lost_races).await => lost_races += 1,
                Err(WriteError::Conflict) => return Err(Failure::Contended),
                Err(WriteError::Store(error)) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
