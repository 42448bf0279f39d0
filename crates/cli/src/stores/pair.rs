//! The pair's table behind the port: what is stored by hand there is for a stack to adopt, and what a stack has is refused.

use std::collections::BTreeMap;

use aws_session::Session;
use futures_util::future::LocalBoxFuture;
use keys_kms::{DecryptionKey, EncryptionKey};
use secret_store::carry_out::by_hand::{ByHand, Made, NewValue, Run};
use secret_store::patience::Patience;
use secret_store::plan::RecoveryWindow;
use secret_store::plan::operator::{Manner, Operator, Which};
use secret_store::store::{GetHead as _, GetVersion as _, QueryVersions as _, ScanVersions as _};
use secret_store::{Description, Identity, Record, State, Trigger, Version, seal, select};
use stacks_cloudformation::Stacks;

use super::ahead::Ahead;
use super::at::At;
use super::capabilities::{self, Capabilities};
use super::port::{Answer, Held, List, Listed, New, Past, Read, Stored, Write};
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::pair::{TableCollector, TableLister, TableReader, TableWriter};
use crate::read_before::ReadBefore;
use crate::secret::{Pick, Secret, spelled};
use crate::table::Tables;
use crate::verbs::nonce;
use crate::when;

/// What the table itself binds a value to.
const ITS_OWN: [&str; 4] = ["StackName", "Env", "Name", "Version"];

/// The pair's table.
pub(super) struct InTable<'c> {
    at: At,
    tables: Tables,
    lister: TableLister,
    collector: TableCollector,
    ahead: Ahead,
    reader: TableReader,
    writer: TableWriter,
    encryption: EncryptionKey,
    decryption: DecryptionKey,
    stacks: Stacks,
    context: &'c Context,
}

impl<'c> InTable<'c> {
    pub(super) fn connect(session: &Session, at: At, context: &'c Context) -> Result<Self, Failure> {
        let named = match &at {
            At::Table(named) => named.clone(),
            At::Bucket(bucket, _) => Some(bucket.clone()),
            _ => return Err(Failure::bug("this is no store of the pair's")),
        };
        Ok(Self {
            tables: Tables::or_named(named, session, context)?,
            lister: TableLister::at(Some(&at), session),
            collector: TableCollector::at(Some(&at), session),
            ahead: Ahead::default(),
            reader: TableReader::at(Some(&at), session),
            writer: TableWriter::at(Some(&at), session),
            at,
            encryption: EncryptionKey::connect(session),
            decryption: DecryptionKey::connect(session),
            stacks: Stacks::connect(session),
            context,
        })
    }

    async fn identity(&self, name: &str) -> Result<Identity, Failure> {
        let secret: Secret = name.parse().map_err(|error: crate::secret::InvalidSecret| {
            let shown: String = name.chars().take(80).collect();
            Failure::refused(format!("{shown:?} cannot be the name of a secret of the pair's table: {error}"))
        })?;
        if secret.pick != Pick::Current {
            return Err(Failure::usage("a name alone is wanted, STACK/ENV[/NAME]"));
        }
        self.tables.identity(&secret).await
    }

    async fn write(&self, name: &str, new: &New, run: Run) -> Result<Made, Failure> {
        let identity = self.identity(name).await?;
        let key_id = self.tables.key().await?;
        let value = NewValue {
            value: &new.value,
            description: Description::default(),
            trigger: Trigger::External,
            key_id: &key_id,
            context: &new.context,
            nonce: &|| nonce(self.context),
        };
        let operator = Operator { token: new.token, now: self.context.edge.time() };
        let remaining = hand::remaining_for_many(self.context);
        let mut patience = Patience::new(hand::pause, new.token, &remaining);
        let made = match self.ahead.snapshot(&identity) {
            None => {
                let by_hand = ByHand { store: &self.writer, stacks: &self.stacks, run };
                by_hand.put(&self.encryption, operator, Manner::Next, &identity, &value, &mut patience).await
            }
            Some(snapshot) => {
                let owners = self.ahead.owners(&self.stacks, self.context).await?;
                let before = ReadBefore::new(&self.writer, &self.stacks, snapshot, &owners);
                let by_hand = ByHand { store: &before, stacks: &before, run };
                by_hand.put(&self.encryption, operator, Manner::Next, &identity, &value, &mut patience).await
            }
        };
        if run == Run::Real {
            self.ahead.forget(&identity);
        }
        made.map_err(|error| hand::failure(error, name))
    }
}

