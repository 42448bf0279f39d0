//! What each store of the pair promises, and by which test it is held to it: docs/promises.md is made of this.

use std::fmt::Write as _;

/// A promise, and who keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// What is promised.
    pub says: &'static str,
    /// The tests that hold a store to it; of one that is not kept, those that see it refused.
    pub held_by: &'static [&'static str],
    /// Whether the table keeps it.
    pub table: Kept,
    /// Whether the bucket does.
    pub bucket: Kept,
}

/// Whether a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// By this.
    By(&'static str),
    /// It is not: whoever asks for it is refused, and gets this.
    Refused(&'static str),
}

/// All of them.
pub const PROMISES: &[Promise] = &[
    Promise {
        says: "A value is never overwritten",
        held_by: &["a_taken_number_conflicts_and_changes_nothing", "every_put_has_its_condition"],
        table: Kept::By("a condition of the transaction"),
        bucket: Kept::By("`If-None-Match: *`, which the bucket's policy demands"),
    },
    Promise {
        says: "A decision is written whole or not at all, on what it was made on",
        held_by: &["a_mint_writes_head_and_version_together", "a_stale_head_conflicts_and_changes_nothing"],
        table: Kept::By("one transaction"),
        bucket: Kept::By("one object, `If-Match`"),
    },
    Promise {
        says: "Who is cut off half-way blocks nobody",
        held_by: &[
            "a_writer_is_cut_off_everywhere_on_ministack",
            "a_value_that_nothing_names_blocks_nobody_and_is_found",
        ],
        table: Kept::By("one transaction"),
        bucket: Kept::By("a value that nothing names, which `prune` finds"),
    },
    Promise {
        says: "A request that comes twice makes one version",
        held_by: &["one_request_that_comes_sixteen_times_makes_one_version"],
        table: Kept::By("the request's token in the version"),
        bucket: Kept::By("the token, and its tag in the value's key"),
    },
    Promise {
        says: "What is retired is unreadable at once, and can be brought back",
        held_by: &["a_revival_takes_every_trace_of_a_retirement_away", "who_brings_back_keeps_it_in_sight"],
        table: Kept::By("its state"),
        bucket: Kept::By("its state, and a delete marker on the value"),
    },
    Promise {
        says: "What is retired is erased by itself",
        held_by: &["only_what_expires_as_it_was_read_is_erased"],
        table: Kept::By("the time to live of the item, within days"),
        bucket: Kept::By("the bucket's lifecycle, once a day"),
    },
    Promise {
        says: "Each secret has a recovery window of its own, 0 to 365 days",
        held_by: &["what_a_bucket_cannot_do_is_refused"],
        table: Kept::By("the time to live of the item"),
        bucket: Kept::Refused("the bucket's, one day or more"),
    },
    Promise {
        says: "Owner, state and former owners change, the value never does",
        held_by: &["a_change_of_state_leaves_the_value_alone", "adoption_survives_a_round_trip"],
        table: Kept::By("attributes of the item"),
        bucket: Kept::By("the state apart from the value"),
    },
    Promise {
        says: "Values have up to 300,000 bytes, and one write changes 98 versions",
        held_by: &["the_longest_value_fits", "the_largest_write_fits"],
        table: Kept::By("an item of 400 KB, a transaction of 100"),
        bucket: Kept::By("objects"),
    },
    Promise {
        says: "A value goes under another key, and nothing else of it changes",
        held_by: &["a_value_gets_another_key_and_nothing_else", "a_value_that_is_another_by_now_keeps_its_key"],
        table: Kept::By("a condition on what was read"),
        bucket: Kept::By("`If-Match`"),
    },
    Promise {
        says: "Reads are consistent, and one sees all versions",
        held_by: &["many_versions_are_read_whole", "a_list_has_what_the_queries_have"],
        table: Kept::By("consistent reads"),
        bucket: Kept::By("S3's own consistency"),
    },
];

/// docs/promises.md.
pub fn page() -> String {
    let mut page = "\
# What each store promises

The table of `Store: dynamodb` and the bucket of `Store: s3` are held to the same promises by the same
tests; what a store does not promise, it refuses. This page is made of the tests' own list
(`tests/src/conformance/promises.rs`): `make properties` writes it.

| Promise | Table | Bucket |
|---|---|---|
"
    .to_owned();
    let told = |kept: Kept| match kept {
        Kept::By(how) => format!("yes: {how}"),
        Kept::Refused(instead) => format!("**no**, and refused: {instead}"),
    };
    for Promise { says, table, bucket, .. } in PROMISES {
        writeln!(page, "| {says} | {} | {} |", told(*table), told(*bucket)).unwrap();
    }
    page
}
