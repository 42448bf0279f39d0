//! Presigned URLs in the forms that CloudFormation sends: S3's two signature versions, with an object key and a query
//! that break when anything re-encodes them.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};

use crate::{http::percent_encode, random};

/// How long CloudFormation's URLs live: seen in every captured event, X-Amz-Expires=7200.
pub const LIFETIME: Duration = Duration::from_secs(7200);

/// Which of S3's signatures a URL carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// `X-Amz-Signature`; only the Host header is signed.
    V4,
    /// `AWSAccessKeyId`, `Expires`, `Signature`; Content-Type is part of what is signed.
    V2,
}

/// One URL and what about it is secret.
#[derive(Clone, Debug)]
pub struct PresignedUrl {
    /// The whole URL.
    pub url: String,
    /// Path and query: what a client must send, byte for byte.
    pub target: String,
    /// The signature, not percent-encoded: who has it can answer in the function's place.
    pub signature: String,
    /// When S3 stops accepting it.
    pub expires_at: SystemTime,
}

impl PresignedUrl {
    /// A fresh URL for one request, signed at that time.
    pub fn new(host: SocketAddr, object_key: &str, signing: Signing, signed_at: SystemTime) -> Self {
        let key_id = format!("ASIA{}", random::hex(16).to_uppercase());
        let expires_at = signed_at + LIFETIME;
        let (signature, query) = match signing {
            Signing::V4 => {
                let signature = random::hex(64);
                (signature.clone(), version_4_query(&key_id, signed_at, &signature))
            }
            Signing::V2 => {
                // Base64 of an HMAC-SHA1 has characters that must stay percent-encoded.
                let signature = format!("{}+{}/{}=", random::hex(8), random::hex(8), random::hex(9));
                let expires = expires_at.duration_since(UNIX_EPOCH).unwrap().as_secs();
                let encoded = percent_encode(&signature);
                (signature, format!("AWSAccessKeyId={key_id}&Expires={expires}&Signature={encoded}"))
            }
        };
        let target = format!("/{}?{query}", percent_encode(object_key));
        Self { url: format!("http://{host}{target}"), target, signature, expires_at }
    }

    /// Whether S3 refuses it by now.
    pub fn has_expired(&self) -> bool {
        self.expires_at < SystemTime::now()
    }
}

fn version_4_query(key_id: &str, signed_at: SystemTime, signature: &str) -> String {
    let date = DateTime::from_secs(signed_at.duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed())
        .fmt(DateTimeFormat::DateTime)
        .unwrap()
        .replace(['-', ':'], "");
    let day = &date[..8];
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-SignedHeaders=host&X-Amz-Expires={}\
         &X-Amz-Credential={key_id}%2F{day}%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature={signature}",
        LIFETIME.as_secs(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_4_url_has_the_parts_that_cloudformation_sends() {
        let signed_at = UNIX_EPOCH + Duration::from_secs(1_779_450_605);
        let url = PresignedUrl::new(([127, 0, 0, 1], 80).into(), "arn:x|Logical|id", Signing::V4, signed_at);
        assert!(url.target.starts_with("/arn%3Ax%7CLogical%7Cid?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
        assert!(url.target.contains("X-Amz-Date=20260522T115005Z&"), "{}", url.target);
        assert!(url.target.ends_with(&format!("X-Amz-Signature={}", url.signature)));
        assert_eq!(url.expires_at, signed_at + LIFETIME);
    }

    #[test]
    fn a_version_2_url_has_a_signature_that_must_stay_encoded() {
        let url = PresignedUrl::new(([127, 0, 0, 1], 80).into(), "a|b|c", Signing::V2, UNIX_EPOCH);
        assert!(url.target.contains("&Expires=7200&Signature="));
        assert!(url.target.ends_with(&percent_encode(&url.signature)) && url.target.contains("%2B"));
    }
}
