//! `--store`: the verbs that make sense everywhere, over the pair's table, credstash's, Parameter Store and Secrets Manager.
//!
//! From the top down: `grammar` is the command line behind `--store`, `verbs` has a file for each verb; `transfer` is what
//! `import` and `copy` do alike, over names that `pattern` chooses and versions that `older` reads; `port` is what a store must offer, and
//! [`capabilities`](mod@capabilities), as data, what each has and lacks; `pair`, `credstash`, `parameters` and `secrets` are
//! the port over each; `at` says which one is meant.

mod ahead;
mod at;
pub mod capabilities;
mod credstash;
mod grammar;
mod older;
mod pair;
mod parameters;
mod pattern;
mod port;
mod secrets;
mod transfer;
mod verbs;
mod waiting;

use std::collections::BTreeMap;

use aws_session::Session;
use secret_store::KeyId;
use targets_aws::{Parameters, Secrets, Tier};

use crate::context::Context;
use crate::failure::Failure;
use crate::hold::Adapter;
pub(crate) use at::At;
pub use grammar::Cli;
pub(crate) use grammar::{names_a_store, run};
use port::Store;
pub(crate) use verbs::copy;
use waiting::Calls;

/// Opens the stores that somebody names.
pub(crate) struct Stores(Session);

impl Adapter for Stores {
    fn connect(session: &Session, _: &Context) -> Result<Self, Failure> {
        Ok(Self(session.clone()))
    }
}

/// What is said of a store beside its place.
#[derive(Clone, Debug, Default)]
struct Options {
    /// The encryption context of credstash's values.
    context: BTreeMap<String, String>,
    /// The KMS key for what is written.
    key: Option<KeyId>,
    /// What a parameter may hold.
    tier: Option<Tier>,
}

impl Stores {
    /// A store.
    ///
    /// # Errors
    /// For what this store lacks, by name.
    fn open<'c>(&self, at: &At, options: Options, context: &'c Context) -> Result<Box<dyn Store + 'c>, Failure> {
        let Options { context: pairs, key, tier } = options;
        let session = &self.0;
        let lacks = |flag: &str, why: &str| Err(Failure::usage(format!("{flag} does not apply to {at}: {why}")));
        if tier.is_some() && !matches!(at, At::Parameters(_)) {
            return lacks("--tier", "only parameters have a tier");
        }
        if !pairs.is_empty() && !matches!(at, At::Credstash(_)) {
            return lacks(
                "--context",
                match at {
                    At::Table(_) | At::Bucket(..) => "the pair binds its values to stack, env, name and version itself",
                    _ => "the service has a context of its own",
                },
            );
        }
        let at = at.clone();
        Ok(match &at {
            At::Table(_) | At::Bucket(..) => Box::new(pair::InTable::connect(session, at, context)?),
            At::Credstash(table) => {
                let table = table.clone();
                Box::new(credstash::InCredstash::connect(session, at, &table, key.as_ref(), pairs, context))
            }
            At::Parameters(_) => Box::new(parameters::InParameters {
                at,
                api: Parameters::connect(session),
                region: session.region().to_owned(),
                key,
                tier,
                calls: Calls::of(&capabilities::PARAMETERS, context),
                context,
            }),
            At::Secrets(_) => Box::new(secrets::InSecrets {
                at,
                api: Secrets::connect(session),
                key,
                calls: Calls::of(&capabilities::SECRETS, context),
                context,
            }),
        })
    }
}
