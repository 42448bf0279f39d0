//! Parameter Store behind the port. It has no condition but "not there yet" and no token, so each write begins with a look at what
//! is there, says key, type and tier again, and compares the version that came of it.

use std::collections::BTreeMap;

use futures_util::future::LocalBoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use secret_store::store::StoreError;
use secret_store::{KeyId, UnixTime};
use subtle::ConstantTimeEq as _;
use targets_aws::limits::{Breach, parameter};
use targets_aws::{Kind, NewParameter, NotDone, Overwrite, Parameter, ParameterValue, Parameters, Tier};

use super::at::At;
use super::capabilities::{self, Capabilities};
use super::port::{Answer, Held, List, Listed, New, Past, Read, Stored, There, Write};
use super::waiting::{Calls, failed};
use crate::context::Context;
use crate::exit::Kind as Exit;
use crate::failure::Failure;

/// How often a write is begun anew, where somebody else was faster or nobody knows what became of it.
const MOST_ROUNDS: u32 = 6;

/// The parameters under a path.
pub(super) struct InParameters<'c> {
    pub(super) at: At,
    pub(super) api: Parameters,
    pub(super) region: String,
    pub(super) key: Option<KeyId>,
    pub(super) tier: Option<Tier>,
    pub(super) calls: Calls<'c>,
    pub(super) context: &'c Context,
}

impl List for InParameters<'_> {
    fn at(&self) -> &At {
        &self.at
    }

    fn capabilities(&self) -> &'static Capabilities {
        &capabilities::PARAMETERS
    }

    fn list<'a>(&'a self, seen: &'a dyn Fn(usize)) -> Answer<'a, Vec<Listed>> {
        Box::pin(async move {
            let At::Parameters(path) = &self.at else { return Ok(Vec::new()) };
            let found =
                self.calls.read(async || self.api.list(path, seen).await).await.map_err(|error| said(error, path))?;
            let mut listed: Vec<_> =
                found.into_iter().filter(|found| self.at.own(&found.name).is_some()).map(listed).collect();
            listed.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(listed)
        })
    }

    fn history<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<Past>> {
        Box::pin(async move {
            let found = match self.calls.read(async || self.api.history(name).await).await {
                Err(error) if error.is("ParameterNotFound") => Vec::new(),
                found => found.map_err(|error| said(error, name))?,
            };
            let past = found.into_iter().rev().map(|past| Past {
                version: past.version.to_string(),
                labels: past.labels,
                readable: true,
                at: Some(UnixTime(past.modified_at)),
                comment: past.description.filter(|text| !text.is_empty()),
            });
            Ok(past.collect())
        })
    }
}

fn listed(found: Parameter) -> Listed {
    Listed {
        version: found.version.to_string(),
        at: Some(UnixTime(found.modified_at)),
        comment: found.description.filter(|text| !text.is_empty()),
        name: found.name,
    }
}

fn held(found: ParameterValue) -> Held {
    Held { value: found.value, version: found.version.to_string(), context: BTreeMap::new() }
}

impl Read for InParameters<'_> {
    fn get<'a>(&'a self, name: &'a str, version: Option<&'a str>) -> Answer<'a, Option<Held>> {
        Box::pin(async move { Ok(self.value(name, version).await?.map(held)) })
    }

    fn current<'a>(&'a self, names: &'a [String]) -> LocalBoxFuture<'a, Vec<Result<Option<Held>, Failure>>> {
        Box::pin(async move {
            match self.calls.read(async || self.api.values(names).await).await {
                Ok(found) => {
                    let mut found: BTreeMap<_, _> = found.into_iter().map(|one| (one.name.clone(), one)).collect();
                    names.iter().map(|name| Ok(found.remove(name).map(held))).collect()
                }
                Err(error) => {
                    let failure = said(error, &names.join(", "));
                    names.iter().map(|_| Err(failure.clone())).collect()
                }
            }
        })
    }
}

