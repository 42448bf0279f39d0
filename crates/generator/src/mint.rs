//! Making a new value: the password, its encryption, its record. The only place that sees a secret.

use std::sync::PoisonError;

use password::Policy;
use rand::CryptoRng;
use secret_store::plan::Mint;
use secret_store::scope::OutOfScope;
use secret_store::store::Encrypt;
use secret_store::{EncryptionContext, Record, VersionItem};

use crate::reason::Failure;
use crate::settings::Settings;
use crate::{Generator, Wish};

/// On whose behalf a value is made.
pub(crate) enum Asker {
    /// A stack, by its name where its StackId tells it.
    Stack(Option<String>),
    /// Whoever may invoke the function.
    Invoker,
}

/// Whether this pair serves the request at all. Asked only before a value is made or taken over: settings that were
/// tightened since must not refuse the Update that rolls a stack back to what it has.
pub(crate) fn check_scope(settings: &Settings, wish: &Wish<'_>) -> Result<(), OutOfScope> {
    match &wish.asker {
        Asker::Stack(name) => settings.scope.check_stack(&wish.request.identity, name.as_deref()),
        Asker::Invoker => settings.scope.check_env(&wish.request.identity),
    }
}

impl<T, K: Encrypt, R: CryptoRng> Generator<T, K, R> {
    /// A new version's record, encrypted and bound to its place.
    pub(crate) async fn mint(&self, wish: &Wish<'_>, mint: &Mint) -> Result<Record, Failure> {
        check_scope(&self.settings, wish)?;
        let request = &wish.request;
        let key_id = wish.properties.key_id(&self.settings)?;
        let added = wish.properties.encryption_context();
        let context = EncryptionContext::new(&request.identity, mint.version, added)?;
        let password = self.password(&wish.properties.policy()?).into_secret();
        let sealed = self.key.encrypt(&key_id, &password, &context).await?;
        let item = VersionItem {
            version: mint.version,
            owner: request.requester.me.clone(),
            token: request.requester.token,
            trigger: request.trigger.clone(),
            adopted_from: Vec::new(),
            moved_from: request.moved_from().cloned(),
            superseded_at: mint.superseded_at,
            retired: None,
            key_arn: sealed.key_arn,
            created_at: request.requester.now,
        };
        Ok(Record { item, context, ciphertext: sealed.ciphertext })
    }

    fn password(&self, policy: &Policy) -> password::Password {
        // A panic while the lock is held leaves a random source that is still one.
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        policy.generate(&mut *rng)
    }
}
