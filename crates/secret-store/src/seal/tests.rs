//! Envelopes against those that another implementation made, and against every way of tampering with one.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::*;
use crate::names::{KeyId, Version};
use crate::owner::Owner;
use crate::record::{KeyArn, RequestToken, Trigger, UnixTime, VersionItem};
use crate::{Description, Identity};

/// Made by `tests/vectors/envelopes/make.py`.
const VECTORS: &str = include_str!("../../../../tests/vectors/envelopes/envelopes.json");

#[derive(Deserialize)]
struct Vector {
    case: String,
    context: BTreeMap<String, String>,
    data_key: String,
    nonce: String,
    value: String,
    ciphertext: String,
}

/// A service that knows one data key and remembers for which context it is.
struct OneDataKey {
    key: [u8; DataKey::BYTES],
    context: EncryptionContext,
}

const ENCRYPTED: &[u8] = b"the data key, encrypted";

impl GenerateDataKey for OneDataKey {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        assert_eq!(*context, self.context);
        let key_arn = KeyArn(key.to_string());
        Ok(DataKey { plaintext: Zeroizing::new(self.key), encrypted: ENCRYPTED.to_vec(), key_arn })
    }
}

impl Encrypt for OneDataKey {
    const MAX_PLAINTEXT_BYTES: usize = 4096;

    async fn encrypt(&self, key: &KeyId, value: &SecretString, _: &EncryptionContext) -> Result<Sealed, StoreError> {
        let ciphertext = Ciphertext::Direct(value.expose_secret().as_bytes().to_vec());
        Ok(Sealed { ciphertext, key_arn: KeyArn(key.to_string()) })
    }
}

impl Decrypt for OneDataKey {
    async fn decrypt(
        &self,
        _: &KeyArn,
        blob: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match blob {
            ENCRYPTED if *context == self.context => Ok(Zeroizing::new(self.key.to_vec())),
            _ => Err(StoreError::Undecryptable("another blob or context".into())),
        }
    }
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn unhex<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|index| u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap())
}

fn identity(context: &BTreeMap<String, String>) -> Identity {
    Identity {
        store: "table".parse().unwrap(),
        stack_name: context["StackName"].parse().unwrap(),
        env: context["Env"].parse().unwrap(),
        name: context["Name"].parse().unwrap(),
    }
}

fn context(pairs: &BTreeMap<String, String>) -> EncryptionContext {
    let version = pairs["Version"].parse::<Version>().unwrap();
    EncryptionContext::from_stored(pairs.clone(), &identity(pairs), version).unwrap()
}

fn record(sealed: Sealed, context: EncryptionContext) -> Record {
    let item = VersionItem {
        version: Version::FIRST,
        owner: Owner::Manual,
        token: RequestToken::manual("t"),
        trigger: Trigger::External,
        adopted_from: Vec::new(),
        moved_from: None,
        kept_until: None,
        superseded: None,
        retired: None,
        key_arn: sealed.key_arn,
        created_at: UnixTime(1),
        description: Description::default(),
    };
    Record { item, context, ciphertext: sealed.ciphertext }
}

fn sealed_by(key: &OneDataKey, value: &str, nonce: Nonce) -> Sealed {
    at_once(seal(key, &"key".parse().unwrap(), &SecretString::from(value), &key.context, nonce)).unwrap()
}

#[test]
fn envelopes_are_those_of_another_implementation_byte_for_byte() {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let key = OneDataKey { key: unhex(&vector.data_key), context: context(&vector.context) };
        let sealed = sealed_by(&key, &vector.value, Nonce(unhex(&vector.nonce)));
        let Ciphertext::Envelope { sealed: bytes, data_key } = &sealed.ciphertext else { panic!("{}", vector.case) };
        assert_eq!(STANDARD.encode(bytes), vector.ciphertext, "{}", vector.case);
        assert_eq!(data_key, ENCRYPTED);
        let opened = at_once(open(&key, &record(sealed, key.context.clone()))).unwrap();
        assert_eq!(opened.expose_secret(), vector.value, "{}", vector.case);
    }
}

#[test]
fn a_changed_byte_a_cut_or_another_context_does_not_open() {
    let pairs = BTreeMap::from(
        [("StackName", "app"), ("Env", "prod"), ("Name", "default"), ("Version", "1"), ("Team", "web")]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let key = OneDataKey { key: [7; 32], context: context(&pairs) };
    let sealed = sealed_by(&key, &"v".repeat(OneDataKey::MAX_PLAINTEXT_BYTES + 1), Nonce([9; 12]));
    let Ciphertext::Envelope { sealed: bytes, data_key } = sealed.ciphertext else { panic!("an envelope") };
    let opens = |sealed: Vec<u8>, context: &EncryptionContext| {
        let ciphertext = Ciphertext::Envelope { sealed, data_key: data_key.clone() };
        // The key itself refuses another context; here it is the envelope that is asked.
        let lenient = OneDataKey { key: key.key, context: context.clone() };
        let key_arn = KeyArn("key".to_owned());
        at_once(open(&lenient, &record(Sealed { ciphertext, key_arn }, context.clone())))
    };
    assert!(opens(bytes.clone(), &key.context).is_ok());
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1 << (index % 8);
        assert!(matches!(opens(changed, &key.context), Err(StoreError::Undecryptable(_))), "byte {index}");
    }
    for length in [0, 1, 11, 12, 27, 28, bytes.len() - 1] {
        assert!(matches!(opens(bytes[..length].to_vec(), &key.context), Err(StoreError::Undecryptable(_))), "{length}");
    }
    let other = BTreeMap::from_iter(pairs.into_iter().chain([("Team".to_owned(), "ops".to_owned())]));
    assert!(matches!(opens(bytes, &context(&other)), Err(StoreError::Undecryptable(_))));
}

#[test]
fn the_key_itself_encrypts_as_much_as_it_takes() {
    let pairs = BTreeMap::from(
        [("StackName", "app"), ("Env", "prod"), ("Name", "default"), ("Version", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let key = OneDataKey { key: [7; 32], context: context(&pairs) };
    let kind = |length: usize| sealed_by(&key, &"v".repeat(length), Nonce([0; 12])).ciphertext;
    assert!(matches!(kind(OneDataKey::MAX_PLAINTEXT_BYTES), Ciphertext::Direct(_)));
    assert!(matches!(kind(OneDataKey::MAX_PLAINTEXT_BYTES + 1), Ciphertext::Envelope { .. }));
}
