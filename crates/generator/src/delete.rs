//! Delete: retire what the id names. SUCCESS means that it is out of use, or that it is not there at all.

use std::cell::Cell;
use std::error::Error as _;

use custom_resource::{Context, DeleteRequest, UpdateRequest};
use rand::CryptoRng;
use secret_store::carry_out::{Next, carry_out};
use secret_store::patience::Patience;
use secret_store::plan::Requester;
use secret_store::plan::delete::{DeletePlan, Unheard};
use secret_store::stack::{DescribeStack, StackNews};
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteVersions};
use secret_store::{Identity, Owner, SecretId, Snapshot, StackId};

use crate::properties::{identity_of, recovery_window};
use crate::reason::Failure;
use crate::{Generator, Provided};

impl<T, K, R, S> Generator<T, K, R, S>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
    S: DescribeStack,
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
        let window = recovery_window(T::LIMITS.windows, &request.properties, &self.settings);
        let is_a_note = Cell::new(false);
        let result = match &named {
            Some(id) => {
                let requester = self.requester(context, &id.identity);
                let decide = |requester: &Requester, snapshot: &Snapshot| {
                    let plan = (self.decisions.plan_delete)(requester, id, window, snapshot);
                    is_a_note.set(plan.is_a_note());
                    plan
                };
                self.carry_out(&id.identity, requester, decide, patience).await
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
                let decide = |requester: &Requester, snapshot: &Snapshot| {
                    (self.decisions.plan_unheard)(requester, Unheard::Create, window, snapshot)
                };
                self.carry_out(&identity, requester, decide, patience).await
            }
        };
        match result {
            Err(Failure::Store(error @ StoreError::Missing { .. })) => {
                tracing::warn!(%error, "there is nothing to retire");
                Ok(())
            }
            // Who may not write now has nothing on its way, either.
            Err(Failure::Store(error @ StoreError::Denied { .. })) if is_a_note.get() => {
                tracing::warn!(%error, "the version is not there");
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
        let window = recovery_window(T::LIMITS.windows, old, &self.settings);
        let requester = self.requester(context, &left);
        let unheard = Unheard::Update { since: kept.item.created_at };
        let decide = |requester: &Requester, snapshot: &Snapshot| {
            (self.decisions.plan_unheard)(requester, unheard, window, snapshot)
        };
        if let Err(error) = self.carry_out(&left, requester, decide, patience).await {
            tracing::warn!(%error, "what an earlier Update may have made stays as it is");
        }
    }

    /// What the owner's stack is doing. Asked once, for a Delete that may be a rollback's; where nobody tells, it is not.
    async fn news_of(&self, owner: &Owner) -> StackNews {
        let Owner::Resource { stack_id, .. } = owner else { return StackNews::NotTold };
        match self.stacks.describe(stack_id).await {
            Ok(state) => StackNews::Told(state),
            Err(error) => {
                let cause = error.source().map(tracing::field::display);
                tracing::warn!(%error, cause, "if this Delete is a rollback's, the secret's name is out of use until the next Update");
                StackNews::NotTold
            }
        }
    }

    /// Carries out what a Delete decides, in as many writes as it takes.
    pub(crate) async fn carry_out(
        &self,
        identity: &Identity,
        mut requester: Requester,
        decide: impl Fn(&Requester, &Snapshot) -> DeletePlan,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let Identity { store, stack_name, env, name } = identity;
        let secret = format!("{store}/{stack_name}/{env}/{name}");
        let next = async |snapshot: &Snapshot, _: &mut Patience<'_>| {
            let mut plan = decide(&requester, snapshot);
            if plan == DeletePlan::AskForTheStack {
                requester.stack = self.news_of(&requester.me).await;
                plan = decide(&requester, snapshot);
            }
            match plan {
                DeletePlan::Apply { changes, more } => {
                    Ok(Next::Write { changes, new: None, then: (!more).then_some(None) })
                }
                DeletePlan::Refuse(out) => Err(Failure::Scope(out)),
                DeletePlan::Nothing(reason) => Ok(Next::Done(Some(reason))),
                // It was asked; a decision that asks again has nothing to go by.
                DeletePlan::AskForTheStack => Err(Failure::Contended),
            }
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
