//! The operations of CloudFormation as sequences of events, from the documentation and from field reports: what is sent
//! when a stack is created, updated, deleted, rolled back, and when the rollback fails and goes on.

use secret_store::store::{Limits, Windows};

use super::gone::{Living, Names};
use super::history::{Fate, History, LogicalIndex, Operation, Rollback, Spec, StackIndex};
use super::mutants::Mutant;

use super::pair::Pair;
use super::promises::Promises;
use super::requests::Heard;
use super::stack::{Interrupted, Resource, STACKS, Stack, Status, Template, edited, getter_properties, sensible};
use super::table::Table;
use super::{Played, Violation};

/// CloudFormation, a few stacks, and the pair that serves them.
pub struct CloudFormation {
    pub(super) pair: Pair,
    pub(super) stacks: [Option<Stack>; STACKS.len()],
    pub(super) promises: Promises,
    pub(super) names: Names,
    pub(super) mutant: Mutant,
    pub(super) serial: u64,
    /// Deletes that the table never heard of.
    pub(super) missed_deletes: u64,
    pub(super) rolling_back: bool,
    pub(super) played: Played,
}

pub(super) type Step<T> = Result<T, Violation>;

impl CloudFormation {
    pub fn new(history: &History, mutant: Mutant, table: Table, limits: Limits) -> Self {
        Self {
            pair: Pair::new(&history.faults, mutant, table, limits),
            stacks: Default::default(),
            names: Names::default(),
            promises: Promises::default(),
            mutant,
            serial: 0,
            missed_deletes: 0,
            rolling_back: false,
            played: Played::default(),
        }
    }

    pub fn played(&self) -> Played {
        let by_hand = self.pair.world.hand.done.get();
        Played { events: self.pair.deliveries, minted: self.pair.minted(), by_hand, ..self.played }
    }

    /// One operation, and the promises after it.
    pub fn run(&mut self, operation: &Operation) -> Step<()> {
        self.promises.log.push(format!("{operation:?}"));
        // Operations are minutes apart; two of the same second would be one.
        self.pair.wait(60);
        self.pair.tell_time();
        self.tell(None);
        match operation {
            Operation::Create { stack, resources, fate } => self.create_stack(*stack, &sensible(*resources), *fate)?,
            Operation::Update { stack, edits, fate, rollback } => {
                if let Some(found) = self.stacks[*stack].clone()
                    && matches!(found.status, Status::Stable | Status::UpdateFailed(_))
                {
                    let template = edited(&template_of(&found), edits);
                    self.update_stack(*stack, found, &template, *fate, *rollback)?;
                }
            }
            Operation::Delete { stack } => self.delete_stack(*stack)?,
            Operation::ContinueRollback { stack } => self.continue_rollback(*stack)?,
            Operation::GoBack { stack, cleanup } => self.go_back(*stack, *cleanup)?,
            Operation::Trespass { stack, request } => self.trespass(*stack, *request)?,
            Operation::StrayArrives { which } => self.stray_arrives(*which)?,
            Operation::Wait { seconds } => self.pair.wait(*seconds),
            Operation::TimeToLive => self.pair.reap(),
            Operation::Operate { deed, read_in, write_in } => self.operate(*deed, *read_in, *write_in),
            Operation::Redeploy { table, key, window, one_env } => {
                self.pair.redeploy(*table, *key, *window, *one_env);
                if self.pair.windows() == Windows::OfTheStore {
                    self.promises.the_store_has_another_window(self.pair.days());
                }
            }
        }
        self.check()
    }

    /// The promises that hold at any moment.
    fn check(&mut self) -> Step<()> {
        self.promises.nothing_was_overwritten(&self.pair)?;
        self.promises.nothing_live_expires(&self.pair)?;
        self.promises.windows_are_kept(&self.pair)?;
        self.promises.nobody_trespasses(&self.pair)?;
        self.check_hand()?;
        let living = Living::of(self.stacks.iter().flatten());
        self.promises.gone_is_gone(&self.names, &self.pair, &living)?;
        let committed = self.stacks.iter().flatten().flat_map(|stack| {
            let before = match &stack.status {
                Status::RollbackFailed(interrupted) | Status::UpdateFailed(interrupted) => interrupted.before.iter(),
                _ => [].iter(),
            };
            stack.resources.iter().chain(before).flatten()
        });
        let values =
            committed.filter_map(|resource| Some((resource.physical_id.as_str(), resource.committed.as_ref()?)));
        self.promises.databases_can_be_read_back(&self.names, &self.pair, values)
    }

