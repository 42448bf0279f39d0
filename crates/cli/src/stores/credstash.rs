//! credstash's table behind the port: every version is there for good, under a number that may be chosen.

use std::collections::BTreeMap;

use aws_session::{CallFailed, Session, Why, refused};
use credstash_format::{Attributes, Context as Pairs, Digest, Item, Place, Version, open, seal};
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::KeyId;
use secret_store::store::{Resource, Service, StoreError};
use store_credstash::{DataKeyMaker, DataKeyReader, Eraser, Lister, Listing, NotDecrypted, NotPut, Reader, Writer};

use super::at::At;
use super::capabilities::{self, Capabilities};
use super::port::{Answer, Held, List, Listed, New, Past, Read, Stored, Write};
use super::waiting::{ask_again, failed};
use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;

/// The key that credstash asks for where nobody names one.
const KEY: &str = "alias/credstash";

/// How often the next version is looked for again, where somebody else was faster.
const MOST_RACES: usize = 8;

/// Of a name: a partition key of DynamoDB.
const LONGEST_NAME: usize = 2048;

const TABLE: Resource = Resource::Store(Service {
    name: "DynamoDB",
    noun: "table",
    requirement: "its partition key must be name and its sort key version, both strings",
});

const DATA_KEY: Resource =
    Resource::Key(Service { name: "KMS", noun: "key", requirement: "it must be a symmetric key" });

/// credstash's table.
pub(super) struct InCredstash<'c> {
    at: At,
    lister: Lister,
    reader: Reader,
    writer: Writer,
    eraser: Eraser,
    makes_keys: DataKeyMaker,
    reads_keys: DataKeyReader,
    key: String,
    /// What values are bound to, where a wish does not say so itself.
    pairs: BTreeMap<String, String>,
    context: &'c Context,
}

impl<'c> InCredstash<'c> {
    pub(super) fn connect(
        session: &Session,
        at: At,
        table: &str,
        key: Option<&KeyId>,
        pairs: BTreeMap<String, String>,
        context: &'c Context,
    ) -> Self {
        Self {
            at,
            lister: Lister::connect(session, table),
            reader: Reader::connect(session, table),
            writer: Writer::connect(session, table),
            eraser: Eraser::connect(session, table),
            makes_keys: DataKeyMaker::connect(session),
            reads_keys: DataKeyReader::connect(session),
            key: key.map_or(KEY, KeyId::as_str).to_owned(),
            pairs,
            context,
        }
    }
}

impl List for InCredstash<'_> {
    fn at(&self) -> &At {
        &self.at
    }

    fn capabilities(&self) -> &'static Capabilities {
        &capabilities::CREDSTASH
    }

    fn list<'a>(&'a self, seen: &'a dyn Fn(usize)) -> Answer<'a, Vec<Listed>> {
        Box::pin(async move {
            let mut latest: BTreeMap<String, Listing> = BTreeMap::new();
            // In their order: the highest version of a name comes last.
            for listing in
                ask_again(self.context, async || self.lister.list().await.map_err(|error| self.failed(error))).await?
            {
                latest.insert(listing.place.name.clone(), listing);
            }
            seen(latest.len());
            let listed = latest.into_values().map(|Listing { place, comment }| Listed {
                name: place.name,
                version: place.version.to_string(),
                at: None,
                comment,
            });
            Ok(listed.collect())
        })
    }

    fn history<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<Past>> {
        Box::pin(async move {
            let found = self.lister.history(name).await.map_err(|error| self.failed(error))?;
            let past = found.into_iter().rev().map(|Listing { place, comment }| Past {
                version: place.version.to_string(),
                labels: Vec::new(),
                readable: true,
                at: None,
                comment,
            });
            Ok(past.collect())
        })
    }
}

impl Read for InCredstash<'_> {
    fn get<'a>(&'a self, name: &'a str, version: Option<&'a str>) -> Answer<'a, Option<Held>> {
        Box::pin(async move {
            match ask_again(self.context, async || self.found(name, version).await).await? {
                None => Ok(None),
                Some((place, attributes)) => {
                    ask_again(self.context, async || self.opened(&place, &attributes).await).await.map(Some)
                }
            }
        })
    }
}

impl Write for InCredstash<'_> {
    fn check<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, ()> {
        Box::pin(async move {
            let Capabilities { longest_value, longest_comment, .. } = capabilities::CREDSTASH;
            let (bytes, comment) = (new.value.expose_secret().len(), new.comment.as_deref().unwrap_or_default());
            let comment = comment.chars().count();
            match longest_comment.filter(|most| comment > *most) {
                _ if !(1..=LONGEST_NAME).contains(&name.len()) => {
                    Err(Failure::refused(format!("a name has 1 to {LONGEST_NAME} bytes in credstash's table")))
                }
                _ if bytes > longest_value => Err(Failure::refused(format!(
                    "the value has {bytes} bytes: credstash's table holds {longest_value}"
                ))),
                Some(most) => {
                    Err(Failure::refused(format!("the comment has {comment} characters: at most {most} are kept")))
                }
                None => Ok(()),
            }
        })
    }

    fn put<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, Stored> {
        Box::pin(async move {
            self.check(name, new).await?;
            for _ in 0..MOST_RACES {
                let version = ask_again(self.context, async || self.version(name, new).await).await?;
                let place = Place { name: name.to_owned(), version };
                let item = ask_again(self.context, async || self.sealed(place.clone(), new).await).await?;
                // The same item each time: so one whose answer was lost is known.
                let put = ask_again(self.context, async || match self.writer.put(&item).await {
                    Err(NotPut::Failed(error)) => Err(self.failed(error)),
                    put => Ok(put.is_ok()),
                });
                // Else somebody else was faster: theirs is the earlier version.
                if put.await? {
                    return Ok(Stored { version: item.place.version.to_string(), over: None });
                }
            }
            Err(Failure::new(Kind::TryAgain, format!("others kept changing `{name}`")).hint("try again in a moment"))
        })
    }

    fn delete<'a>(&'a self, name: &'a str, _: Option<u16>) -> Answer<'a, ()> {
        Box::pin(async move {
            let places = self.eraser.versions(name).await.map_err(|error| self.failed(error))?;
            if places.is_empty() {
                return Err(Failure::refused(format!("there is no credential `{name}`")));
            }
            for place in &places {
                self.eraser.delete(place).await.map_err(|error| self.failed(error))?;
            }
            Ok(())
        })
    }
}

