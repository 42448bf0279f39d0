//! The pair, deployed from its template, under a real CloudFormation: that of ministack, which runs the shipped binaries.

use std::process::Command;

use tests::{function, paths, python};

/// The histories themselves are told in `tests/python/stack_histories.py`, over the demo's deployment.
#[test]
fn every_stack_history_ends_as_promised() {
    function::build_once();
    let script = paths::repository().join("tests/python/stack_histories.py");
    let mut python = Command::new(python::program("python"));
    let status = python.arg(script).arg(paths::profile_folder()).status().expect("the tests' Python starts");
    assert!(status.success(), "a promise was broken; see above");
}
