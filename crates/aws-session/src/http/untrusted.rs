//! A server whose certificate is not trusted: asking it again does not change that.

use std::error::Error;
use std::io;

/// Why there is no connection to a server that is there.
#[derive(Debug, thiserror::Error)]
#[error("the certificate of {host} is not trusted: {why}")]
pub(crate) struct Untrusted {
    /// The server.
    pub(crate) host: String,
    /// What is wrong with its certificate.
    pub(crate) why: String,
}

impl Untrusted {
    /// If that is why a connection to `host` failed.
    pub(crate) fn is_why(host: &str, error: &(dyn Error + 'static)) -> Option<Self> {
        let why = causes(error).find_map(|cause| match cause.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(why)) => Some(why.to_string()),
            _ => None,
        })?;
        Some(Self { host: host.to_owned(), why })
    }

    /// If that is what the SDK reports.
    pub(crate) fn found_in<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }
}

/// An error and what led to it; an I/O error does not count what it was made of among its sources.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source())
    })
}
