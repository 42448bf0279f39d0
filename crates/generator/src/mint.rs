//! Making a new version: its value, its encryption, its record. The only place that sees a secret.

use std::sync::{MutexGuard, PoisonError};

use password::KeyPair;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use secret_store::patience::Patience;
use secret_store::plan::Mint;
use secret_store::seal::{self, Nonce};
use secret_store::size::{self, Unsealed};
use secret_store::store::{Encrypt, GenerateDataKey, ReEncrypt, Sealed, StoreError, WriteVersions};
use secret_store::{
    Description, EncryptionContext, EntropyBits, Identity, KeyArn, KeyId, PublicKey, Record, SourceContext, VersionItem,
};

use crate::origin::Origin;
use crate::reason::Failure;
use crate::settings::Settings;
use crate::{Generator, SecretSpec};

/// What a version is made of. Made once for a request, even where the write has to be tried again.
pub(crate) struct Material {
    content: Content,
    description: Description,
}

enum Content {
    Plain(SecretString),
    Encrypted(Vec<u8>),
}

impl Material {
    /// Draws the value, or takes the one that was given.
    fn make(
        spec: &SecretSpec<'_>,
        settings: &Settings,
        most: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Failure> {
        let mut description = Description::default();
        let content = match spec.properties.origin()? {
            Origin::Generated(recipe) => {
                check_size(recipe.max_bytes(), most)?;
                description.entropy = Some(EntropyBits::floor(recipe.entropy_bits()));
                Content::Plain(recipe.generate(rng).into_secret())
            }
            Origin::KeyPair(key_pair_spec, format) => {
                settings.check_memory(key_pair_spec)?;
                let pair = KeyPair::generate(key_pair_spec, format, rng)?;
                description.entropy = Some(EntropyBits::floor(key_pair_spec.strength_bits()));
                description.public_key = Some(PublicKey { openssh: pair.public_key, pem: pair.public_key_pem });
                Content::Plain(pair.private_key)
            }
            Origin::Value(value) => Content::Plain(value.clone()),
            Origin::EncryptedValue(ciphertext) => Content::Encrypted(ciphertext.to_vec()),
        };
        Ok(Self { content, description })
    }

    /// The most bytes that a version with this value takes.
    fn version_bytes<K: Encrypt>(&self, identity: &Identity, item: &VersionItem, context: &EncryptionContext) -> usize {
        let value = match &self.content {
            Content::Plain(value) => Unsealed::Plaintext(value.expose_secret().len()),
            Content::Encrypted(ciphertext) => Unsealed::Ciphertext(ciphertext.len()),
        };
        size::version_bytes::<K>(identity, item, context, value)
    }
}

/// Whether the store holds a value of so many bytes.
fn check_size(bytes: usize, most: usize) -> Result<(), Failure> {
    if bytes <= most { Ok(()) } else { Err(Failure::TooLong { bytes, most }) }
}

/// The same of a version with all that is stored beside its value.
fn check_version(bytes: usize, most: usize) -> Result<(), Failure> {
    if bytes <= most { Ok(()) } else { Err(Failure::VersionTooLarge { bytes, most }) }
}

impl<T: WriteVersions, K: Encrypt + GenerateDataKey + ReEncrypt, R: CryptoRng, S> Generator<T, K, R, S> {
    /// A new version's record, encrypted and bound to its place.
    pub(crate) async fn mint(
        &self,
        spec: &SecretSpec<'_>,
        mint: &Mint,
        material: &mut Option<Material>,
        patience: &mut Patience<'_>,
    ) -> Result<Record, Failure> {
        let intent = &spec.intent;
        let key_id = spec.properties.key_id(&self.settings)?;
        let added = spec.properties.encryption_context();
        // Before it is copied.
        check_version(size::context_bytes(added), T::LIMITS.version_bytes)?;
        let context = EncryptionContext::new(&intent.identity, mint.version, added)?;
        let material = match material {
            Some(material) => material,
            None => material.insert(Material::make(spec, &self.settings, T::LIMITS.value_bytes, &mut *self.rng())?),
        };
        let item = VersionItem {
            version: mint.version,
            owner: intent.requester.me.clone(),
            token: intent.requester.token,
            trigger: intent.trigger.clone(),
            adopted_from: Vec::new(),
            moved_from: mint.moved_from.clone(),
            superseded: None,
            retired: None,
            kept_until: None,
            key_arn: KeyArn(String::new()), // not known before the value is encrypted
            created_at: intent.requester.now,
            description: material.description.clone(),
        };
        check_version(material.version_bytes::<K>(&intent.identity, &item, &context), T::LIMITS.version_bytes)?;
        let Sealed { ciphertext, key_arn } =
            self.seal(&material.content, &intent.identity, &key_id, &context, patience).await?;
        Ok(Record { item: VersionItem { key_arn, ..item }, context, ciphertext })
    }

    async fn seal(
        &self,
        content: &Content,
        identity: &Identity,
        key_id: &KeyId,
        context: &EncryptionContext,
        patience: &mut Patience<'_>,
    ) -> Result<Sealed, Failure> {
        match content {
            Content::Plain(value) => {
                check_size(value.expose_secret().len(), T::LIMITS.value_bytes)?;
                let seal = async || {
                    let mut nonce = Nonce([0; Nonce::BYTES]);
                    self.rng().fill_bytes(&mut nonce.0);
                    seal::seal(&self.key, key_id, value, context, nonce).await
                };
                Ok(patience.ask(seal).await?)
            }
            Content::Encrypted(ciphertext) => {
                let source = SourceContext::new(identity);
                let re_encrypt = async || self.key.re_encrypt(key_id, ciphertext, &source, context).await;
                patience.ask(re_encrypt).await.map_err(|error| match error {
                    StoreError::Undecryptable(_) => {
                        Failure::NotEncryptedForThis { context: source, source: Box::new(error) }
                    }
                    StoreError::Missing { .. }
                    | StoreError::Denied { .. }
                    | StoreError::Throttled { .. }
                    | StoreError::Unauthenticated(..)
                    | StoreError::KeyElsewhere { .. }
                    | StoreError::KeyUnusable(_)
                    | StoreError::NotText
                    | StoreError::Rejected(..)
                    | StoreError::TooLarge { .. }
                    | StoreError::Malformed { .. }
                    | StoreError::Untrusted { .. }
                    | StoreError::Unavailable(..) => error.into(),
                })
            }
        }
    }

    fn rng(&self) -> MutexGuard<'_, R> {
        // A panic while the lock is held leaves a random source that is still one.
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
