//! The pair, deployed from its template, under a real CloudFormation: that of ministack, which runs the shipped binaries.

use std::process::Command;

use tests::{function, paths, python};

/// The histories themselves are told in `tests/tools/stack_histories.py`.
fn histories(store: &str) -> Command {
    function::build_once();
    let mut histories = python::tool("stack_histories");
    histories.arg(paths::profile_folder()).arg(store);
    histories
}

#[test]
fn every_stack_history_ends_as_promised() {
    let status = histories("dynamodb").status().expect("the tests' Python starts");
    assert!(status.success(), "a promise was broken; see above");
}

#[test]
fn every_stack_history_over_a_bucket_ends_as_promised() {
    let status = histories("s3").status().expect("the tests' Python starts");
    assert!(status.success(), "a promise was broken; see above");
}
