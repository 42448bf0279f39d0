//! The hash of a password, as often as the argument says, and nothing else: what a login is measured against.

use accounts::{Cost, Hasher, Password, Salt};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let times: u32 = std::env::args().nth(1).unwrap_or_default().parse()?;
    let (hasher, password) = (Hasher::new(), Password::new("tulpe kran ofen mond")?);
    for _ in 0..times {
        drop(std::hint::black_box(hasher.tag(Cost::CURRENT, &Salt([7; 16]), &password)));
    }
    Ok(())
}
