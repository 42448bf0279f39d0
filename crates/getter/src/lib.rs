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
use secrecy::SecretString;
use secret_store::select::{self, Selector, Unreadable};
use secret_store::store::{Decrypt, GetVersion, QueryRecords, StoreError};
use secret_store::{Identity, Record, StackId, UnixTime, seal};
use serde_json::Value;

use attributes::{Answer, Attributes, VERSION};
use cache::Cache;
use properties::{GetterProperties, Wanted};
use reason::Failure;
use settings::Settings;

/// The getter over a table and a key.
#[derive(Debug)]
pub struct Getter<T, K> {
    table: T,
    key: K,
    settings: Settings,
    cache: Cache,
}

/// Who asks: the bounds of a pair are for stacks; whoever may invoke the function may name any.
enum Caller {
    Stack(Option<String>),
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
    T: QueryRecords + GetVersion,
    K: Decrypt,
{
    /// A getter that reads `table` and decrypts with `key`.
    pub fn new(table: T, key: K, settings: Settings) -> Self {
        let cache = Cache::new(settings.cache);
        Self { table, key, settings, cache }
    }

    /// **The main path**: which record, is it in bounds, and what does it hold.
    async fn get(&self, properties: &Properties, caller: Caller) -> Result<Found, Error> {
        let properties = GetterProperties::read(properties)?;
        Ok(self.find(properties, caller).await?)
    }

    async fn find(&self, mut properties: GetterProperties, caller: Caller) -> Result<Found, Failure> {
        let selected = properties.attributes.take();
        let own = match &caller {
            Caller::Stack(name) => name.as_deref(),
            Caller::Invoker(_) => None,
        };
        let wanted = properties.wanted(&self.settings, own)?;
        let identity = wanted.identity().clone();
        match &caller {
            Caller::Stack(name) => self.settings.scope.check_stack(&identity, name.as_deref())?,
            Caller::Invoker(_) => self.settings.scope.check_env(&identity)?,
        }
        let record = self.record(&wanted).await?;
        let secret = self.open(&record, &caller).await?;
        let answer = match caller {
            Caller::Stack(_) => Answer::Stack,
            Caller::Invoker(_) => Answer::Invoker,
        };
        let names = selected.as_ref().map(|names| names.0.as_slice());
        let attributes = Attributes::of(&secret, &record.item.description, names, answer)?;
        Ok(Found { identity, record, attributes })
    }

    /// The value of a record. What goes to a stack is always asked of KMS.
    async fn open(&self, record: &Record, caller: &Caller) -> Result<SecretString, StoreError> {
        let Caller::Invoker(now) = caller else {
            return seal::open(&self.key, record).await;
        };
        if let Some(secret) = self.cache.get(record, *now) {
            return Ok(secret);
        }
        let secret = seal::open(&self.key, record).await?;
        self.cache.put(record, &secret, *now);
        Ok(secret)
    }

    /// One read of the table, whichever way the version is named.
    async fn record(&self, wanted: &Wanted) -> Result<Record, Failure> {
        let unreadable =
            |error: Unreadable| Failure::Unreadable { error, identity: Box::new(wanted.identity().clone()) };
        match wanted {
            Wanted::Id(id) => {
                let record = self.table.get(&id.identity, id.version).await?;
                select::by_id(record.as_ref(), id).map_err(unreadable)?;
                record.ok_or(unreadable(Unreadable::NoVersion(id.version)))
            }
            Wanted::Secret(identity, Selector::Version(version)) => {
                let record = self.table.get(identity, *version).await?;
                select::readable(record.as_ref(), *version).map_err(unreadable)?;
                record.ok_or(unreadable(Unreadable::NoVersion(*version)))
            }
            Wanted::Secret(identity, selector) => {
                let stored = self.table.query_records(identity).await?;
                select::select(&stored, *selector).cloned().map_err(unreadable)
            }
        }
    }

    async fn get_for_stack(
        &self,
        properties: &Properties,
        context: &Context,
        id: PhysicalResourceId,
    ) -> Result<Outcome, Error> {
        self.cache.erase_expired(UnixTime(context.now()));
        let own = StackId::new(context.stack_id()).stack_name().map(str::to_owned);
        let found = self.get(properties, Caller::Stack(own)).await?;
        found.log();
        let outcome = Outcome::new(id).no_echo().attribute(VERSION, found.record.item.version.to_string());
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
    T: QueryRecords + GetVersion,
    K: Decrypt,
{
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
        let now = UnixTime(invocation.now());
        self.cache.erase_expired(now);
        let found = self.get(&Properties::from_value(event)?, Caller::Invoker(now)).await?;
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
    let stack_id = StackId::new(context.stack_id());
    let stack = stack_id.stack_name().unwrap_or("stack");
    PhysicalResourceId::parse(format!(
        "cfn-secrets/getter/use-GetAtt-not-Ref/{stack}/{}",
        context.logical_resource_id()
    ))
    .map_err(|error| Error::new("the resource's LogicalResourceId is not usable").with_source(error))
}

#[cfg(test)]
mod tests;
