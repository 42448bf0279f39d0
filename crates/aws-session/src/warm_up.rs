//! Opens the connections to KMS and DynamoDB while the function starts, so that the first request finds them open.
//!
//! Lambda starts a function with more than its share of the CPU; at the share of a 128 MB function two TLS handshakes
//! cost the first request half of its time (`docs/performance.md`).

use std::time::Duration;

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::body::SdkBody;

use crate::{DecryptionKey, EncryptionKey, GeneratorTable, GetterTable};

/// The longest that a start waits. A handshake takes some ten milliseconds; where there is no route, the first request
/// finds out with its own time-outs.
const LIMIT: Duration = Duration::from_millis(500);

/// Whether the connections are opened early: the environment variable `PRE_CONNECT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreConnect {
    /// While the function starts.
    On,
    /// With the first request that needs them.
    Off,
}

impl PreConnect {
    /// Reads the value of `PRE_CONNECT`: `false` turns it off.
    pub fn from_env_value(value: Option<&str>) -> Self {
        if value == Some("false") { Self::Off } else { Self::On }
    }
}

/// What can be reached before there is anything to ask.
pub trait Reach {
    /// Sends a GET without a name or a signature, and forgets the answer; what stays is the open connection.
    fn reach(&self) -> impl Future<Output = ()>;
}

/// Reaches both at once. An error is not worth a word: the first request will meet it and say what it means.
pub async fn pre_connect(wanted: PreConnect, table: &impl Reach, key: &impl Reach) {
    if wanted == PreConnect::On {
        let _ = tokio::time::timeout(LIMIT, async { tokio::join!(table.reach(), key.reach()) }).await;
    }
}

/// Turns a call into `GET /` after it was signed. So the SDK chooses host and pool as for any other call, but no
/// operation reaches AWS: nothing is counted, logged or denied.
#[derive(Debug)]
struct Knock;

impl Intercept for Knock {
    fn name(&self) -> &'static str {
        "Knock"
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

/// One of the calls that the type makes anyway, so that no other operation's code gets into the binary. The SDK wants
/// a table to be named; it goes away with the body.
macro_rules! reach {
    ($type:ident, $sdk:ident, $($operation:tt)+) => {
        impl Reach for $type {
            async fn reach(&self) {
                let once = $sdk::Config::builder().retry_config($sdk::config::retry::RetryConfig::disabled());
                let call = self.client().$($operation)+.customize().interceptor(Knock).config_override(once);
                // A GET is never answered as the operation would be: this is an error, and means nothing.
                let _ = call.send().await;
            }
        }
    };
}

reach!(GeneratorTable, aws_sdk_dynamodb, query().table_name("-"));
reach!(GetterTable, aws_sdk_dynamodb, query().table_name("-"));
reach!(EncryptionKey, aws_sdk_kms, encrypt());
reach!(DecryptionKey, aws_sdk_kms, decrypt());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_false_turns_it_off() {
        assert_eq!(PreConnect::from_env_value(Some("false")), PreConnect::Off);
        for other in [None, Some(""), Some("true"), Some("0")] {
            assert_eq!(PreConnect::from_env_value(other), PreConnect::On);
        }
    }
}
