//! Histories: what users do to their stacks, and what goes wrong meanwhile. Deterministic; proptest makes and shrinks them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use secret_store::store::Windows;

use super::deeds::{Deed, deeds};

/// A whole history.
#[derive(Clone, Debug)]
pub struct History {
    /// What happens, in order.
    pub operations: Vec<Operation>,
    /// What goes wrong with the deliveries, one after the other; none once they are used up.
    pub faults: Vec<Fault>,
}

/// Which of the stacks: [`STACKS`](super::stack::STACKS).
pub type StackIndex = usize;

/// Which of two logical ids.
pub type LogicalIndex = usize;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Operation {
    /// CreateStack, unless a stack of that name lives.
    Create { stack: StackIndex, resources: [Option<Spec>; 2], fate: Fate },
    /// UpdateStack, if the stack is in a state for it.
    Update { stack: StackIndex, edits: Vec<(LogicalIndex, Edit)>, fate: Fate, rollback: Rollback },
    /// DeleteStack; once more after DELETE_FAILED.
    Delete { stack: StackIndex },
    /// ContinueUpdateRollback, after UPDATE_ROLLBACK_FAILED.
    ContinueRollback { stack: StackIndex },
    /// RollbackStack, or a replay of the last good template, after UPDATE_FAILED; then the Deletes of what came between, or
    /// none of them.
    GoBack { stack: StackIndex, cleanup: bool },
    /// A stack of another account or region sends what it knows of the first stack's ids.
    Trespass { stack: StackIndex, request: Trespass },
    /// A delivery that was held back arrives after all: a duplicate, or a Create that its own Delete overtook.
    StrayArrives { which: usize },
    /// Time passes.
    Wait { seconds: u64 },
    /// DynamoDB erases what has expired.
    TimeToLive,
    /// An operator reads what is stored after so many requests of what follows, and writes what was decided after so many more.
    Operate { deed: Deed, read_in: u8, write_in: u8 },
    /// The pair is deployed anew: with another default table, key and recovery window, perhaps for the first env alone.
    Redeploy { table: usize, key: usize, window: Option<u64>, one_env: bool },
}

/// A request for what is not one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trespass {
    Update,
    Delete,
    Read,
}

/// How a stack operation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing else fails.
    Succeeds,
    /// Another resource of the stack fails after so many of ours are done.
    SiblingFails { after: usize },
    /// Another resource fails while ours is at work: its request is held back and the operation cancelled.
    Cancels { at: usize },
}

/// What CloudFormation does about a replacement when it rolls back. The sources do not agree, so both are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// An Update from the new properties to the old ones, then a Delete of the new id.
    UpdatesBack,
    /// Only the Delete of the new id; what depends on it gets the old attributes from memory.
    DeletesOnly,
    /// Nothing: DisableRollback. The stack stays as it is, in UPDATE_FAILED.
    Off,
}

/// What goes wrong with one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is delivered twice.
    Twice,
    /// It is delivered again much later.
    TwiceMuchLater,
    /// The function dies before it does anything; Lambda's retry does it.
    DiesFirst,
    /// The function does it, but its answer is lost; Lambda's retry answers.
    AnswerLost,
    /// The answers of all three tries are lost: CloudFormation times out.
    AllAnswersLost,
    /// All three tries die before they do anything: CloudFormation times out.
    NothingDone,
    /// DynamoDB stores a write, but its reply is lost.
    WriteReplyLost,
    /// DynamoDB stores a write, its reply is lost, and nobody can ask any more.
    GoneAfterWrite,
    /// The request says that it was made years from now.
    DatedAhead,
    /// DynamoDB cannot be reached.
    TableUnavailable,
    /// The table is gone.
    TableMissing,
    /// KMS refuses.
    KeyUnusable,
    /// CloudFormation does not say what the stack is doing.
    StackNotTold,
    /// Another writer comes between each read and its write, twice.
    Contended,
}

/// A generated secret in a template, and the database that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Which of two envs.
    pub env: usize,
    /// Which of two names; `None` leaves it out.
    pub name: Option<usize>,
    /// Which of two tables; `None` leaves it to the pair.
    pub table: Option<usize>,
    /// The `RotationTrigger`.
    pub trigger: usize,
    /// An unrelated property: the `PasswordLength` is 20 and so many.
    pub length: usize,
    /// `OnConflict: adopt`.
    pub adopt: bool,
    /// `RecoveryWindowInDays`.
    pub window: Option<u64>,
    /// `DeletionPolicy` and `UpdateReplacePolicy: Retain`.
    pub retain: bool,
    /// Whether the getter is given the `SecretId`; otherwise it is of the 2016 form and does not run again.
    pub by_id: bool,
}

/// A change of a template.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    Env(usize),
    Name(Option<usize>),
    Table(Option<usize>),
    Trigger(usize),
    Length(usize),
    Adopt(bool),
    Window(Option<u64>),
    Retain(bool),
    ById(bool),
    /// Adds the resource, or removes it.
    Toggle(Spec),
    /// Gives the resource the other logical id.
    Rename,
}

/// Histories of up to `length` operations after the creation of a first stack.
pub fn histories(length: usize, windows: Windows) -> impl Strategy<Value = History> {
    let first = (spec(windows), option::weighted(0.2, spec(windows))).prop_map(|(one, two)| Operation::Create {
        stack: 0,
        resources: [Some(one), two],
        fate: Fate::Succeeds,
    });
    (first, vec(operation(windows), 1..=length), vec(fault(), 0..=3 * length)).prop_map(
        |(first, mut operations, faults)| {
            operations.insert(0, first);
            History { operations, faults }
        },
    )
}

