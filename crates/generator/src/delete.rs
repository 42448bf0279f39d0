//! Delete: retire what the id names, and never fail for what the user cannot mend.

use custom_resource::DeleteRequest;
use rand::CryptoRng;
use secret_store::SecretId;
use secret_store::plan::Requester;
use secret_store::plan::delete::DeletePlan;
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteError, WriteVersions};

use crate::properties::recovery_window;
use crate::reason::Failure;
use crate::{Generator, MAX_ROUNDS};

/// Rounds of a Delete, which may also need several writes of about a hundred versions each.
const MAX_DELETE_ROUNDS: usize = 8 * MAX_ROUNDS;

impl<T, K, R> Generator<T, K, R>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
{
    /// Retires the version that the request's id names.
    pub(crate) async fn retire(&self, request: &DeleteRequest, requester: &Requester) -> Result<(), Failure> {
        let id = request.physical_resource_id.as_deref().map(str::parse::<SecretId>);
        let Some(Ok(id)) = id else {
            tracing::warn!("the PhysicalResourceId is not one of a secret; nothing is retired");
            return Ok(());
        };
        match self.retire_version(request, &id, requester).await {
            Err(Failure::Store(error)) if is_beyond_repair(&error) => {
                tracing::warn!(secret_id = %id, %error, "the secret stays as it is, if it is still there");
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
    ) -> Result<(), Failure> {
        let window = recovery_window(&request.properties, &self.settings);
        for _ in 0..MAX_DELETE_ROUNDS {
            let snapshot = self.table.query(&id.identity).await?;
            let (changes, more) = match (self.decisions.plan_delete)(requester, id, window, &snapshot) {
                DeletePlan::Apply { changes, more } => (changes, more),
                DeletePlan::Nothing(reason) => {
                    tracing::warn!(secret_id = %id, %reason, "nothing is retired");
                    return Ok(());
                }
            };
            match self.table.write(&id.identity, &changes, None).await {
                Ok(()) if more => {}
                Ok(()) => {
                    tracing::info!(secret_id = %id, "the version is out of use");
                    return Ok(());
                }
                Err(WriteError::Conflict) => {}
                Err(WriteError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Failure::Contended)
    }
}

/// Whether trying again cannot help, so that failing would only keep the stack from being deleted: the table or the
/// permission is gone, or the item is not one of ours any more.
fn is_beyond_repair(error: &StoreError) -> bool {
    match error {
        StoreError::Unavailable(..) => false,
        StoreError::Missing(..)
        | StoreError::Denied { .. }
        | StoreError::KeyUnusable(_)
        | StoreError::Undecryptable(_)
        | StoreError::NotText
        | StoreError::Rejected(..)
        | StoreError::Malformed { .. } => true,
    }
}

#[cfg(test)]
mod tests;
