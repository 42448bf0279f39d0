//! What is to be published where: names, keys and tags as a template says them, and what the services would refuse.

use custom_resource::{Context, Properties};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use targets_aws::limits::{parameter, secret};
use targets_aws::publish::{ParameterOrder, SecretOrder};
use targets_aws::{Erasure, Tag};

use crate::names::Names;
use crate::properties::types::{TagProperty, Window};
use crate::properties::{ParameterProperties, PublisherProperties, SecretProperties};
use crate::reason::{Failure, TargetKind};
use crate::settings::Settings;

/// Of one parameter or secret (API references, `Tag`); one more is the publisher's own.
const MOST_TAGS: usize = 49;

/// What a template wants published.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) parameter: Option<ParameterOrder>,
    pub(crate) secret: Option<SecretOrder>,
}

impl Orders {
    /// What a Create or an Update wants, as far as it can be known to be possible.
    pub(crate) fn of(
        properties: &PublisherProperties,
        settings: &Settings,
        context: &Context,
    ) -> Result<Self, Failure> {
        let title = title(context);
        let parameter =
            properties.parameter.as_ref().map(|wanted| parameter_order(wanted, properties, settings, &title));
        let secret = properties.secret.as_ref().map(|wanted| secret_order(wanted, properties, settings, &title));
        let orders = Self { parameter: parameter.transpose()?, secret: secret.transpose()? };
        if orders.parameter.is_none() && orders.secret.is_none() {
            return Err(Failure::Nowhere);
        }
        Ok(orders)
    }

    /// What was published under these names and is to be removed, by properties that need not be good: they may be those of a
    /// request that failed.
    pub(crate) fn left_under(names: &Names, properties: &Properties, context: &Context) -> Self {
        let adopts = properties.string("OnConflict") == Some("adopt");
        let days = properties.get("Secret").and_then(|secret| secret.get("RecoveryWindowInDays"));
        let days = match days {
            Some(Value::String(text)) => Window::try_from(text.clone()).ok(),
            _ => None,
        };
        let (tags, title) = (Vec::new, || title(context));
        let parameter = names.parameter.clone().map(|name| ParameterOrder {
            name,
            tier: Default::default(),
            key_id: None,
            tags: tags(),
            title: title(),
        });
        let secret = names.secret.clone().map(|name| SecretOrder {
            name,
            key_id: None,
            tags: tags(),
            title: title(),
            erasure: erasure(days, adopts),
        });
        Self { parameter, secret }
    }

    /// The names that are published under.
    pub(crate) fn names(&self) -> Names {
        Names {
            parameter: self.parameter.as_ref().map(|order| order.name.clone()),
            secret: self.secret.as_ref().map(|order| order.name.clone()),
        }
    }

    /// Whether each service takes the text: before anything is written to either.
    pub(crate) fn check(&self, text: &SecretString) -> Result<(), Failure> {
        let text = text.expose_secret();
        if let Some(order) = &self.parameter {
            parameter::value(text, order.tier).map_err(|breach| Failure::Limit(TargetKind::Parameter, breach))?;
        }
        if self.secret.is_some() {
            secret::value(text).map_err(|breach| Failure::Limit(TargetKind::Secret, breach))?;
        }
        Ok(())
    }
}

/// Those of these names that can have been published under.
pub(crate) fn possible(names: Names, settings: &Settings) -> Names {
    let parameter = |name: &String| {
        parameter::name(name, &settings.region).is_ok()
            && below(TargetKind::Parameter, name, &settings.parameter_prefixes).is_ok()
    };
    let secret = |name: &String| {
        secret::name(name).is_ok() && below(TargetKind::Secret, name, &settings.secret_prefixes).is_ok()
    };
    Names { parameter: names.parameter.filter(parameter), secret: names.secret.filter(secret) }
}

/// The resource in words.
fn title(context: &Context) -> String {
    let stack = context.stack_name().unwrap_or_default();
    format!("{} of {stack}, published by cfn-secrets", context.logical_resource_id())
}

