//! The pair, deployed from its template, under a real CloudFormation: that of ministack, which runs the shipped binaries.

use tests::{function, paths, python};

/// The histories themselves are told in `tests/tools/stack_histories.py`.
fn play(arguments: &[&str]) {
    function::build_once();
    let mut histories = python::tool("stack_histories");
    let played = histories.arg(paths::profile_folder()).args(arguments).status();
    assert!(played.is_ok_and(|status| status.success()), "a promise was broken, or Python did not start; see above");
}

#[test]
fn every_stack_history_ends_as_promised() {
    play(&[]);
}

#[test]
fn every_stack_history_over_a_bucket_ends_as_promised() {
    play(&["s3"]);
}