impl Write for InParameters<'_> {
    fn check<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, ()> {
        Box::pin(async move {
            parameter::name(name, &self.region).map_err(refused)?;
            // Whether one that is there is advanced, the write itself finds out.
            let most = match self.tier {
                None if new.value.expose_secret().len() > parameter::STANDARD_BYTES => {
                    match self.described(name).await? {
                        Some(there) if there.tier == Tier::Advanced => Tier::Advanced,
                        _ => Tier::Standard,
                    }
                }
                tier => tier.unwrap_or_default(),
            };
            let value = new.value.expose_secret();
            parameter::value(value, most).map_err(|breach| match most {
                Tier::Standard if value.len() > parameter::STANDARD_BYTES => refused(breach).hint("--tier advanced"),
                _ => refused(breach),
            })?;
            new.comment.as_deref().map_or(Ok(()), |text| parameter::description(text).map_err(refused))
        })
    }

    fn put<'a>(&'a self, name: &'a str, new: &'a New) -> Answer<'a, Stored> {
        Box::pin(async move {
            self.check(name, new).await?;
            let mut over = None;
            for round in 0..MOST_ROUNDS {
                let there = match new.there {
                    There::Absent if round == 0 => None,
                    _ => self.described(name).await?,
                };
                if let Some(there) = &there {
                    self.may_be_overwritten(there).await?;
                }
                let expected = there.as_ref().map_or(1, |there| there.version + 1);
                let next = self.next(name, new, there.as_ref());
                match self.calls.write_once(async || self.api.put(&next).await).await {
                    Ok(version) => {
                        let between = (version > expected).then(|| (version - 1).to_string());
                        return Ok(Stored { version: version.to_string(), over: between.or(over) });
                    }
                    // Somebody else made it meanwhile: theirs becomes the earlier version, and that is told.
                    Err(error) if error.is("ParameterAlreadyExists") => over = Some(expected.to_string()),
                    Err(error) if error.is_unclear() => {
                        if self.is_mine(name, expected, &new.value).await? {
                            return Ok(Stored { version: expected.to_string(), over });
                        }
                    }
                    Err(NotDone::Failed(StoreError::Throttled { .. })) => {}
                    Err(error) => return Err(said(error, name)),
                }
                self.pause().await;
            }
            Err(Failure::new(
                Exit::TryAgain,
                format!("`{name}` could not be stored: Parameter Store has too much to do"),
            )
            .hint("try again in a moment"))
        })
    }

    fn delete<'a>(&'a self, name: &'a str, _: Option<u16>) -> Answer<'a, ()> {
        Box::pin(async move {
            // One that is gone after a lost answer is gone.
            let mut asked = false;
            let asked = &mut asked;
            let answer = loop {
                match self.calls.write(async || self.api.delete(name).await).await {
                    Err(error) if error.is("ParameterNotFound") && *asked => break Ok(()),
                    Err(error) if error.is_unclear() && !*asked => *asked = true,
                    answer => break answer,
                }
            };
            answer.map_err(|error| said(error, name))
        })
    }
}

