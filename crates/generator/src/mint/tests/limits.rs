//! A store that holds less: a longer value is refused before the key is asked.

use std::time::Duration;

use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use secret_store::plan::Changes;
use secret_store::store::{DataKey, Limits, QueryVersions, WriteError};
use secret_store::testing::{at_once, no_pause};
use secret_store::{RequestToken, Snapshot, Version};

use crate::mint::*;

/// A store of short values, and a key whose refusal shows that it was asked.
struct Small;

impl QueryVersions for Small {
    async fn query(&self, _: &Identity) -> Result<Snapshot, StoreError> {
        unreachable!("nothing is read")
    }
}

impl WriteVersions for Small {
    const LIMITS: Limits = Limits { value_bytes: 3, ..Limits::LEAST };

    async fn write(&self, _: &Identity, _: &Changes, _: Option<&Record>) -> Result<(), WriteError> {
        unreachable!("nothing is written")
    }
}

impl Encrypt for Small {
    const MAX_PLAINTEXT_BYTES: usize = 4096;

    async fn encrypt(&self, _: &KeyId, _: &SecretString, _: &EncryptionContext) -> Result<Sealed, StoreError> {
        Err(StoreError::NotText)
    }
}

impl GenerateDataKey for Small {
    async fn generate_data_key(&self, _: &KeyId, _: &EncryptionContext) -> Result<DataKey, StoreError> {
        unreachable!("the values are short")
    }
}

impl ReEncrypt for Small {
    async fn re_encrypt(
        &self,
        _: &KeyId,
        _: &[u8],
        _: &SourceContext,
        _: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        unreachable!("nothing is taken over")
    }
}

#[test]
fn what_the_store_does_not_hold_is_refused_before_the_key_is_asked() {
    let identity = Identity {
        store: "table".parse().unwrap(),
        stack_name: "shop".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    };
    let context = EncryptionContext::new(&identity, Version::FIRST, &Default::default()).unwrap();
    let generator = Generator::new(Small, Small, UnwrapErr(SysRng), no_pause, Settings::default());
    let sealed = |value: &str| {
        let content = Content::Plain(SecretString::from(value));
        let key_id = "key".parse().unwrap();
        let remaining = || Duration::from_secs(25);
        let mut patience = Patience::new(no_pause, RequestToken::manual("a"), &remaining);
        at_once(generator.seal(&content, &identity, &key_id, &context, &mut patience)).unwrap_err()
    };
    assert!(matches!(sealed("four"), Failure::TooLong { bytes: 4, most: 3 }));
    assert!(matches!(sealed("abc"), Failure::Store(StoreError::NotText)), "as short as it may be, the key is asked");
}
