//! The HMAC key of KMS. A MAC is made anew and compared here: so a wrong password, a right one and a name that nobody has
//! are the same call with the same answer, and none is an error of KMS that an alarm would count.

use accounts::Mac;
use accounts::ports::{Pepper, PortError};
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use aws_sdk_kms::{Client, Config};
use aws_session::{Session, WarmUp, WarmUpRequest};

use super::{failed, patience};

/// The key.
#[derive(Clone, Debug)]
pub struct KmsPepper {
    client: Client,
    key: String,
}

impl KmsPepper {
    /// The key of a session's account and region.
    pub fn connect(session: &Session, key: String) -> Self {
        let (retry, timeout) = patience();
        let config = aws_sdk_kms::config::Builder::from(session.config());
        Self { client: Client::from_conf(config.retry_config(retry).timeout_config(timeout).build()), key }
    }
}

/// An answer that lacks what the API reference promises.
#[derive(Debug, thiserror::Error)]
#[error("the answer of GenerateMac has no MAC of 32 bytes")]
struct Incomplete;

/// `kms:GenerateMac`.
impl Pepper for KmsPepper {
    fn newest_key(&self) -> &str {
        &self.key
    }

    async fn mac(&self, key: &str, message: &[u8]) -> Result<Mac, PortError> {
        let generate = self.client.generate_mac().key_id(key).mac_algorithm(MacAlgorithmSpec::HmacSha256);
        let output = generate.message(Blob::new(message)).send().await.map_err(failed("kms:GenerateMac"))?;
        let mac = output.mac.and_then(|mac| mac.into_inner().try_into().ok());
        mac.map(Mac).ok_or_else(|| failed("kms:GenerateMac")(Incomplete))
    }
}

impl WarmUp for KmsPepper {
    async fn warm_up(&self) {
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let _ = self.client.generate_mac().customize().interceptor(WarmUpRequest).config_override(once).send().await;
    }
}
