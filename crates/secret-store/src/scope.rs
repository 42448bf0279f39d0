//! Whom a deployed pair serves, by partition, account, region, stack and env. Pure.
//!
//! | Setting | What lies within the bounds |
//! |---|---|
//! | `ALLOWED_ENVS` | These envs; empty: all. |
//! | `SHARED_STACK_NAMES` | For every stack, beside its own secrets, those of these names. |
//! | `SERVED_ACCOUNTS` | Beside stacks of the pair's own account, which `ACCOUNT_ID` says or else its host, those of these. |
//! | `SERVED_REGIONS` | Secrets that stacks of these regions made, for the stacks of the same name elsewhere: a getter beside a replica. |
//!
//! A stack's own secrets are those of its name **that a stack of its own partition, account and region made**: names are
//! unique in one account and region, not beyond. No setting takes the wall between two accounts' stacks of one name away.

use std::collections::BTreeSet;

use crate::id::Identity;
use crate::names::{AccountId, Env, InvalidName, Region, StackName};
use crate::owner::{Owner, StackId};

/// The bounds of a pair, on top of what IAM and the key policy allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    shared_stack_names: BTreeSet<StackName>,
    allowed_envs: BTreeSet<Env>,
    own_account: Option<AccountId>,
    served_accounts: BTreeSet<AccountId>,
    served_regions: BTreeSet<Region>,
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
    /// The pair does not serve the account of the stack that asks.
    #[error("this pair of functions does not serve stacks of this account")]
    OtherAccount,
    /// A stack of the same name made the secret, in another account, region or partition.
    #[error("the secret belongs to a stack of the same name in another account or region")]
    OtherPlace,
}

