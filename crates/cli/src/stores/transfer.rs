//! What `import` and `copy` do alike: first it is found out what each secret would become; only if the store would take all of them
//! is the first one written. What is there already is left alone, so the same command once more does what is missing.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::older::there_already;
use super::port::{Held, New, Store, Stored, There};
use crate::context::Context;
use crate::each::{Failed, Outcome, each};
use crate::exit::Kind;
use crate::failure::Failure;
use crate::ui::{Cell, Rows};
use crate::verbs::some_failed;

/// A secret that is to be there.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// What it is called where it comes from.
    pub(super) from: String,
    /// What it is to be called.
    pub(super) name: String,
    /// What it is to hold.
    pub(super) new: New,
    /// What it is to have held before, the oldest first.
    pub(super) older: Vec<New>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    /// Nothing is there.
    Created,
    /// Another value is, of so many bytes.
    Changed { before: usize },
    /// The same value is.
    LeftAlone,
}

/// What was found out about one.
#[derive(Debug)]
struct Step {
    wish: Wish,
    /// The version that is there, then the one that was stored.
    version: Option<String>,
    becomes: Becomes,
}

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    Real,
    Dry,
}

/// Brings them in, and prints a row for each that was not there.
///
/// # Errors
/// Where one cannot be brought in, before anything is written; and where some could not be written.
pub(super) async fn transfer(
    target: &dyn Store,
    wishes: Vec<Wish>,
    concurrency: usize,
    run: Run,
    context: &Context,
) -> Result<(), Failure> {
    each_once(&wishes)?;
    let steps = plan(target, wishes, concurrency, context).await?;
    if run == Run::Dry {
        context.ui.note("a dry run: nothing was written");
        return context.ui.rows(&rows(&steps));
    }
    let (steps, alike): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| step.becomes != Becomes::LeftAlone);
    if !alike.is_empty() {
        context.ui.note(&format!("{} secrets have these values already", alike.len()));
    }
    let (done, failed) = write(target, steps, concurrency, context).await;
    context.ui.rows(&rows(&done))?;
    some_failed(failed, context)
}

/// # Errors
/// Where two would be one.
fn each_once(wishes: &[Wish]) -> Result<(), Failure> {
    let mut taken = BTreeMap::new();
    for Wish { from, name, .. } in wishes {
        if let Some(other) = taken.insert(name, from) {
            return Err(Failure::refused(format!("`{other}` and `{from}` would both be `{name}`"))
                .hint("choose by --match, or tell them apart by --rename"));
        }
    }
    Ok(())
}

/// Asked so many at a time, in their order.
pub(super) async fn in_batches<T>(
    items: Vec<T>,
    batch: usize,
    concurrency: usize,
    one: impl AsyncFn(Vec<T>) -> Vec<(T, Result<Option<Held>, Failure>)>,
) -> Vec<(T, Result<Option<Held>, Failure>)> {
    let mut batches = Vec::new();
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        batches.push(items.by_ref().take(batch).collect::<Vec<_>>());
    }
    let answers = stream::iter(batches).map(|batch| one(batch)).buffered(concurrency.max(1));
    answers.collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn plan(
    target: &dyn Store,
    wishes: Vec<Wish>,
    concurrency: usize,
    context: &Context,
) -> Result<Vec<Step>, Failure> {
    let all = wishes.len();
    target.look_ahead(&wishes.iter().map(|wish| wish.name.clone()).collect::<Vec<_>>()).await;
    let bar = context.ui.progress("comparing", Some(all as u64));
    let there = async |wishes: Vec<Wish>| {
        let names: Vec<_> = wishes.iter().map(|wish| wish.name.clone()).collect();
        let found = target.current(&names).await;
        wishes.iter().for_each(|_| bar.one());
        wishes.into_iter().zip(found).collect()
    };
    let found = in_batches(wishes, target.capabilities().batch, concurrency, there).await;
    let checked = stream::iter(found).map(async |(mut wish, there)| match step(target, &wish, there).await {
        Ok((version, becomes, already)) => {
            wish.older.drain(..already.min(wish.older.len()));
            if becomes == Becomes::Created {
                wish.older.first_mut().unwrap_or(&mut wish.new).there = There::Absent;
            }
            Ok(Step { wish, version, becomes })
        }
        Err(failure) => Err((wish, failure)),
    });
    let (mut steps, mut failed) = (Vec::new(), Vec::new());
    let mut checked = std::pin::pin!(checked.buffered(concurrency.max(1)));
    while let Some(one) = checked.next().await {
        match one {
            Ok(step) => steps.push(step),
            Err(one) => failed.push(one),
        }
    }
    drop(bar);
    if failed.is_empty() {
        return Ok(steps);
    }
    for (wish, failure) in &failed {
        context.ui.warn(&format!("{}: {}", wish.name, failure.message));
    }
    let count = failed.len();
    let (_, first) = failed.swap_remove(0);
    Err(Failure { message: format!("{count} of {all} secrets cannot be brought in, so nothing was written"), ..first })
}

