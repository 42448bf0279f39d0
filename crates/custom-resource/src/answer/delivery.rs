//! Who takes an answer to its URL: HTTPS, or for tests the memory.

use bytes::Bytes;

use crate::answer::in_memory::Answers;
#[cfg(feature = "https")]
use crate::answer::{
    https::Https,
    tls::{Roots, TlsError, tls_config},
};
use crate::event::response_url::{ResponseUrl, UrlProblem};

/// S3 redirects to another endpoint of the same bucket, so one is usual and three are plenty.
pub(crate) const MAX_REDIRECTS: usize = 3;

/// Sends answers. Made once, before the first event.
///
/// HTTP/1.1 over TLS. No proxy: `HTTPS_PROXY` and its like are ignored, because a function in a VPC reaches S3 through an
/// endpoint. No connection is kept: a function is frozen between events, its idle connections die without a word, and a
/// fresh one costs milliseconds.
#[derive(Clone, Debug)]
pub struct Delivery(Carrier);

/// Each takes an answer in its own way.
#[derive(Clone, Debug)]
enum Carrier {
    #[cfg(feature = "https")]
    Https(Https),
    InMemory(Answers),
}

impl Delivery {
    /// With a TLS configuration of its own, [`tls_config`] with the machine's root certificates.
    ///
    /// # Errors
    /// If the TLS library refuses its own defaults.
    #[cfg(feature = "https")]
    pub fn new() -> Result<Self, DeliverySetupError> {
        Self::with_tls(tls_config(&Roots::Machine)?)
    }

    /// With the TLS configuration that the function's other clients use as well, or with one that [`tls_config`] does not
    /// make, such as a root certificate that is no file.
    ///
    /// # Errors
    /// If the HTTP client cannot be made.
    #[cfg(feature = "https")]
    pub fn with_tls(tls: rustls::ClientConfig) -> Result<Self, DeliverySetupError> {
        Ok(Self(Carrier::Https(Https::new(tls)?)))
    }

    /// For tests: sends nothing, and keeps each answer, whatever its URL.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use custom_resource::{Arrival, Clock, Config, Context, Delivery, LocalMode, Outcome, Properties, from_fn, handle};
    /// use serde_json::json;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let greeting = from_fn(async |_: Properties, context: &Context| {
    ///     Ok(Outcome::new(context.stable_id("greeting")?).attribute("Text", "Hello"))
    /// });
    /// let (delivery, answers) = Delivery::in_memory();
    /// let config = Config::new(Clock::at(1_800_000_000), delivery, LocalMode::Off);
    /// let event = json!({
    ///     "RequestType": "Create", "ResponseURL": "https://example.com/answer", "StackId": "s", "RequestId": "r",
    ///     "LogicalResourceId": "Greeting", "ResourceProperties": {},
    /// });
    /// handle(&greeting, event, Arrival::new("lambda-1", Duration::from_secs(30)), &config).await?;
    /// let answers = answers.take();
    /// assert_eq!((answers.len(), &answers[0]["Data"]["Text"]), (1, &json!("Hello")));
    /// # Ok::<(), custom_resource::HandleError>(())
    /// # }).unwrap();
    /// ```
    pub fn in_memory() -> (Self, Answers) {
        let answers = Answers::default();
        (Self(Carrier::InMemory(answers.clone())), answers)
    }

    /// One attempt.
    pub(crate) async fn put(&self, url: &ResponseUrl, body: &Bytes) -> Result<(), DeliveryError> {
        match &self.0 {
            #[cfg(feature = "https")]
            Carrier::Https(https) => https.put(url, body).await,
            Carrier::InMemory(answers) => {
                let _ = url;
                answers.put(body);
                Ok(())
            }
        }
    }
}

/// An error of a library, kept out of this crate's interface so that the library can change.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why [`Delivery::new`] failed.
#[cfg(feature = "https")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverySetupError {
    /// There is no TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] Cause),
}

/// Why an answer was not delivered. Never shows the URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The server answered with another status than 2xx.
    #[error("the answer was refused with status {status} {code}{}", advice(*status))]
    #[non_exhaustive]
    Refused {
        /// The HTTP status.
        status: u16,
        /// S3's error code, such as `AccessDenied`; empty where there is none.
        code: String,
    },
    /// The server's certificate is not trusted.
    #[error(
        "the certificate of {host} is not trusted ({why}): where a network looks into TLS, name its root certificates by \
         AWS_CA_BUNDLE"
    )]
    #[non_exhaustive]
    Untrusted {
        /// The server.
        host: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// There was no connection, or it broke.
    #[error("the connection failed")]
    Connection(#[source] Cause),
    /// An attempt took too long: in a VPC, see whether there is a route to S3.
    #[error("no answer came in time; in a VPC, look for a route to S3 and at the endpoint's policy")]
    TimedOut,
    /// A redirect to somewhere that is not sent to.
    #[error("a redirect led nowhere that may be sent to")]
    Redirect(#[source] UrlProblem),
    /// More redirects in a row than S3 makes.
    #[error("there were more than {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
    /// There was no executor for the watchdog to send from.
    #[error("no executor could be started")]
    Executor(#[source] std::io::Error),
    /// The event has no ResponseURL that can be used.
    #[error("there is nowhere to send the answer")]
    Nowhere(#[source] UrlProblem),
}

impl DeliveryError {
    /// Whether another attempt may work: not where the server has understood and refused.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            Self::Connection(_) | Self::TimedOut => true,
            Self::Untrusted { .. }
            | Self::Redirect(_)
            | Self::TooManyRedirects
            | Self::Executor(_)
            | Self::Nowhere(_) => false,
        }
    }
}

fn advice(status: u16) -> &'static str {
    if status == 403 { ": the URL has expired or was altered" } else { "" }
}
