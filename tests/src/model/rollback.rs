//! The ways back: a rollback, one that failed and goes on, and a return after updates that failed with rollback switched off.

use secret_store::SecretId;

use super::cloudformation::{CloudFormation, Step, getter_changed};
use super::gone::Names;
use super::history::{LogicalIndex, Rollback, StackIndex};
use super::requests::Heard;
use super::stack::{Interrupted, Resource, Stack, Status};

impl CloudFormation {
    pub(super) fn roll_back(
        &mut self,
        index: StackIndex,
        stack: Stack,
        interrupted: Interrupted,
        rollback: Rollback,
    ) -> Step<()> {
        self.pair.wait(5);
        self.pair.rolls_back(true);
        let rolled_back = self.roll_back_now(index, stack, interrupted, rollback);
        self.pair.rolls_back(false);
        rolled_back
    }

    fn roll_back_now(
        &mut self,
        index: StackIndex,
        mut stack: Stack,
        mut interrupted: Interrupted,
        rollback: Rollback,
    ) -> Step<()> {
        let way_back_is_lost = self.ways_back_that_are_lost(&stack, &interrupted);
        while let Some(logical) = interrupted.pending.last().copied() {
            let old = interrupted.before[logical].clone();
            self.rolling_back = true;
            let undone = self.undo(&mut stack, logical, old.as_ref(), rollback, &mut interrupted)?;
            self.rolling_back = false;
            if !undone {
                stack.status = Status::RollbackFailed(Box::new(interrupted));
                self.stacks[index] = Some(stack);
                return Ok(());
            }
            interrupted.pending.pop();
            self.check_committed(&stack, &interrupted.before)?;
        }
        for (logical, physical_id, spec) in &interrupted.new_ids {
            let still_used = stack.resources[*logical].as_ref().is_some_and(|now| now.physical_id == *physical_id);
            if still_used {
                continue;
            }
            match rollback {
                Rollback::Off => self.names.is_not_told(&self.pair, &stack.id, *logical, physical_id),
                _ => _ = self.delete(&stack.id, *logical, physical_id, spec)?,
            }
        }
        self.lose_the_way_back(&stack, &interrupted);
        stack.status = Status::Stable;
        self.played.rollbacks += 1;
        self.check_rolled_back(&stack, &interrupted, rollback, way_back_is_lost)?;
        if rollback == Rollback::DeletesOnly {
            // A Delete without an Update back takes along what a database may have that was behind before.
            for resource in stack.resources.iter_mut().flatten() {
                if !resource.committed.as_ref().is_some_and(|value| self.pair.can_read(value)) {
                    (resource.committed, resource.database) = (None, None);
                }
            }
        }
        self.stacks[index] = Some(stack);
        Ok(())
    }

    /// Where the update came back to a version in another table that another resource adopted meanwhile: what is another's is
    /// not written, and nothing else remembers the table before.
    fn ways_back_that_are_lost(&self, stack: &Stack, interrupted: &Interrupted) -> [bool; 2] {
        [0, 1].map(|logical| match (&interrupted.before[logical], &stack.resources[logical]) {
            (Some(before), Some(now)) if before.table != now.table => {
                Names::is_lent(&self.pair, &stack.id, logical, &now.physical_id)
            }
            _ => false,
        })
    }

    /// Over several failed updates, of which the first led to another table and a later one to another secret there, the
    /// last request does not tell where the secret was at first.
    fn lose_the_way_back(&mut self, stack: &Stack, interrupted: &Interrupted) {
        for (logical, before) in interrupted.before.iter().enumerate() {
            let (Some(before), Some(now)) = (before, &stack.resources[logical]) else { continue };
            if interrupted.is_one_of_several && before.physical_id != now.physical_id && before.table != now.table {
                self.names.is_not_told(&self.pair, &stack.id, logical, &before.physical_id);
            }
        }
    }

