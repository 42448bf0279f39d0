//! Warms up connections while a function starts, so that the first request finds them open.
//!
//! Lambda starts a function with more than its share of the CPU; at the share of a 128 MB function two TLS handshakes
//! cost the first request half of its time (`docs/performance.md`).

use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;

/// The longest that a start waits. A handshake takes some ten milliseconds; where there is no route, the first request
/// finds out with its own time-outs.
const LIMIT: Duration = Duration::from_millis(500);

/// Whether connections are opened early: the environment variable `PRE_CONNECT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreWarming {
    /// While the function starts.
    On,
    /// With the first request that needs them.
    Off,
}

impl PreWarming {
    /// Reads the value of `PRE_CONNECT`: `false` turns it off.
    pub fn from_env_value(value: Option<&str>) -> Self {
        if value == Some("false") { Self::Off } else { Self::On }
    }

    /// Warms up both at once. An error is not worth a word: the first request will meet it and say what it means.
    pub(crate) async fn warm_up(self, store: &impl WarmUp, key: &impl WarmUp) {
        if self == Self::On {
            let _ = tokio::time::timeout(LIMIT, async { tokio::join!(store.warm_up(), key.warm_up()) }).await;
        }
    }
}

/// A client whose connection can be opened before there is anything to ask.
pub trait WarmUp {
    /// Sends one of the client's own calls as a [`WarmUpRequest`], without a second try, and forgets the answer; what
    /// stays is the open connection. One of its own, so that no other operation's code gets into the binary.
    fn warm_up(&self) -> impl Future<Output = ()>;
}

/// Turns a call into `GET /` after it was signed. So the SDK chooses host and pool as for any other call, but no
/// operation reaches AWS: nothing is counted, logged or denied.
#[derive(Debug)]
pub struct WarmUpRequest;

impl Intercept for WarmUpRequest {
    fn name(&self) -> &'static str {
        "WarmUpRequest"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.set_method("GET")?;
        *request.body_mut() = SdkBody::empty();
        let names: Vec<String> = request.headers().iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            request.headers_mut().remove(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_false_turns_it_off() {
        assert_eq!(PreWarming::from_env_value(Some("false")), PreWarming::Off);
        for other in [None, Some(""), Some("true"), Some("0")] {
            assert_eq!(PreWarming::from_env_value(other), PreWarming::On);
        }
    }
}