    fn create_stack(&mut self, index: StackIndex, template: &Template, fate: Fate) -> Step<()> {
        if self.stacks[index].is_some() {
            return Ok(());
        }
        self.serial += 1;
        let (name, region, account) = STACKS[index];
        let id = format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/guid-{}", self.serial);
        let mut stack = Stack { id, resources: [None, None], status: Status::Stable };
        let mut to_delete = Vec::new();
        let mut failed = false;
        for (done, (logical, spec)) in present(template).enumerate() {
            if fate == (Fate::SiblingFails { after: done }) {
                break;
            }
            let heard = self.create(&stack, logical, &spec, cancelled(fate, done))?;
            match heard {
                Heard::Success { physical_id, table } => {
                    let mut resource = new_resource(spec, physical_id.clone(), table);
                    to_delete.push((logical, physical_id, spec));
                    failed = !self.run_consumer(&stack.id, &mut resource)?;
                    stack.resources[logical] = Some(resource);
                }
                other => {
                    to_delete.push((logical, other.id_to_delete(logical), spec));
                    failed = true;
                }
            }
            if failed {
                break;
            }
        }
        if !failed && !matches!(fate, Fate::SiblingFails { .. }) {
            commit(&mut stack);
            self.played.completed += 1;
            self.stacks[index] = Some(stack);
            return Ok(());
        }
        stack.resources = [None, None];
        for (logical, physical_id, spec) in to_delete.into_iter().rev() {
            if !self.delete(&stack.id, logical, &physical_id, &spec)? {
                // ROLLBACK_FAILED: the stack can only be deleted, which sends the Delete again.
                let mut left = new_resource(spec, physical_id, String::new());
                left.database = None;
                stack.resources[logical] = Some(left);
            }
        }
        stack.status = Status::OnlyDelete;
        self.stacks[index] = Some(stack);
        Ok(())
    }

    fn update_stack(
        &mut self,
        index: StackIndex,
        mut stack: Stack,
        template: &Template,
        fate: Fate,
        rollback: Rollback,
    ) -> Step<()> {
        let now = stack.resources.clone();
        let mut interrupted = match std::mem::replace(&mut stack.status, Status::Stable) {
            // What is there is not what to go back to: that is the last state without a failure.
            Status::UpdateFailed(interrupted) => Interrupted { is_one_of_several: true, ..*interrupted },
            _ => self.interrupted(&stack),
        };
        interrupted.template = *template;
        let mut failed = fate == Fate::SiblingFails { after: 0 };
        for (done, (logical, spec)) in present(template).enumerate() {
            if failed {
                break;
            }
            // What failed in an update before is tried again.
            if now[logical].as_ref().is_some_and(|resource| resource.spec == spec && resource.answered == spec) {
                continue;
            }
            interrupted.pending.retain(|other| *other != logical);
            interrupted.pending.push(logical);
            failed = !self.apply(&mut stack, logical, spec, cancelled(fate, done), &mut interrupted.new_ids)?;
            self.check_committed(&stack, &interrupted.before)?;
            failed |= fate == Fate::SiblingFails { after: done + 1 };
        }
        if failed || matches!(fate, Fate::SiblingFails { .. }) {
            if rollback == Rollback::Off {
                stack.status = Status::UpdateFailed(Box::new(interrupted));
                self.stacks[index] = Some(stack);
                return Ok(());
            }
            return self.roll_back(index, stack, interrupted, rollback);
        }
        self.clean_up(&mut stack, &interrupted, template)?;
        commit(&mut stack);
        self.played.completed += 1;
        self.stacks[index] = Some(stack);
        Ok(())
    }

