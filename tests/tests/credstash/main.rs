//! The applet `cfn-secrets credstash` beside credstash itself: its recorded answers, and what each reads of the other.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests, on the real clock"
)]

mod clients;
mod differences;
mod interoperation;
mod oracle;
mod program;
mod speed;
mod whose;
