//! A copy as a SecureString of Parameter Store.
//!
//! The mark stands at the end of the version's description, with the number that the version is to have: whoever overwrites a
//! parameter without a description of their own takes on the one before, mark and all, but not its number.

use aws_session::Session;
use secrecy::SecretString;
use secret_store::publish::{How, Mark, Standing, Target, There, Written, Wrote};

use crate::call::{Ask, NotDone, Tag};
use crate::parameters::{Kind, NewParameter, Overwrite, Parameters, PastParameter, Tier};

/// How often a version is written anew whose number was another one's meanwhile.
const MOST_WRITES: u32 = 4;

/// The key of the account, which a write has to name: one that names none may change the key.
const DEFAULT_KEY: &str = "alias/aws/ssm";

/// Writes parameters, and cannot read their values.
#[derive(Clone, Debug)]
pub struct ParameterPublisher<S = Session> {
    parameters: Parameters<S>,
}

/// A parameter to publish.
#[derive(Clone, Debug)]
pub struct ParameterOrder {
    /// Its whole name.
    pub name: String,
    /// What it may hold. One that is advanced stays so.
    pub tier: Tier,
    /// The key; without one, that of the account.
    pub key_id: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// What it is, for people; the mark comes after it.
    pub title: String,
}

/// What a write has to know of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenParameter {
    pub(super) version: u64,
    pub(super) tier: Tier,
}

impl ParameterPublisher {
    /// The parameters of this session's account and region.
    pub fn connect(session: &Session) -> Self {
        Self::of(session.clone())
    }
}

impl<S: Ask> ParameterPublisher<S> {
    /// The parameters of whoever is asked.
    pub fn of(asked: S) -> Self {
        Self { parameters: Parameters::of(asked) }
    }
}

/// `ssm:GetParameterHistory`, `PutParameter`, `AddTagsToResource`, `RemoveTagsFromResource` and `DeleteParameter`: no value is
/// read, and no key is used to read one.
impl<S: Ask> Target for ParameterPublisher<S> {
    type Order = ParameterOrder;
    type Seen = SeenParameter;
    type Error = NotDone;

    async fn look(&self, order: &ParameterOrder) -> Result<(Standing, SeenParameter), NotDone> {
        match self.parameters.history(&order.name).await {
            Err(error) if error.is("ParameterNotFound") => Ok((Standing::Nothing, SeenParameter::default())),
            history => Ok(found(&history?)),
        }
    }

    async fn write(
        &self,
        order: &ParameterOrder,
        how: How,
        seen: &SeenParameter,
        mark: &Mark,
        text: &SecretString,
    ) -> Result<Wrote, NotDone> {
        let (mut expected, mut overwrite) = (seen.version + 1, Overwrite::Always);
        let mut tags = &[][..];
        if how == How::Create {
            (overwrite, tags) = (Overwrite::Never, &order.tags);
        }
        for _ in 0..MOST_WRITES {
            let description = described(&order.title, mark, expected);
            let new = NewParameter {
                name: &order.name,
                value: text,
                key_id: Some(order.key_id.as_deref().unwrap_or(DEFAULT_KEY)),
                tier: if seen.tier == Tier::Advanced { Tier::Advanced } else { order.tier },
                description: Some(&description),
                overwrite,
                tags,
            };
            match self.parameters.put(&new).await {
                Err(error) if error.is("ParameterAlreadyExists") => return Ok(Wrote::Overtaken),
                written => match written? {
                    version if version == expected => return Ok(Wrote::Current(version.to_string())),
                    // Somebody else wrote at the same moment. The mark has the wrong number: nobody would know it again.
                    version => (expected, overwrite, tags) = (version + 1, Overwrite::Always, &[]),
                },
            }
        }
        Ok(Wrote::Overtaken)
    }

    async fn retag(&self, order: &ParameterOrder, stale: &[String]) -> Result<(), NotDone> {
        if !stale.is_empty() {
            self.parameters.untag(&order.name, stale).await?;
        }
        if !order.tags.is_empty() {
            self.parameters.tag(&order.name, &order.tags).await?;
        }
        Ok(())
    }

