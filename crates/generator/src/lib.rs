//! The generator: a custom resource that makes a random secret, encrypts it and stores it. It cannot decrypt.
//!
//! The main path is `Generator::provide`: read what is stored, [`plan`](secret_store::plan), write what the plan
//! says, answer with the version. Everything else translates: [`properties`] and [`direct`] from events to requests,
//! [`reason`] from errors to what the user reads.

pub mod direct;
pub mod properties;
pub mod reason;
pub mod settings;

mod delete;
mod mint;
pub mod origin;
mod previous_table;

use std::sync::Mutex;

use custom_resource::{
    Context, CreateRequest, CustomResource, DeleteRequest, Error, Invocation, Outcome, PhysicalResourceId, Properties,
    UpdateRequest,
};
use lambda_function::account_of;
use lambda_function::terraform::{self, Action};
use rand::CryptoRng;
use secret_store::carry_out::{Next, Unfinished, carry_out};
use secret_store::patience::{MayPass, Patience, Pause};
use secret_store::plan::{Decisions, Intent, Operation, Plan, Requester};
use secret_store::scope::OutOfScope;
use secret_store::stack::{DescribeStack, NobodyTells, StackNews, StackState};
use secret_store::store::{Encrypt, GenerateDataKey, QueryVersions, ReEncrypt, StoreError, WriteVersions};
use secret_store::{
    Description, Identity, LogicalResourceId, Owner, PublicKey, RequestToken, SecretId, Snapshot, StackId, UnixTime,
    Version, VersionItem,
};
use serde_json::Value;

use direct::DirectRequest;
use properties::GeneratorProperties;
use reason::Failure;
use settings::Settings;

/// The attribute of a key pair that may be missing where an answer is full: the other two say the same.
const PUBLIC_KEY_JWK: &str = "PublicKeyJwk";

/// The generator over a table, a key, a random source, a way to wait, and somebody who knows what a stack is doing.
#[derive(Debug)]
pub struct Generator<T, K, R, S = NobodyTells> {
    table: T,
    key: K,
    rng: Mutex<R>,
    stacks: S,
    pause: Pause,
    settings: Settings,
    decisions: Decisions,
}

/// A version to answer with.
#[derive(Debug)]
pub struct Provided {
    identity: Identity,
    item: VersionItem,
    previous: Option<Version>,
}

/// Who asks for a secret, and what a new value would look like.
struct SecretSpec<'a> {
    intent: Intent,
    properties: &'a GeneratorProperties,
    /// Of a Create alone: where to say what it is about to make. Whatever cuts it off from then on, its Delete finds that.
    creates: Option<&'a Context>,
}

impl<T, K, R> Generator<T, K, R> {
    /// A generator that stores in `table`, encrypts with `key`, draws from `rng` and waits by `pause`.
    pub fn new(table: T, key: K, rng: R, pause: Pause, settings: Settings) -> Self {
        let decisions = Decisions::default();
        Self { table, key, rng: Mutex::new(rng), stacks: NobodyTells, pause, settings, decisions }
    }

    /// The same generator, which asks `stacks` what a stack is doing where no event tells.
    pub fn asking<S: DescribeStack>(self, stacks: S) -> Generator<T, K, R, S> {
        let Self { table, key, rng, stacks: NobodyTells, pause, settings, decisions } = self;
        Generator { table, key, rng, stacks, pause, settings, decisions }
    }
}

