//! Who a version belongs to, and how one owner is related to another.

use std::fmt;

/// A stack's id as CloudFormation sent it, normally an ARN.
///
/// Kept verbatim and parsed leniently: samples and emulators send ids that are no ARNs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(String);

impl StackId {
    /// Takes the id as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `(everything before the GUID, the GUID)` of `arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/NAME/GUID`.
    fn split(&self) -> Option<(&str, &str)> {
        let (stack, guid) = self.0.rsplit_once('/')?;
        let well_formed = stack.starts_with("arn:")
            && stack.split(':').nth(2) == Some("cloudformation")
            && self.stack_name().is_some()
            && !guid.is_empty();
        well_formed.then_some((stack, guid))
    }

    /// Where the stack is: names are unique there, not beyond. `None` for an id that is no ARN.
    pub fn place(&self) -> Option<Place<'_>> {
        let (stack, _) = self.split()?;
        let mut parts = stack.splitn(6, ':').skip(1);
        let (partition, _service, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Place { partition, region, account })
    }

    /// The name inside `...:stack/NAME/GUID`.
    pub fn stack_name(&self) -> Option<&str> {
        let (_, resource) = self.0.split_once(":stack/")?;
        let (name, guid) = resource.split_once('/')?;
        (!name.is_empty() && !guid.contains('/')).then_some(name)
    }
}

/// Where a stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Such as `aws`.
    pub partition: &'a str,
    /// Such as `eu-west-1`.
    pub region: &'a str,
    /// Its 12 digits.
    pub account: &'a str,
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource's logical id in its template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogicalResourceId(String);

impl LogicalResourceId {
    /// Takes the id as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The one that a version belongs to: nobody else's request may retire it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A resource of a stack.
    Resource {
        /// The stack, with its GUID: a re-created stack of the same name is another owner.
        stack_id: StackId,
        /// The resource.
        logical_resource_id: LogicalResourceId,
    },
    /// No stack: a direct invocation or an operator.
    Manual,
}

/// How the owner of a version looks from another owner's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is me.
    Me,
    /// A stack of my stack's name that is gone: same partition, region, account and name, another GUID.
    /// Names are unique among living stacks.
    FormerStack,
    /// Another resource of my own stack: a renamed one, or two resources for one secret.
    SameStack,
    /// No stack's.
    Manual,
    /// Anyone else, and what cannot be parsed.
    Other,
}

impl Owner {
    /// What `other` is to this owner.
    pub fn relation_to(&self, other: &Owner) -> Relation {
        match (self, other) {
            (me, other) if me == other => Relation::Me,
            (_, Owner::Manual) => Relation::Manual,
            (Owner::Resource { stack_id: mine, .. }, Owner::Resource { stack_id: theirs, .. }) => {
                if mine == theirs {
                    return Relation::SameStack;
                }
                match (mine.split(), theirs.split()) {
                    (Some((mine, _)), Some((theirs, _))) if mine == theirs => Relation::FormerStack,
                    _ => Relation::Other,
                }
            }
            (Owner::Manual, Owner::Resource { .. }) => Relation::Other,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Resource { stack_id, logical_resource_id } => {
                write!(f, "resource {} of stack {stack_id}", logical_resource_id.as_str())
            }
            Owner::Manual => f.write_str("no stack (it was made by hand)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(stack_id: &str, logical: &str) -> Owner {
        Owner::Resource { stack_id: StackId::new(stack_id), logical_resource_id: LogicalResourceId::new(logical) }
    }

    #[test]
    fn relations() {
        let arn = |region: &str, account: &str, name: &str, guid: &str| {
            format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{guid}")
        };
        let me = owner(&arn("eu-west-1", "1", "app", "g2"), "Db");
        let cases = [
            (owner(&arn("eu-west-1", "1", "app", "g2"), "Db"), Relation::Me),
            (owner(&arn("eu-west-1", "1", "app", "g1"), "Db"), Relation::FormerStack),
            (owner(&arn("eu-west-1", "1", "app", "g1"), "Other"), Relation::FormerStack),
            (owner(&arn("eu-west-1", "1", "app", "g2"), "Db2"), Relation::SameStack),
            (owner(&arn("eu-west-2", "1", "app", "g1"), "Db"), Relation::Other),
            (owner(&arn("eu-west-1", "2", "app", "g1"), "Db"), Relation::Other),
            (owner(&arn("eu-west-1", "1", "app2", "g1"), "Db"), Relation::Other),
            (owner("guid", "Db"), Relation::Other),
            (owner("", "Db"), Relation::Other),
            (Owner::Manual, Relation::Manual),
        ];
        for (other, expected) in cases {
            assert_eq!(me.relation_to(&other), expected, "{other}");
        }
        assert_eq!(Owner::Manual.relation_to(&me), Relation::Other);
        assert_eq!(Owner::Manual.relation_to(&Owner::Manual), Relation::Me);
    }

    #[test]
    fn ids_that_are_no_arns_are_equal_or_strangers() {
        assert_eq!(owner("guid", "Db").relation_to(&owner("guid", "Db2")), Relation::SameStack);
        assert_eq!(owner("guid", "Db").relation_to(&owner("guid2", "Db")), Relation::Other);
        assert_eq!(owner("a/b", "Db").relation_to(&owner("a/c", "Db")), Relation::Other);
    }

    #[test]
    fn the_stack_name_is_read_from_the_arn() {
        let id = StackId::new("arn:aws:cloudformation:eu-west-1:123456789012:stack/app/0a1b");
        assert_eq!(id.stack_name(), Some("app"));
        for odd in ["guid", "arn:aws:cloudformation:us-east-1:EXAMPLE/stack-name/guid", "x:stack//g", "x:stack/a/b/c"] {
            assert_eq!(StackId::new(odd).stack_name(), None, "{odd}");
        }
    }
}
