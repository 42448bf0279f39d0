//! The publisher: a custom resource that reads a stored secret, decrypts it and publishes a copy where others look. It writes
//! nothing in the store, and reads nothing of what it has published.
//!
//! The main path is `Publisher::publish`: read, decrypt, shape, and for each target [`secret_store::publish`]. A rollback is an
//! Update with the version before, and so publishes that.

mod job;
mod names;
mod order;
pub mod properties;
pub mod reason;
pub mod settings;
mod shape;

use custom_resource::{
    Context, CreateRequest, CustomResource, DeleteRequest, Error, Invocation, Outcome, PhysicalResourceId, Properties,
    UpdateRequest,
};
use lambda_function::account_of;
use lambda_function::reading::{self, Asker};
use lambda_function::terraform::{self, Action};
use secrecy::SecretString;
use secret_store::lookup::Wanted;
use secret_store::patience::{Patience, Pause};
use secret_store::publish::{Before, Claimant, Decisions, OnConflict, Removal, Undone};
use secret_store::store::{Decrypt, GetHead, GetVersion, QueryVersions};
use secret_store::{LogicalResourceId, Owner, RequestToken, SecretId, StackId, UnixTime, seal};
use serde_json::Value;
use targets_aws::Ask;
use targets_aws::publish::{ParameterPublisher, SecretPublisher};

use job::{Copy, Job};
use names::Names;
use order::Orders;
use properties::PublisherProperties;
use reason::{Doing, Failure, TargetKind};
use settings::Settings;
use shape::{Shape, Values};

/// The publisher over a table, a key, its two targets and a way to wait.
#[derive(Debug)]
pub struct Publisher<T, K, S> {
    table: T,
    key: K,
    parameters: ParameterPublisher<S>,
    secrets: SecretPublisher<S>,
    pause: Pause,
    settings: Settings,
    decisions: Decisions,
}

