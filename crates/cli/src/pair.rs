//! What the pair keeps its secrets in, as verbs have it: its table, or with `--store s3://BUCKET` a bucket. Each adapter is one of
//! the two, with the rights of either, so that a verb is written once.

use aws_session::Session;
use secret_store::carry_out::by_hand::Run;
use secret_store::plan::Changes;
use secret_store::plan::RecoveryWindow;
use secret_store::plan::operator::Expired;
use secret_store::store::{
    EraseExpired, Erasure, GetHead, GetVersion, Inventory, Limits, QueryVersions, Reencrypted, ReplaceCiphertext,
    ScanVersions, StoreError, WriteError, WriteVersions,
};
use secret_store::{Head, Identity, Record, Snapshot, StoreName, UnixTime, Version, VersionItem};
use store_dynamodb::Neighbours;
use store_dynamodb::{TableInspector, TableMaker};
use store_s3::{
    BucketCollector, BucketEraser, BucketInspector, BucketLister, BucketMaker, BucketReader, BucketReencrypter,
    BucketWriter, Collected, Prefix,
};

use crate::context::Context;
use crate::failure::Failure;
use crate::hold::Adapter;
use crate::stores::At;
use crate::wanting::bucket::Buckets;
use crate::wanting::table::Tables;
use crate::when;

macro_rules! either {
    ($($(#[$doc:meta])* $name:ident over $bucket:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub(crate) enum $name {
                /// The table.
                Table(store_dynamodb::$name),
                /// The bucket.
                Bucket(Box<$bucket>),
            }

            impl $name {
                /// The one that is meant.
                pub(crate) fn at(at: Option<&At>, session: &Session) -> Self {
                    match prefix(at) {
                        Some(prefix) => Self::Bucket(Box::new($bucket::connect(session, prefix))),
                        None => Self::Table(store_dynamodb::$name::connect(session)),
                    }
                }
            }

            impl Adapter for $name {
                fn connect(session: &Session, context: &Context) -> Result<Self, Failure> {
                    Ok(Self::at(context.globals.store.as_ref(), session))
                }
            }
        )+
    };
}

either! {
    /// For whoever makes secrets.
    TableWriter over BucketWriter;
    /// For whoever reads them.
    TableReader over BucketReader;
    /// For whoever lists them.
    TableLister over BucketLister;
    /// For whoever reads very many.
    TableCollector over BucketCollector;
    /// For whoever erases what has expired.
    TableEraser over BucketEraser;
    /// For whoever puts values under another key.
    TableReencrypter over BucketReencrypter;
}

/// For whoever sets it up.
#[derive(Debug)]
pub(crate) enum Place {
    /// The table.
    Table(Tables),
    /// The bucket.
    Bucket(Box<Buckets>),
}

impl Adapter for Place {
    fn connect(session: &Session, context: &Context) -> Result<Self, Failure> {
        Ok(match prefix(context.globals.store.as_ref()) {
            Some(prefix) => Self::Bucket(Box::new(Buckets {
                inspector: BucketInspector::connect(session, prefix.clone()),
                maker: BucketMaker::connect(session, prefix),
            })),
            None => {
                Self::Table(Tables { inspector: TableInspector::connect(session), maker: TableMaker::connect(session) })
            }
        })
    }
}

fn prefix(at: Option<&At>) -> Option<Prefix> {
    match at {
        Some(At::Bucket(_, prefix)) => Some(prefix.clone()),
        _ => None,
    }
}

macro_rules! both {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Table($store) => $call.await,
            Self::Bucket($store) => $call.await,
        }
    };
}

impl QueryVersions for TableWriter {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        both!(self, store => store.query(identity))
    }
}

impl QueryVersions for TableReader {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        both!(self, store => store.query(identity))
    }
}

impl GetHead for TableReader {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        both!(self, store => store.get_head(identity))
    }
}

impl GetVersion for TableReader {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        both!(self, store => store.get(identity, version))
    }
}

impl WriteVersions for TableWriter {
    /// A value or a version that one of them takes, the other one does: the bucket's are the least.
    const LIMITS: Limits = store_s3::LIMITS;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        both!(self, store => store.write(identity, changes, new))
    }
}

impl ScanVersions for TableLister {
    async fn scan(&self, store: &StoreName, seen: impl FnMut(usize)) -> Result<Inventory, StoreError> {
        both!(self, lister => lister.scan(store, seen))
    }
}

impl EraseExpired for TableEraser {
    async fn erase_expired(&self, identity: &Identity, expired: &Expired) -> Result<Erasure, WriteError> {
        both!(self, store => store.erase_expired(identity, expired))
    }
}

