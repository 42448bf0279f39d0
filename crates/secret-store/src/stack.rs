//! What a stack is doing: the one question that no event answers, as a port.

use crate::owner::StackId;
use crate::store::Cause;

/// What a stack is doing, as far as a decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackState {
    /// It is there: settled, being made, updated or deleted.
    Lives,
    /// An update of it is being undone.
    RollsBack,
    /// It was deleted, or there never was one.
    Gone,
}

/// What is known of a requester's stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackNews {
    /// Nobody has asked yet.
    #[default]
    NotAsked,
    /// This was the answer.
    Told(StackState),
    /// Whoever was asked did not tell: no right, no way, another account.
    NotTold,
}

/// The state of a stack.
pub trait DescribeStack {
    /// What the stack of this id is doing now.
    ///
    /// # Errors
    /// Where nobody tells. One try, and not for long: whoever asks goes on without it.
    fn describe(&self, stack: &StackId) -> impl Future<Output = Result<StackState, StackNotTold>>;
}

/// Nobody tells what the stack is doing.
#[derive(Debug, thiserror::Error)]
#[error("the state of the stack is not known")]
pub struct StackNotTold(#[source] pub Cause);

/// Where there is nobody to ask: a model, a test, another use of the same decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NobodyTells;

impl DescribeStack for NobodyTells {
    async fn describe(&self, _: &StackId) -> Result<StackState, StackNotTold> {
        Err(StackNotTold("there is nobody to ask".into()))
    }
}

impl<T: DescribeStack> DescribeStack for &T {
    async fn describe(&self, stack: &StackId) -> Result<StackState, StackNotTold> {
        (**self).describe(stack).await
    }
}
