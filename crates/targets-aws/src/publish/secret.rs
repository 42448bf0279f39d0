//! A copy as a secret of Secrets Manager.
//!
//! The mark is the token of the write, and so the id of the version. Whose the secret is says a tag: versions without labels
//! are forgotten, and with them that there was one of ours.

use aws_session::Session;
use secrecy::SecretString;
use secret_store::publish::{Claim, Hand, How, Mark, Standing, Target, There, Written, Wrote};

use crate::call::{Ask, NotDone, Tag};
use crate::secrets::{Erasure, NewSecret, Published, Secret, Secrets};

/// The tag that says whose a secret is: a claimant, and then in words.
const CLAIM: &str = "cfn-secrets:published-by";

/// Of a tag's value, in characters (API reference, `Tag`).
const MOST_TAG_VALUE: usize = 256;

/// The key of the account, for a secret that had another one.
const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// Writes secrets, and cannot read their values.
#[derive(Clone, Debug)]
pub struct SecretPublisher<S = Session> {
    secrets: Secrets<S>,
}

/// A secret to publish.
#[derive(Clone, Debug)]
pub struct SecretOrder {
    /// Its name.
    pub name: String,
    /// The key; without one, that of the account.
    pub key_id: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// What it is, for people.
    pub title: String,
    /// How it is removed.
    pub erasure: Erasure,
}

/// What a write has to know of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSecret {
    pub(super) key_id: Option<String>,
}

impl SecretPublisher {
    /// The secrets of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self::of(session.clone())
    }
}

impl<S: Ask> SecretPublisher<S> {
    /// The secrets of whoever is asked.
    pub fn of(asked: S) -> Self {
        Self { secrets: Secrets::of(asked) }
    }

    /// The secret's whole ARN. `secretsmanager:DescribeSecret`.
    ///
    /// # Errors
    /// For a call that fails.
    pub async fn arn(&self, name: &str) -> Result<Option<String>, NotDone> {
        Ok(self.secrets.describe(name).await?.map(|found| found.arn))
    }

    async fn create(
        &self,
        order: &SecretOrder,
        mark: &Mark,
        text: &SecretString,
    ) -> Result<Option<Published>, NotDone> {
        let (token, tags) = (mark.to_string(), [order.tags.as_slice(), &[claim(order, mark)]].concat());
        let new = NewSecret {
            name: &order.name,
            token: &token,
            value: text,
            key_id: order.key_id.as_deref(),
            description: Some(&order.title),
            tags: &tags,
        };
        match self.secrets.create(&new).await {
            // Somebody was first, or its erasure has not ended.
            Err(error) if error.is("ResourceExistsException") || error.is("InvalidRequestException") => Ok(None),
            // An emulator calls the first version as it likes.
            Ok(published) if published.version_id != token => self.put(order, mark, text).await.map(Some),
            created => created.map(Some),
        }
    }

    async fn put(&self, order: &SecretOrder, mark: &Mark, text: &SecretString) -> Result<Published, NotDone> {
        self.secrets.put(&order.name, &mark.to_string(), text).await
    }

    /// Under its own key, which a write of a version does not name.
    async fn keep_key(&self, order: &SecretOrder, seen: &SeenSecret) -> Result<(), NotDone> {
        let wanted = order.key_id.as_deref().unwrap_or(DEFAULT_KEY);
        if names_key(seen.key_id.as_deref().unwrap_or(DEFAULT_KEY), wanted) {
            return Ok(());
        }
        self.secrets.rekey(&order.name, wanted).await
    }
}

/// `secretsmanager:DescribeSecret`, `CreateSecret`, `PutSecretValue`, `UpdateSecret`, `TagResource`, `UntagResource`,
/// `RestoreSecret` and `DeleteSecret`: no value is read.
impl<S: Ask> Target for SecretPublisher<S> {
    type Order = SecretOrder;
    type Seen = SeenSecret;
    type Error = NotDone;

    async fn look(&self, order: &SecretOrder) -> Result<(Standing, SeenSecret), NotDone> {
        let Some(found) = self.secrets.describe(&order.name).await? else {
            return Ok((Standing::Nothing, SeenSecret::default()));
        };
        let there = there(&found);
        let seen = SeenSecret { key_id: found.kms_key_id.clone() };
        let leaves = found.is_scheduled_for_deletion();
        Ok((if leaves { Standing::Leaving(there) } else { Standing::There(there) }, seen))
    }

