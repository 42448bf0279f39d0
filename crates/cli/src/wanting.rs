//! What secrets lack that are to be kept without the template, as steps: each a command for the AWS CLI, and a call.

pub(crate) mod bucket;
pub(crate) mod key;
pub(crate) mod table;

use secret_store::StoreName;
use secret_store::store::StoreError;

use crate::failure::Failure;

/// What secrets are kept in: a table, or a bucket.
pub(crate) trait Place {
    /// One thing to make.
    type Step;

    /// What it is called, such as `the table secrets`.
    fn called(&self, name: &StoreName) -> String;

    /// The flag that names it to every verb.
    fn flag(&self, name: &StoreName) -> String;

    /// What is missing, in the order in which it is made.
    ///
    /// # Errors
    /// Where something else is in the way, or nobody says what is there.
    async fn missing(&self, name: &StoreName) -> Result<Vec<Self::Step>, Failure>;

    /// The step's name for programs.
    fn step(step: &Self::Step) -> &'static str;

    /// What making it changes for what others keep there.
    fn warning(&self, name: &StoreName, steps: &[Self::Step]) -> Option<String>;

    /// What makes it with the AWS CLI: lines for a shell, to be run one after the other.
    fn command(&self, name: &StoreName, step: &Self::Step) -> String;

    /// Makes it.
    async fn make(&self, name: &StoreName, step: &Self::Step) -> Result<(), StoreError>;

    /// Whether what was made can be changed: a table is not there at once.
    async fn is_settled(&self, name: &StoreName, step: &Self::Step) -> Result<bool, StoreError>;
}

/// What somebody told of it; `None` where it is not there.
pub(crate) fn there<T>(told: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match told {
        Ok(facts) => Ok(Some(facts)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
