//! Many values at a time: so many questions under way, a bar, and what may not be read does not stop the rest.

use futures_util::StreamExt as _;
use futures_util::stream;
use secrecy::SecretString;
use secret_store::store::{Decrypt, GetHead, GetVersion, Inventory};
use secret_store::{Identity, State, StoreName, Version, VersionItem};

use crate::exit::Kind;
use crate::failure::Failure;
use crate::pair::{Collection, TableCollector};
use crate::read;
use crate::secret::{Pick, spelled};
use crate::ui::Ui;

/// A version to read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The secret.
    pub(crate) identity: Identity,
    /// Its version.
    pub(crate) version: Version,
}

/// What was read, in the order of what was wanted, and what was not.
#[derive(Debug)]
pub(crate) struct Found<T = SecretString> {
    /// The values.
    pub(crate) values: Vec<(Wanted, T)>,
    /// Why not.
    pub(crate) failures: Vec<(Wanted, Failure)>,
}

/// Reads the table, with the values, still encrypted, of the versions that are `wanted`.
pub(crate) async fn collect(
    collector: &TableCollector,
    table: &StoreName,
    wanted: impl Fn(&Identity, &VersionItem) -> bool,
    ui: &Ui,
) -> Result<Collection, Failure> {
    let bar = ui.progress("reading the table", None);
    Ok(collector.collect(table, wanted, |read| bar.at(read)).await?)
}

/// The current version of each secret that is meant.
pub(crate) fn current(inventory: &Inventory, is_meant: impl Fn(&Identity) -> bool) -> Vec<Wanted> {
    let meant = inventory.secrets.iter().filter(|(identity, _)| is_meant(identity));
    let current = meant.filter_map(|(identity, secret)| {
        let item = secret.current().filter(|item| State::of(item, secret.head.as_ref()) == State::Current)?;
        Some(Wanted { identity: identity.clone(), version: item.version })
    });
    current.collect()
}

/// Reads and decrypts them.
pub(crate) async fn read(
    wanted: Vec<Wanted>,
    table: &(impl GetHead + GetVersion),
    key: &impl Decrypt,
    concurrency: usize,
    ui: &Ui,
) -> Found {
    let one = async |wanted: &Wanted| {
        let called = format!("{}@{}", spelled(&wanted.identity), wanted.version);
        read::value(table, key, &called, &wanted.identity, Pick::Version(wanted.version)).await
    };
    each(wanted, one, concurrency, ui).await
}

/// Reads each of them in its own way.
pub(crate) async fn each<T>(
    wanted: Vec<Wanted>,
    one: impl AsyncFn(&Wanted) -> Result<T, Failure>,
    concurrency: usize,
    ui: &Ui,
) -> Found<T> {
    let bar = ui.progress("reading values", Some(wanted.len() as u64));
    let reads = stream::iter(wanted).map(async |wanted: Wanted| {
        let value = one(&wanted).await;
        bar.one();
        (wanted, value)
    });
    let mut found = Found { values: Vec::new(), failures: Vec::new() };
    let mut reads = std::pin::pin!(reads.buffered(concurrency.max(1)));
    while let Some((wanted, value)) = reads.next().await {
        match value {
            Ok(value) => found.values.push((wanted, value)),
            Err(failure) => found.failures.push((wanted, failure)),
        }
    }
    found
}

impl<T> Found<T> {
    /// Where nothing at all could be read, why.
    ///
    /// # Errors
    /// The first failure.
    pub(crate) fn unless_nothing(mut self) -> Result<Self, Failure> {
        if self.values.is_empty() && !self.failures.is_empty() {
            return Err(self.failures.swap_remove(0).1);
        }
        Ok(self)
    }

    /// Tells what could not be read.
    ///
    /// # Errors
    /// If there is any: it is done in part.
    pub(crate) fn tell(&self, ui: &Ui) -> Result<(), Failure> {
        if self.failures.is_empty() {
            return Ok(());
        }
        for (wanted, failure) in &self.failures {
            ui.warn(&format!("{}: {}", spelled(&wanted.identity), failure.message));
        }
        let (read, all) = (self.values.len(), self.values.len() + self.failures.len());
        let mut partial = Failure::new(Kind::Partial, format!("{read} of {all} secrets were read"));
        partial.hints = self.failures[0].1.hints.clone();
        Err(partial)
    }
}
