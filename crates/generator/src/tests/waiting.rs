//! What will pass is waited for, whichever call of whichever request it hits; what does not pass is told at once.

use std::cell::Cell;

use secrecy::SecretString;
use secret_store::plan::Changes;
use secret_store::store::{Capacity, DataKey, Denier, Limits, Resource, Sealed, Service, WriteError};
use secret_store::{EncryptionContext, KeyId, Record, SourceContext};

use super::*;

const TABLE: Resource = Resource::Store(Service { name: "DynamoDB", noun: "table", requirement: "" });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Query,
    Write,
    Encrypt,
    GenerateDataKey,
    ReEncrypt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Throttled,
    Unauthenticated,
    Denied,
    Unavailable,
    Conflict,
    Rejected,
    Missing,
}

const PASSING: [Fault; 4] = [Fault::Throttled, Fault::Unauthenticated, Fault::Denied, Fault::Unavailable];

/// A table and a key of which one call fails, so often.
#[derive(Default)]
struct Rough {
    table: MemoryTable,
    fault: Cell<Option<(Call, Fault)>>,
    left: Cell<u32>,
    calls: Cell<u32>,
}

impl Rough {
    fn fail(&self, call: Call) -> Result<(), WriteError> {
        let Some((_, fault)) = self.fault.get().filter(|(failing, _)| *failing == call) else { return Ok(()) };
        self.calls.set(self.calls.get() + 1);
        let Some(left) = self.left.get().checked_sub(1) else { return Ok(()) };
        self.left.set(left);
        let source = || "made up".into();
        Err(WriteError::Store(match fault {
            Fault::Conflict => return Err(WriteError::Conflict),
            Fault::Throttled => StoreError::Throttled { resource: TABLE, capacity: Capacity::Writes, source: source() },
            Fault::Unauthenticated => StoreError::Unauthenticated(TABLE, source()),
            Fault::Denied => {
                StoreError::Denied { resource: TABLE, action: "x:Y", denier: Denier::Role, source: source() }
            }
            Fault::Unavailable => StoreError::Unavailable(TABLE, source()),
            Fault::Rejected => StoreError::Rejected(TABLE, source()),
            Fault::Missing => {
                StoreError::Missing { resource: TABLE, name: Some("secrets".to_owned()), source: source() }
            }
        }))
    }

    fn ask(&self, call: Call) -> Result<(), StoreError> {
        self.fail(call).map_err(|error| match error {
            WriteError::Store(error) => error,
            WriteError::Conflict => panic!("only a write has conflicts"),
        })
    }
}

impl QueryVersions for &Rough {
    async fn query(&self, identity: &Identity) -> Result<Snapshot, StoreError> {
        self.ask(Call::Query)?;
        self.table.query(identity).await
    }
}

impl WriteVersions for &Rough {
    const LIMITS: Limits = Limits::LEAST;

    async fn write(&self, identity: &Identity, changes: &Changes, new: Option<&Record>) -> Result<(), WriteError> {
        self.fail(Call::Write)?;
        self.table.write(identity, changes, new).await
    }
}

impl Encrypt for &Rough {
    const MAX_PLAINTEXT_BYTES: usize = MemoryKey::MAX_PLAINTEXT_BYTES;

    async fn encrypt(&self, k: &KeyId, p: &SecretString, c: &EncryptionContext) -> Result<Sealed, StoreError> {
        self.ask(Call::Encrypt)?;
        MemoryKey.encrypt(k, p, c).await
    }
}

impl GenerateDataKey for &Rough {
    async fn generate_data_key(&self, key: &KeyId, context: &EncryptionContext) -> Result<DataKey, StoreError> {
        self.ask(Call::GenerateDataKey)?;
        MemoryKey.generate_data_key(key, context).await
    }
}

impl ReEncrypt for &Rough {
    async fn re_encrypt(
        &self,
        key: &KeyId,
        ciphertext: &[u8],
        source: &SourceContext,
        context: &EncryptionContext,
    ) -> Result<Sealed, StoreError> {
        self.ask(Call::ReEncrypt)?;
        MemoryKey.re_encrypt(key, ciphertext, source, context).await
    }
}

/// What is asked of a stack's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Create,
    CreateLong,
    CreateEncrypted,
    Rotate,
    RollBack,
    Delete,
}

impl Asked {
    const ALL: [Self; 6] =
        [Self::Create, Self::CreateLong, Self::CreateEncrypted, Self::Rotate, Self::RollBack, Self::Delete];

    fn makes(self, call: Call) -> bool {
        match call {
            Call::Query | Call::Write => true,
            Call::Encrypt => matches!(self, Self::Create | Self::Rotate),
            Call::GenerateDataKey => self == Self::CreateLong,
            Call::ReEncrypt => self == Self::CreateEncrypted,
        }
    }

