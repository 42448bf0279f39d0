//! A bucket keeps the promises of a table: each aspect of the conformance suite, on two engines.

use tests::{
    bucket::{Bucket, Engine},
    conformance::{
        self,
        promises::{self, Kept, PROMISES},
    },
    paths,
};

macro_rules! on_both_engines {
    ($($aspect:ident)*) => {
        mod on_ministack {
            $(#[tokio::test]
            async fn $aspect() {
                let bucket = super::Bucket::new(super::Engine::Ministack).await;
                super::conformance::$aspect(&bucket.writers(), &bucket.reader()).await;
            })*
        }

        mod on_moto {
            $(#[tokio::test]
            async fn $aspect() {
                let bucket = super::Bucket::new(super::Engine::Moto).await;
                super::conformance::$aspect(&bucket.writers(), &bucket.reader()).await;
            })*
        }
    };
}

on_both_engines! {
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

#[tokio::test]
async fn a_list_has_what_the_queries_have() {
    for engine in [Engine::Ministack, Engine::Moto] {
        let bucket = Bucket::new(engine).await;
        let (writers, reader) = (bucket.writers(), bucket.reader());
        conformance::a_list_has_what_the_queries_have(&writers, &reader, &bucket.lister()).await;
    }
}

#[test]
fn the_page_of_promises_is_what_the_tests_hold() {
    let path = paths::repository().join("docs/promises.md");
    let page = promises::page();
    if std::env::var_os("WRITE_PROPERTIES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/promises.md is stale: `make properties` writes it anew");

    // Each names tests that there are.
    let source = |path: &str| std::fs::read_to_string(paths::repository().join(path)).unwrap();
    let here = ["conformance", "crashes", "hiding", "races", "requests", "scenarios"];
    let here = here.map(|file| source(&format!("tests/tests/bucket/{file}.rs"))).concat();
    for held_by in PROMISES.iter().flat_map(|promise| promise.held_by) {
        let is_aspect = here.contains(&format!("    {held_by}\n"));
        assert!(is_aspect || here.contains(&format!("async fn {held_by}(")), "there is no test {held_by}");
    }
    assert!(PROMISES.iter().any(|promise| matches!(promise.bucket, Kept::Refused(_))));
}
