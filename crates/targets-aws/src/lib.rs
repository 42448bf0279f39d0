//! Parameter Store and Secrets Manager: where secrets are that services read by themselves, asked by signed requests of our own.
//! The SDKs of both are large, and each would be compiled for a few calls.
//!
//! [`Parameters`] and [`Secrets`] have a function for each operation, and the IAM action beside it; [`limits`] is what the
//! services take, checked before a call: what a service would refuse is refused with a reason, and what an emulator lets
//! through is refused all the same. [`NotDone`] is how a call fails. [`publish`] is both behind secret-store's port for copies.

mod call;
pub mod limits;
mod parameters;
pub mod publish;
mod secrets;

pub use call::{Ask, NotDone, Refusal, Tag};
pub use parameters::{Kind, NewParameter, Overwrite, Parameter, ParameterValue, Parameters, PastParameter, Tier};
pub use secrets::{Erasure, NewSecret, PastSecret, Published, Secret, SecretValue, Secrets, Stage, WhichVersion};
