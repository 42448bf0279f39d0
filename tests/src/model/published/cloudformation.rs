//! The operations of CloudFormation as sequences of events: the secret first, then its database, then its copies, as
//! `DependsOn` has it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::Violation;
use super::super::event::{Event, Kind};
use super::Played;
use super::aws::Done;
use super::function::{Function, author, generator_properties};
use super::history::{Fate, History, Operation, Rollback, StackIndex};
use super::mutants::Mutant;
use super::promises::{Place, Promises};
use super::stack::{COPIES, Copy, CopySpec, Generated, Interrupted, Made, STACKS, Stack, Status, Template};

/// CloudFormation, two stacks, and the functions that serve them.
pub struct CloudFormation {
    pub(super) function: Rc<Function>,
    pub(super) stacks: RefCell<[Option<Stack>; STACKS.len()]>,
    /// Stacks that an operation is at work on.
    busy: Cell<[bool; STACKS.len()]>,
    pub(super) promises: RefCell<Promises>,
    pub(super) serial: Cell<u64>,
    /// How many operations are at work, one between the calls of the other.
    at_work: Cell<u32>,
    /// What was broken by what came between.
    broken: RefCell<Option<Violation>>,
    pub(super) played: Cell<Played>,
}

pub(super) type Step<T> = Result<T, Violation>;

impl CloudFormation {
    pub fn new(history: &History, mutant: Mutant) -> Self {
        Self {
            function: Rc::new(Function::new(&history.faults, mutant)),
            stacks: RefCell::default(),
            busy: Cell::default(),
            promises: RefCell::default(),
            serial: Cell::default(),
            at_work: Cell::default(),
            broken: RefCell::default(),
            played: Cell::default(),
        }
    }

