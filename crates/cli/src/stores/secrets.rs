//! Secrets Manager behind the port. Each write has a token of its own, so that one that is tried again is one.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use secret_store::{KeyId, UnixTime};
use targets_aws::limits::secret;
use targets_aws::{Erasure, NewSecret, NotDone, Published, Secret, Secrets, WhichVersion};

use super::at::At;
use super::capabilities::{self, Capabilities};
use super::port::{Answer, Held, List, Listed, New, Past, Read, Stored, There, Write};
use super::waiting::{Calls, failed};
use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;

/// How often a write is begun anew, where somebody else made or deleted the secret meanwhile.
const MOST_ROUNDS: u32 = 4;

/// The shortest id of a version; a label is shorter, or starts with `AWS`.
const SHORTEST_ID: usize = *secret::TOKEN.start();

/// The secrets whose names begin alike.
pub(super) struct InSecrets<'c> {
    pub(super) at: At,
    pub(super) api: Secrets,
    pub(super) key: Option<KeyId>,
    pub(super) calls: Calls<'c>,
    pub(super) context: &'c Context,
}

impl List for InSecrets<'_> {
    fn at(&self) -> &At {
        &self.at
    }

    fn capabilities(&self) -> &'static Capabilities {
        &capabilities::SECRETS
    }

    fn list<'a>(&'a self, seen: &'a dyn Fn(usize)) -> Answer<'a, Vec<Listed>> {
        Box::pin(async move {
            let At::Secrets(prefix) = &self.at else { return Ok(Vec::new()) };
            let found = self.calls.read(async || self.api.list(prefix, seen).await).await;
            let found = found.map_err(|error| said(error, prefix))?;
            let mut listed: Vec<_> = found
                .into_iter()
                .filter(|found| self.at.own(&found.name).is_some() && !found.is_scheduled_for_deletion())
                .map(listed)
                .collect();
            listed.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(listed)
        })
    }

    fn history<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<Past>> {
        Box::pin(async move {
            if self.described(name).await?.is_none() {
                return Ok(Vec::new());
            }
            let found = self.calls.read(async || self.api.versions(name).await).await;
            let found = found.map_err(|error| said(error, name))?;
            // Times are told in seconds: what is current is the newest.
            let is_current = |stages: &[String]| stages.iter().any(|stage| stage == "AWSCURRENT");
            let (current, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|past| is_current(&past.stages));
            let past = current.into_iter().chain(others.into_iter().rev()).map(|past| Past {
                version: past.version_id,
                labels: past.stages,
                readable: true,
                at: Some(UnixTime(past.created_at)),
                comment: None,
            });
            Ok(past.collect())
        })
    }
}

fn listed(found: Secret) -> Listed {
    Listed {
        version: found.current().unwrap_or_default().to_owned(),
        at: Some(UnixTime(found.changed_at)).filter(|time| time.0 > 0),
        comment: found.description.filter(|text| !text.is_empty()),
        name: found.name,
    }
}

impl Read for InSecrets<'_> {
    fn get<'a>(&'a self, name: &'a str, version: Option<&'a str>) -> Answer<'a, Option<Held>> {
        Box::pin(async move {
            let which = match version {
                None => WhichVersion::Current,
                Some(id) if id.len() >= SHORTEST_ID => WhichVersion::Id(id),
                Some(stage) => WhichVersion::Stage(stage),
            };
            let found = self.calls.read(async || self.api.value(name, which).await).await;
            let Some(found) = found.map_err(|error| said(error, name))? else { return Ok(None) };
            let value = found.value.ok_or_else(|| {
                Failure::refused(format!("`{name}` is of bytes, and not a text"))
                    .hint("`aws secretsmanager get-secret-value` prints it in base64, as SecretBinary")
            })?;
            Ok(Some(Held { value, version: found.version_id, context: BTreeMap::new() }))
        })
    }
}

