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
            earlier: self.earlier(),
            on_drift: self.properties.on_drift(),
            on_conflict: self.properties.on_conflict(),
            arrival: Arrival::of(self.at, UnixTime(self.context.now())),
        }
    }

    /// What the request before this one wanted published, as far as CloudFormation tells.
    fn earlier(&self) -> Earlier {
        let Some(old) = self.old else { return Earlier::Same };
        let (now, before) = (&old.properties, &old.old_properties);
        let mut names = now.names().chain(before.names());
        let block = |properties: &Properties, name: &str| {
            properties.get(name).map(|block| ["Name", "Tier", "KeyId"].map(|key| block.get(key).cloned()))
        };
        let differs = |name: &str| match name {
            "Parameter" | "Secret" => block(now, name) != block(before, name),
            "Tags" | "OnDrift" | "OnConflict" | "Description" | "ServiceToken" | "ServiceTimeout" => false,
            name => now.get(name) != before.get(name),
        };
        if names.any(differs) { Earlier::Other } else { Earlier::Same }
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