impl ReplaceCiphertext for TableReencrypter {
    async fn replace_ciphertext(
        &self,
        identity: &Identity,
        read: &Record,
        new: &Reencrypted,
    ) -> Result<(), WriteError> {
        both!(self, store => store.replace_ciphertext(identity, read, new))
    }
}

/// What was read at once, of either.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    /// All of it, values left out.
    pub(crate) inventory: Inventory,
    of_table: store_dynamodb::Collection,
    of_bucket: Collected,
}

impl TableCollector {
    /// What there is, with the values, still encrypted, of the versions that are `wanted`.
    pub(crate) async fn collect(
        &self,
        store: &StoreName,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
        seen: impl FnMut(usize),
    ) -> Result<Collection, StoreError> {
        Ok(match self {
            Self::Table(table) => Collection::of_table(table.collect(store, wanted, seen).await?),
            Self::Bucket(bucket) => Collection::of_bucket(bucket.collect(store, wanted, seen).await?),
        })
    }

    /// The same of these secrets alone.
    pub(crate) async fn collect_among(
        &self,
        secrets: &Neighbours,
        wanted: impl Fn(&Identity, &VersionItem) -> bool,
    ) -> Result<Collection, StoreError> {
        Ok(match self {
            Self::Table(table) => Collection::of_table(table.collect_among(secrets, wanted).await?),
            Self::Bucket(bucket) => Collection::of_bucket(bucket.collect_among(secrets.iter(), wanted).await?),
        })
    }
}

impl Collection {
    fn of_table(mut of_table: store_dynamodb::Collection) -> Self {
        let inventory = std::mem::take(&mut of_table.inventory);
        Self { inventory, of_table, of_bucket: Collected::default() }
    }

    fn of_bucket((inventory, of_bucket): (Inventory, Collected)) -> Self {
        Self { inventory, of_table: store_dynamodb::Collection::default(), of_bucket }
    }

    /// What was read of other secrets, as well.
    pub(crate) fn add(&mut self, other: Self) {
        self.inventory.secrets.extend(other.inventory.secrets);
        self.inventory.unreadable.extend(other.inventory.unreadable);
        self.of_table.add(other.of_table);
        self.of_bucket.extend(other.of_bucket);
    }

    /// A version with its value, if that was wanted.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn record(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        match self.of_bucket.get(&(identity.clone(), version)) {
            Some(record) => Ok(Some(record.clone())),
            None => self.of_table.record(identity, version),
        }
    }
}

impl GetHead for Collection {
    async fn get_head(&self, identity: &Identity) -> Result<Option<Head>, StoreError> {
        Ok(self.inventory.secrets.get(identity).and_then(|secret| secret.head.clone()))
    }
}

impl GetVersion for Collection {
    async fn get(&self, identity: &Identity, version: Version) -> Result<Option<Record>, StoreError> {
        self.record(identity, version)
    }
}

/// Refuses a window of somebody's own, where the bucket has one for all.
///
/// # Errors
/// For any but the usual one.
pub(crate) fn check_window(window: RecoveryWindow, context: &Context) -> Result<(), Failure> {
    match &context.globals.store {
        Some(at @ At::Bucket(..)) if window != RecoveryWindow::default() => Err(Failure::usage(format!(
            "--recovery-window-in-days does not apply to {at}: its lifecycle keeps what is retired as long as it says"
        ))
        .hint("leave it out; RecoveryWindowInDays of the pair's stack is the window of all its secrets")),
        _ => Ok(()),
    }
}

/// Hides values that nothing names, so that the bucket's lifecycle erases them: somebody was cut off before it said what they
/// are. Those of the last day may be about to be named: a request that is older is refused, and S3 takes none that was signed
/// more than a quarter of an hour ago.
///
/// # Errors
/// Where S3 does not answer, or not to this caller.
pub(crate) async fn prune_unnamed(
    (lister, eraser): (&TableLister, &TableEraser),
    store: &StoreName,
    is_meant: impl Fn(&Identity) -> bool,
    run: Run,
    context: &Context,
) -> Result<(), Failure> {
    let (TableLister::Bucket(lister), TableEraser::Bucket(eraser)) = (lister, eraser) else { return Ok(()) };
    let (a_day_ago, mut hidden) = (when::date(UnixTime(context.now.0.saturating_sub(DAY))), 0);
    for unnamed in lister.unnamed(store).await? {
        if is_meant(&unnamed.identity) && unnamed.put_at < a_day_ago {
            hidden += 1;
            if run == Run::Real {
                eraser.erase_unnamed(&unnamed).await?;
            }
        }
    }
    if hidden > 0 {
        let (fate, what) = if run == Run::Real { ("are", "") } else { ("would be", ", with --yes") };
        context.ui.note(&format!("{hidden} values that nothing names {fate} erased by the lifecycle{what}"));
    }
    Ok(())
}

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