impl InParameters<'_> {
    async fn described(&self, name: &str) -> Result<Option<Parameter>, Failure> {
        self.calls.read(async || self.api.describe(name).await).await.map_err(|error| said(error, name))
    }

    async fn value(&self, name: &str, version: Option<&str>) -> Result<Option<ParameterValue>, Failure> {
        let selected = match version {
            None => name.to_owned(),
            Some(version) => {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
                if version.is_empty() || !version.bytes().all(fits) {
                    return Err(Failure::usage("a version of a parameter is a number, or a label"));
                }
                format!("{name}:{version}")
            }
        };
        let names = [selected];
        match self.calls.read(async || self.api.values(&names).await).await {
            Err(error) if error.is("ParameterNotFound") || error.is("ParameterVersionNotFound") => Ok(None),
            found => Ok(found.map_err(|error| said(error, name))?.pop()),
        }
    }

    /// What is written on top of what is there: in its tier, under its key, unless somebody says otherwise.
    fn next<'p>(&'p self, name: &'p str, new: &'p New, there: Option<&'p Parameter>) -> NewParameter<'p> {
        let key = self.key.as_ref().map(KeyId::as_str);
        let tier = there.map(|there| there.tier).filter(|tier| *tier == Tier::Advanced).or(self.tier);
        NewParameter {
            name,
            value: &new.value,
            key_id: key.or_else(|| there.and_then(|there| there.key_id.as_deref())),
            tier: tier.unwrap_or_default(),
            description: new.comment.as_deref().or_else(|| there.and_then(|there| there.description.as_deref())),
            overwrite: if there.is_some() { Overwrite::Always } else { Overwrite::Never },
            tags: &[],
        }
    }

    async fn may_be_overwritten(&self, there: &Parameter) -> Result<(), Failure> {
        let name = &there.name;
        if there.kind != Kind::SecureString {
            return Err(Failure::refused(format!("the parameter {name} is not encrypted, and stays so for good"))
                .hint("store it under another name, or delete it first"));
        }
        if there.tier == Tier::Advanced && self.tier == Some(Tier::Standard) {
            return Err(Failure::refused(format!(
                "the parameter {name} is an advanced one, and never becomes a standard one again"
            )));
        }
        if there.version < parameter::VERSIONS {
            return Ok(());
        }
        let kept = self.calls.read(async || self.api.history(name).await).await.map_err(|error| said(error, name))?;
        match kept.first().filter(|oldest| kept.len() as u64 >= parameter::VERSIONS && !oldest.labels.is_empty()) {
            None => Ok(()),
            Some(oldest) => Err(labelled(name, oldest.version, &oldest.labels)),
        }
    }

    /// Whether what nobody answered to was done: whether the version that it would be has this value.
    async fn is_mine(&self, name: &str, version: u64, value: &SecretString) -> Result<bool, Failure> {
        let there = self.value(name, Some(&version.to_string())).await?;
        let same = |there: ParameterValue| {
            bool::from(there.value.expose_secret().as_bytes().ct_eq(value.expose_secret().as_bytes()))
        };
        Ok(there.is_some_and(same))
    }

    async fn pause(&self) {
        use rand::Rng as _;
        let mut byte = [0; 1];
        (self.context.edge.random)().fill_bytes(&mut byte);
        crate::hand::pause(std::time::Duration::from_millis(200 + u64::from(byte[0]) * 8)).await;
    }
}

/// The hundred versions are full, and the oldest may not go.
fn labelled(name: &str, version: u64, labels: &[String]) -> Failure {
    let labels = labels.join(" ");
    Failure::refused(format!(
        "the parameter {name} has 100 versions, and the oldest, {version}, has a label ({labels}) that keeps it"
    ))
    .hint("move the label to a newer version, or take it off: `aws ssm unlabel-parameter-version`")
}

fn refused(breach: Breach) -> Failure {
    Failure::refused(breach)
}

/// Why it was not done, in words that say what to do.
fn said(error: NotDone, name: &str) -> Failure {
    let refusal = match error {
        NotDone::Failed(error) => return failed(error),
        NotDone::Refused(refusal) => refusal,
    };
    let failure = match refusal.code.as_str() {
        "ParameterNotFound" => Failure::refused(format!("there is no parameter {name}"))
            .hint("`cfn-secrets --store ssm:/PATH list` shows what there is"),
        "ParameterMaxVersionLimitExceeded" => {
            Failure::refused(format!("the parameter {name} has 100 versions, and the oldest has a label that keeps it"))
                .hint("move the label to a newer version: `aws ssm label-parameter-version`")
        }
        "InvalidKeyId" => Failure::refused(format!("Parameter Store does not accept the KMS key of {name}"))
            .hint("it must be there, enabled, and symmetric; --key names another one"),
        "ParameterLimitExceeded" => {
            Failure::refused("there are 10000 standard parameters in this region, and there cannot be more")
                .hint("delete some; an advanced one, which costs, does not count: --tier advanced")
        }
        "ParameterPatternMismatchException" => {
            Failure::refused(format!("the value does not fit the pattern that the parameter {name} allows"))
        }
        "HierarchyTypeMismatchException" => {
            Failure::refused(format!("the parameter {name} is of another type, which stays for good"))
        }
        code => Failure::refused(format!("Parameter Store refused {name}: {code}")),
    };
    failure.because(refusal)
}
