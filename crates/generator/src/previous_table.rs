//! Rolling back an Update that moved a secret to another table, where the old template names no table.
//!
//! Such an Update's id names the table that was moved to, and nothing in the event tells where the secret was before.
//! The version that was made there does: it remembers where its owner came from.

use secret_store::patience::Patience;
use secret_store::plan::{Intent, Operation, keeps_a_version, moved_from};
use secret_store::store::QueryVersions;

use crate::Generator;
use crate::reason::Failure;

impl<T: QueryVersions, K, R, S> Generator<T, K, R, S> {
    /// Points the request at the table that the secret was moved from, if its version is still wanted there.
    ///
    /// To be called for an Update whose template names no table any more. Costs one or two queries, in this case alone.
    pub(crate) async fn find_previous_table(
        &self,
        intent: &mut Intent,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let Operation::Update { named: Some(id), .. } = &intent.operation else { return Ok(()) };
        let snapshot = patience.ask(async || self.table.query(&id.identity).await).await?;
        let Some(table) = moved_from(&intent.requester, id, &snapshot).cloned() else { return Ok(()) };
        let mut back = intent.clone();
        back.identity.store = table;
        let there = patience.ask(async || self.table.query(&back.identity).await).await?;
        if keeps_a_version(&back, &there) {
            *intent = back;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