impl<T, K, S> Publisher<T, K, S>
where
    T: QueryVersions + GetHead + GetVersion,
    K: Decrypt,
    S: Ask,
{
    /// A publisher that reads `table`, decrypts with `key` and waits by `pause`.
    pub fn new(
        table: T,
        key: K,
        targets: (ParameterPublisher<S>, SecretPublisher<S>),
        pause: Pause,
        settings: Settings,
    ) -> Self {
        let (parameters, secrets) = targets;
        Self { table, key, parameters, secrets, pause, settings, decisions: Decisions::default() }
    }

    /// The same publisher with other decisions, for the model that must catch wrong ones.
    #[must_use]
    pub fn with_decisions(self, decisions: Decisions) -> Self {
        Self { decisions, ..self }
    }

    /// **The main path**: what is wanted, is it possible, what does the secret hold, and then one target after the other.
    async fn publish(
        &self,
        given: &Properties,
        old: Option<&UpdateRequest>,
        context: &Context,
        patience: &mut Patience<'_>,
    ) -> Result<Outcome, Failure> {
        let properties = PublisherProperties::read(given).map_err(Failure::Properties)?;
        let orders = Orders::of(&properties, &self.settings, context)?;
        let shape = Shape::of(&properties)?;
        let (values, versions) = self.values(&properties, shape, context, patience).await?;
        let text = shape.make(values)?;
        orders.check(&text)?;
        let names = orders.names();
        let id = names.id(context)?;
        let heard = old.and_then(|old| Names::in_id(&old.physical_resource_id)).unwrap_or_default();
        let before = if names == heard { Before::Published } else { Before::Never };
        if old.is_none() {
            context.begin(id.clone());
        }
        let job = Job {
            properties: &properties,
            orders: &orders,
            text,
            versions,
            parts: shape.parts(),
            old,
            before,
            context,
            claimant: claimant(context),
            decisions: self.decisions,
            token: token(context),
            at: requested_at(context),
        };
        let mut found = Names::default();
        let result = self.carry_out(&job, Outcome::new(id), &mut found, patience).await;
        if let Some(old) = old {
            // CloudFormation goes on with the id that it has, and would never delete what was published under others: in this
            // Update, if it fails half-way, or in one before of which it did not hear. What this one finds published by itself
            // may be alive: it may be delivered once more.
            if result.is_err() && before == Before::Never && properties.on_conflict() == OnConflict::Refuse {
                self.take_back(&job, given, names.clone(), &[&heard, &found], patience).await;
            }
            let tried = order::possible(Names::in_properties(&old.old_properties), &self.settings);
            if tried != heard {
                self.take_back(&job, &old.old_properties, tried, &[&heard, &names], patience).await;
            }
        }
        result
    }

    /// The values that are published, and the versions that they are of.
    async fn values<'p>(
        &self,
        properties: &'p PublisherProperties,
        shape: Shape<'_>,
        context: &Context,
        patience: &mut Patience<'_>,
    ) -> Result<(Values<'p>, Vec<SecretId>), Failure> {
        let stack_id = StackId::new(context.stack_id());
        let (mut values, mut versions) = (Values::default(), Vec::new());
        let address = properties.address();
        if !(address.is_empty() && shape.does_without_the_secret()) {
            let wanted = address.wanted(self.settings.table_name.as_ref(), stack_id.stack_name())?;
            let (id, value) = self.read(&wanted, &stack_id, context, patience).await?;
            versions.push(id);
            values.main = Some(value);
        }
        for (name, id) in properties.fields.iter().flatten() {
            let id = id.parse().map_err(|_| Failure::FieldId(name.chars().take(64).collect()))?;
            let (id, value) = self.read(&Wanted::Id(id), &stack_id, context, patience).await?;
            versions.push(id);
            values.fields.push((name, value));
        }
        Ok((values, versions))
    }

    async fn read(
        &self,
        wanted: &Wanted,
        stack_id: &StackId,
        context: &Context,
        patience: &mut Patience<'_>,
    ) -> Result<(SecretId, SecretString), Failure> {
        let asker = Asker::Stack { id: stack_id, host: account_of(context.function_arn()) };
        let record = reading::record(&self.table, &self.settings.scope, asker, wanted, patience).await?;
        let value = patience.ask(async || seal::open(&self.key, &record).await).await?;
        Ok((wanted.identity().id(record.item.version, record.item.token), value))
    }

    /// Publishes one copy after the other; `found` are the names of those that were there already.
    async fn carry_out(
        &self,
        job: &Job<'_>,
        mut outcome: Outcome,
        found: &mut Names,
        patience: &mut Patience<'_>,
    ) -> Result<Outcome, Failure> {
        if let Some(order) = &job.orders.parameter {
            let copy = Copy { kind: TargetKind::Parameter, name: &order.name };
            let settings = [format!("{:?}", order.tier), order.key_id.clone().unwrap_or_default()];
            let done = job.publish(copy, &self.parameters, order, &settings, patience).await?;
            found.parameter = done.how.is_none().then(|| order.name.clone());
            outcome = outcome
                .attribute("ParameterName", order.name.clone())
                .attribute("ParameterArn", parameter_arn(job.context, &order.name))
                .attribute("ParameterVersion", done.version);
        }
        if let Some(order) = &job.orders.secret {
            let copy = Copy { kind: TargetKind::Secret, name: &order.name };
            let settings = [order.key_id.clone().unwrap_or_default()];
            let done = job.publish(copy, &self.secrets, order, &settings, patience).await?;
            found.secret = done.how.is_none().then(|| order.name.clone());
            let arn = patience.ask(async || self.secrets.arn(&order.name).await).await;
            let arn = arn.map_err(Undone::Failed).map_err(copy.failed(Doing::Publish))?;
            outcome = outcome
                .attribute("SecretName", order.name.clone())
                .attribute("SecretArn", arn.unwrap_or_default())
                .attribute("SecretVersionId", done.version);
        }
        // The number of the secret's own version, as the getter gives it.
        let version = job.versions.first().map(|id| id.version.to_string()).unwrap_or_default();
        Ok(outcome.attribute("Version", version))
    }

    /// Removes what this resource has published under these names, as far as they are not kept. The answer does not depend on
    /// it.
    async fn take_back(
        &self,
        job: &Job<'_>,
        properties: &Properties,
        tried: Names,
        kept: &[&Names],
        patience: &mut Patience<'_>,
    ) {
        let removal = Removal { claimant: job.claimant, place: tried.place(), at: job.at };
        let names = kept.iter().fold(tried, |tried, kept| tried.without(kept));
        let orders = Orders::left_under(&names, properties, job.context);
        if let Err(error) = self.remove(&orders, &removal, patience).await {
            tracing::warn!(%error, "what an Update made stays, though it failed");
        }
    }

    async fn remove(&self, orders: &Orders, removal: &Removal, patience: &mut Patience<'_>) -> Result<(), Failure> {
        if let Some(order) = &orders.parameter {
            let copy = Copy { kind: TargetKind::Parameter, name: &order.name };
            copy.remove(&self.parameters, order, removal, &self.decisions, patience).await?;
        }
        if let Some(order) = &orders.secret {
            let copy = Copy { kind: TargetKind::Secret, name: &order.name };
            copy.remove(&self.secrets, order, removal, &self.decisions, patience).await?;
        }
        Ok(())
    }
}

