//! Writes EFF's word list as one text: as an array, its 7776 addresses would take four times as much of the binary and be
//! put right at each start.

#![expect(clippy::disallowed_methods, reason = "cargo says in the environment where to write")]

use std::{env, fs, io, path::PathBuf};

use diceware_wordlists::EFF_LONG_WORDLIST;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(folder.join("words.txt"), EFF_LONG_WORDLIST.join("\n"))
}
