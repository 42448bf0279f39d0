//! The harness: it plays Lambda and CloudFormation for the real binaries of the generator and the getter, on a real
//! KMS and DynamoDB, and holds every scenario against two rules: each request is answered once and well, and nothing
//! secret shows where it should not.
//!
//! A scenario is a story told to [`world::scenario`]; `tests/scenarios` has them all. Below it, from the top down:
//!
//! - [`world`] and [`resource`]: what a story is told with;
//! - [`leaks`] and [`response`]: the two rules;
//! - [`functions`]: which functions there are, a row each;
//! - [`command`]: the command line, as a process;
//! - [`function`], [`runtime_api`], [`response_endpoint`], [`presigned_url`]: the parts of Lambda and CloudFormation;
//! - [`conformance`]: what every store of secrets must do, the one in memory that the model uses as well as DynamoDB;
//! - [`accounts`]: the sign-up and login application, with a leak test of its own;
//! - [`properties_page`]: docs/properties.md as the types say it;
//! - [`model`]: CloudFormation as a model in memory, for many thousand histories at once;
//! - [`copies`]: what is published, with the eyes of whoever reads it there;
//! - [`aws`], [`iam`], [`stacks`], [`ministack`], [`roto`], [`moto`]: the parts of AWS, played by third-party software; [`microburst`]: what
//!   goes wrong on the way to them; [`faulty_wire`]: what AWS answers when it refuses; [`tls_front`]: a network that looks into
//!   TLS; [`wire`]: what is asked of them, and silence; [`template`]: what the pair may do there;
//! - [`server_process`], [`python`], [`paths`], [`http`], [`random`], [`together`]: what these need.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a harness stops at the first surprise, and is the world that clock and environment come from"
)]

pub mod accounts;
pub mod aws;
pub mod bucket;
pub mod command;
pub mod conformance;
pub mod copies;
pub mod faulty_wire;
pub mod function;
pub mod functions;
pub mod http;
pub mod iam;
pub mod leaks;
pub mod microburst;
pub mod ministack;
#[expect(missing_docs, reason = "its types and their fields say what they are; each file says what it is for")]
pub mod model;
pub mod moto;
pub mod paths;
pub mod presigned_url;
pub mod properties_page;
pub mod python;
pub mod random;
pub mod resource;
pub mod response;
pub mod response_endpoint;
pub mod roto;
pub mod runtime_api;
pub mod server_process;
pub mod stacks;
pub mod template;
pub mod tls_front;
pub mod together;
pub mod wire;
pub mod world;
