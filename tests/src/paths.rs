//! Where things lie: the checkout, this build's target folder, the harness's scratch folder.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' manifest lies one level below the root")
}

/// `target/debug` or its like: where the running test was built, two levels above it.
pub fn profile_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// A folder for logs of third-party servers, inside the target folder.
pub fn scratch() -> PathBuf {
    let folder = profile_folder().join("harness");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
