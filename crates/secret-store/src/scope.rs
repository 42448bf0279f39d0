//! Which stacks and envs a deployed pair serves: the settings `SHARED_STACK_NAMES` and `ALLOWED_ENVS`. Pure.

use std::collections::BTreeSet;

use crate::id::Identity;
use crate::names::{Env, InvalidName, StackName};

/// The bounds of a pair, on top of what IAM and the key policy allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    shared_stack_names: BTreeSet<StackName>,
    allowed_envs: BTreeSet<Env>,
}

/// A secret that lies outside the bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfScope {
    /// A stack asked for another stack's secret.
    #[error("StackName names another stack than the one that asks")]
    OtherStack,
    /// The pair does not serve this env.
    #[error("this pair of functions does not serve Env {0}")]
    OtherEnv(Env),
}

impl Scope {
    /// Reads the two settings: names separated by commas; an empty `allowed_envs` allows every env.
    ///
    /// # Errors
    /// The first name that breaks its rule.
    pub fn parse(shared_stack_names: &str, allowed_envs: &str) -> Result<Self, InvalidName> {
        Ok(Self {
            shared_stack_names: list(shared_stack_names).map(str::parse).collect::<Result<_, _>>()?,
            allowed_envs: list(allowed_envs).map(str::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a stack named `own` may have this secret. `own` is `None` where its StackId could not be read.
    ///
    /// # Errors
    /// What lies outside the bounds.
    pub fn check_stack(&self, identity: &Identity, own: Option<&str>) -> Result<(), OutOfScope> {
        let named = &identity.stack_name;
        if own != Some(named.as_str()) && !self.shared_stack_names.contains(named) {
            return Err(OutOfScope::OtherStack);
        }
        self.check_env(identity)
    }

    /// Whether the pair serves the secret's env at all.
    ///
    /// # Errors
    /// What lies outside the bounds.
    pub fn check_env(&self, identity: &Identity) -> Result<(), OutOfScope> {
        if self.allowed_envs.is_empty() || self.allowed_envs.contains(&identity.env) {
            Ok(())
        } else {
            Err(OutOfScope::OtherEnv(identity.env.clone()))
        }
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(stack: &str, env: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: stack.parse().unwrap(),
            env: env.parse().unwrap(),
            name: "default".parse().unwrap(),
        }
    }

    #[test]
    fn a_stack_has_its_own_secrets_and_the_shared_ones() {
        let scope = Scope::parse(" shared, common ,", "").unwrap();
        assert_eq!(scope.check_stack(&identity("app", "prod"), Some("app")), Ok(()));
        assert_eq!(scope.check_stack(&identity("shared", "prod"), Some("app")), Ok(()));
        assert_eq!(scope.check_stack(&identity("common", "prod"), None), Ok(()));
        let refused = Err(OutOfScope::OtherStack);
        assert_eq!(scope.check_stack(&identity("other", "prod"), Some("app")), refused);
        assert_eq!(scope.check_stack(&identity("app", "prod"), None), refused);
    }

    #[test]
    fn a_pair_may_be_bound_to_its_envs() {
        let scope = Scope::parse("", "prod,staging").unwrap();
        assert_eq!(scope.check_env(&identity("app", "prod")), Ok(()));
        let dev = identity("app", "dev");
        let refused = Err(OutOfScope::OtherEnv(dev.env.clone()));
        assert_eq!(scope.check_env(&dev), refused);
        assert_eq!(scope.check_stack(&dev, Some("app")), refused);
    }

    #[test]
    fn a_misspelt_setting_is_refused_rather_than_ignored() {
        assert_eq!(Scope::parse("my stack", "").unwrap_err().what, "StackName");
        assert_eq!(Scope::parse("", "prod,a/b").unwrap_err().what, "Env");
    }
}