    pub fn played(&self) -> Played {
        let promises = self.promises.borrow();
        let acts = self.function.aws.acts();
        let count =
            |deed| acts.iter().filter(|act| act.deed == deed && act.author != super::aws::SOMEBODY).count() as u64;
        Played {
            events: self.function.invocations.get(),
            written: count(Done::Wrote),
            removed: count(Done::Removed),
            read_right: promises.read_right,
            read_changed: promises.read_changed,
            ..self.played.get()
        }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Played)) {
        let mut played = self.played.get();
        change(&mut played);
        self.played.set(played);
    }

    /// One operation, and the promises after it.
    ///
    /// # Errors
    /// The first promise that does not hold.
    pub fn run(self: &Rc<Self>, operation: &Operation) -> Step<()> {
        let Operation::AtOnce { calls, first, second } = operation else {
            return self.run_one(operation);
        };
        let (weak, later) = (Rc::downgrade(self), (**second).clone());
        self.function.aws.interrupt(*calls, move || {
            let Some(this) = weak.upgrade() else { return };
            this.count(|played| played.at_once += 1);
            this.at_work.set(this.at_work.get() + 1);
            if let Err(violation) = this.run_one(&later) {
                this.broken.borrow_mut().get_or_insert(violation);
            }
            this.at_work.set(this.at_work.get() - 1);
            this.function.came_between();
        });
        let ran = self.run_one(first);
        if let Some(left) = self.function.aws.leftover() {
            left();
            self.check()?;
        }
        match self.broken.borrow_mut().take() {
            Some(violation) => Err(violation),
            None => ran,
        }
    }

    fn run_one(self: &Rc<Self>, operation: &Operation) -> Step<()> {
        self.promises.borrow_mut().log.push(format!("{operation:?}"));
        // Operations are minutes apart; two of the same second would be one.
        self.function.wait(60);
        match operation {
            Operation::Create { stack, template, fate } => {
                self.on(*stack, |found| match found {
                    None => self.create_stack(*stack, template.sensible(), *fate).map(Some),
                    found => Ok(found),
                })?;
            }
            Operation::Update { stack, edits, fate, rollback } => self.on(*stack, |found| match found {
                Some(found) if matches!(found.status, Status::Stable | Status::UpdateFailed(_)) => {
                    let template = found.template().edited(edits);
                    self.update_stack(found, template, *fate, *rollback).map(Some)
                }
                found => Ok(found),
            })?,
            Operation::Delete { stack } => {
                self.on(*stack, |found| found.map_or(Ok(None), |found| self.delete_stack(found)))?;
            }
            Operation::ContinueRollback { stack } => self.on(*stack, |found| self.continue_rollback(found))?,
            Operation::GoBack { stack } => self.on(*stack, |found| self.go_back(found))?,
            Operation::StrayArrives { which } => self.stray_arrives(*which)?,
            Operation::Trespass => self.trespass()?,
            Operation::Wait { seconds } => self.function.wait(*seconds),
            Operation::Hand(deed) => {
                self.count(|played| played.by_hand += 1);
                self.serial.set(self.serial.get() + 1);
                deed.done_to(&self.function.aws, self.serial.get());
            }
            Operation::AtOnce { first, .. } => self.run_one(first)?,
        }
        self.check()
    }

    /// Works on a stack, unless an operation is at work on it.
    fn on(&self, index: StackIndex, work: impl FnOnce(Option<Stack>) -> Step<Option<Stack>>) -> Step<()> {
        if self.busy.get()[index] {
            return Ok(());
        }
        let is_busy = |is| {
            let mut busy = self.busy.get();
            busy[index] = is;
            self.busy.set(busy);
        };
        is_busy(true);
        let found = self.stacks.borrow()[index].clone();
        let worked = work(found);
        is_busy(false);
        self.stacks.borrow_mut()[index] = worked?;
        Ok(())
    }

    /// The promises that hold at any moment when nothing is at work.
    fn check(&self) -> Step<()> {
        self.promises.borrow().calls_are_bounded(self.function.most_calls.get())?;
        if self.at_work.get() > 0 || self.busy.get().contains(&true) {
            return Ok(());
        }
        let stacks = self.stacks.borrow();
        let mut living: BTreeSet<(String, Place)> = BTreeSet::new();
        for stack in stacks.iter().flatten() {
            let interrupted = stack.interrupted();
            let before = interrupted.iter().flat_map(|interrupted| interrupted.copies.iter().enumerate());
            let copies = stack.copies.iter().enumerate().chain(before);
            let copies = copies.filter_map(|(copy, found)| Some(Made::of(copy, found.as_ref()?)));
            let made = interrupted.iter().flat_map(|interrupted| interrupted.made.clone());
            for made in copies.chain(made) {
                living.extend(made.places().map(|place| (author(&stack.id, COPIES[made.copy]), place)));
            }
        }
        self.promises.borrow().gone_is_gone(&self.function.aws, &living)?;
        for stack in stacks.iter().flatten().filter(|stack| stack.status == Status::Stable) {
            for (copy, found) in stack.copies.iter().enumerate() {
                if let Some(Copy { spec, answered: true, .. }) = found {
                    let (author, database) = (author(&stack.id, COPIES[copy]), &stack.secret.database);
                    self.promises.borrow_mut().readers_have(&self.function.aws, &author, spec, database)?;
                }
            }
        }
        Ok(())
    }

    /// The generator's part, and the database's.
    pub(super) fn generate(&self, stack_id: &str, kind: Kind, trigger: usize) -> Option<Generated> {
        let event: Event = self.event(stack_id, "DbSecret", kind, generator_properties(trigger));
        let id = self.function.generate(&event)?;
        let database = self.function.value_of(&id).expect("what was generated is there");
        Some(Generated { trigger, id, database })
    }

    pub(super) fn rotate(&self, stack_id: &str, now: &Generated, trigger: usize) -> Generated {
        let old_properties = generator_properties(now.trigger);
        let kind = Kind::Update { physical_id: now.id.clone(), old_properties };
        self.generate(stack_id, kind, trigger).expect("an Update is answered with an id")
    }

    pub(super) fn delete_secret(&self, stack_id: &str, id: &str, trigger: usize) {
        self.generate(stack_id, Kind::Delete { physical_id: id.to_owned() }, trigger);
    }

    fn create_stack(self: &Rc<Self>, index: StackIndex, template: Template, fate: Fate) -> Step<Stack> {
        self.serial.set(self.serial.get() + 1);
        let id =
            format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{}/guid-{}", STACKS[index], self.serial.get());
        let secret = self.generate(&id, Kind::Create, template.trigger).expect("a Create is answered with an id");
        let mut stack = Stack { id, secret, copies: [None, None], status: Status::Stable };
        let (mut made, mut failed) = (Vec::new(), fate == Fate::SiblingFails { after: 0 });
        for (done, (copy, spec)) in present(&template).enumerate() {
            if failed {
                break;
            }
            let (one, worked) = self.publish_first(&stack.id, copy, spec, &stack.secret.id.clone())?;
            stack.copies[copy] = Some(copy_of(&one, worked));
            made.push(one);
            failed = !worked || fate == Fate::SiblingFails { after: done + 1 };
        }
        if !failed && fate == Fate::Succeeds {
            return Ok(stack);
        }
        stack.status = Status::OnlyDelete;
        for one in made.iter().rev() {
            if self.unpublish(&stack.id, one)? {
                stack.copies[one.copy] = None;
            }
        }
        self.delete_secret_if_unused(&stack);
        Ok(stack)
    }

    fn delete_secret_if_unused(&self, stack: &Stack) {
        if stack.copies.iter().all(Option::is_none) {
            self.delete_secret(&stack.id, &stack.secret.id, stack.secret.trigger);
        }
    }

    fn update_stack(
        self: &Rc<Self>,
        mut stack: Stack,
        template: Template,
        fate: Fate,
        rollback: Rollback,
    ) -> Step<Stack> {
        let (mut interrupted, rollback) = match (std::mem::replace(&mut stack.status, Status::Stable), rollback) {
            // What is there is not what to go back to: that is the last state without a failure, which has to be asked for.
            (Status::UpdateFailed(interrupted), Rollback::DeletesOnly) => (*interrupted, Rollback::UpdatesBack),
            (Status::UpdateFailed(interrupted), rollback) => (*interrupted, rollback),
            (_, rollback) => (
                Interrupted {
                    secret: stack.secret.clone(),
                    copies: stack.copies.clone(),
                    template,
                    made: Vec::new(),
                    new_secret_ids: Vec::new(),
                    pending: Vec::new(),
                },
                rollback,
            ),
        };
        interrupted.template = template;
        let mut failed = fate == Fate::SiblingFails { after: 0 };
        if !failed && stack.secret.trigger != template.trigger {
            stack.secret = self.rotate(&stack.id, &stack.secret, template.trigger);
            interrupted.new_secret_ids.push(stack.secret.id.clone());
        }
        let secret_id = stack.secret.id.clone();
        for (done, (copy, spec)) in present(&template).enumerate() {
            failed |= fate == Fate::SiblingFails { after: done + 1 };
            if failed {
                break;
            }
            let worked = match stack.copies[copy].clone() {
                None => {
                    let (one, worked) = self.publish_first(&stack.id, copy, spec, &secret_id)?;
                    // A failed one has nothing that could be updated: it is deleted.
                    stack.copies[copy] = worked.then(|| copy_of(&one, true));
                    interrupted.made.push(one);
                    worked
                }
                // Its policies are CloudFormation's own: nobody is asked.
                Some(now) if now.answered && now.asks_the_same(&spec, &secret_id) => {
                    stack.copies[copy] = Some(Copy { spec, ..now });
                    true
                }
                Some(now) => {
                    interrupted.pending.retain(|other| *other != copy);
                    interrupted.pending.push(copy);
                    let (next, worked) = self.publish_next(&stack.id, copy, &now, spec, &secret_id)?;
                    if next.physical_id != now.physical_id {
                        let (physical_id, secret_id) = (next.physical_id.clone(), secret_id.clone());
                        interrupted.made.push(Made { copy, physical_id, spec, secret_id });
                    }
                    stack.copies[copy] = Some(next);
                    worked
                }
            };
            failed = !worked;
        }
        if !failed && fate == Fate::Succeeds {
            self.clean_up(&mut stack, &interrupted)?;
            return Ok(stack);
        }
        if rollback == Rollback::Off {
            stack.status = Status::UpdateFailed(Box::new(interrupted));
            return Ok(stack);
        }
        self.roll_back(stack, interrupted, rollback)
    }

    /// UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: what was replaced or removed is deleted; a failure is passed over.
    fn clean_up(self: &Rc<Self>, stack: &mut Stack, interrupted: &Interrupted) -> Step<()> {
        // What is removed goes with the properties of its last request.
        let mut removed = Vec::new();
        for (copy, found) in stack.copies.iter_mut().enumerate() {
            if interrupted.template.copies[copy].is_none() {
                removed.extend(found.take().map(|found| Made::of(copy, &found)));
            }
        }
        let is_now =
            |made: &Made| stack.copies[made.copy].as_ref().is_some_and(|now| now.physical_id == made.physical_id);
        let before = interrupted.copies.iter().enumerate();
        let before = before.filter_map(|(copy, found)| Some(Made::of(copy, found.as_ref()?)));
        let gone: Vec<Made> = before.filter(|made| !is_now(made)).chain(removed).collect();
        // What failed updates made on the way is forgotten.
        for made in interrupted.made.iter().filter(|made| !is_now(made)) {
            self.leave(&stack.id, made);
        }
        for made in distinct(gone) {
            self.unpublish_or_leave(&stack.id, &made)?;
        }
        let ids = interrupted.new_secret_ids.iter().chain([&interrupted.secret.id]);
        for id in ids.filter(|id| **id != stack.secret.id) {
            self.delete_secret(&stack.id, id, stack.secret.trigger);
        }
        Ok(())
    }

    /// Deletes what nobody asks about again.
    pub(super) fn unpublish_or_leave(self: &Rc<Self>, stack_id: &str, made: &Made) -> Step<()> {
        if made.spec.retain || !self.unpublish(stack_id, made)? {
            self.leave(stack_id, made);
        }
        Ok(())
    }

    pub(super) fn leave(&self, stack_id: &str, made: &Made) {
        self.promises.borrow_mut().are_left(&author(stack_id, COPIES[made.copy]), made.places());
    }

    fn delete_stack(self: &Rc<Self>, mut stack: Stack) -> Step<Option<Stack>> {
        if let Some(interrupted) = stack.interrupted().cloned() {
            let is_now =
                |made: &Made| stack.copies[made.copy].as_ref().is_some_and(|now| now.physical_id == made.physical_id);
            let before = interrupted.copies.iter().enumerate();
            let before = before.filter_map(|(copy, found)| Some(Made::of(copy, found.as_ref()?)));
            let others: Vec<Made> = before.chain(interrupted.made).filter(|made| !is_now(made)).collect();
            for made in distinct(others) {
                self.unpublish_or_leave(&stack.id, &made)?;
            }
            for id in interrupted.new_secret_ids.iter().chain([&interrupted.secret.id]) {
                if *id != stack.secret.id {
                    self.delete_secret(&stack.id, id, stack.secret.trigger);
                }
            }
        }
        let before = stack.interrupted().map(|interrupted| interrupted.copies.clone()).unwrap_or_default();
        stack.status = Status::OnlyDelete;
        for copy in [1, 0] {
            let Some(now) = stack.copies[copy].clone() else { continue };
            let made = Made::of(copy, &now);
            if now.spec.retain {
                // Of an update that has not come to its end, either names may be published under.
                let before = before[copy].iter().map(|before| Made::of(copy, before));
                before.chain([made]).for_each(|made| self.leave(&stack.id, &made));
            } else if !self.unpublish(&stack.id, &made)? {
                continue;
            }
            stack.copies[copy] = None;
        }
        self.delete_secret_if_unused(&stack);
        Ok(stack.copies.iter().any(Option::is_some).then_some(stack))
    }
}

fn copy_of(made: &Made, answered: bool) -> Copy {
    Copy { physical_id: made.physical_id.clone(), spec: made.spec, secret_id: made.secret_id.clone(), answered }
}

fn present(template: &Template) -> impl Iterator<Item = (usize, CopySpec)> + '_ {
    template.copies.iter().enumerate().filter_map(|(copy, spec)| Some((copy, (*spec)?)))
}

/// Each id once, with the properties that it had last.
pub(super) fn distinct(all: Vec<Made>) -> Vec<Made> {
    let mut once: Vec<Made> = Vec::new();
    for made in all {
        once.retain(|other| (other.copy, &other.physical_id) != (made.copy, &made.physical_id));
        once.push(made);
    }
    once
}
