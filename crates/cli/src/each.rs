//! Something that is done to each of many, so many at a time, with a bar. What fails does not stop the rest; but where nobody
//! answers any more, nothing new is begun.

use std::cell::Cell;

use futures_util::{StreamExt as _, stream};

use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;

/// What came of it, in the order of what it was done to.
#[derive(Debug)]
pub(crate) struct Outcome<I, T> {
    /// What it was done to, and what came of that.
    pub(crate) done: Vec<(I, T)>,
    /// What it was not done to.
    pub(crate) failed: Failed<I>,
}

/// What something was not done to.
#[derive(Debug)]
pub(crate) struct Failed<I> {
    /// Each with why not.
    pub(crate) each: Vec<(I, Failure)>,
    /// What was not even begun with.
    pub(crate) not_begun: Vec<I>,
}

impl<I> Failed<I> {
    /// The same under other names.
    pub(crate) fn called<J>(self, name: impl Fn(I) -> J) -> Failed<J> {
        let each = self.each.into_iter().map(|(item, failure)| (name(item), failure)).collect();
        Failed { each, not_begun: self.not_begun.into_iter().map(name).collect() }
    }
}

/// Does it to each of them.
pub(crate) async fn each<I, T>(
    what: &'static str,
    items: Vec<I>,
    concurrency: usize,
    context: &Context,
    one: impl AsyncFn(&I) -> Result<T, Failure>,
) -> Outcome<I, T> {
    let bar = context.ui.progress(what, Some(items.len() as u64));
    until_nobody_answers(items, concurrency.max(1), one, || bar.one()).await
}

async fn until_nobody_answers<I, T>(
    items: Vec<I>,
    concurrency: usize,
    one: impl AsyncFn(&I) -> Result<T, Failure>,
    one_more: impl Fn(),
) -> Outcome<I, T> {
    let in_a_row = Cell::new(0);
    let mut results = stream::iter(items)
        .map(async |item| {
            if in_a_row.get() >= concurrency {
                return (item, None);
            }
            let result = one(&item).await;
            one_more();
            match &result {
                Err(failure) if is_of_all(failure) => in_a_row.set(in_a_row.get() + 1),
                _ => in_a_row.set(0),
            }
            (item, Some(result))
        })
        .buffered(concurrency);
    let mut outcome = Outcome { done: Vec::new(), failed: Failed { each: Vec::new(), not_begun: Vec::new() } };
    while let Some((item, result)) = results.next().await {
        match result {
            Some(Ok(it)) => outcome.done.push((item, it)),
            Some(Err(failure)) => outcome.failed.each.push((item, failure)),
            None => outcome.failed.not_begun.push(item),
        }
    }
    outcome
}

/// Whether the next one can be expected to fail in the same way: each of them was waited for.
fn is_of_all(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::TryAgain | Kind::NoCredentials)
}

#[cfg(test)]
mod tests {
    use secret_store::testing::at_once;

    use super::*;

    /// How many are done, failed and not begun with, of a hundred of which these fail.
    fn done(kind: Kind, fails: impl Fn(usize) -> bool) -> [usize; 3] {
        let one = async |number: &usize| if fails(*number) { Err(Failure::new(kind, "no")) } else { Ok(()) };
        let Outcome { done, failed } = at_once(until_nobody_answers((0..100).collect(), 4, one, || ()));
        [done.len(), failed.each.len(), failed.not_begun.len()]
    }

    #[test]
    fn what_fails_does_not_stop_the_rest() {
        assert_eq!(done(Kind::AccessDenied, |_| true), [0, 100, 0]);
        assert_eq!(done(Kind::TryAgain, |number| number % 2 == 0), [50, 50, 0]);
    }

    #[test]
    fn where_nobody_answers_any_more_nothing_new_is_begun() {
        assert_eq!(done(Kind::TryAgain, |number| number >= 10), [10, 4, 86]);
        assert_eq!(done(Kind::NoCredentials, |_| true), [0, 4, 96]);
    }
}