impl<T, K, R, S> Generator<T, K, R, S>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
    S: DescribeStack,
{
    /// The same generator with other decisions, for the model that must catch wrong ones.
    #[must_use]
    pub fn with_decisions(self, decisions: Decisions) -> Self {
        Self { decisions, ..self }
    }

    /// **The main path**: read, plan, write, and again if the secret changed meanwhile.
    async fn provide(&self, spec: &SecretSpec<'_>, patience: &mut Patience<'_>) -> Result<Provided, Failure> {
        let identity = &spec.intent.identity;
        let mut material = None;
        let decide = async |snapshot: &Snapshot, patience: &mut Patience<'_>| {
            let provided = |item| Provided::new(identity, snapshot, item);
            let (changes, new, item) = match (self.decisions.plan)(&spec.intent, snapshot) {
                Plan::Refuse(refusal) => {
                    return Err(Failure::Refused { refusal, identity: Box::new(identity.clone()) });
                }
                Plan::Answer(item, None) => return Ok(Next::Done(provided(*item))),
                Plan::Answer(item, Some(changes)) | Plan::Adopt(item, changes) => (changes, None, *item),
                Plan::Mint(mint) => {
                    let record = self.mint(spec, &mint, &mut material, patience).await?;
                    let item = record.item.clone();
                    (mint.changes, Some(Box::new(record)), item)
                }
            };
            if let Some(context) = spec.creates {
                context.begin(physical_id(&identity.id(item.version, item.token))?);
            }
            Ok(Next::Write { changes, new, then: Some(provided(item)) })
        };
        match carry_out(&self.table, identity, patience, decide).await {
            Err(Unfinished::Unconfirmed { error, then: Some(provided) }) => {
                self.written_after_all(spec, &provided.item, error).await
            }
            result => Ok(result?),
        }
    }

    /// A write that was not confirmed may have been stored all the same. If so, the plan answers with what is there.
    /// If nobody can tell, the failure names what may be there, so that a Delete finds it.
    async fn written_after_all(
        &self,
        spec: &SecretSpec<'_>,
        item: &VersionItem,
        error: StoreError,
    ) -> Result<Provided, Failure> {
        if !error.may_pass() {
            return Err(error.into());
        }
        let identity = &spec.intent.identity;
        match self.table.query(identity).await {
            Ok(snapshot) => match (self.decisions.plan)(&spec.intent, &snapshot) {
                Plan::Answer(item, None) => Ok(Provided::new(identity, &snapshot, *item)),
                _ => Err(error.into()),
            },
            Err(_) => {
                Err(Failure::PerhapsStored { id: Box::new(identity.id(item.version, item.token)), source: error })
            }
        }
    }

    /// What a template asks for, with everything it leaves out filled in.
    fn spec<'a>(
        &self,
        properties: &'a GeneratorProperties,
        context: &'a Context,
        operation: Operation,
    ) -> Result<SecretSpec<'a>, Failure> {
        let (named, creates) = match &operation {
            Operation::Create => (None, Some(context)),
            Operation::Update { named, .. } => (named.as_ref(), None),
        };
        let stack_id = StackId::new(context.stack_id());
        let own_stack_name = stack_id.stack_name().map(str::to_owned);
        let identity = properties.identity(&self.settings, own_stack_name.as_deref(), named)?;
        let intent = Intent {
            requester: self.requester(context, &identity),
            identity,
            trigger: properties.trigger(),
            on_conflict: properties.on_conflict(),
            operation,
        };
        Ok(SecretSpec { intent, properties, creates })
    }

    /// Who asks, by what CloudFormation says of the request, and whether this pair serves it for this secret.
    fn requester(&self, context: &Context, identity: &Identity) -> Requester {
        let now = UnixTime(context.now());
        let stack_id = StackId::new(context.stack_id());
        let host = account_of(context.function_arn());
        let out_of_bounds: Option<OutOfScope> = self.settings.scope.check_stack(identity, &stack_id, host).err();
        Requester {
            me: Owner::Resource {
                stack_id,
                logical_resource_id: LogicalResourceId::new(context.logical_resource_id()),
            },
            token: token(context),
            requested_at: context.requested_at().map_or(now, UnixTime).min(now),
            expires_at: context.expires_at().map(UnixTime),
            answer_by: Some(UnixTime(context.answer_by())),
            now,
            out_of_bounds,
            stack: StackNews::NotAsked,
        }
    }

    /// A window that the store does not promise is refused, but never on the way back: an update that fails because the pair
    /// was deployed with another window meanwhile could not be undone.
    async fn check_window_of_update(&self, request: &UpdateRequest, context: &Context) -> Result<(), Error> {
        let Err(refused) = properties::check_window(T::LIMITS.windows, &request.properties, &self.settings) else {
            return Ok(());
        };
        match self.stacks.describe(&StackId::new(context.stack_id())).await {
            Ok(StackState::Lives | StackState::Gone) => Err(refused),
            Ok(StackState::RollsBack) | Err(_) => {
                tracing::warn!("RecoveryWindowInDays is not the bucket's, which counts all the same");
                Ok(())
            }
        }
    }

    async fn provide_to_stack(&self, spec: &SecretSpec<'_>, patience: &mut Patience<'_>) -> Result<Provided, Failure> {
        let provided = self.provide(spec, patience).await?;
        tracing::info!(
            secret_id = %provided.id(),
            key_arn = %provided.item.key_arn.0,
            "the secret is stored"
        );
        Ok(provided)
    }
}

/// Which request this is.
fn token(context: &Context) -> RequestToken {
    RequestToken::from_bytes(*context.idempotency_token().as_bytes())
}

/// The id as CloudFormation has it.
fn physical_id(id: &SecretId) -> Result<PhysicalResourceId, Failure> {
    PhysicalResourceId::parse(id.to_string()).map_err(Failure::Id)
}

/// The newest version before this one that its owner has and that can still be read.
fn previous(snapshot: &Snapshot, item: &VersionItem) -> Option<Version> {
    snapshot
        .versions
        .iter()
        .rev()
        .find(|other| other.version < item.version && other.owner == item.owner && other.retired.is_none())
        .map(|other| other.version)
}

