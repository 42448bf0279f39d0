//! The hash of a password and nothing else, once for each line of standard input: what a login is measured against.

use std::io::{BufRead, Write};

use accounts::{Cost, Hasher, Password, Salt};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (hasher, password) = (Hasher::new(), Password::new("tulpe kran ofen mond")?);
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        line?;
        drop(std::hint::black_box(hasher.tag(Cost::CURRENT, &Salt([7; 16]), &password)));
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}
