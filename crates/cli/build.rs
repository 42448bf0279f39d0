//! How the command is linked where it is shipped (the feature `shipped`): functions of the same bytes once, and without the
//! tables to unwind by, which are an eighth of it. A panic ends it by its hook, so nothing ever unwinds.

#![expect(clippy::disallowed_methods, reason = "so cargo talks with a build script")]

use std::env;

fn main() {
    let script = "link.ld";
    println!("cargo::rerun-if-changed={script}");
    // There the default linker is LLD, which can do both.
    let is_lld = env::var("TARGET").is_ok_and(|target| target == "x86_64-unknown-linux-gnu");
    if is_lld && env::var_os("CARGO_FEATURE_SHIPPED").is_some() {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let tables = format!("-T,{folder}/{script}");
        for argument in ["--icf=all", "--no-eh-frame-hdr", &*tables] {
            println!("cargo::rustc-link-arg-bins=-Wl,{argument}");
        }
    }
}