impl Scope {
    /// Reads the settings through `setting`, which gives one by its name: names separated by commas.
    ///
    /// # Errors
    /// The first name that breaks its rule.
    pub fn read(setting: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidName> {
        let get = |name| setting(name).unwrap_or_default();
        Ok(Self {
            own_account: list(&get("ACCOUNT_ID")).next().map(str::parse).transpose()?,
            served_accounts: list(&get("SERVED_ACCOUNTS")).map(str::parse).collect::<Result<_, _>>()?,
            served_regions: list(&get("SERVED_REGIONS")).map(str::parse).collect::<Result<_, _>>()?,
            ..Self::parse(&get("SHARED_STACK_NAMES"), &get("ALLOWED_ENVS"))?
        })
    }

    /// The bounds that two of the settings set: names separated by commas; an empty `allowed_envs` allows every env.
    ///
    /// # Errors
    /// The first name that breaks its rule.
    pub fn parse(shared_stack_names: &str, allowed_envs: &str) -> Result<Self, InvalidName> {
        Ok(Self {
            shared_stack_names: list(shared_stack_names).map(str::parse).collect::<Result<_, _>>()?,
            allowed_envs: list(allowed_envs).map(str::parse).collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// Whether this stack may have this secret, whoever made it: for every request of a stack. `host` is the account that
    /// the function runs in, as far as its host says; one that does not is no cloud, and nobody else's stacks are there.
    ///
    /// # Errors
    /// What lies outside the bounds.
    pub fn check_stack(&self, identity: &Identity, stack: &StackId, host: Option<&str>) -> Result<(), OutOfScope> {
        let named = &identity.stack_name;
        if stack.stack_name() != Some(named.as_str()) && !self.is_shared(identity) {
            return Err(OutOfScope::OtherStack);
        }
        let own = self.own_account.as_ref().map(AccountId::as_str).or(host);
        let account = stack.place().map_or("", |place| place.account);
        let is_own = own.map_or(self.served_accounts.is_empty(), |own| own == account);
        if !is_own && !self.served_accounts.iter().any(|served| served.as_str() == account) {
            return Err(OutOfScope::OtherAccount);
        }
        self.check_env(identity)
    }

    /// Whether this stack may have what `owner` made: for what is stored already.
    ///
    /// # Errors
    /// What lies outside the bounds.
    pub fn check_owner(&self, identity: &Identity, stack: &StackId, owner: &Owner) -> Result<(), OutOfScope> {
        let Owner::Resource { stack_id: owner, .. } = owner else { return Ok(()) };
        let same = match (stack.place(), owner.place()) {
            (Some(mine), Some(theirs)) => {
                let near = mine.region == theirs.region
                    || self.served_regions.iter().any(|region| region.as_str() == theirs.region);
                (mine.partition, mine.account) == (theirs.partition, theirs.account) && near
            }
            _ => stack == owner,
        };
        if same || self.is_shared(identity) { Ok(()) } else { Err(OutOfScope::OtherPlace) }
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

    fn is_shared(&self, identity: &Identity) -> bool {
        self.shared_stack_names.contains(&identity.stack_name)
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::LogicalResourceId;

    fn identity(stack: &str, env: &str) -> Identity {
        Identity {
            store: "table".parse().unwrap(),
            stack_name: stack.parse().unwrap(),
            env: env.parse().unwrap(),
            name: "default".parse().unwrap(),
        }
    }

    fn stack(name: &str) -> StackId {
        stack_in("aws", "eu-west-1", "111111111111", name)
    }

    fn stack_in(partition: &str, region: &str, account: &str, name: &str) -> StackId {
        StackId::new(format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/guid"))
    }

    fn owned_by(stack_id: StackId) -> Owner {
        Owner::Resource { stack_id, logical_resource_id: LogicalResourceId::new("Db") }
    }

    fn scope(settings: &[(&str, &str)]) -> Result<Scope, InvalidName> {
        Scope::read(|name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_stack_has_its_own_secrets_and_the_shared_ones() {
        let scope = Scope::parse(" shared, common ,", "").unwrap();
        let check = |name, stack| scope.check_stack(&identity(name, "prod"), &stack, None);
        assert_eq!(check("app", stack("app")), Ok(()));
        assert_eq!(check("shared", stack("app")), Ok(()));
        assert_eq!(check("common", StackId::new("guid")), Ok(()));
        let refused = Err(OutOfScope::OtherStack);
        assert_eq!(check("other", stack("app")), refused);
        assert_eq!(check("app", StackId::new("guid")), refused);
    }

    #[test]
    fn a_pair_may_be_bound_to_its_envs() {
        let scope = scope(&[("ALLOWED_ENVS", "prod,staging")]).unwrap();
        assert_eq!(scope.check_env(&identity("app", "prod")), Ok(()));
        let dev = identity("app", "dev");
        let refused = Err(OutOfScope::OtherEnv(dev.env.clone()));
        assert_eq!(scope.check_env(&dev), refused);
        assert_eq!(scope.check_stack(&dev, &stack("app"), None), refused);
    }

    #[test]
    fn a_pair_serves_other_accounts_only_where_a_setting_says_so() {
        let (one, two, three) = ("111111111111", "222222222222", "333333333333");
        for (settings, host, served) in [
            (&[][..], Some(one), &[one][..]),
            (&[("SERVED_ACCOUNTS", two)], Some(one), &[one, two]),
            (&[("ACCOUNT_ID", one)], Some(two), &[one]),
            (&[("ACCOUNT_ID", one), ("SERVED_ACCOUNTS", two)], None, &[one, two]),
            (&[("SERVED_ACCOUNTS", two)], None, &[two]),
            (&[], None, &[one, two, three]),
        ] {
            for account in [one, two, three] {
                let stack = stack_in("aws", "eu-west-1", account, "app");
                let checked = scope(settings).unwrap().check_stack(&identity("app", "prod"), &stack, host);
                let expected = if served.contains(&account) { Ok(()) } else { Err(OutOfScope::OtherAccount) };
                assert_eq!(checked, expected, "{settings:?} {host:?} {account}");
            }
        }
    }

    #[test]
    fn equal_names_in_other_places_are_other_stacks() {
        let everything = [
            ("ACCOUNT_ID", "111111111111"),
            ("SERVED_ACCOUNTS", "222222222222"),
            ("SERVED_REGIONS", "us-east-1"),
            ("SHARED_STACK_NAMES", "platform"),
        ];
        let me = stack("app");
        let check = |settings: &[(&str, &str)], owner: &StackId| {
            scope(settings).unwrap().check_owner(&identity("app", "prod"), &me, &owned_by(owner.clone()))
        };
        for (partition, region, account, alone, with_settings) in [
            ("aws", "eu-west-1", "111111111111", true, true),
            ("aws", "us-east-1", "111111111111", false, true),
            ("aws", "us-west-2", "111111111111", false, false),
            ("aws", "eu-west-1", "222222222222", false, false),
            ("aws-cn", "eu-west-1", "111111111111", false, false),
        ] {
            let owner = stack_in(partition, region, account, "app");
            assert_eq!(check(&[], &owner).is_ok(), alone, "{owner}");
            assert_eq!(check(&everything, &owner).is_ok(), with_settings, "{owner}");
        }
        assert_eq!(check(&[], &StackId::new("guid")), Err(OutOfScope::OtherPlace));
        let scope = scope(&everything).unwrap();
        let elsewhere = owned_by(stack_in("aws", "eu-west-1", "222222222222", "x"));
        assert_eq!(scope.check_owner(&identity("platform", "prod"), &me, &elsewhere), Ok(()));
        assert_eq!(scope.check_owner(&identity("app", "prod"), &me, &Owner::Manual), Ok(()));
        let guid = StackId::new("guid");
        assert_eq!(scope.check_owner(&identity("app", "prod"), &guid, &owned_by(guid.clone())), Ok(()));
    }

    #[test]
    fn a_misspelt_setting_is_refused_rather_than_ignored() {
        for (setting, value, what) in [
            ("SHARED_STACK_NAMES", "my stack", "StackName"),
            ("ALLOWED_ENVS", "prod,a/b", "Env"),
            ("SERVED_ACCOUNTS", "12345", "AccountId"),
            ("SERVED_REGIONS", "eu west", "Region"),
        ] {
            assert_eq!(scope(&[(setting, value)]).unwrap_err().what, what);
        }
    }
}