    /// Creates or updates one resource and what depends on it. Returns whether it worked.
    fn apply(
        &mut self,
        stack: &mut Stack,
        logical: LogicalIndex,
        spec: Spec,
        cancelled: bool,
        new_ids: &mut Vec<(LogicalIndex, String, Spec)>,
    ) -> Step<bool> {
        let Some(old) = stack.resources[logical].clone() else {
            let heard = self.create(stack, logical, &spec, cancelled)?;
            let Heard::Success { physical_id, table } = heard else {
                new_ids.push((logical, heard.id_to_delete(logical), spec));
                return Ok(false);
            };
            new_ids.push((logical, physical_id.clone(), spec));
            let mut resource = new_resource(spec, physical_id, table);
            let worked = self.run_consumer(&stack.id, &mut resource)?;
            stack.resources[logical] = Some(resource);
            return Ok(worked);
        };
        let mut resource = old.clone();
        resource.spec = spec;
        let heard = self.update(stack, logical, &old, &spec, cancelled)?;
        let Heard::Success { physical_id, table } = heard else {
            // The new properties count: the rollback's OldResourceProperties are these.
            stack.resources[logical] = Some(resource);
            return Ok(false);
        };
        if physical_id != old.physical_id {
            new_ids.push((logical, physical_id.clone(), spec));
        }
        (resource.physical_id, resource.table, resource.answered) = (physical_id, table, spec);
        let changed = getter_changed(&resource);
        let worked = !changed || self.run_consumer(&stack.id, &mut resource)?;
        stack.resources[logical] = Some(resource);
        Ok(worked)
    }

    /// How things stand before an update.
    fn interrupted(&self, stack: &Stack) -> Interrupted {
        let before = stack.resources.clone();
        let values_before = [0, 1].map(|logical| match before[logical].as_ref() {
            Some(resource) => (self.value_by_address(stack, resource), self.value_by_id(stack, resource)),
            None => (None, None),
        });
        let missed_deletes = self.missed_deletes;
        Interrupted {
            template: [None, None],
            before,
            new_ids: Vec::new(),
            pending: Vec::new(),
            is_one_of_several: false,
            values_before,
            missed_deletes,
        }
    }

    /// UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: what was replaced or removed is deleted; a failure is passed over.
    fn clean_up(&mut self, stack: &mut Stack, interrupted: &Interrupted, template: &Template) -> Step<()> {
        // What failed updates made on the way is forgotten.
        for (logical, physical_id, _) in &interrupted.new_ids {
            let is_current = stack.resources[*logical].as_ref().is_some_and(|now| now.physical_id == *physical_id);
            if !is_current {
                self.names.is_not_told(&self.pair, &stack.id, *logical, physical_id);
            }
        }
        for (logical, old) in interrupted.before.iter().enumerate() {
            let removed = template[logical].is_none();
            let now = stack.resources[logical].clone();
            // What the database has now is what the operation gave it.
            if let Some(new) = stack.resources[logical].as_mut() {
                new.committed = new.database.clone();
            }
            if removed {
                stack.resources[logical] = None;
            }
            let is_now = |old: &Resource| now.as_ref().is_some_and(|now| now.physical_id == old.physical_id);
            let current = now.iter().filter(|_| removed);
            let replaced = old.iter().filter(|old| !is_now(old));
            for gone in current.chain(replaced) {
                if gone.spec.retain {
                    self.names.is_retained(&self.pair, &stack.id, logical, &gone.physical_id);
                    continue;
                }
                self.delete(&stack.id, logical, &gone.physical_id, &gone.spec)?;
                if removed && old.as_ref().is_some_and(|old| old.physical_id == gone.physical_id) {
                    self.remember(stack, gone);
                }
            }
        }
        Ok(())
    }

