//! What tells one request from all others, so that a duplicate of it is recognized.

use sha2::{Digest, Sha256};

use crate::event::response_url::ResponseUrl;

/// SHA-256 over StackId, RequestId and ResponseURL: see [`Context::idempotency_token`](crate::Context::idempotency_token).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IdempotencyToken([u8; 32]);

impl IdempotencyToken {
    /// Each part is preceded by its length, so that no two requests run together into the same text.
    pub(crate) fn of(stack_id: &str, request_id: &str, url: Option<&ResponseUrl>) -> Self {
        let url = url.map_or("", |url| url.expose().as_str());
        let mut hash = Sha256::new();
        for part in [stack_id, request_id, url] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes. They tell nothing about the URL.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::handler::context::Context;
    use crate::handler::context_builder::ContextBuilder;

    fn builder() -> ContextBuilder {
        Context::builder(Clock::at(0)).response_url("https://example.com/a")
    }

    #[test]
    fn the_token_tells_deliveries_of_one_request_from_another_request() {
        let token = builder().build().idempotency_token();
        assert_eq!(builder().logical_resource_id("Other").build().idempotency_token(), token);
        for other in [
            builder().stack_id("s"),
            builder().request_id("r"),
            builder().response_url("https://example.com/b"),
            builder().response_url(""),
        ] {
            assert_ne!(other.build().idempotency_token(), token);
        }
        let joined =
            |stack: &str, request: &str| builder().stack_id(stack).request_id(request).build().idempotency_token();
        assert_ne!(joined("ab", "c"), joined("a", "bc"));
    }

    #[test]
    fn the_token_is_stable_over_releases() {
        // Python: hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in [b"s", b"r", b""])).hexdigest()
        let token = builder().stack_id("s").request_id("r").response_url("").build().idempotency_token();
        let hex: String = token.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "982af2a7bf37ed178dc6f1438b8950d55706657024081d4d38331f22e683cf1f");
    }
}