/// A version as somebody asks for it.
fn asked(version: &str) -> Result<Version, Failure> {
    Version::to_read(version).map_err(|_| Failure::usage("a version of credstash is a number, or has 19 characters"))
}

impl InCredstash<'_> {
    async fn found(&self, name: &str, version: Option<&str>) -> Result<Option<(Place, Attributes)>, Failure> {
        let Some(version) = version else {
            return self.reader.latest(name).await.map_err(|error| self.failed(error));
        };
        let place = Place { name: name.to_owned(), version: asked(version)? };
        let found = self.reader.version(&place).await.map_err(|error| self.failed(error))?;
        Ok(found.map(|attributes| (place, attributes)))
    }

    /// The one that is wished for, where it would be the current one; else the next.
    async fn version(&self, name: &str, new: &New) -> Result<Version, Failure> {
        let highest = self.writer.highest(name).await.map_err(|error| self.failed(error))?;
        // An id of another service would be the last version for ever: none can be counted behind it.
        let number = new.version.as_deref().filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()));
        let wished = number.and_then(|version| Version::to_read(version).ok());
        let wished = wished.filter(|wished| highest.as_ref().is_none_or(|highest| wished > highest));
        match (wished, highest) {
            (Some(wished), _) => Ok(wished),
            (None, None) => Ok(Version::first()),
            (None, Some(highest)) => highest.next().map_err(|error| {
                Failure::refused(format!("no next version of `{name}` can be counted: {error}"))
                    .hint(format!("name one: `cfn-secrets credstash put -v VERSION {name} -`"))
            }),
        }
    }

    async fn sealed(&self, place: Place, new: &New) -> Result<Item, Failure> {
        let pairs = if new.context.is_empty() { &self.pairs } else { &new.context };
        let generated = self.makes_keys.generate(&self.key, &Pairs::from(pairs.clone())).await;
        let (key, encrypted) = generated.map_err(|error| sorted(DATA_KEY, error, "kms:GenerateDataKey"))?;
        let item = seal(place, new.value.expose_secret().as_bytes(), &key, encrypted, Digest::default());
        let mut item = item.map_err(|error| Failure::refused(format!("the data key is of no use: {error}")))?;
        item.comment.clone_from(&new.comment);
        Ok(item)
    }

    async fn opened(&self, place: &Place, attributes: &Attributes) -> Result<Held, Failure> {
        let spelled = format!("`{}` in version {}", place.name, place.version);
        let item = Item::of_attributes(place, attributes)
            .map_err(|error| Failure::refused(format!("{spelled} cannot be read: {error}")))?;
        let key = self.reads_keys.decrypt(&item.encrypted_key, &Pairs::from(self.pairs.clone())).await;
        let key = key.map_err(|error| match error {
            NotDecrypted::WrongContext(error) => {
                Failure::refused(format!("{spelled} was not encrypted under this encryption context"))
                    .hint("say which: --context KEY=VALUE, as it was put; or the key is another one")
                    .because(error)
            }
            NotDecrypted::Failed(error) => sorted(DATA_KEY, error, "kms:Decrypt"),
        })?;
        let bytes =
            open(&item, &key).map_err(|error| Failure::refused(format!("{spelled} cannot be read: {error}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Failure::refused(format!("{spelled} is not UTF-8 text"))
                .hint(format!("`cfn-secrets credstash get -n '{}'` prints its bytes", place.name))
        })?;
        let version = place.version.to_string();
        Ok(Held { value: SecretString::from(text), version, context: self.pairs.clone() })
    }

    fn failed(&self, error: CallFailed) -> Failure {
        self.context.ui.debug(|| format!("{} of {} failed", error.operation, self.at));
        let action = match error.operation {
            "Scan" => "dynamodb:Scan",
            "Query" => "dynamodb:Query",
            "GetItem" => "dynamodb:GetItem",
            "PutItem" => "dynamodb:PutItem",
            _ => "dynamodb:DeleteItem",
        };
        if error.is("ResourceNotFoundException") {
            return Failure::refused(format!("{} does not exist in this account and region", self.at))
                .hint("`cfn-secrets credstash setup` makes the table; check --region and --profile")
                .because(error);
        }
        sorted(TABLE, error, action)
    }
}

/// A failed call in the words of this command.
fn sorted(resource: Resource, error: CallFailed, action: &'static str) -> Failure {
    let error = match &error.why {
        Why::Refused { code, message } => refused(resource, action, code, message),
        Why::Unreachable(why) | Why::Other(why) => StoreError::Unavailable(resource, why.clone().into()),
    };
    match error {
        // The key that is named, not one that a secret is under.
        StoreError::Missing { resource: Resource::Key(_), source, .. } => {
            Failure::refused("the KMS key does not exist in this account and region")
                .hint("credstash's own is alias/credstash; --key names another one")
                .because(source)
        }
        error => failed(error),
    }
}
