//! Histories: what users do to their stacks and others to the copies, and what goes wrong. Deterministic; proptest makes and
//! shrinks them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::hand::{Deed, deeds};
use super::stack::{CopySpec, Edit, Template};

/// A whole history.
#[derive(Clone, Debug)]
pub struct History {
    /// What happens, in order.
    pub operations: Vec<Operation>,
    /// What goes wrong with the deliveries, one after the other; none once they are used up.
    pub faults: Vec<Fault>,
}

/// Which of two stacks.
pub type StackIndex = usize;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Operation {
    /// CreateStack, unless the stack lives.
    Create { stack: StackIndex, template: Template, fate: Fate },
    /// UpdateStack, if the stack is in a state for it.
    Update { stack: StackIndex, edits: Vec<Edit>, fate: Fate, rollback: Rollback },
    /// DeleteStack; once more after DELETE_FAILED.
    Delete { stack: StackIndex },
    /// ContinueUpdateRollback, after UPDATE_ROLLBACK_FAILED.
    ContinueRollback { stack: StackIndex },
    /// RollbackStack after UPDATE_FAILED.
    GoBack { stack: StackIndex },
    /// A delivery that was held back arrives after all.
    StrayArrives { which: usize },
    /// A stack of another account publishes what the first one has.
    Trespass,
    /// Time passes.
    Wait { seconds: u64 },
    /// Somebody else changes a copy.
    Hand(Deed),
    /// The second comes after so many calls of the first.
    AtOnce { calls: u8, first: Box<Operation>, second: Box<Operation> },
}

/// How a stack operation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing else fails.
    Succeeds,
    /// Another resource fails after so many of ours are done.
    SiblingFails { after: usize },
}

/// What CloudFormation does when an update fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// Updates from the new properties to the old ones, then Deletes of the new ids.
    UpdatesBack,
    /// Of a replacement only the Delete of the new id.
    DeletesOnly,
    /// Nothing: DisableRollback.
    Off,
}

/// What goes wrong with one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is delivered twice.
    Twice,
    /// And the second time while the first is at work, after so many calls.
    TwiceAtOnce(u8),
    /// It is delivered again much later.
    TwiceMuchLater,
    /// The function does it, but its answer is lost; Lambda's retry answers.
    AnswerLost,
    /// The answers of all three tries are lost: CloudFormation times out.
    AllAnswersLost,
    /// All three tries die before they do anything.
    NothingDone,
    /// It is not carried out before CloudFormation has given it up, but later.
    HeldBack,
    /// The reply to the first write is lost.
    ReplyLost,
    /// The reply to the first write is lost, and nobody can ask any more.
    GoneAfterWrite,
    /// So many calls are throttled.
    Throttled(u8),
    /// Neither service can be reached.
    Down,
    /// The role may not do anything.
    Denied,
    /// The table cannot be reached.
    TableDown,
}

/// Histories of up to `length` operations after the creation of a first stack.
pub fn histories(length: usize) -> impl Strategy<Value = History> {
    let first = template().prop_map(|template| Operation::Create { stack: 0, template, fate: Fate::Succeeds });
    (first, vec(operation(), 1..=length), vec(fault(), 0..=2 * length)).prop_map(|(first, mut operations, faults)| {
        operations.insert(0, first);
        History { operations, faults }
    })
}

/// Mostly the first stack: what happens to one is more than what happens to two.
fn stack() -> impl Strategy<Value = StackIndex> {
    prop_oneof![4 => Just(0), 1 => Just(1)]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        12 => one_operation(),
        2 => (0..8_u8, one_operation(), one_operation()).prop_map(|(calls, first, second)| Operation::AtOnce {
            calls,
            first: Box::new(first),
            second: Box::new(second),
        }),
    ]
}

