//! The table in memory and DynamoDB keep the same promises: each aspect of the conformance suite, on both.

use secret_store::plan::{Changes, operator::Expired};
use secret_store::store::{
    EraseExpired, Erasure, Limits, QueryVersions, Reencrypted, ReplaceCiphertext, StoreError, WriteError, WriteVersions,
};
use secret_store::testing::MemoryTable;
use secret_store::{Identity, Record, Snapshot};
use store_dynamodb::{TableEraser, TableLister, TableReader, TableReencrypter, TableWriter};
use tests::{
    aws::{Account, Engine},
    conformance,
};

/// The sides of all who write to a table.
struct Writers(TableWriter, TableReencrypter, TableEraser);

impl QueryVersions for Writers {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.0.query(identity).await
    }
}

impl WriteVersions for Writers {
    const LIMITS: Limits = TableWriter::LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.0.write(identity, changes, new).await
    }
}

impl ReplaceCiphertext for Writers {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        self.1.replace_ciphertext(identity, read, new).await
    }
}

impl EraseExpired for Writers {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        self.2.erase_expired(identity, expired).await
    }
}

/// The roles' sides of one table, all with full rights.
async fn dynamodb() -> (Writers, TableReader) {
    let account = Account::new(Engine::Ministack).await;
    assert_eq!(account.table, conformance::TABLE);
    both_sides(&account)
}

fn both_sides(account: &Account) -> (Writers, TableReader) {
    let client = || account.dynamodb.clone();
    let writers = Writers(TableWriter::new(client()), TableReencrypter::new(client()), TableEraser::new(client()));
    (writers, TableReader::new(client()))
}

#[tokio::test]
async fn a_list_has_what_the_queries_have() {
    let table = MemoryTable::new();
    conformance::a_list_has_what_the_queries_have(&table, &table, &table).await;
    let account = Account::new(Engine::Ministack).await;
    let lister = TableLister::new(account.dynamodb.clone());
    let (writers, reader) = both_sides(&account);
    conformance::a_list_has_what_the_queries_have(&writers, &reader, &lister).await;
}

macro_rules! on_both_stores {
    ($($aspect:ident)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $aspect() {
                let table = super::MemoryTable::new();
                super::conformance::$aspect(&table, &table).await;
            })*
        }

        mod on_dynamodb {
            $(#[tokio::test]
            async fn $aspect() {
                let (writer, reader) = super::dynamodb().await;
                super::conformance::$aspect(&writer, &reader).await;
            })*
        }
    };
}

on_both_stores! {
    an_unknown_secret_is_empty
    a_mint_writes_head_and_version_together
    every_part_of_a_version_comes_back
    a_taken_number_conflicts_and_changes_nothing
    a_stale_head_conflicts_and_changes_nothing
    a_change_of_a_gone_version_conflicts
    a_change_of_state_leaves_the_value_alone
    adoption_survives_a_round_trip
    a_move_survives_a_round_trip
    a_revival_takes_every_trace_of_a_retirement_away
    what_is_erased_is_gone
    only_what_expires_as_it_was_read_is_erased
    a_value_gets_another_key_and_nothing_else
    a_value_that_is_another_by_now_keeps_its_key
    neighbors_do_not_mix
    many_versions_are_read_whole
    the_largest_write_fits
    the_longest_value_fits
}
