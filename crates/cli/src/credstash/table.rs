//! The verbs that need no key: `list`, `keys`, `delete`, `setup`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use store_credstash::{Eraser, Founded, Founder, Lister, Listing};

use super::command::Setup;
use super::problem::Problem;
use super::saved_region;
use super::world::World;
use crate::ui::Ui;

/// Prints every version with its comment.
pub(super) async fn list(world: &World, ui: &Ui) -> Result<(), Problem> {
    let listings = listings(world).await?;
    let width = listings.iter().map(|listing| listing.place.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Listing { place, comment } in &listings {
        let comment = comment.as_deref().unwrap_or_default();
        // A `String` takes any text.
        let _ = writeln!(text, "{:width$} -- version {} -- comment {comment}", place.name, place.version);
    }
    Ok(ui.data(text.as_bytes())?)
}

/// Prints every name.
pub(super) async fn keys(world: &World, ui: &Ui) -> Result<(), Problem> {
    let listings = listings(world).await?;
    let names: BTreeSet<_> = listings.iter().map(|listing| listing.place.name.as_str()).collect();
    let lines: String = names.into_iter().flat_map(|name| [name, "\n"]).collect();
    Ok(ui.data(lines.as_bytes())?)
}

async fn listings(world: &World) -> Result<Vec<Listing>, Problem> {
    let lister = Lister::connect(&world.session().await?, &world.table());
    Ok(lister.list().await?)
}

/// Deletes every version; each is told when it is gone.
pub(super) async fn delete(world: &World, name: &str, ui: &Ui) -> Result<(), Problem> {
    let eraser = Eraser::connect(&world.session().await?, &world.table());
    for place in eraser.versions(name).await? {
        eraser.delete(&place).await?;
        ui.data(format!("Deleting {name} -- version {}\n", place.version).as_bytes())?;
    }
    Ok(())
}

/// Makes the table; what it says is said when it is done.
pub(super) async fn setup(world: &World, setup: &Setup, ui: &Ui) -> Result<(), Problem> {
    let mut told = String::new();
    if let Some(region) = &setup.save_kms_region {
        saved_region::write(&world.edge, region)?;
        let _ = writeln!(told, "KMS region set to {region}");
    }
    let founder = Founder::connect(&world.session().await?, &world.table());
    told.push_str(match founder.make(&setup.tags).await? {
        Founded::WasThere => "Credential Store table already exists\n",
        Founded::Made => {
            "Creating table...\nWaiting for table to be created...\nAdding tags...\nTable has been created. Go read the \
             README about how to create your KMS key\n"
        }
    });
    Ok(ui.data(told.as_bytes())?)
}