    fn of(self, rough: &Rough, fault: (Call, Fault), times: u32) -> Result<(), String> {
        let settings = [("TABLE_NAME", "secrets"), ("KMS_KEY_ID", "key")];
        let variable =
            |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let rng = ChaCha12Rng::seed_from_u64(1);
        let generator = Generator::new(rough, rough, rng, no_pause, Settings::read(variable).unwrap());
        let template = |trigger: &str| properties(&json!({"Env": "prod", "RotationTrigger": trigger}));
        let create =
            |id: &str, properties| at_once(generator.create(CreateRequest::new(properties), &context("shop", id)));
        let update = |request: &str, id: &str, new, old| {
            at_once(generator.update(UpdateRequest::new(id, new, old), &context("shop", request)))
        };
        let begin = || {
            rough.fault.set(Some(fault));
            rough.left.set(times);
        };
        let first = |trigger| create("1", template(trigger)).unwrap().physical_resource_id().to_string();
        let result = match self {
            Self::Create => {
                begin();
                create("1", template("1")).map(drop)
            }
            Self::CreateLong => {
                begin();
                create("1", properties(&json!({"Env": "prod", "Value": "x".repeat(5000)}))).map(drop)
            }
            Self::CreateEncrypted => {
                begin();
                let identity = Identity {
                    store: "secrets".parse().unwrap(),
                    stack_name: "shop".parse().unwrap(),
                    env: "prod".parse().unwrap(),
                    name: "default".parse().unwrap(),
                };
                let blob = MemoryKey::encrypt_outside(&SourceContext::new(&identity), b"hunter2");
                let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, blob);
                create("1", properties(&json!({"Env": "prod", "EncryptedValue": text}))).map(drop)
            }
            Self::Rotate => {
                let id = first("1");
                begin();
                update("2", &id, template("2"), template("1")).map(drop)
            }
            Self::RollBack => {
                let id = first("1");
                let rotated = update("2", &id, template("2"), template("1")).unwrap();
                begin();
                update("3", rotated.physical_resource_id().as_str(), template("1"), template("2")).map(drop)
            }
            Self::Delete => {
                let id = first("1");
                begin();
                at_once(generator.delete(DeleteRequest::new(Some(id), template("1")), &context("shop", "2")))
            }
        };
        result.map_err(|error| error.to_string())
    }
}

const CALLS: [Call; 5] = [Call::Query, Call::Write, Call::Encrypt, Call::GenerateDataKey, Call::ReEncrypt];

fn each(story: impl Fn(Asked, Call)) {
    for asked in Asked::ALL {
        for call in CALLS.into_iter().filter(|call| asked.makes(*call)) {
            story(asked, call);
        }
    }
}

#[test]
fn what_passes_is_not_noticed() {
    each(|asked, call| {
        let conflict = (call == Call::Write).then_some(Fault::Conflict);
        for fault in PASSING.into_iter().chain(conflict) {
            let rough = Rough::default();
            assert_eq!(asked.of(&rough, (call, fault), 8), Ok(()), "{asked:?} {call:?} {fault:?}");
            assert!(rough.calls.get() > 8, "{asked:?} {call:?} {fault:?}");
        }
    });
}

#[test]
fn what_never_passes_fails_in_the_end_and_never_a_delete_without_a_word() {
    each(|asked, call| {
        for fault in PASSING {
            let rough = Rough::default();
            let reason = asked.of(&rough, (call, fault), u32::MAX).unwrap_err();
            let told = match fault {
                Fault::Throttled => "WriteCapacityUnits",
                Fault::Unauthenticated => "credentials",
                Fault::Denied => "may not call x:Y",
                _ => "try again",
            };
            assert!(reason.contains(told), "{asked:?} {call:?} {fault:?}: {reason}");
            assert_eq!(reason.contains("FORCE_DELETE_STACK"), asked == Asked::Delete, "{asked:?}: {reason}");
            assert!((5..100).contains(&rough.calls.get()), "{asked:?} {call:?} {fault:?}: {}", rough.calls.get());
        }
    });
}

#[test]
fn what_does_not_pass_is_asked_once_and_a_delete_of_what_is_gone_succeeds() {
    each(|asked, call| {
        for fault in [Fault::Rejected, Fault::Missing] {
            let rough = Rough::default();
            let result = asked.of(&rough, (call, fault), u32::MAX);
            let is_gone = asked == Asked::Delete && fault == Fault::Missing;
            assert_eq!(result.is_ok(), is_gone, "{asked:?} {call:?} {fault:?}: {result:?}");
            assert_eq!(rough.calls.get(), 1, "{asked:?} {call:?} {fault:?}");
        }
    });
}

#[test]
fn a_race_that_is_always_lost_ends_with_the_requests_time() {
    for asked in Asked::ALL {
        let rough = Rough::default();
        let reason = asked.of(&rough, (Call::Write, Fault::Conflict), u32::MAX).unwrap_err();
        assert!(reason.contains("several requests changed this secret"), "{asked:?}: {reason}");
        assert!((5..100).contains(&rough.calls.get()), "{asked:?}: {}", rough.calls.get());
    }
}
