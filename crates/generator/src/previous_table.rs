//! Rolling back an Update that moved a secret to another table, where the old template names no table.
//!
//! Such an Update's id names the table that was moved to, and nothing in the event tells where the secret was before.
//! The version that was made there does: it remembers where its owner came from. So does what is made after it, also of
//! another secret there: with rollback switched off, several updates may fail before the way back.

use custom_resource::{Properties, UpdateRequest};
use secret_store::Identity;
use secret_store::patience::Patience;
use secret_store::plan::{Intent, Operation, move_to};
use secret_store::store::QueryVersions;

use crate::Generator;
use crate::reason::Failure;

/// What the name of a table in the templates says of the way back.
enum Way {
    /// The template names no table: perhaps it did not before, either, and the secret was in another one.
    PerhapsBack,
    /// It leads on, to another secret.
    On,
}

impl<T: QueryVersions, K, R, S> Generator<T, K, R, S> {
    /// Points the request at the table that the secret was moved from, if its template names no table and its version is
    /// still wanted there. Costs one or two queries, where a table is or was named, or the secret is in another one than
    /// the pair's, and otherwise none.
    pub(crate) async fn find_previous_table(
        &self,
        request: &UpdateRequest,
        intent: &mut Intent,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let Operation::Update { named: Some(id), .. } = &intent.operation else { return Ok(()) };
        let id = id.clone();
        let Some(way) = self.way(request, &id.identity, &intent.identity) else { return Ok(()) };
        let snapshot = patience.ask(async || self.table.query(&id.identity).await).await?;
        let Some(earlier) = move_to(&intent.requester, &id, &snapshot) else { return Ok(()) };
        if let Operation::Update { came_from, .. } = &mut intent.operation
            && id.identity != intent.identity
        {
            *came_from = Some(earlier.from.clone());
        }
        let Way::PerhapsBack = way else { return Ok(()) };
        let mut back = intent.clone();
        back.identity.store = earlier.from.clone();
        let there = patience.ask(async || self.table.query(&back.identity).await).await?;
        if earlier.left_a_version(&back, &there) {
            *intent = back;
        }
        Ok(())
    }

    fn way(&self, request: &UpdateRequest, named: &Identity, asked: &Identity) -> Option<Way> {
        let names_table = |properties: &Properties| properties.string("TableName").is_some();
        let is_elsewhere = Some(&named.store) != self.settings.table_name.as_ref();
        match names_table(&request.properties) {
            false if names_table(&request.old_properties) || is_elsewhere => Some(Way::PerhapsBack),
            true if named != asked && named.store == asked.store => Some(Way::On),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