/// Mostly the first stack: what happens to one is more than what happens to two.
fn stack() -> impl Strategy<Value = StackIndex> {
    prop_oneof![20 => Just(0), 4 => Just(1), 1 => Just(2), 1 => Just(3)]
}

fn operation(windows: Windows) -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (stack(), spec(windows), option::weighted(0.2, spec(windows)), fate())
            .prop_map(|(stack, one, two, fate)| Operation::Create { stack, resources: [Some(one), two], fate }),
        12 => (stack(), vec((0..2_usize, edit(windows)), 1..=2), fate(), rollback())
            .prop_map(|(stack, edits, fate, rollback)| Operation::Update { stack, edits, fate, rollback }),
        2 => stack().prop_map(|stack| Operation::Delete { stack }),
        2 => stack().prop_map(|stack| Operation::ContinueRollback { stack }),
        3 => (stack(), any::<bool>()).prop_map(|(stack, cleanup)| Operation::GoBack { stack, cleanup }),
        1 => (2..4_usize, prop_oneof![Just(Trespass::Update), Just(Trespass::Delete), Just(Trespass::Read)])
            .prop_map(|(stack, request)| Operation::Trespass { stack, request }),
        2 => (0..8_usize).prop_map(|which| Operation::StrayArrives { which }),
        2 => prop_oneof![1..600_u64, 3600..8000_u64, Just(20 * DAY), Just(31 * DAY)]
            .prop_map(|seconds| Operation::Wait { seconds }),
        1 => Just(Operation::TimeToLive),
        9 => (deeds(), moments(), moments())
            .prop_map(|(deed, read_in, write_in)| Operation::Operate { deed, read_in, write_in }),
        1 => (0..2_usize, 0..2_usize, window(Windows::PerSecret), prop::bool::weighted(0.3))
            .prop_map(|(table, key, window, one_env)| Operation::Redeploy { table, key, window, one_env }),
    ]
}

/// Mostly none: what is done by hand between two operations.
fn moments() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(0), 1 => 1..6_u8]
}

/// Seconds of a day.
pub const DAY: u64 = 24 * 60 * 60;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        5 => Just(Fate::Succeeds),
        3 => (0..3_usize).prop_map(|after| Fate::SiblingFails { after }),
        1 => (0..2_usize).prop_map(|at| Fate::Cancels { at }),
    ]
}

fn rollback() -> impl Strategy<Value = Rollback> {
    prop_oneof![Just(Rollback::UpdatesBack), Just(Rollback::DeletesOnly), Just(Rollback::Off)]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        40 => Just(Fault::None),
        1 => Just(Fault::Twice),
        2 => Just(Fault::TwiceMuchLater),
        1 => Just(Fault::DiesFirst),
        1 => Just(Fault::AnswerLost),
        1 => Just(Fault::AllAnswersLost),
        1 => Just(Fault::NothingDone),
        1 => Just(Fault::WriteReplyLost),
        1 => Just(Fault::GoneAfterWrite),
        1 => Just(Fault::DatedAhead),
        1 => Just(Fault::TableUnavailable),
        1 => Just(Fault::TableMissing),
        1 => Just(Fault::KeyUnusable),
        1 => Just(Fault::StackNotTold),
        1 => Just(Fault::Contended),
    ]
}

fn spec(windows: Windows) -> impl Strategy<Value = Spec> {
    let place = (0..2_usize, name(), table(), 0..3_usize);
    let manner =
        (0..2_usize, prop::bool::weighted(0.4), window(windows), prop::bool::weighted(0.2), prop::bool::weighted(0.7));
    (place, manner).prop_map(|((env, name, table, trigger), (length, adopt, window, retain, by_id))| Spec {
        env,
        name,
        table,
        trigger,
        length,
        adopt,
        window,
        retain,
        by_id,
    })
}

fn name() -> impl Strategy<Value = Option<usize>> {
    option::weighted(0.2, 0..2_usize)
}

fn table() -> impl Strategy<Value = Option<usize>> {
    option::weighted(0.3, 0..2_usize)
}

/// Where the window is the store's, templates mostly leave it out: with another one than the pair's, they are refused.
fn window(windows: Windows) -> impl Strategy<Value = Option<u64>> {
    let (shortest, weight) = match windows {
        Windows::PerSecret => (0, 4),
        Windows::OfTheStore => (30, 20),
    };
    prop_oneof![weight => Just(None), 2 => Just(Some(shortest)), 1 => Just(Some(7))]
}

fn edit(windows: Windows) -> impl Strategy<Value = Edit> {
    prop_oneof![
        6 => (0..3_usize).prop_map(Edit::Trigger),
        3 => (0..2_usize).prop_map(Edit::Length),
        2 => (0..2_usize).prop_map(Edit::Env),
        1 => name().prop_map(Edit::Name),
        1 => table().prop_map(Edit::Table),
        1 => any::<bool>().prop_map(Edit::Adopt),
        1 => window(windows).prop_map(Edit::Window),
        1 => any::<bool>().prop_map(Edit::Retain),
        1 => any::<bool>().prop_map(Edit::ById),
        2 => spec(windows).prop_map(Edit::Toggle),
        2 => Just(Edit::Rename),
    ]
}