/// The version that is there, what is to become of it, and how many earlier ones are there already.
async fn step(
    target: &dyn Store,
    wish: &Wish,
    there: Result<Option<Held>, Failure>,
) -> Result<(Option<String>, Becomes, usize), Failure> {
    let (version, becomes, already) = match there? {
        None => (None, Becomes::Created, 0),
        Some(held) => {
            let (old, new) = (held.value.expose_secret().as_bytes(), wish.new.value.expose_secret().as_bytes());
            let (same, before) = (bool::from(old.ct_eq(new)), old.len());
            let all = wish.older.iter().chain([&wish.new]).map(|new| &new.value);
            let already = match wish.older.is_empty() {
                true => Some(usize::from(same)),
                false => there_already(target, &wish.name, &held, &all.collect::<Vec<_>>()).await?,
            };
            match already {
                Some(count) if count <= wish.older.len() => (Some(held.version), Becomes::Changed { before }, count),
                _ => (Some(held.version), Becomes::LeftAlone, 0),
            }
        }
    };
    if becomes != Becomes::LeftAlone {
        for new in wish.older.iter().skip(already).chain([&wish.new]) {
            target.check(&wish.name, new).await?;
        }
    }
    Ok((version, becomes, already))
}

/// Writes each. What fails does not stop the rest.
async fn write(
    target: &dyn Store,
    steps: Vec<Step>,
    concurrency: usize,
    context: &Context,
) -> (Vec<Step>, Failed<String>) {
    let one = async |step: &Step| {
        let Wish { name, older, new, .. } = &step.wish;
        let mut over = None;
        for new in older {
            over = target.put(name, new).await?.over.or(over);
        }
        let stored = target.put(name, new).await?;
        Ok(Stored { over: stored.over.or(over), ..stored })
    };
    let Outcome { done, failed } = each("bringing in", steps, concurrency, context, one).await;
    let mut failed = failed.called(|step| step.wish.name);
    let mut written = Vec::new();
    for (step, Stored { version, over }) in done {
        if let Some(over) = over {
            failed.each.push((step.wish.name.clone(), raced(&step.wish.name, &version, &over)));
        }
        written.push(Step { version: Some(version), ..step });
    }
    (written, failed)
}

/// It is stored, and so was something else.
pub(super) fn raced(name: &str, version: &str, over: &str) -> Failure {
    Failure::new(
        Kind::Partial,
        format!(
            "version {over} of `{name}` is somebody else's, stored at the same time: version {version} is current now"
        ),
    )
    .hint("compare the two, and store the right one: `cfn-secrets --store STORE history NAME`")
}

/// A row for each secret; of values their lengths alone.
fn rows(steps: &[Step]) -> Rows {
    let mut rows = Rows::new(&["name", "from", "version", "becomes", "length", "length_before"]);
    for Step { wish, version, becomes } in steps {
        let length = wish.new.value.expose_secret().len();
        let (becomes, before) = match becomes {
            Becomes::Created => (Cell::text("created"), None),
            Becomes::Changed { before } => (Cell::text("changed"), Some(*before)),
            Becomes::LeftAlone => (Cell::both("left alone", "left-alone"), Some(length)),
        };
        rows.push([
            Cell::text(wish.name.as_str()),
            Cell::text(wish.from.as_str()),
            version.as_deref().map_or(Cell::both("", serde_json::Value::Null), Cell::text),
            becomes,
            Cell::number(length as u64),
            before.map_or(Cell::both("", serde_json::Value::Null), |before| Cell::number(before as u64)),
        ]);
    }
    rows
}