    /// Takes one resource back to what it was. Returns whether it worked.
    fn undo(
        &mut self,
        stack: &mut Stack,
        logical: LogicalIndex,
        old: Option<&Resource>,
        rollback: Rollback,
        interrupted: &mut Interrupted,
    ) -> Step<bool> {
        let Some(old) = old else {
            stack.resources[logical] = None;
            return Ok(true);
        };
        let Some(now) = stack.resources[logical].clone() else {
            return Ok(true);
        };
        let replaced = now.physical_id != old.physical_id;
        if replaced && rollback == Rollback::DeletesOnly {
            stack.resources[logical] = Some(old.clone());
            return Ok(true);
        }
        let mut resource = Resource { spec: old.spec, committed: old.committed.clone(), ..now.clone() };
        match self.update(stack, logical, &now, &old.spec, false)? {
            Heard::Success { physical_id, table } => {
                if physical_id != old.physical_id && physical_id != now.physical_id {
                    interrupted.new_ids.push((logical, physical_id.clone(), old.spec));
                }
                (resource.physical_id, resource.table, resource.answered) = (physical_id, table, old.spec);
                let worked = !getter_changed(&resource) || self.run_consumer(&stack.id, &mut resource)?;
                stack.resources[logical] = Some(resource);
                Ok(worked)
            }
            Heard::Failed { .. } | Heard::Nothing => Ok(false),
        }
    }

    pub(super) fn continue_rollback(&mut self, index: StackIndex) -> Step<()> {
        let Some(mut stack) = self.stacks[index].clone() else {
            return Ok(());
        };
        let Status::RollbackFailed(interrupted) = std::mem::replace(&mut stack.status, Status::Stable) else {
            return Ok(());
        };
        self.roll_back(index, stack, *interrupted, Rollback::UpdatesBack)
    }

    /// RollbackStack, or a replay of the last good template: Updates back, and the Deletes of what came between, or none.
    pub(super) fn go_back(&mut self, index: StackIndex, cleanup: bool) -> Step<()> {
        let Some(mut stack) = self.stacks[index].clone() else {
            return Ok(());
        };
        let Status::UpdateFailed(interrupted) = std::mem::replace(&mut stack.status, Status::Stable) else {
            return Ok(());
        };
        self.played.gone_back += 1;
        let rollback = if cleanup { Rollback::UpdatesBack } else { Rollback::Off };
        self.roll_back(index, stack, *interrupted, rollback)
    }

    /// After a rollback the getter, with or without a version, gives the value from before.
    fn check_rolled_back(
        &self,
        stack: &Stack,
        interrupted: &Interrupted,
        rollback: Rollback,
        way_back_is_lost: [bool; 2],
    ) -> Step<()> {
        for (logical, before) in interrupted.before.iter().enumerate() {
            let Some(before) = before else { continue };
            let now = stack.resources[logical].as_ref();
            let (by_address, by_id) = &interrupted.values_before[logical];
            // Where the Delete of a new version never got through, nothing told the pair that its update was rolled back:
            // the address is behind until the next request.
            if by_address == by_id && self.missed_deletes == interrupted.missed_deletes {
                let promise = "after a rollback the address gives the value from before";
                let value = self.value_by_address(stack, before);
                // Where nobody told that the stack is being rolled back, a Delete of the new version without an Update back
                // looks like the end of the resource: the address may be out of use until the next request, but it never
                // gives another value, unless an earlier request went unanswered: of what that one made, the Delete does not
                // tell.
                let is_told = !self.names.was_unanswered(&stack.id);
                let is_behind = value.is_none() && self.names.stack_was_not_told(&stack.id, logical);
                // Nor does anybody tell where another resource took the secret over and rotated it, and no Delete of that is sent.
                let is_anothers = rollback == Rollback::Off
                    && interrupted.new_ids.iter().any(|(other, id, _)| *other != logical && of_one_secret(id, before));
                if !is_behind && is_told && !is_anothers {
                    self.promises.same(promise, &before.physical_id, by_address.as_ref(), value.as_ref())?;
                }
            }
            // A database whose getter did not run after a rotation was behind before.
            // Nor does one that reads by address, when the last of several failed updates left it with the properties from
            // before; and over several, the way back to another table is lost.
            let is_told = (before.spec.by_id || !interrupted.is_one_of_several) && !way_back_is_lost[logical];
            if before.database.is_some()
                && is_told
                && before.database == *by_address
                && self.missed_deletes == interrupted.missed_deletes
            {
                let promise = "after a rollback the database has the value from before";
                let database = now.and_then(|now| now.database.as_ref());
                self.promises.same(promise, &before.physical_id, before.database.as_ref(), database)?;
            }

            let promise = "after a rollback the id gives the value from before";
            let value = self.value_by_id(stack, before);
            self.promises.same(promise, &before.physical_id, by_id.as_ref(), value.as_ref())?;
        }
        Ok(())
    }
}

/// Whether the id is of the resource's secret.
fn of_one_secret(id: &str, resource: &Resource) -> bool {
    let identity = |id: &str| id.parse::<SecretId>().ok().map(|id| id.identity);
    identity(id).is_some_and(|found| identity(&resource.physical_id) == Some(found))
}
