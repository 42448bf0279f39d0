//! `get` and `getall`. Nothing is printed before everything is read.

use std::collections::BTreeMap;

use credstash_format::{Attributes, Context, Item, Place, Version, open};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use regex_lite::Regex;
use secrecy::SecretString;
use store_credstash::{DataKeyReader, Reader};
use zeroize::Zeroizing;

use super::command::{Get, GetAll};
use super::problem::{Problem, spelled};
use super::world::World;
use crate::ui::Ui;

/// How many keys KMS decrypts at a time.
const CONCURRENCY: usize = 64;

/// Prints one credential, or those that a pattern is for.
pub(super) async fn get(world: &World, get: &Get, ui: &Ui) -> Result<(), Problem> {
    if get.name.contains('*') {
        let pattern = pattern(&get.name)?;
        let text = get.all.format.write(many(world, &get.all, |name| pattern.is_match(name)).await?)?;
        return Ok(ui.data(text.as_bytes())?);
    }
    let version = wanted_version(&get.all)?;
    let session = world.session().await?;
    let (reader, keys) = (Reader::connect(&session, &world.table()), connect(world, &session)?);
    let (place, attributes) = one(&reader, &get.name, version).await?;
    let mut value = value(&keys, &place, &attributes, &get.all.context).await?;
    if get.newline {
        // In one piece, so that whoever reads sees both or none.
        value = Zeroizing::new([value.as_slice(), b"\n"].concat());
    }
    Ok(ui.data(&value)?)
}

/// Prints all credentials, and one newline more.
pub(super) async fn get_all(world: &World, get_all: &GetAll, ui: &Ui) -> Result<(), Problem> {
    let mut text = get_all.format.write(many(world, get_all, |_| true).await?)?;
    text.push('\n');
    Ok(ui.data(text.as_bytes())?)
}

/// A name in which `*` stands for any text; the rest is a regular expression, as it is for credstash.
fn pattern(name: &str) -> Result<Regex, Problem> {
    let pattern = Regex::new(&format!("^{}$", name.replace('*', ".*")));
    pattern.map_err(|error| Problem::refused(format!("the pattern is no regular expression: {error}")))
}

/// The version that is said, if it makes sense.
fn wanted_version(all: &GetAll) -> Result<Option<Version>, Problem> {
    all.version
        .as_deref()
        .map(|version| {
            Version::to_read(version).map_err(|error| {
                Problem::refused(format!("invalid literal for int() with base 10: '{version}'")).more(error)
            })
        })
        .transpose()
}

fn connect(world: &World, session: &aws_session::Session) -> Result<DataKeyReader, Problem> {
    Ok(DataKeyReader::connect(&world.of_the_key(session)?))
}

async fn one(reader: &Reader, name: &str, version: Option<Version>) -> Result<(Place, Attributes), Problem> {
    let Some(version) = version else {
        return reader.latest(name).await?.ok_or_else(|| Problem::not_found(name, None));
    };
    let place = Place { name: name.to_owned(), version };
    let attributes = reader.version(&place).await?;
    let attributes = attributes.ok_or_else(|| Problem::not_found(name, Some(place.version.as_str())))?;
    Ok((place, attributes))
}

/// The credentials that are meant, in the order of their names.
async fn many(
    world: &World,
    all: &GetAll,
    is_meant: impl Fn(&str) -> bool,
) -> Result<Vec<(String, SecretString)>, Problem> {
    let version = wanted_version(all)?;
    let session = world.session().await?;
    let (reader, keys) = (Reader::connect(&session, &world.table()), connect(world, &session)?);
    let found = found(&reader, version, is_meant).await?;
    let values = stream::iter(found).map(async |(place, attributes)| {
        let value = value(&keys, &place, &attributes, &all.context).await?;
        let text = std::str::from_utf8(&value).map_err(|_| {
            Problem::refused(format!("the value of {} is not UTF-8 text", spelled(&place)))
                .more(format!("`credstash get -n '{}'` prints its bytes", place.name))
        })?;
        Ok::<_, Problem>((place.name, SecretString::from(text)))
    });
    values.buffered(CONCURRENCY).try_collect().await
}

/// Of each name the version that is asked for, else its highest.
async fn found(
    reader: &Reader,
    version: Option<Version>,
    is_meant: impl Fn(&str) -> bool,
) -> Result<BTreeMap<Place, Attributes>, Problem> {
    let mut latest: BTreeMap<String, Option<(Version, Attributes)>> = BTreeMap::new();
    let each = |place: Place, attributes| {
        if !is_meant(&place.name) {
            return;
        }
        let best = latest.entry(place.name).or_default();
        let better = match (&version, &*best) {
            (Some(wanted), _) => place.version == *wanted,
            (None, Some((best, _))) => place.version > *best,
            (None, None) => true,
        };
        if better {
            *best = Some((place.version, attributes));
        }
    };
    reader.all(each).await?;
    let found = latest.into_iter().map(|(name, best)| match best {
        Some((version, attributes)) => Ok((Place { name, version }, attributes)),
        None => Err(Problem::not_found(&name, version.as_ref().map(Version::as_str))),
    });
    found.collect()
}

/// Decrypts one.
async fn value(
    keys: &DataKeyReader,
    place: &Place,
    attributes: &Attributes,
    context: &Context,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let item = Item::of_attributes(place, attributes).map_err(|error| Problem::malformed(place, &error))?;
    let key = keys.decrypt(&item.encrypted_key, context).await;
    let key = key.map_err(|error| Problem::not_decrypted(place, &error))?;
    open(&item, &key).map_err(|error| Problem::not_opened(place, error))
}
