//! Which IAM actions a verb takes, and on what: the data that `cfn-secrets iam VERB` makes a policy of.
//!
//! It stands beside each verb, and a test takes each action away in turn: the verb must then fail.

pub(crate) mod over_s3;

/// An action and what it is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Right {
    /// As IAM spells it.
    pub(crate) action: &'static str,
    /// On what.
    pub(crate) on: On,
}

/// What an action is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// The pair's table.
    Table,
    /// What lies behind a delete marker, where the pair has a bucket: of a table, no policy names it.
    Hidden,
    /// The pair's key.
    Key,
    /// Whatever key a value is under.
    AllKeys,
    /// Keys that are yet to be made, and their aliases.
    EveryKey,
    /// What is made, which has no name yet.
    NewKeys,
    /// The pair's own stack, for the name of the table: not where `--table` names it.
    ThePairsStack,
    /// The pair's own stack, to look at it.
    ThePair,
    /// Every stack: a list cannot be limited to some.
    AllStacks,
    /// The stacks that have secrets.
    Owners,
    /// The pair's functions, whatever they are called.
    Functions,
    /// Their roles, whatever these are called.
    Roles,
}

/// By what an action can be held to some secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The encryption context: stack, env and name.
    Context,
    /// The partition key: the stack.
    PartitionKey,
}

impl Right {
    /// By what it can be bounded, if it can.
    pub(crate) fn bound(&self) -> Option<Bound> {
        match *self {
            QUERY | GET_ITEM | PUT_ITEM | UPDATE_ITEM | DELETE_ITEM => Some(Bound::PartitionKey),
            DECRYPT | ENCRYPT | GENERATE_DATA_KEY | RE_ENCRYPT_FROM | RE_ENCRYPT_TO => Some(Bound::Context),
            _ => None,
        }
    }
}

impl On {
    /// All of them, in the order of a policy.
    pub(crate) const ALL: [Self; 11] = [
        Self::Table,
        Self::Key,
        Self::AllKeys,
        Self::EveryKey,
        Self::NewKeys,
        Self::ThePairsStack,
        Self::ThePair,
        Self::AllStacks,
        Self::Owners,
        Self::Functions,
        Self::Roles,
    ];
}

const fn right(action: &'static str, on: On) -> Right {
    Right { action, on }
}

/// Finding the table.
pub(crate) const FIND_TABLE: Right = right("cloudformation:DescribeStacks", On::ThePairsStack);
/// All items, without their values.
pub(crate) const SCAN: Right = right("dynamodb:Scan", On::Table);
/// The items of one secret, or of some that lie beside each other.
pub(crate) const QUERY: Right = right("dynamodb:Query", On::Table);
/// One item.
pub(crate) const GET_ITEM: Right = right("dynamodb:GetItem", On::Table);
/// A value.
pub(crate) const DECRYPT: Right = right("kms:Decrypt", On::Key);
/// A new version, or a head.
pub(crate) const PUT_ITEM: Right = right("dynamodb:PutItem", On::Table);
/// The state of a version, or its key.
pub(crate) const UPDATE_ITEM: Right = right("dynamodb:UpdateItem", On::Table);
/// What was retired, into use again: the item of a table says all that there is of it.
pub(crate) const BRING_BACK: Right = right("s3:GetObjectVersion", On::Hidden);
/// What has expired.
pub(crate) const DELETE_ITEM: Right = right("dynamodb:DeleteItem", On::Table);
/// A new value.
pub(crate) const ENCRYPT: Right = right("kms:Encrypt", On::Key);
/// One that is too long for the key itself.
pub(crate) const GENERATE_DATA_KEY: Right = right("kms:GenerateDataKey", On::Key);
/// From any key.
pub(crate) const RE_ENCRYPT_FROM: Right = right("kms:ReEncryptFrom", On::AllKeys);
/// To the new one.
pub(crate) const RE_ENCRYPT_TO: Right = right("kms:ReEncryptTo", On::Key);
/// What their resources have.
pub(crate) const LIST_STACK_RESOURCES: Right = right("cloudformation:ListStackResources", On::AllStacks);
/// Which stacks there are.
pub(crate) const LIST_STACKS: Right = right("cloudformation:ListStacks", On::AllStacks);
/// How the pair's stack stands.
pub(crate) const DESCRIBE_PAIR: Right = right("cloudformation:DescribeStacks", On::ThePair);
/// Which functions the pair has.
pub(crate) const LIST_PAIRS_RESOURCES: Right = right("cloudformation:ListStackResources", On::ThePair);
/// How the table is set up.
pub(crate) const DESCRIBE_TABLE: Right = right("dynamodb:DescribeTable", On::Table);
/// By what its items expire.
pub(crate) const DESCRIBE_TIME_TO_LIVE: Right = right("dynamodb:DescribeTimeToLive", On::Table);
/// Whether it can be restored.
pub(crate) const DESCRIBE_CONTINUOUS_BACKUPS: Right = right("dynamodb:DescribeContinuousBackups", On::Table);
/// How the key is set up.
pub(crate) const DESCRIBE_KEY: Right = right("kms:DescribeKey", On::Key);
/// Whether it gets new material.
pub(crate) const GET_KEY_ROTATION_STATUS: Right = right("kms:GetKeyRotationStatus", On::Key);
/// How a function is set up.
pub(crate) const GET_FUNCTION_CONFIGURATION: Right = right("lambda:GetFunctionConfiguration", On::Functions);
/// Whether its role is there.
pub(crate) const GET_ROLE: Right = right("iam:GetRole", On::Roles);
/// How the stack that has a secret stands, and its parameters.
pub(crate) const DESCRIBE_OWNER: Right = right("cloudformation:DescribeStacks", On::Owners);
/// Its template.
pub(crate) const GET_TEMPLATE: Right = right("cloudformation:GetTemplate", On::Owners);
/// Its rotation.
pub(crate) const UPDATE_STACK: Right = right("cloudformation:UpdateStack", On::Owners);
/// A table.
pub(crate) const CREATE_TABLE: Right = right("dynamodb:CreateTable", On::Table);
/// Its protection.
pub(crate) const UPDATE_TABLE: Right = right("dynamodb:UpdateTable", On::Table);
/// By what its items expire.
pub(crate) const UPDATE_TIME_TO_LIVE: Right = right("dynamodb:UpdateTimeToLive", On::Table);
/// Its recovery.
pub(crate) const UPDATE_CONTINUOUS_BACKUPS: Right = right("dynamodb:UpdateContinuousBackups", On::Table);
/// How the key of an alias is set up.
pub(crate) const DESCRIBE_ANY_KEY: Right = right("kms:DescribeKey", On::EveryKey);
/// Whether it gets new material.
pub(crate) const GET_ANY_KEY_ROTATION_STATUS: Right = right("kms:GetKeyRotationStatus", On::EveryKey);
/// A key.
pub(crate) const CREATE_KEY: Right = right("kms:CreateKey", On::NewKeys);
/// Its rotation.
pub(crate) const ENABLE_KEY_ROTATION: Right = right("kms:EnableKeyRotation", On::EveryKey);
/// Its name: on both.
pub(crate) const CREATE_ALIAS: Right = right("kms:CreateAlias", On::NewKeys);
