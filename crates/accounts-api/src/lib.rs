//! The two functions of the sign-up and login application: events of an API into forms, decisions into answers.
//!
//! [`SignUpApi`] makes accounts and cannot read any; [`LogInApi`] reads them, lets people in and out, and replaces
//! passwords. `accounts` decides; the tables and the key are in [`aws`].

mod answer;
pub mod aws;
mod event;
mod login;
mod pages;
mod refusal;
mod run;
mod settings;
mod signup;

pub use answer::Answer;
pub use aws_session::Env;
pub use event::{BadEvent, Method, Request, Route};
pub use login::LogInApi;
pub use run::{Error, World, run};
pub use settings::{Missing, Settings};
pub use signup::SignUpApi;