    async fn remove(&self, order: &ParameterOrder) -> Result<(), NotDone> {
        match self.parameters.delete(&order.name).await {
            Err(error) if error.is("ParameterNotFound") => Ok(()),
            deleted => deleted,
        }
    }
}

/// What stands there, by all versions that are kept, the oldest first.
fn found(history: &[PastParameter]) -> (Standing, SeenParameter) {
    let Some((current, others)) = history.split_last() else { return (Standing::Nothing, SeenParameter::default()) };
    let written = |past: &PastParameter| Written {
        version: past.version.to_string(),
        mark: past.description.as_deref().and_then(|description| mark_in(description, past.version)),
    };
    let other_kind = match current.kind {
        Some(Kind::String) => Some("a String"),
        Some(Kind::StringList) => Some("a StringList"),
        Some(Kind::SecureString) | None => None,
    };
    let there = There {
        current: written(current),
        others: others.iter().map(written).filter(|other| other.mark.is_some()).collect(),
        other_kind: other_kind.map(str::to_owned),
        ..There::default()
    };
    (Standing::There(there), SeenParameter { version: current.version, tier: current.tier })
}

/// A title is of a stack and a resource, which fit.
fn described(title: &str, mark: &Mark, version: u64) -> String {
    format!("{title} [{mark}.{version}]")
}

/// The mark of this version, if it is its own.
fn mark_in(description: &str, version: u64) -> Option<Mark> {
    let (_, end) = description.strip_suffix(']')?.rsplit_once('[')?;
    let (mark, number) = end.split_once('.')?;
    let mark = mark.parse().ok()?;
    (number.parse() == Ok(version)).then_some(mark)
}

#[cfg(test)]
mod tests {
    use secret_store::publish::{Claimant, Content, Place};
    use secret_store::{Owner, RequestToken, UnixTime};

    use super::*;

    fn mark() -> Mark {
        let (place, content) = (Place::of(&["/a"]), Content::of(&[], &["value"]));
        Mark::new(UnixTime(1_800_000_000), Claimant::of(&Owner::Manual), place, RequestToken::manual("a"), content)
    }

    fn past(version: u64, description: Option<&str>) -> PastParameter {
        PastParameter {
            version,
            labels: vec![],
            description: description.map(str::to_owned),
            kind: Some(Kind::SecureString),
            tier: Tier::Standard,
            modified_at: 0,
        }
    }

    #[test]
    fn a_mark_is_known_again_and_an_inherited_one_is_not() {
        let description = described("Db [of] shop", &mark(), 7);
        assert!(description.len() < 1024 && description.starts_with("Db [of] shop ["), "{description}");
        assert_eq!(mark_in(&description, 7), Some(mark()));
        assert_eq!(mark_in(&description, 8), None);
        for other in ["", "]", "[]", "[.7]", "why", &description[1..description.len() - 1]] {
            assert_eq!(mark_in(other, 7), None, "{other}");
        }
        let (standing, seen) = found(&[past(1, None), past(7, Some(&description)), past(8, Some(&description))]);
        let Standing::There(there) = standing else { panic!("{standing:?}") };
        assert_eq!((there.current.version.as_str(), there.current.mark), ("8", None));
        assert_eq!(there.others, [Written { version: "7".to_owned(), mark: Some(mark()) }]);
        assert_eq!(seen.version, 8);
    }

    #[test]
    fn what_is_no_secure_string_is_told() {
        for (kind, told) in
            [(Kind::String, Some("a String")), (Kind::StringList, Some("a StringList")), (Kind::SecureString, None)]
        {
            let past = PastParameter { kind: Some(kind), ..past(1, None) };
            let (Standing::There(there), _) = found(&[past]) else { panic!() };
            assert_eq!(there.other_kind.as_deref(), told);
        }
        assert_eq!(found(&[]).0, Standing::Nothing);
    }
}