impl Write for InSecrets<'_> {
    fn check<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, ()> {
        Box::pin(async move {
            secret::name(name).map_err(Failure::refused)?;
            secret::value(new.value.expose_secret()).map_err(Failure::refused)?;
            new.comment.as_deref().map_or(Ok(()), |text| secret::description(text).map_err(Failure::refused))
        })
    }

    fn put<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, Stored> {
        Box::pin(async move {
            self.check(name, new).await?;
            let token = new.token.to_string();
            for round in 0..MOST_ROUNDS {
                let there = match new.there {
                    There::Absent if round == 0 => None,
                    _ => self.described(name).await?,
                };
                let answer = match &there {
                    None => self.create(name, &token, new).await,
                    Some(there) => {
                        may_get_a_value(there)?;
                        self.put_over(there, &token, new).await
                    }
                };
                match answer {
                    Ok(published) if published.is_current() => {
                        return Ok(Stored { version: published.version_id, over: None });
                    }
                    Ok(_) => {
                        return Err(Failure::refused(format!(
                            "`{name}` has this value under this token already, and another one is current by now"
                        ))
                        .hint("a wish of its own has a token of its own: leave --client-request-token out"));
                    }
                    // Made or gone since it was looked at.
                    Err(error) if error.is("ResourceExistsException") || error.is("ResourceNotFoundException") => {}
                    Err(error) => return Err(said(error, name)),
                }
            }
            Err(Failure::refused(format!("the version of `{name}` that this token names has another value"))
                .hint("a wish of its own has a token of its own: leave --client-request-token out"))
        })
    }

    fn delete<'a>(&'a self, name: &'a str, days: Option<u16>) -> Answer<'a, ()> {
        Box::pin(async move {
            let erasure = match days {
                Some(0) => Erasure::AtOnce,
                Some(days) => Erasure::AfterDays(days),
                None => Erasure::AfterDays(*secret::RECOVERY_DAYS.end()),
            };
            // A deletion at once succeeds where there is nothing.
            if self.described(name).await?.is_none() {
                return Err(not_there(name));
            }
            let answer = self.calls.write(async || self.api.delete(name, erasure).await).await;
            answer.map_err(|error| said(error, name))
        })
    }
}

impl InSecrets<'_> {
    async fn described(&self, name: &str) -> Result<Option<Secret>, Failure> {
        self.calls.read(async || self.api.describe(name).await).await.map_err(|error| said(error, name))
    }

    async fn create(&self, name: &str, token: &str, new: &New) -> Result<Published, NotDone> {
        if secret::reads_as_an_arn(name) {
            self.context.ui.warn(&format!(
                "`{name}` ends as the ARN of a secret does: whoever asks by a part of an ARN may get another one"
            ));
        }
        let key = self.key.as_ref().map(KeyId::as_str);
        let description = new.comment.as_deref();
        let new = NewSecret { name, token, value: &new.value, key_id: key, description, tags: &[] };
        self.calls.write(async || self.api.create(&new).await).await
    }

    async fn put_over(&self, there: &Secret, token: &str, new: &New) -> Result<Published, NotDone> {
        let published = self.calls.write(async || self.api.put(&there.name, token, &new.value).await).await?;
        let said = there.description.as_deref().unwrap_or_default();
        if let Some(comment) = new.comment.as_deref().filter(|comment| *comment != said) {
            self.calls.write(async || self.api.redescribe(&there.name, comment).await).await?;
        }
        Ok(published)
    }
}

/// Whether a new value would stay, and be the one that a database has.
fn may_get_a_value(there: &Secret) -> Result<(), Failure> {
    let name = &there.name;
    if there.is_scheduled_for_deletion() {
        return Err(Failure::refused(format!("`{name}` is about to be erased"))
            .hint(format!("bring it back first: `aws secretsmanager restore-secret --secret-id {name}`")));
    }
    if there.rotation_enabled == Some(true) || there.is_being_rotated() {
        return Err(Failure::refused(format!("`{name}` is rotated by AWS, with what has it as a password"))
            .hint(format!("let that make the new value: `aws secretsmanager rotate-secret --secret-id {name}`")));
    }
    Ok(())
}

fn not_there(name: &str) -> Failure {
    Failure::refused(format!("there is no secret `{name}`"))
        .hint("`cfn-secrets --store secretsmanager:PREFIX list` shows what there is")
}

/// Why it was not done, in words that say what to do.
fn said(error: NotDone, name: &str) -> Failure {
    let refusal = match error {
        NotDone::Failed(error) => return failed(error),
        NotDone::Refused(refusal) => refusal,
    };
    let failure = match refusal.code.as_str() {
        "ResourceNotFoundException" => not_there(name),
        "InvalidRequestException" => Failure::refused(format!(
            "Secrets Manager does not do this to `{name}` as it is: about to be erased, or AWS's own"
        ))
        .hint(format!("`aws secretsmanager describe-secret --secret-id {name}` says which")),
        "EncryptionFailure" | "DecryptionFailure" => {
            Failure::refused(format!("Secrets Manager cannot use the KMS key of `{name}`"))
                .hint("it must be there and enabled, and you need kms:GenerateDataKey and kms:Decrypt on it")
        }
        "LimitExceededException" => Failure::refused(format!("a quota of Secrets Manager is used up: `{name}`"))
            .hint("AWS wants a secret to be written at most once in ten minutes, over a day: its versions run out"),
        "InternalServiceError" => Failure::new(Kind::TryAgain, "Secrets Manager did not answer properly"),
        code => Failure::refused(format!("Secrets Manager refused `{name}`: {code}")),
    };
    failure.because(refusal)
}