impl List for InTable<'_> {
    fn at(&self) -> &At {
        &self.at
    }

    fn capabilities(&self) -> &'static Capabilities {
        match &self.at {
            At::Bucket(..) => &capabilities::BUCKET,
            _ => &capabilities::TABLE,
        }
    }

    fn list<'a>(&'a self, seen: &'a dyn Fn(usize)) -> Answer<'a, Vec<Listed>> {
        Box::pin(async move {
            let table = self.tables.table().await?;
            let inventory = self.lister.scan(&table, seen).await?;
            for (place, error) in &inventory.unreadable {
                self.context.ui.warn(&format!("{place}: {error}"));
            }
            let current = inventory.secrets.iter().filter_map(|(identity, secret)| {
                let item = secret.current()?;
                let is_current = State::of(item, secret.head.as_ref()) == State::Current;
                is_current.then(|| Listed {
                    name: spelled(identity),
                    version: item.version.to_string(),
                    at: Some(item.created_at),
                    comment: None,
                })
            });
            let mut listed: Vec<_> = current.collect();
            listed.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(listed)
        })
    }

    fn history<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<Past>> {
        Box::pin(async move {
            let snapshot = self.reader.query(&self.identity(name).await?).await?;
            let past = snapshot.versions.iter().rev().map(|item| Past {
                version: item.version.to_string(),
                labels: vec![match State::of(item, snapshot.head.as_ref()) {
                    State::Current => "current".to_owned(),
                    State::InUse => "in-use".to_owned(),
                    State::Superseded => "superseded".to_owned(),
                    State::Retained => "retained".to_owned(),
                    State::Retired { until } => format!("retired until {}", when::date(until)),
                }],
                readable: item.retired.is_none(),
                at: Some(item.created_at),
                comment: None,
            });
            Ok(past.collect())
        })
    }
}

impl Read for InTable<'_> {
    fn look_ahead<'a>(&'a self, names: &'a [String]) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            let mut secrets = Vec::new();
            for name in names {
                // What is wrong with a name is told when it is asked for.
                secrets.extend(self.identity(name).await.ok());
            }
            self.ahead.look(&self.collector, secrets, self.context).await;
        })
    }

    fn get<'a>(&'a self, name: &'a str, version: Option<&'a str>) -> Answer<'a, Option<Held>> {
        Box::pin(async move {
            let identity = self.identity(name).await?;
            let ahead = self.ahead.snapshot(&identity).filter(|_| version.is_none());
            let head = match (&ahead, version) {
                (Some(snapshot), _) => snapshot.head.clone(),
                (None, None) => self.reader.get_head(&identity).await?,
                (None, Some(_)) => None,
            };
            let number = match version {
                None => match select::current(head.as_ref()) {
                    Ok(version) => version,
                    Err(_) => return Ok(None),
                },
                Some(text) => text
                    .parse::<Version>()
                    .map_err(|error| Failure::usage(format!("a version of the pair's table is {}", error.rule)))?,
            };
            let stored = match ahead {
                Some(_) => self.ahead.record(&identity, number)?,
                None => self.reader.get(&identity, number).await?,
            };
            let record = match select::readable(stored, number) {
                Ok(record) => record,
                // None is in use: there is nothing to read.
                Err(_) if version.is_none() => return Ok(None),
                Err(error) => return Err(Failure::unreadable(name, error)),
            };
            let value = seal::open(&self.decryption, &record).await?;
            Ok(Some(Held { value, version: record.item.version.to_string(), context: added(&record) }))
        })
    }
}

/// What somebody added to the encryption context.
fn added(record: &Record) -> BTreeMap<String, String> {
    let pairs = record.context.pairs().iter().filter(|(key, _)| !ITS_OWN.contains(&key.as_str()));
    pairs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Write for InTable<'_> {
    fn check<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, ()> {
        Box::pin(async move { self.write(name, new, Run::Dry).await.map(|_| ()) })
    }

    fn put<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, Stored> {
        Box::pin(async move {
            let made = self.write(name, new, Run::Real).await?;
            Ok(Stored { version: made.item.version.to_string(), over: None })
        })
    }

    fn delete<'a>(&'a self, name: &'a str, days: Option<u16>) -> Answer<'a, ()> {
        Box::pin(async move {
            let identity = self.identity(name).await?;
            let window = days.and_then(|days| RecoveryWindow::from_days(days.into())).unwrap_or_default();
            let by_hand = ByHand { store: &self.writer, stacks: &self.stacks, run: Run::Real };
            let remaining = hand::remaining(self.context);
            let mut patience = Patience::new(hand::pause, hand::token(None, self.context), &remaining);
            let retired = by_hand.retire(&identity, Which::All, window, self.context.now, &mut patience).await;
            retired.map(|_| ()).map_err(|error| hand::failure(error, name))
        })
    }
}
