//! Delete: retire what the id names. SUCCESS means that it is out of use, or that it is not there at all.

use custom_resource::{Context, DeleteRequest, UpdateRequest};
use rand::CryptoRng;
use secret_store::carry_out::{Next, carry_out};
use secret_store::patience::Patience;
use secret_store::plan::delete::{DeletePlan, Unheard};
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteVersions};
use secret_store::{Identity, SecretId, Snapshot, StackId};

use crate::properties::{identity_of, recovery_window};
use crate::reason::Failure;
use crate::{Generator, Provided};

impl<T, K, R> Generator<T, K, R>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
{
    /// Retires the version that the request's id names, or, where CloudFormation made the id up because it never heard of
    /// one, what its owner may have made.
    pub(crate) async fn retire(
        &self,
        request: &DeleteRequest,
        context: &Context,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let named = request.physical_resource_id.as_deref().and_then(|id| id.parse::<SecretId>().ok());
        let window = recovery_window(&request.properties, &self.settings);
        let result = match &named {
            Some(id) => {
                let requester = self.requester(context, &id.identity);
                let decide = |snapshot: &Snapshot| (self.decisions.plan_delete)(&requester, id, window, snapshot);
                self.carry_out(&id.identity, decide, patience).await
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
                self.carry_out(&identity, decide, patience).await
            }
        };
        match result {
            Err(Failure::Store(error @ StoreError::Missing { .. })) => {
                tracing::warn!(%error, "there is nothing to retire");
                Ok(())
            }
            result => result.map_err(|failure| Failure::NotRetired(Box::new(failure))),
        }
    }

    /// After an Update that rolled a stack back: what the Update before it made for another secret, if CloudFormation never
    /// heard of it. There is no Delete of what it does not know. The answer does not depend on it.
    pub(crate) async fn retire_unheard(
        &self,
        request: &UpdateRequest,
        context: &Context,
        kept: &Provided,
        patience: &mut Patience<'_>,
    ) {
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
        if let Err(error) = self.carry_out(&left, decide, patience).await {
            tracing::warn!(%error, "what an earlier Update may have made stays as it is");
        }
    }

    /// Carries out what a Delete decides, in as many writes as it takes.
    pub(crate) async fn carry_out(
        &self,
        identity: &Identity,
        decide: impl Fn(&Snapshot) -> DeletePlan,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let Identity { store, stack_name, env, name } = identity;
        let secret = format!("{store}/{stack_name}/{env}/{name}");
        let next = async |snapshot: &Snapshot, _: &mut Patience<'_>| match decide(snapshot) {
            DeletePlan::Apply { changes, more } => {
                Ok(Next::Write { changes, new: None, then: (!more).then_some(None) })
            }
            DeletePlan::Refuse(out) => Err(Failure::Scope(out)),
            DeletePlan::Nothing(reason) => Ok(Next::Done(Some(reason))),
        };
        match carry_out(&self.table, identity, patience, next).await? {
            Some(reason) => tracing::warn!(secret, %reason, "nothing is retired"),
            None => tracing::info!(secret, "the Delete is carried out"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
