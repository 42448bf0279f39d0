//! What a verb may do, by type: the tuple of adapters that it names as its `Hold` is all that it gets.

use std::marker::PhantomData;

use aws_session::Session;
use functions_lambda::{Clock, Functions};
use keys_kms::{DecryptionKey, EncryptionKey, KeyInspector, KeyMaker, ReencryptionKeys};
use stacks_cloudformation::{StackInspector, StackUpdater, Stacks};
use store_dynamodb::TableInspector;
use store_s3::{BucketInspector, Prefix};

use crate::context::Context;
use crate::failure::Failure;
use crate::session;
use crate::table::Tables;

/// A set of adapters.
pub(crate) trait Hold: Sized {
    /// The adapters over a session, which is made for them.
    ///
    /// # Errors
    /// Where there is no region or no credentials.
    async fn take(context: &Context) -> Result<Self, Failure>;
}

/// One adapter.
pub(crate) trait Adapter: Sized {
    /// The adapter over a session.
    ///
    /// # Errors
    /// For a setting that makes no sense.
    fn connect(session: &Session, context: &Context) -> Result<Self, Failure>;
}

/// Nothing: the verb asks nobody, and needs neither region nor credentials.
impl Hold for () {
    async fn take(_: &Context) -> Result<Self, Failure> {
        Ok(())
    }
}

/// What a verb needs for some of what it does: it is made when it is asked for.
pub(crate) struct Later<H>(PhantomData<fn() -> H>);

impl<H: Hold> Later<H> {
    /// Makes it.
    ///
    /// # Errors
    /// Where there is no region or no credentials.
    pub(crate) async fn take(self, context: &Context) -> Result<H, Failure> {
        H::take(context).await
    }
}

impl<H> Hold for Later<H> {
    async fn take(_: &Context) -> Result<Self, Failure> {
        Ok(Self(PhantomData))
    }
}

impl<H> Adapter for Later<H> {
    fn connect(_: &Session, _: &Context) -> Result<Self, Failure> {
        Ok(Self(PhantomData))
    }
}

macro_rules! hold {
    ($($adapter:ident),+) => {
        impl<$($adapter: Adapter),+> Hold for ($($adapter,)+) {
            async fn take(context: &Context) -> Result<Self, Failure> {
                let session = session::connect(context).await?;
                Ok(($($adapter::connect(&session, context)?,)+))
            }
        }
    };
}

hold!(A);
hold!(A, B);
hold!(A, B, C);
hold!(A, B, C, D);
hold!(A, B, C, D, E);
hold!(A, B, C, D, E, F);

macro_rules! adapter {
    ($($adapter:ty),+) => {
        $(impl Adapter for $adapter {
            fn connect(session: &Session, _: &Context) -> Result<Self, Failure> {
                Ok(<$adapter>::connect(session))
            }
        })+
    };
}

adapter!(
    DecryptionKey,
    EncryptionKey,
    ReencryptionKeys,
    Stacks,
    Clock,
    Functions,
    KeyInspector,
    StackInspector,
    StackUpdater,
    KeyMaker,
    TableInspector
);

/// However the bucket of a verb is named: how it is set up is none of what lies where in it.
impl Adapter for BucketInspector {
    fn connect(session: &Session, _: &Context) -> Result<Self, Failure> {
        Ok(Self::connect(session, Prefix::default()))
    }
}

impl Adapter for Tables {
    fn connect(session: &Session, context: &Context) -> Result<Self, Failure> {
        Self::new(session, context)
    }
}
