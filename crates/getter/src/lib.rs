//! The getter: a custom resource that reads a stored secret, decrypts it and hands it to the template. It cannot write.
//!
//! The main path is `Getter::get`: find the record, decrypt it, give its attributes out with `NoEcho`.

pub mod attributes;
pub mod cache;
pub mod properties;
pub mod reason;
pub mod settings;

use custom_resource::{
    Context, CreateRequest, CustomResource, DeleteRequest, Error, Invocation, Outcome, PhysicalResourceId, Properties,
    UpdateRequest,
};
use lambda_function::account_of;
use lambda_function::reading::{self, Asker};
use lambda_function::terraform::{self, Action};
use secrecy::SecretString;
use secret_store::patience::{Patience, Pause};
use secret_store::store::{Decrypt, GetHead, GetVersion, QueryVersions, StoreError};
use secret_store::{Identity, Record, RequestToken, StackId, UnixTime, seal};
use serde_json::Value;

use attributes::{Answer, Attributes, VERSION};
use cache::Cache;
use properties::GetterProperties;
use reason::Failure;
use settings::Settings;

/// The getter over a table, a key and a way to wait.
#[derive(Debug)]
pub struct Getter<T, K> {
    table: T,
    key: K,
    pause: Pause,
    settings: Settings,
    cache: Cache,
}

/// Who asks.
enum Caller {
    Stack {
        stack_id: StackId,
        /// The account that the function runs in, as far as its host says.
        host: Option<String>,
    },
    /// At this time.
    Invoker(UnixTime),
}

/// What a secret gives and where it came from.
struct Found {
    identity: Identity,
    record: Record,
    attributes: Attributes,
}

impl<T, K> Getter<T, K>
where
    T: QueryVersions + GetHead + GetVersion,
    K: Decrypt,
{
    /// A getter that reads `table`, decrypts with `key` and waits by `pause`.
    pub fn new(table: T, key: K, pause: Pause, settings: Settings) -> Self {
        let cache = Cache::new(settings.cache);
        Self { table, key, pause, settings, cache }
    }

    /// **The main path**: which record, is it in bounds, and what does it hold.
    async fn get(&self, properties: &Properties, caller: Caller, patience: &mut Patience<'_>) -> Result<Found, Error> {
        let properties = GetterProperties::read(properties)?;
        Ok(self.find(properties, caller, patience).await?)
    }

    async fn find(
        &self,
        mut properties: GetterProperties,
        caller: Caller,
        patience: &mut Patience<'_>,
    ) -> Result<Found, Failure> {
        let selected = properties.attributes.take();
        let (asker, own) = match &caller {
            Caller::Stack { stack_id, host } => {
                (Asker::Stack { id: stack_id, host: host.as_deref() }, stack_id.stack_name())
            }
            Caller::Invoker(_) => (Asker::Invoker, None),
        };
        let wanted = properties.wanted(&self.settings, own)?;
        let record = reading::record(&self.table, &self.settings.scope, asker, &wanted, patience).await?;
        let secret = self.open(&record, &caller, patience).await?;
        let answer = match caller {
            Caller::Stack { .. } => Answer::Stack,
            Caller::Invoker(_) => Answer::Invoker,
        };
        let names = selected.as_ref().map(|names| names.0.as_slice());
        let attributes = Attributes::of(&secret, &record.item.description, names, answer)?;
        Ok(Found { identity: wanted.identity().clone(), record, attributes })
    }

    /// The value of a record. What goes to a stack is always asked of KMS.
    async fn open(
        &self,
        record: &Record,
        caller: &Caller,
        patience: &mut Patience<'_>,
    ) -> Result<SecretString, StoreError> {
        let open = async || seal::open(&self.key, record).await;
        let Caller::Invoker(now) = caller else {
            return patience.ask(open).await;
        };
        if let Some(secret) = self.cache.get(record, *now) {
            return Ok(secret);
        }
        let secret = patience.ask(open).await?;
        self.cache.put(record, &secret, *now);
        Ok(secret)
    }

    async fn get_for_stack(
        &self,
        properties: &Properties,
        context: &Context,
        id: PhysicalResourceId,
    ) -> Result<Outcome, Error> {
        self.cache.erase_expired(UnixTime(context.now()));
        let remaining = || context.remaining();
        let token = RequestToken::from_bytes(*context.idempotency_token().as_bytes());
        let mut patience = Patience::new(self.pause, token, &remaining);
        let caller = Caller::Stack {
            stack_id: StackId::new(context.stack_id()),
            host: account_of(context.function_arn()).map(str::to_owned),
        };
        let found = self.get(properties, caller, &mut patience).await?;
        found.log();
        let outcome = Outcome::new(id).no_echo().attribute(VERSION, found.record.item.version.to_string());
        let outcome = found.attributes.dispensable.into_iter().fold(outcome, Outcome::dispensable);
        Ok(found.attributes.into_iter().fold(outcome, |outcome, (name, value)| outcome.secret(name, value)))
    }
}

impl Found {
    fn log(&self) {
        let item = &self.record.item;
        tracing::info!(
            secret_id = %self.identity.id(item.version, item.token),
            key_arn = %item.key_arn.0,
            "the secret is handed out"
        );
    }
}

impl<T, K> CustomResource for Getter<T, K>
where
    T: QueryVersions + GetHead + GetVersion,
    K: Decrypt,
{
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        self.get_for_stack(&request.properties, context, own_id(context)?).await
    }

    async fn update(&self, request: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        // The same id for ever: reading replaces nothing, so CloudFormation never has a Delete to send.
        let id = PhysicalResourceId::parse(request.physical_resource_id)
            .map_err(|error| Error::new("the request's PhysicalResourceId is not usable").with_source(error))?;
        self.get_for_stack(&request.properties, context, id).await
    }

    async fn delete(&self, _: DeleteRequest, _: &Context) -> Result<(), Error> {
        Ok(())
    }

    async fn invoke(&self, event: Value, invocation: &Invocation) -> Result<Value, Error> {
        let mut event = Properties::from_value(event)?;
        if Action::take(&mut event)? == Some(Action::Delete) {
            return Ok(terraform::nothing());
        }
        let now = UnixTime(invocation.now());
        self.cache.erase_expired(now);
        let remaining = || invocation.remaining();
        let token = RequestToken::manual(invocation.request_id());
        let mut patience = Patience::new(self.pause, token, &remaining);
        let found = self.get(&event, Caller::Invoker(now), &mut patience).await?;
        found.log();
        let version = (VERSION.to_owned(), Value::String(found.record.item.version.to_string()));
        let attributes = found.attributes.into_iter().map(|(name, value)| (name, Value::String(value.to_string())));
        Ok(Value::Object(attributes.chain([version]).collect()))
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        lambda_function::NOT_CREATED
    }
}

/// The id of a getter in a stack: it names the resource, not the secret, so it never changes. Whoever takes `!Ref` of the
/// getter for the secret finds in its place what to take.
fn own_id(context: &Context) -> Result<PhysicalResourceId, Error> {
    context
        .stable_id("cfn-secrets/getter/use-GetAtt-not-Ref")
        .map_err(|error| Error::new("the resource's LogicalResourceId is not usable").with_source(error))
}

#[cfg(test)]
mod tests;