impl Provided {
    fn new(identity: &Identity, snapshot: &Snapshot, item: VersionItem) -> Self {
        let previous = previous(snapshot, &item);
        Self { identity: identity.clone(), item, previous }
    }

    fn id(&self) -> SecretId {
        self.identity.id(self.item.version, self.item.token)
    }

    /// What `Fn::GetAtt` reads: the same names for the same version, whatever was asked, and never the secret.
    fn data(&self) -> Vec<(&'static str, String)> {
        let Description { entropy, public_key } = &self.item.description;
        let mut data = vec![
            ("SecretId", self.id().to_string()),
            ("StackName", self.identity.stack_name.to_string()),
            ("Env", self.identity.env.to_string()),
            ("Name", self.identity.name.to_string()),
            ("Version", self.item.version.to_string()),
            // Empty rather than absent: a template that reads it must not fail on the first version.
            ("PreviousVersion", self.previous.map(|version| version.to_string()).unwrap_or_default()),
            ("TableName", self.identity.store.to_string()),
            ("KeyArn", self.item.key_arn.0.clone()),
            // Empty for a value from outside.
            ("EntropyBits", entropy.map(|bits| bits.to_string()).unwrap_or_default()),
        ];
        if let Some(PublicKey { openssh, pem }) = public_key {
            data.extend([("PublicKey", openssh.clone()), ("PublicKeyPem", pem.clone())]);
            // Of a line that this release could not have written there is none.
            data.extend(password::public_key_jwk(openssh).ok().map(|jwk| (PUBLIC_KEY_JWK, jwk)));
        }
        data
    }

    fn into_outcome(self) -> Result<Outcome, Error> {
        // Beside the longest names that there can be, a public key in three forms is too much.
        let outcome = Outcome::new(physical_id(&self.id())?).dispensable(PUBLIC_KEY_JWK);
        Ok(self.data().into_iter().fold(outcome, |outcome, (name, value)| outcome.attribute(name, value)))
    }
}

impl<T, K, R, S> CustomResource for Generator<T, K, R, S>
where
    T: QueryVersions + WriteVersions,
    K: Encrypt + GenerateDataKey + ReEncrypt,
    R: CryptoRng,
    S: DescribeStack,
{
    type Properties = Properties;

    async fn create(&self, request: CreateRequest, context: &Context) -> Result<Outcome, Error> {
        let properties = GeneratorProperties::read(&request.properties)?;
        properties::check_window(T::LIMITS.windows, &request.properties, &self.settings)?;
        let spec = self.spec(&properties, context, Operation::Create)?;
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, spec.intent.requester.token, &remaining);
        self.provide_to_stack(&spec, &mut patience).await?.into_outcome()
    }

    async fn update(&self, request: UpdateRequest, context: &Context) -> Result<Outcome, Error> {
        let operation = Operation::Update {
            named: request.physical_resource_id.parse().ok(),
            old_trigger: properties::old_trigger(&request.old_properties),
            came_from: None,
        };
        let properties = GeneratorProperties::read(&request.properties)?;
        self.check_window_of_update(&request, context).await?;
        let mut spec = self.spec(&properties, context, operation)?;
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, spec.intent.requester.token, &remaining);
        self.find_previous_table(&request, &mut spec.intent, &mut patience).await?;
        let provided = self.provide_to_stack(&spec, &mut patience).await?;
        self.retire_unheard(&request, context, &provided, &mut patience).await;
        provided.into_outcome()
    }

    async fn delete(&self, request: DeleteRequest, context: &Context) -> Result<(), Error> {
        let remaining = || context.remaining();
        let mut patience = Patience::new(self.pause, token(context), &remaining);
        self.retire(&request, context, &mut patience).await.map_err(Error::from)
    }

    async fn invoke(&self, event: Value, invocation: &Invocation) -> Result<Value, Error> {
        let mut event = Properties::from_value(event)?;
        if Action::take(&mut event)? == Some(Action::Delete) {
            return Ok(terraform::nothing());
        }
        let direct = DirectRequest::parse(event)?;
        let spec = direct.spec(&self.settings, invocation)?;
        let remaining = || invocation.remaining();
        let mut patience = Patience::new(self.pause, spec.intent.requester.token, &remaining);
        let provided = self.provide(&spec, &mut patience).await?;
        tracing::info!(secret_id = %provided.id(), "the secret is stored");
        let data = provided.data().into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
        Ok(Value::Object(data.collect()))
    }

    fn not_created_id(&self) -> PhysicalResourceId {
        lambda_function::NOT_CREATED
    }
}

#[cfg(test)]
mod tests;
