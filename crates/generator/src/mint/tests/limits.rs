//! What the store does not hold is refused before it is drawn, and before the key is asked.

use std::time::Duration;

use rand::SeedableRng;
use rand::rand_core::UnwrapErr;
use rand::rngs::{ChaCha12Rng, SysRng};
use secret_store::plan::Changes;
use secret_store::store::{DataKey, Limits, QueryVersions, WriteError};
use secret_store::testing::{at_once, no_pause};
use secret_store::{RequestToken, Snapshot, Version};
use serde_json::json;

use crate::mint::*;
use crate::properties::GeneratorProperties;
use crate::tests::{context, deployed};

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

#[test]
fn what_would_be_too_long_is_refused_before_it_is_drawn() {
    let made = |placeholders: usize| {
        let values = vec![r#""{{generate:4096}}""#; placeholders].join(",");
        let template = json!({"Env": "prod", "SecretStringTemplate": format!(r#"{{"a": [{values}]}}"#)});
        let properties =
            GeneratorProperties::read(&custom_resource::Properties::from_value(template).unwrap()).unwrap();
        let generator = deployed(&[]);
        let context = context("shop", "1");
        let spec = generator.spec(&properties, &context, secret_store::plan::Operation::Create).unwrap();
        let mut random = ChaCha12Rng::seed_from_u64(1);
        let made = Material::make(&spec, &Settings::default(), Limits::LEAST.value_bytes, &mut random);
        (made, random)
    };
    let (fits, random) = made(73);
    assert!(fits.is_ok() && random != ChaCha12Rng::seed_from_u64(1));
    for placeholders in [74, 1000] {
        let (refused, random) = made(placeholders);
        // Quotes and commas of each, and `{"a": []}` around them.
        let expected = placeholders * (4096 + 3) - 1 + r#"{"a": []}"#.len();
        assert!(
            matches!(refused, Err(Failure::TooLong { bytes, most: 300_000 }) if bytes == expected),
            "{placeholders}"
        );
        assert!(random == ChaCha12Rng::seed_from_u64(1), "nothing was drawn");
    }
}

#[test]
fn what_stands_beside_the_value_counts() {
    let created = |bytes: usize, properties: serde_json::Value| {
        let mut template = json!({"Env": "prod", "EncryptionContext": {"Team": "x".repeat(bytes)}});
        template.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        deployed(&[]).created("1", &template).map(drop)
    };
    let long = json!({"Value": "v".repeat(300_000)});
    created(4000, long.clone()).unwrap();
    created(300_000, json!({})).unwrap();
    for (bytes, properties) in [(8000, long), (500_000, json!({})), (500_000, json!({"EncryptedValue": "AAAA"}))] {
        let refused = created(bytes, properties).unwrap_err();
        assert!(
            refused.starts_with("the encrypted value with its EncryptionContext, RotationTrigger and ids may take ")
                && refused.ends_with(
                    " bytes, and an item of the table holds 409600: give a shorter value or a shorter EncryptionContext"
                ),
            "{refused}"
        );
    }
}
