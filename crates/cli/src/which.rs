//! Which secrets are meant, where a verb is about many.

use std::str::FromStr;

use clap::Args;
use secret_store::{Env, Identity, InvalidName, Name, StackName};

/// Filters on the address.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Which {
    /// Of this stack; may be given again
    #[arg(long, value_name = "NAME", value_parser = part::<StackName>)]
    stack: Vec<StackName>,
    /// Of this env; may be given again
    #[arg(long, value_name = "ENV", value_parser = part::<Env>)]
    env: Vec<Env>,
    /// Of this name; may be given again. `default` is that of a secret without one
    #[arg(long, value_name = "NAME", value_parser = part::<Name>)]
    name: Vec<Name>,
}

impl Which {
    /// Whether a secret is meant.
    pub(crate) fn has(&self, identity: &Identity) -> bool {
        fn fits<T: PartialEq>(wanted: &[T], found: &T) -> bool {
            wanted.is_empty() || wanted.contains(found)
        }
        let Self { stack, env, name } = self;
        fits(stack, &identity.stack_name) && fits(env, &identity.env) && fits(name, &identity.name)
    }

    /// Whether nothing is said.
    pub(crate) fn is_everything(&self) -> bool {
        self.parts().iter().all(|(_, values)| values.is_empty())
    }

    /// The stacks that are named.
    pub(crate) fn stacks(&self) -> Vec<&str> {
        self.stack.iter().map(StackName::as_str).collect()
    }

    /// What is named, by the names that the parts have in an encryption context.
    pub(crate) fn parts(&self) -> [(&'static str, Vec<&str>); 3] {
        let env = self.env.iter().map(Env::as_str).collect();
        let name = self.name.iter().map(Name::as_str).collect();
        [("StackName", self.stacks()), ("Env", env), ("Name", name)]
    }

    /// Whether all that is meant is of one stack and env, so that its names alone tell it apart.
    pub(crate) fn is_of_one_env(&self) -> bool {
        self.stack.len() == 1 && self.env.len() == 1
    }
}

fn part<T: FromStr<Err = InvalidName>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: InvalidName| format!("must be {}", error.rule))
}
