//! `put` and `putall`: a new version of each credential, never another value for one that is there.

use credstash_format::{NoNextVersion, Place, Version, seal};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use store_credstash::{DataKeyMaker, NotPut, Writer};

use super::command::{How, NewVersion, Put, PutAll};
use super::json::{self, Members};
use super::problem::{Problem, spelled, words};
use super::world::World;
use crate::ui::Ui;

/// How often the next version is looked for again, where somebody else was faster.
const MOST_RACES: usize = 8;

/// Stores one.
pub(super) async fn put(world: &World, Put { name, value, how }: Put, ui: &Ui) -> Result<(), Problem> {
    let stash = Stash::connect(world, &how).await?;
    stash.store(&name, &value, &how, First::One).await?;
    stored(&name, ui)
}

/// Stores each, in their order; what cannot be stored does not stop the rest.
pub(super) async fn put_all(world: &World, put_all: PutAll, ui: &Ui) -> Result<(), Problem> {
    let PutAll { credentials, how } = put_all;
    let Members(members) = json::members(credentials.expose_secret())?;
    if members.is_empty() {
        return Ok(());
    }
    let stash = Stash::connect(world, &how).await?;
    let (all, mut failed) = (members.len(), 0);
    for (name, value) in members {
        let ended = match value {
            Value::String(value) => stash.store(&name, &SecretString::from(value), &how, First::Zero).await,
            other => Err(Problem::refused(format!(
                "the value of '{name}' must be a string, and a '{}' object has no attribute 'encode'",
                json::python_type(&other)
            ))),
        };
        match ended {
            Ok(()) => stored(&name, ui)?,
            Err(problem) => {
                failed += 1;
                problem.tell(ui);
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(Problem::refused(format!("{failed} of {all} credentials were not stored"))) }
}

fn stored(name: &str, ui: &Ui) -> Result<(), Problem> {
    Ok(ui.data(format!("{name} has been stored\n").as_bytes())?)
}

/// The version that a verb begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// `put`.
    One,
    /// `putall`, which says that it has stored what nobody reads where there is a higher one: that is refused.
    Zero,
}

/// The table and the key, for whoever stores.
struct Stash {
    table: Writer,
    key: DataKeyMaker,
}

impl Stash {
    async fn connect(world: &World, how: &How) -> Result<Self, Problem> {
        let session = world.session().await.map_err(|problem| match how.version {
            // credstash asks KMS first, and says so.
            NewVersion::Said(_) | NewVersion::Unsaid => Problem::no_data_key(&how.key, &problem.message()),
            NewVersion::Next => problem,
        })?;
        let key = DataKeyMaker::connect(&world.of_the_key(&session)?);
        Ok(Self { table: Writer::connect(&session, &world.table()), key })
    }

    async fn store(&self, name: &str, value: &SecretString, how: &How, first: First) -> Result<(), Problem> {
        match (&how.version, first) {
            (NewVersion::Said(version), _) => self.put(name, Version::to_write(version), value, how).await?,
            (NewVersion::Unsaid, First::One) => self.put(name, Version::first(), value, how).await?,
            (NewVersion::Unsaid, First::Zero) => {
                let zero = Version::to_write("0");
                if let Some(highest) = self.table.highest(name).await?.filter(|highest| *highest > zero) {
                    return Err(Problem::refused(format!(
                        "'{name}' has version {highest} already: readers would not see what putall stores as version 0"
                    ))
                    .more("store it as the next one with -a, or as version -v"));
                }
                self.put(name, zero, value, how).await?
            }
            (NewVersion::Next, _) => return self.put_next(name, value, how).await,
        }
        .map_err(|exists| exists.0)
    }

    /// As the next version; again where somebody else was faster.
    async fn put_next(&self, name: &str, value: &SecretString, how: &How) -> Result<(), Problem> {
        for _ in 1..MOST_RACES {
            let next = self.next(name).await?;
            if self.put(name, next, value, how).await?.is_ok() {
                return Ok(());
            }
        }
        let next = self.next(name).await?;
        self.put(name, next, value, how).await?.map_err(|exists| exists.0)
    }

    async fn next(&self, name: &str) -> Result<Version, Problem> {
        let Some(highest) = self.table.highest(name).await? else { return Ok(Version::first()) };
        highest.next().map_err(|error| match &error {
            NoNextVersion::NotANumber(version) => {
                Problem::refused(format!("Can not autoincrement version. The current version: {version} is not an int"))
            }
            NoNextVersion::SortsBefore { .. } => {
                Problem::refused(format!("Can not autoincrement version. {error}")).more("name a version with -v")
            }
        })
    }

    /// As this version, unless it is there.
    async fn put(
        &self,
        name: &str,
        version: Version,
        value: &SecretString,
        how: &How,
    ) -> Result<Result<(), Exists>, Problem> {
        let generated = self.key.generate(&how.key, &how.context).await;
        let (key, encrypted) = generated.map_err(|error| Problem::no_data_key(&how.key, &words(&error)))?;
        let place = Place { name: name.to_owned(), version };
        let item = seal(place.clone(), value.expose_secret().as_bytes(), &key, encrypted, how.digest);
        let mut item = item.map_err(|error| Problem::no_data_key(&how.key, &error))?;
        item.comment.clone_from(&how.comment);
        match self.table.put(&item).await {
            Ok(()) => Ok(Ok(())),
            Err(NotPut::Failed(error)) => Err(error.into()),
            Err(NotPut::Exists(error)) => Ok(Err(Exists(
                Problem::from(&error)
                    .more(format!("{} is already in the credential store", spelled(&place)))
                    .more("store it as the next version with -a, or as another one with -v"),
            ))),
        }
    }
}

/// The version is there, with another value.
struct Exists(Problem);