fn claimant(context: &Context) -> Claimant {
    Claimant::of(&Owner::Resource {
        stack_id: StackId::new(context.stack_id()),
        logical_resource_id: LogicalResourceId::new(context.logical_resource_id()),
    })
}

fn token(context: &Context) -> RequestToken {
    RequestToken::from_bytes(*context.idempotency_token().as_bytes())
}

/// What nobody can tell the time of was asked for now.
fn requested_at(context: &Context) -> UnixTime {
    UnixTime(context.requested_at().unwrap_or_else(|| context.now()).min(context.now()))
}

/// The parameter's ARN, which its name has a slash in either way.
fn parameter_arn(context: &Context, name: &str) -> String {
    let function: Vec<&str> = context.function_arn().unwrap_or_default().split(':').collect();
    let [_, partition, _, region, account, ..] = function[..] else { return String::new() };
    format!("arn:{partition}:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'))
}

impl<T, K, S> CustomResource for Publisher<T, K, S>
where
    T: QueryVersions + GetHead + GetVersion,
    K: Decrypt,
    S: Ask,
{
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, token(context), &remaining);
        Ok(self.publish(&request.properties, None, context, &mut patience).await?)
    }

    async fn update(&self, request: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, token(context), &remaining);
        Ok(self.publish(&request.properties, Some(&request), context, &mut patience).await?)
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        let heard = request.physical_resource_id.as_deref().and_then(Names::in_id);
        // Of a Create that it never heard of, CloudFormation makes up an id; and after an Update of which it did not hear, the
        // properties are those of that one.
        let tried = order::possible(Names::in_properties(&request.properties), &self.settings);
        let tried = Some(tried).filter(|tried| heard.as_ref() != Some(tried));
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, token(context), &remaining);
        for names in heard.into_iter().chain(tried) {
            let removal = Removal { claimant: claimant(context), place: names.place(), at: requested_at(context) };
            let orders = Orders::left_under(&names, &request.properties, context);
            self.remove(&orders, &removal, &mut patience).await?;
        }
        Ok(())
    }

    async fn invoke(&self, event: Value, _: &Invocation) -> Result<Value, Error> {
        let mut event = Properties::from_value(event)?;
        if Action::take(&mut event)? == Some(Action::Delete) {
            return Ok(terraform::nothing());
        }
        Err(Failure::Invoked.into())
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        lambda_function::NOT_CREATED
    }
}

#[cfg(test)]
mod tests;