fn parameter_order(
    wanted: &ParameterProperties,
    properties: &PublisherProperties,
    settings: &Settings,
    title: &str,
) -> Result<ParameterOrder, Failure> {
    let kind = TargetKind::Parameter;
    parameter::name(&wanted.name, &settings.region).map_err(|breach| Failure::Limit(kind, breach))?;
    // To Parameter Store both are one name; to IAM a parameter's ARN has one slash either way.
    below(kind, &wanted.name, &settings.parameter_prefixes)?;
    Ok(ParameterOrder {
        name: wanted.name.clone(),
        tier: wanted.tier.map(Into::into).unwrap_or_default(),
        key_id: wanted.key_id.as_ref().map(|key| key.as_str().to_owned()),
        tags: tags(kind, &[properties.tags.as_deref()])?,
        title: title.to_owned(),
    })
}

fn secret_order(
    wanted: &SecretProperties,
    properties: &PublisherProperties,
    settings: &Settings,
    title: &str,
) -> Result<SecretOrder, Failure> {
    let kind = TargetKind::Secret;
    secret::name(&wanted.name).map_err(|breach| Failure::Limit(kind, breach))?;
    if secret::reads_as_an_arn(&wanted.name) {
        return Err(Failure::ReadsAsAnArn(wanted.name.clone()));
    }
    below(kind, &wanted.name, &settings.secret_prefixes)?;
    let adopts = properties.on_conflict() == secret_store::publish::OnConflict::Adopt;
    Ok(SecretOrder {
        name: wanted.name.clone(),
        key_id: wanted.key_id.as_ref().map(|key| key.as_str().to_owned()),
        tags: tags(kind, &[properties.tags.as_deref(), wanted.tags.as_deref()])?,
        title: title.to_owned(),
        erasure: erasure(wanted.recovery_window_in_days, adopts),
    })
}

/// A copy is made again from what the pair keeps; what was taken over may have a history of its own.
fn erasure(days: Option<Window>, adopts: bool) -> Erasure {
    match (days, adopts) {
        (Some(Window(0)), _) | (None, false) => Erasure::AtOnce,
        (Some(Window(days)), _) => Erasure::AfterDays(days),
        (None, true) => Erasure::AfterDays(*secret::RECOVERY_DAYS.end()),
    }
}

/// The role may write below these alone: who is told so at once need not wait for its denial.
fn below(kind: TargetKind, name: &str, prefixes: &[String]) -> Result<(), Failure> {
    // A parameter's ARN has a slash before the name, whether the name begins with one or not.
    let bare = |text: &str| {
        if kind == TargetKind::Parameter { text.trim_start_matches('/').to_owned() } else { text.to_owned() }
    };
    if prefixes.iter().any(|prefix| bare(name).starts_with(&bare(prefix))) {
        return Ok(());
    }
    Err(Failure::OutsidePrefixes { kind, name: name.to_owned(), prefixes: prefixes.join(", ") })
}

/// Of all lists together; the last one that has a key counts. Those of a parameter have a pattern (API reference of Systems
/// Manager, `Tag`), those of a secret have none.
fn tags(kind: TargetKind, lists: &[Option<&[TagProperty]>]) -> Result<Vec<Tag>, Failure> {
    let mut tags: Vec<Tag> = Vec::new();
    for TagProperty { key, value } in lists.iter().flatten().copied().flatten() {
        tags.retain(|tag| tag.key != *key);
        tags.push(Tag { key: key.clone(), value: value.clone() });
    }
    let fits = |text: &str| {
        let other = |character| char::is_whitespace(character) || "_.:/=+-@".contains(character);
        kind == TargetKind::Secret || text.chars().all(|character| character.is_alphanumeric() || other(character))
    };
    let bad = tags.iter().find(|tag| {
        let lengths = (1..=128).contains(&tag.key.chars().count()) && tag.value.chars().count() <= 256;
        !lengths
            || !fits(&tag.key)
            || !fits(&tag.value)
            || tag.key.to_ascii_lowercase().starts_with("aws:")
            || tag.key.starts_with("cfn-secrets:")
    });
    match bad {
        Some(tag) => Err(Failure::Tag(tag.key.chars().take(64).collect())),
        None if tags.len() > MOST_TAGS => Err(Failure::TooManyTags(kind, tags.len())),
        None => Ok(tags),
    }
}

#[cfg(test)]
mod tests;
