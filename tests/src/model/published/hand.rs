//! Somebody else's hand: what an administrator, a rotation or a stray script does to a copy.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::aws::Aws;
use super::stack::Service;

/// What somebody does to one of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Gives it a value of their own, so often.
    Writes { service: Service, name: usize, times: u8 },
    /// Deletes it at once.
    Erases { service: Service, name: usize },
    /// Schedules a secret's deletion.
    Schedules { name: usize },
    /// Takes that back.
    Restores { name: usize },
    /// Makes the version before the current one.
    MovesBack { name: usize },
    /// Switches AWS's rotation on, or off.
    Rotates { name: usize, on: bool },
    /// Leaves a version labelled AWSPENDING, or takes the label away.
    Pending { name: usize, on: bool },
    /// Makes a parameter of another kind, where there is none.
    MakesString { name: usize },
}

/// What somebody does.
pub fn deeds() -> impl Strategy<Value = Deed> {
    let name = || prop_oneof![3 => Just(0_usize), 1 => Just(1)];
    let service = || prop_oneof![Just(Service::Parameters), Just(Service::Secrets)];
    prop_oneof![
        8 => (service(), name(), prop_oneof![12 => Just(1), 4 => Just(2), 1 => Just(99)])
            .prop_map(|(service, name, times)| Deed::Writes { service, name, times }),
        3 => (service(), name()).prop_map(|(service, name)| Deed::Erases { service, name }),
        2 => name().prop_map(|name| Deed::Schedules { name }),
        1 => name().prop_map(|name| Deed::Restores { name }),
        1 => name().prop_map(|name| Deed::MovesBack { name }),
        2 => (name(), any::<bool>()).prop_map(|(name, on)| Deed::Rotates { name, on }),
        1 => (name(), any::<bool>()).prop_map(|(name, on)| Deed::Pending { name, on }),
        1 => name().prop_map(|name| Deed::MakesString { name }),
    ]
}

impl Deed {
    /// Does it, as far as the service lets it.
    pub fn done_to(self, aws: &Aws, serial: u64) {
        let on_secret = |name: usize, operation: &str, more: Value| {
            let mut input = json!({"SecretId": Service::Secrets.name(name)});
            input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            let _ = aws.somebody(Service::Secrets, operation, &input);
        };
        match self {
            Self::Writes { service, name, times } => {
                (0..u64::from(times)).for_each(|time| writes(aws, service, name, serial * 100 + time));
            }
            Self::Erases { service: Service::Parameters, name } => {
                let input = json!({"Name": Service::Parameters.name(name)});
                let _ = aws.somebody(Service::Parameters, "DeleteParameter", &input);
            }
            Self::Erases { service: Service::Secrets, name } => {
                on_secret(name, "DeleteSecret", json!({"ForceDeleteWithoutRecovery": true}));
            }
            Self::Schedules { name } => on_secret(name, "DeleteSecret", json!({"RecoveryWindowInDays": 7})),
            Self::Restores { name } => on_secret(name, "RestoreSecret", json!({})),
            Self::MovesBack { name } => on_secret(name, "MoveCurrentBack", json!({})),
            Self::Rotates { name, on } => on_secret(name, "SetRotation", json!({"Rotates": on})),
            Self::Pending { name, on } => {
                on_secret(name, if on { "LeavePending" } else { "EndPending" }, json!({}));
            }
            Self::MakesString { name } => {
                let input = json!({"Name": Service::Parameters.name(name), "Value": "in the clear", "Type": "String"});
                let _ = aws.somebody(Service::Parameters, "PutParameter", &input);
            }
        }
    }
}

fn writes(aws: &Aws, service: Service, name: usize, serial: u64) {
    let (name, value) = (service.name(name), format!("somebody's value {serial}"));
    let (token, _) = (format!("somebody-{serial:032}"), ());
    let _ = match service {
        // Without a description: the one before is taken on, mark and all.
        Service::Parameters => {
            let mut input = json!({"Name": name, "Value": value, "Overwrite": true});
            if aws.read(service, &name).is_none() {
                input["Type"] = json!("SecureString");
            }
            aws.somebody(service, "PutParameter", &input)
        }
        Service::Secrets if aws.read(service, &name).is_none() => {
            let input = json!({"Name": name, "SecretString": value, "ClientRequestToken": token});
            aws.somebody(service, "CreateSecret", &input)
        }
        Service::Secrets => {
            let input = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": token});
            aws.somebody(service, "PutSecretValue", &input)
        }
    };
}
