//! One copy: published with its tags, or removed if it is still what was published.

use custom_resource::{Context, Properties, UpdateRequest};
use secrecy::SecretString;
use secret_store::patience::Patience;
use secret_store::publish::{
    self, Arrival, Before, Claim, Claimant, Content, Decisions, Done, Earlier, How, Left, Mark, Removal, Target,
    Undone, Wish,
};
use secret_store::{RequestToken, SecretId, UnixTime};
use targets_aws::NotDone;

use crate::order::Orders;
use crate::properties::PublisherProperties;
use crate::reason::{Doing, Failure, TargetKind};

/// What a request wants published, read and in shape.
pub(crate) struct Job<'p> {
    pub(crate) properties: &'p PublisherProperties,
    pub(crate) orders: &'p Orders,
    pub(crate) text: SecretString,
    /// The versions that it was made of, the secret's own first.
    pub(crate) versions: Vec<SecretId>,
    pub(crate) parts: Vec<String>,
    /// What CloudFormation knew before, of an Update.
    pub(crate) old: Option<&'p UpdateRequest>,
    pub(crate) before: Before,
    pub(crate) context: &'p Context,
    pub(crate) claimant: Claimant,
    pub(crate) decisions: Decisions,
    pub(crate) token: RequestToken,
    pub(crate) at: UnixTime,
}

impl Job<'_> {
    fn wish(&self, settings: &[String]) -> Wish {
        let parts: Vec<&str> = self.parts.iter().chain(settings).map(String::as_str).collect();
        let content = Content::of(&self.versions, &parts);
        Wish {
            mark: Mark::new(self.at, self.claimant, self.orders.names().place(), self.token, content),
            before: self.before,
            earlier: self.old.map_or(Earlier::Same, |old| earlier(&old.properties, &old.old_properties)),
            on_drift: self.properties.on_drift(),
            on_conflict: self.properties.on_conflict(),
            arrival: Arrival::of(self.at, UnixTime(self.context.now())),
        }
    }

    /// Publishes one copy, with its tags.
    pub(crate) async fn publish<P: Target<Error = NotDone>>(
        &self,
        copy: Copy<'_>,
        target: &P,
        order: &P::Order,
        settings: &[String],
        patience: &mut Patience<'_>,
    ) -> Result<Done, Failure> {
        let done = publish::publish(target, order, &self.wish(settings), &self.text, &self.decisions, patience).await;
        let done = done.map_err(copy.failed(Doing::Publish))?;
        self.log(copy, &done);
        if self.retags(&done) {
            let stale = self.stale_tags(copy.kind);
            let retagged = patience.ask(async || target.retag(order, &stale).await).await;
            retagged.map_err(Undone::Failed).map_err(copy.failed(Doing::Publish))?;
        }
        Ok(done)
    }

    /// Whether tags may be others than these: what is created has them from the start.
    fn retags(&self, done: &Done) -> bool {
        match done.how {
            Some(How::Create) => false,
            Some(How::Restore(_) | How::Next(Claim::TakenOver)) => true,
            Some(How::Next(Claim::Ours)) | None => self.old.is_some_and(|old| {
                let tags = |properties: &Properties| {
                    let of_secret = properties.get("Secret").and_then(|secret| secret.get("Tags"));
                    (properties.get("Tags").cloned(), of_secret.cloned())
                };
                tags(&old.properties) != tags(&old.old_properties)
            }),
        }
    }

    /// Tags that the template had before and has no longer.
    fn stale_tags(&self, kind: TargetKind) -> Vec<String> {
        let Some(old) = self.old.and_then(|old| PublisherProperties::read(&old.old_properties).ok()) else {
            return Vec::new();
        };
        let keys = |properties: &PublisherProperties| -> Vec<String> {
            let of_secret =
                properties.secret.iter().filter(|_| kind == TargetKind::Secret).flat_map(|secret| &secret.tags);
            let lists = properties.tags.iter().chain(of_secret);
            lists.flatten().map(|tag| tag.key.clone()).collect()
        };
        let kept = keys(self.properties);
        keys(&old).into_iter().filter(|key| !kept.contains(key)).collect()
    }

    fn log(&self, copy: Copy<'_>, done: &Done) {
        let secret_ids = self.versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let written = if done.how.is_some() { "the secret is published" } else { "the secret is published already" };
        tracing::info!(secret_ids, kind = %copy.kind, name = copy.name, version = done.version, "{written}");
    }
}