    async fn write(
        &self,
        order: &SecretOrder,
        how: How,
        seen: &SeenSecret,
        mark: &Mark,
        text: &SecretString,
    ) -> Result<Wrote, NotDone> {
        let published = match how {
            How::Create => self.create(order, mark, text).await?,
            How::Next(claimed) | How::Restore(claimed) => {
                if matches!(how, How::Restore(_)) {
                    self.secrets.restore(&order.name).await?;
                }
                if claimed == Claim::TakenOver {
                    self.secrets.tag(&order.name, &[claim(order, mark)]).await?;
                }
                self.keep_key(order, seen).await?;
                match self.put(order, mark, text).await {
                    // The token has another value: that of a template that was changed in between and is not told by a mark.
                    Err(error) if error.is("ResourceExistsException") => None,
                    published => Some(published?),
                }
            }
        };
        // A token that was there before writes nothing, and says so by nothing but the labels.
        Ok(match published {
            Some(published) if published.is_current() => Wrote::Current(published.version_id),
            _ => Wrote::Overtaken,
        })
    }

    async fn retag(&self, order: &SecretOrder, stale: &[String]) -> Result<(), NotDone> {
        if !stale.is_empty() {
            self.secrets.untag(&order.name, stale).await?;
        }
        if !order.tags.is_empty() {
            self.secrets.tag(&order.name, &order.tags).await?;
        }
        Ok(())
    }

    async fn remove(&self, order: &SecretOrder) -> Result<(), NotDone> {
        match self.secrets.delete(&order.name, order.erasure).await {
            Err(error) if error.is("ResourceNotFoundException") => Ok(()),
            deleted => deleted,
        }
    }
}

/// Whether what is found names the key that is wanted: an id or an alias is the end of its ARN.
fn names_key(found: &str, wanted: &str) -> bool {
    found.strip_suffix(wanted).is_some_and(|before| before.is_empty() || before.ends_with([':', '/']))
}

fn claim(order: &SecretOrder, mark: &Mark) -> Tag {
    let words: String = format!("{} {}", mark.claimant, order.title).chars().take(MOST_TAG_VALUE).collect();
    Tag { key: CLAIM.to_owned(), value: words }
}

fn there(found: &Secret) -> There {
    let written = |id: &str| Written { version: id.to_owned(), mark: id.parse().ok() };
    let current = found.current().unwrap_or_default();
    let others = found.stages().filter(|(id, _)| *id != current).map(|(id, _)| written(id));
    let claimed_by = found.tags.iter().find(|tag| tag.key == CLAIM);
    let claimed_by = claimed_by.and_then(|tag| tag.value.split(' ').next()?.parse().ok());
    let hand = match (found.is_being_rotated(), found.rotation_enabled) {
        (true, _) => Hand::RotationAtWork,
        (false, Some(true)) => Hand::Rotation,
        (false, _) => Hand::Anybody,
    };
    There {
        current: written(current),
        others: others.filter(|other| other.mark.is_some()).collect(),
        claimed_by,
        hand,
        other_kind: None,
    }
}

#[cfg(test)]
mod tests {
    use secret_store::publish::{Claimant, Content, Place};
    use secret_store::{Owner, RequestToken, UnixTime};

    use super::*;

    fn mark(content: &str) -> Mark {
        let (place, content) = (Place::of(&["a"]), Content::of(&[], &[content]));
        Mark::new(UnixTime(1_800_000_000), Claimant::of(&Owner::Manual), place, RequestToken::manual("a"), content)
    }

    fn described(more: &str) -> There {
        let (one, two) = (mark("one"), mark("two"));
        let text = format!(
            r#"{{"Name":"a","ARN":"arn","VersionIdsToStages":{{"{one}":["AWSPREVIOUS"],"{two}":["AWSCURRENT"]{more}}}}}"#
        );
        there(&serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn a_key_is_named_in_several_ways() {
        let (id, arn) = ("1234-ab", "arn:aws:kms:eu-west-1:1:key/1234-ab");
        assert!(names_key(arn, id) && names_key(id, id) && names_key(arn, arn));
        assert!(names_key("arn:aws:kms:eu-west-1:1:alias/web", "alias/web"));
        assert!(!names_key(arn, "34-ab") && !names_key("alias/web", "alias/other") && !names_key(id, arn));
    }

    #[test]
    fn versions_are_known_by_their_ids() {
        let found = described("");
        assert_eq!((found.current.mark, found.others.len(), found.hand), (Some(mark("two")), 1, Hand::Anybody));
        assert_eq!((found.others[0].mark, found.claimed_by), (Some(mark("one")), None));
        let order = SecretOrder {
            name: "a".to_owned(),
            key_id: None,
            tags: vec![],
            title: "x".repeat(400),
            erasure: Erasure::AtOnce,
        };
        let tag = claim(&order, &mark("one"));
        assert_eq!(tag.value.chars().count(), MOST_TAG_VALUE);
        let tags = serde_json::to_string(&[tag]).unwrap();
        let found = described(&format!(r#","x":["AWSPENDING"]}},"Tags":{tags},"o":{{"#));
        assert_eq!((found.claimed_by, found.hand), (Some(Claimant::of(&Owner::Manual)), Hand::RotationAtWork));
        let found = described(r#"},"RotationEnabled":true,"o":{"#);
        assert_eq!((found.hand, found.claimed_by), (Hand::Rotation, None));
    }
}
