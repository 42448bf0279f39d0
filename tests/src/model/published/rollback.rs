//! The ways back: a rollback, one that failed and goes on, and a return after updates that failed with rollback switched off.

use std::rc::Rc;

use super::cloudformation::{CloudFormation, Step, distinct};
use super::history::Rollback;
use super::stack::{Interrupted, Made, Stack, Status};

impl CloudFormation {
    /// In the order of the template: the secret, the database, the copies; then the Deletes of what the update made.
    pub(super) fn roll_back(
        self: &Rc<Self>,
        mut stack: Stack,
        mut interrupted: Interrupted,
        rollback: Rollback,
    ) -> Step<Stack> {
        self.function.wait(5);
        if stack.secret.id != interrupted.secret.id {
            stack.secret = self.rotate(&stack.id, &stack.secret, interrupted.secret.trigger);
            if stack.secret != interrupted.secret {
                let seen = format!("{:?} in place of {:?}", stack.secret, interrupted.secret);
                self.promises.borrow().failure_is_justified(false, "the generator's rollback", &seen)?;
            }
        }
        while let Some(copy) = interrupted.pending.last().copied() {
            if !self.undo(&mut stack, copy, rollback, &mut interrupted)? {
                stack.status = Status::RollbackFailed(Box::new(interrupted));
                return Ok(stack);
            }
            interrupted.pending.pop();
        }
        // What was not there before goes with the properties of its last request.
        for (copy, found) in stack.copies.iter_mut().enumerate() {
            match (&interrupted.copies[copy], &mut *found) {
                (None, _) => interrupted.made.extend(found.take().map(|found| Made::of(copy, &found))),
                (Some(before), Some(now)) if now.asks_the_same(&before.spec, &before.secret_id) => {
                    now.spec = before.spec;
                }
                (Some(_), _) => {}
            }
        }
        let is_now =
            |made: &Made| stack.copies[made.copy].as_ref().is_some_and(|now| now.physical_id == made.physical_id);
        let gone: Vec<Made> = interrupted.made.iter().filter(|made| !is_now(made)).cloned().collect();
        for made in distinct(gone) {
            // UpdateReplacePolicy and DeletionPolicy are not asked in a rollback.
            if !self.unpublish(&stack.id, &made)? {
                self.leave(&stack.id, &made);
            }
        }
        for id in interrupted.new_secret_ids.iter().filter(|id| **id != stack.secret.id) {
            self.delete_secret(&stack.id, id, stack.secret.trigger);
        }
        stack.status = Status::Stable;
        self.count(|played| played.rollbacks += 1);
        Ok(stack)
    }

    /// Takes one copy back to what it was. Returns whether it worked.
    fn undo(
        self: &Rc<Self>,
        stack: &mut Stack,
        copy: usize,
        rollback: Rollback,
        interrupted: &mut Interrupted,
    ) -> Step<bool> {
        let (Some(old), Some(now)) = (interrupted.copies[copy].clone(), stack.copies[copy].clone()) else {
            return Ok(true);
        };
        let shares = old.spec.places().any(|place| now.spec.places().any(|other| other == place));
        if now.physical_id != old.physical_id && rollback == Rollback::DeletesOnly && !shares {
            stack.copies[copy] = Some(old);
            return Ok(true);
        }
        let (next, worked) = self.publish_next(&stack.id, copy, &now, old.spec, &old.secret_id)?;
        if worked {
            if next.physical_id != old.physical_id && next.physical_id != now.physical_id {
                let (physical_id, secret_id) = (next.physical_id.clone(), old.secret_id.clone());
                interrupted.made.push(Made { copy, physical_id, spec: old.spec, secret_id });
            }
            stack.copies[copy] = Some(next);
        }
        Ok(worked)
    }

    pub(super) fn continue_rollback(self: &Rc<Self>, found: Option<Stack>) -> Step<Option<Stack>> {
        let Some(mut stack) = found else { return Ok(None) };
        match std::mem::replace(&mut stack.status, Status::Stable) {
            Status::RollbackFailed(interrupted) => self.roll_back(stack, *interrupted, Rollback::UpdatesBack).map(Some),
            status => Ok(Some(Stack { status, ..stack })),
        }
    }

    /// RollbackStack after UPDATE_FAILED.
    pub(super) fn go_back(self: &Rc<Self>, found: Option<Stack>) -> Step<Option<Stack>> {
        let Some(mut stack) = found else { return Ok(None) };
        match std::mem::replace(&mut stack.status, Status::Stable) {
            Status::UpdateFailed(interrupted) => self.roll_back(stack, *interrupted, Rollback::UpdatesBack).map(Some),
            status => Ok(Some(Stack { status, ..stack })),
        }
    }
}