/// A copy, as messages name it.
#[derive(Clone, Copy)]
pub(crate) struct Copy<'o> {
    pub(crate) kind: TargetKind,
    pub(crate) name: &'o str,
}

impl Copy<'_> {
    pub(crate) async fn remove<P: Target<Error = NotDone>>(
        self,
        target: &P,
        order: &P::Order,
        removal: &Removal,
        decisions: &Decisions,
        patience: &mut Patience<'_>,
    ) -> Result<(), Failure> {
        let Self { kind, name } = self;
        let left = publish::remove(target, order, removal, decisions, patience).await;
        match left.map_err(Undone::Failed).map_err(self.failed(Doing::Remove))? {
            None => tracing::info!(%kind, name, "the copy is removed"),
            Some(left @ Left::Gone) => tracing::info!(%kind, name, reason = %left, "nothing is removed"),
            Some(left @ Left::NotOurs) => tracing::warn!(%kind, name, reason = %left, "the copy stays"),
        }
        Ok(())
    }

    pub(crate) fn failed(self, doing: Doing) -> impl FnOnce(Undone<NotDone>) -> Failure {
        let (kind, name) = (self.kind, self.name.to_owned());
        move |error| Failure::Target { kind, name, error: Box::new(error), doing }
    }
}

/// What the request before an Update wanted published, as far as CloudFormation tells: it sends an Update that changes nothing
/// in a rollback alone, after one that may never have been carried out.
fn earlier(now: &Properties, before: &Properties) -> Earlier {
    let block = |properties: &Properties, name: &str| {
        properties.get(name).map(|block| ["Name", "Tier", "KeyId"].map(|key| block.get(key).cloned()))
    };
    let is_published = |name: &str| match name {
        "Parameter" | "Secret" => block(now, name) != block(before, name),
        "Tags" | "OnDrift" | "OnConflict" | "Description" | "ServiceToken" | "ServiceTimeout" => false,
        _ => true,
    };
    let changed: Vec<&str> =
        now.names().chain(before.names()).filter(|name| now.get(name) != before.get(name)).collect();
    let may_be_other = changed.is_empty() || changed.into_iter().any(is_published);
    if may_be_other { Earlier::Other } else { Earlier::Same }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_wanted_before_is_other_where_what_is_published_changes_or_nothing_at_all() {
        let properties = |secret_id: &str, tier: &str, tags: &str, drift: &str| {
            Properties::from_value(json!({
                "SecretId": secret_id,
                "Parameter": {"Name": "/shop/db", "Tier": tier, "Policies": tags},
                "Tags": [{"Key": "team", "Value": tags}],
                "OnDrift": drift,
            }))
            .unwrap()
        };
        let now = properties("one", "Standard", "web", "refuse");
        for (before, expected) in [
            (properties("two", "Standard", "web", "refuse"), Earlier::Other),
            (properties("one", "Advanced", "web", "refuse"), Earlier::Other),
            (properties("one", "Standard", "shop", "refuse"), Earlier::Same),
            (properties("one", "Standard", "web", "overwrite"), Earlier::Same),
            (properties("two", "Standard", "shop", "overwrite"), Earlier::Other),
            (properties("one", "Standard", "web", "refuse"), Earlier::Other),
        ] {
            assert_eq!(earlier(&now, &before), expected, "{before:?}");
        }
    }
}