    fn delete_stack(&mut self, index: StackIndex) -> Step<()> {
        let Some(mut stack) = self.stacks[index].take() else {
            return Ok(());
        };
        let mut ids = Vec::new();
        // In the midst of an update it is not clear whose window counts: that of the old properties or of the new ones.
        let settled = stack.status.interrupted().is_none();
        if let Some(interrupted) = stack.status.interrupted() {
            ids.extend(interrupted.new_ids.clone());
            for (logical, old) in interrupted.before.iter().enumerate() {
                match old {
                    Some(old) if old.spec.retain => {
                        self.names.is_retained(&self.pair, &stack.id, logical, &old.physical_id);
                    }
                    Some(old) => ids.push((logical, old.physical_id.clone(), old.spec)),
                    None => {}
                }
            }
        }
        for (logical, physical_id, spec) in ids {
            let is_current = stack.resources[logical].as_ref().is_some_and(|now| now.physical_id == physical_id);
            if !is_current {
                self.delete(&stack.id, logical, &physical_id, &spec)?;
            }
        }
        stack.status = Status::OnlyDelete;
        let mut left = false;
        for logical in [1, 0] {
            let Some(resource) = stack.resources[logical].clone() else {
                continue;
            };
            let deleted = match resource.spec.retain {
                true => {
                    self.names.is_retained(&self.pair, &stack.id, logical, &resource.physical_id);
                    true
                }
                false => self.delete(&stack.id, logical, &resource.physical_id, &resource.spec)?,
            };
            if deleted {
                stack.resources[logical] = None;
                if settled {
                    self.remember(&stack, &resource);
                }
            } else {
                // DELETE_FAILED: the database is gone or kept apart; the Delete is sent again later.
                left = true;
            }
        }
        if left {
            for resource in stack.resources.iter_mut().flatten() {
                resource.committed = None;
            }
            self.stacks[index] = Some(stack);
        } else {
            self.played.completed += 1;
        }
        Ok(())
    }

    /// During an update and its rollback the database's value from before can still be read.
    pub(super) fn check_committed(&self, stack: &Stack, before: &[Option<Resource>; 2]) -> Step<()> {
        let resources = stack.resources.iter().chain(before).flatten();
        let values =
            resources.filter_map(|resource| Some((resource.physical_id.as_str(), resource.committed.as_ref()?)));
        self.promises.databases_can_be_read_back(&self.names, &self.pair, values)
    }

    /// A deleted resource's value can be restored until its window is over, unless another resource took it over.
    fn remember(&mut self, stack: &Stack, resource: &Resource) {
        let taken_over = stack.resources.iter().flatten().any(|other| other.database == resource.committed);
        let days = match self.pair.windows() {
            _ if resource.spec.retain || taken_over => None,
            Windows::PerSecret => resource.spec.window,
            Windows::OfTheStore => Some(self.pair.days()),
        };
        if let (Some(value), Some(days @ 1..)) = (resource.committed.clone(), days) {
            // The Delete came a moment ago at the latest; the pauses of its retries count too.
            self.promises.becomes_restorable(value, self.pair.now() - 600, days);
        }
    }
}

fn present(template: &Template) -> impl Iterator<Item = (LogicalIndex, Spec)> + '_ {
    template.iter().enumerate().filter_map(|(logical, spec)| Some((logical, (*spec)?)))
}

fn template_of(stack: &Stack) -> Template {
    if let Status::UpdateFailed(interrupted) = &stack.status {
        return interrupted.template;
    }
    [0, 1].map(|logical| stack.resources[logical].as_ref().map(|resource| resource.spec))
}

fn cancelled(fate: Fate, step: usize) -> bool {
    fate == Fate::Cancels { at: step }
}

fn new_resource(spec: Spec, physical_id: String, table: String) -> Resource {
    Resource { spec, answered: spec, physical_id, table, getter: None, database: None, committed: None }
}

fn commit(stack: &mut Stack) {
    for resource in stack.resources.iter_mut().flatten() {
        resource.committed = resource.database.clone();
    }
}

/// Whether the getter's properties differ from those of its last run, so that it runs again.
pub(super) fn getter_changed(resource: &Resource) -> bool {
    let properties = getter_properties(&resource.spec, &resource.physical_id, &resource.table);
    resource.getter != Some(properties) || resource.database.is_none()
}
