//! The record of a secret and every decision about it, as plain data and pure functions; no I/O.
//!
//! A *secret* is named by its [`Identity`]: store, stack name, env and name. Each value it ever had is a
//! numbered, immutable *version*; one *head* says which version is current. This crate holds
//!
//! - [`names`]: the parts of an identity, parsed at the edge;
//! - [`id`]: [`Identity`] and [`SecretId`], the id that CloudFormation keeps and sends back;
//! - [`owner`]: who a version belongs to, and how two owners are related;
//! - [`record`]: what is stored of a version and of the head; [`description`]: what is told of a value;
//! - [`encryption_context`]: what a ciphertext is bound to; [`seal`]: how a value becomes one and back;
//! - [`size`]: how much room a version needs, before it is encrypted;
//! - [`plan`]: **the decisions**: what a request does to a secret, given what is stored;
//! - [`publish`]: what is published under names where others look, and what is removed there;
//! - [`carry_out`]: how a decision is carried out where others write as well, and each that is made by hand;
//! - [`scope`]: whom a pair serves: partition, account, region, stack and env;
//! - [`state`]: what a version is at present, for whoever looks; [`select`]: which version a reader gets; [`lookup`]: how it is
//!   found;
//! - [`stack`]: what a stack is doing, where no event tells;
//! - [`patience`]: how long is waited for what will pass;
//! - [`store`]: **the ports**: what a store and a key must offer, one trait for each right;
//! - `testing`: a store and a key in memory that keep the same promises, for tests and models; a feature of that name.
//!
//! `docs/format.md` of the repository is the stored item's normative description.

pub mod carry_out;
mod ciphertext;
pub mod description;
pub mod encryption_context;
pub mod id;
pub mod lookup;
pub mod names;
pub mod owner;
pub mod patience;
pub mod plan;
pub mod publish;
pub mod record;
pub mod scope;
pub mod seal;
pub mod select;
pub mod size;
pub mod stack;
pub mod state;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use description::{Description, EntropyBits, PublicKey};
pub use encryption_context::{EncryptionContext, SourceContext};
pub use id::{Identity, SecretId};
pub use names::{AccountId, Env, InvalidName, InvalidProperty, KeyId, Name, Region, StackName, StoreName, Version};
pub use owner::{LogicalResourceId, Owner, Relation, StackId};
pub use record::{
    AdoptedFrom, Cause, Ciphertext, Head, KeyArn, Record, RequestToken, Retirement, Snapshot, Stored, Superseded, Tag,
    Trigger, UnixTime, VersionItem,
};
pub use state::State;