fn one_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (stack(), template(), fate()).prop_map(|(stack, template, fate)| Operation::Create { stack, template, fate }),
        12 => (stack(), vec(edit(), 1..=2), fate(), rollback())
            .prop_map(|(stack, edits, fate, rollback)| Operation::Update { stack, edits, fate, rollback }),
        2 => stack().prop_map(|stack| Operation::Delete { stack }),
        2 => stack().prop_map(|stack| Operation::ContinueRollback { stack }),
        2 => stack().prop_map(|stack| Operation::GoBack { stack }),
        3 => (0..8_usize).prop_map(|which| Operation::StrayArrives { which }),
        1 => Just(Operation::Trespass),
        1 => prop_oneof![1..600_u64, 3600..6000_u64, Just(20 * DAY), Just(31 * DAY)]
            .prop_map(|seconds| Operation::Wait { seconds }),
        4 => deeds().prop_map(Operation::Hand),
    ]
}

/// Seconds of a day.
pub const DAY: u64 = 24 * 60 * 60;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![5 => Just(Fate::Succeeds), 3 => (0..4_usize).prop_map(|after| Fate::SiblingFails { after })]
}

fn rollback() -> impl Strategy<Value = Rollback> {
    prop_oneof![3 => Just(Rollback::UpdatesBack), 1 => Just(Rollback::DeletesOnly), 1 => Just(Rollback::Off)]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        30 => Just(Fault::None),
        1 => Just(Fault::Twice),
        1 => (1..6_u8).prop_map(Fault::TwiceAtOnce),
        3 => Just(Fault::TwiceMuchLater),
        1 => Just(Fault::AnswerLost),
        1 => Just(Fault::AllAnswersLost),
        1 => Just(Fault::NothingDone),
        2 => Just(Fault::HeldBack),
        1 => Just(Fault::ReplyLost),
        1 => Just(Fault::GoneAfterWrite),
        1 => (1..4_u8).prop_map(Fault::Throttled),
        1 => Just(Fault::Down),
        1 => Just(Fault::Denied),
        1 => Just(Fault::TableDown),
    ]
}

fn template() -> impl Strategy<Value = Template> {
    (0..3_usize, spec(), option::weighted(0.2, spec()))
        .prop_map(|(trigger, one, two)| Template { trigger, copies: [Some(one), two] })
}

fn spec() -> impl Strategy<Value = CopySpec> {
    let names = prop_oneof![
        3 => (name(), Just(None)),
        3 => (Just(None), name()),
        2 => (name(), name()),
    ];
    let manner = (prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.3));
    let wishes =
        (prop::bool::weighted(0.3), prop::bool::weighted(0.25), window(), any::<bool>(), prop::bool::weighted(0.1));
    (names, manner, wishes).prop_map(
        |((parameter, secret), (advanced, key, credentials), (overwrite, adopt, window, tag, retain))| CopySpec {
            parameter,
            secret,
            advanced,
            key,
            credentials,
            overwrite,
            adopt,
            window,
            tag,
            retain,
        },
    )
}

fn name() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![3 => Just(Some(0)), 1 => Just(Some(1))]
}

fn window() -> impl Strategy<Value = Option<u16>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(0)), 2 => Just(Some(7))]
}

fn edit() -> impl Strategy<Value = Edit> {
    let copy = || 0..2_usize;
    prop_oneof![
        8 => (0..3_usize).prop_map(Edit::Trigger),
        2 => (copy(), option::weighted(0.8, 0..2_usize)).prop_map(|(copy, name)| Edit::Parameter(copy, name)),
        2 => (copy(), option::weighted(0.8, 0..2_usize)).prop_map(|(copy, name)| Edit::Secret(copy, name)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Advanced(copy, is)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Key(copy, is)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Credentials(copy, is)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Overwrite(copy, is)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Adopt(copy, is)),
        1 => (copy(), window()).prop_map(|(copy, window)| Edit::Window(copy, window)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Tag(copy, is)),
        1 => (copy(), any::<bool>()).prop_map(|(copy, is)| Edit::Retain(copy, is)),
        2 => (copy(), spec()).prop_map(|(copy, spec)| Edit::Toggle(copy, spec)),
        1 => Just(Edit::Rename),
    ]
}
