//! Delete: retire what the id names, and never fail for what the user cannot mend.

use custom_resource::{Context, DeleteRequest, UpdateRequest};
use rand::CryptoRng;
use secret_store::plan::delete::{DeletePlan, Unheard};
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteError, WriteVersions};
use secret_store::{Identity, SecretId, Snapshot, StackId};

use crate::properties::{identity_of, recovery_window};
use crate::reason::Failure;
use crate::{Generator, MAX_ROUNDS, Provided};

/// Rounds of a Delete, which may also need several writes of about a hundred versions each.
const MAX_DELETE_ROUNDS: usize = 8 * MAX_ROUNDS;

impl<T, K, R> Generator<T, K, R>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
{
    /// Retires the version that the request's id names, or, where CloudFormation made the id up because it never heard of
    /// one, what its owner may have made.
    pub(crate) async fn retire(&self, request: &DeleteRequest, context: &Context) -> Result<(), Failure> {
        let named = request.physical_resource_id.as_deref().and_then(|id| id.parse::<SecretId>().ok());
        let window = recovery_window(&request.properties, &self.settings);
        let result = match &named {
            Some(id) => {
                let requester = self.requester(context, &id.identity);
                let decide = |snapshot: &Snapshot| (self.decisions.plan_delete)(&requester, id, window, snapshot);
                self.carry_out(&id.identity, decide).await
            }
            None => {
                let stack_id = StackId::new(context.stack_id());
                let Some(identity) = identity_of(&request.properties, &stack_id, None, &self.settings) else {
                    tracing::warn!(
                        "neither the PhysicalResourceId nor the properties name a secret; nothing is retired"
                    );
                    return Ok(());
                };
                let requester = self.requester(context, &identity);
                let decide =
                    |snapshot: &Snapshot| (self.decisions.plan_unheard)(&requester, Unheard::Create, window, snapshot);
                self.carry_out(&identity, decide).await
            }
        };
        match result {
            Err(Failure::Store(error)) if is_beyond_repair(&error) => {
                tracing::warn!(%error, "the secret stays as it is, if it is still there");
                Ok(())
            }
            result => result.map_err(|failure| Failure::NotRetired(Box::new(failure))),
        }
    }

    /// After an Update that rolled a stack back: what the Update before it made for another secret, if CloudFormation never
    /// heard of it. There is no Delete of what it does not know. The answer does not depend on it.
    pub(crate) async fn retire_unheard(&self, request: &UpdateRequest, context: &Context, kept: &Provided) {
        let Ok(named) = request.physical_resource_id.parse::<SecretId>() else { return };
        let (stack_id, old) = (StackId::new(context.stack_id()), &request.old_properties);
        let Some(left) = identity_of(old, &stack_id, Some(&named), &self.settings) else { return };
        if left == named.identity || left == kept.identity {
            return;
        }
        let window = recovery_window(old, &self.settings);
        let requester = self.requester(context, &left);
        let decide = |snapshot: &Snapshot| {
            (self.decisions.plan_unheard)(&requester, Unheard::Update { since: kept.item.created_at }, window, snapshot)
        };
        if let Err(error) = self.carry_out(&left, decide).await {
            tracing::warn!(%error, "what an earlier Update may have made stays as it is");
        }
    }

    /// Reads, decides, writes, and again if the secret changed meanwhile or one write cannot take it all.
    pub(crate) async fn carry_out(
        &self,
        identity: &Identity,
        decide: impl Fn(&Snapshot) -> DeletePlan,
    ) -> Result<(), Failure> {
        let Identity { store, stack_name, env, name } = identity;
        let secret = format!("{store}/{stack_name}/{env}/{name}");
        for _ in 0..MAX_DELETE_ROUNDS {
            let snapshot = self.table.query(identity).await?;
            let (changes, more) = match decide(&snapshot) {
                DeletePlan::Apply { changes, more } => (changes, more),
                DeletePlan::Refuse(out) => return Err(Failure::Scope(out)),
                DeletePlan::Nothing(reason) => {
                    tracing::warn!(secret, %reason, "nothing is retired");
                    return Ok(());
                }
            };
            match self.table.write(identity, &changes, None).await {
                Ok(()) if more => {}
                Ok(()) => {
                    tracing::info!(secret, "the Delete is carried out");
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
