//! One request at a time: what CloudFormation sends, what it hears, and the promises that each answer is held to.

use secret_store::SecretId;
use secret_store::store::Windows;
use serde_json::json;

use super::cloudformation::{CloudFormation, Step};
use super::event::{Answer, Event, Kind};
use super::history::{Fault, LogicalIndex, Spec};
use super::mutants::Mutant;
use super::pair::Pair;
use super::promises::value_under;
use super::stack::{LOGICAL_IDS, Resource, STACKS, Stack, TABLES, generator_properties, getter_properties, place};

/// How a request for a value ended, for CloudFormation.
pub(super) enum Heard {
    Success {
        physical_id: String,
        table: String,
    },
    /// FAILED, under the id of what may have been made all the same, if anything.
    Failed {
        created: Option<String>,
    },
    /// Nothing within the time, or held back while the operation was cancelled.
    Nothing,
}

impl Heard {
    /// The id that a Delete names after a Create: the answer's, the marker of a failed one, or one that CloudFormation
    /// makes up where it never heard any.
    pub(super) fn id_to_delete(self, logical: LogicalIndex) -> String {
        match self {
            Heard::Success { physical_id, .. } => physical_id,
            Heard::Failed { created } => created.unwrap_or("cfn-secrets/not-created".to_owned()),
            Heard::Nothing => format!("stack-{}-1A2B3C4D5E6F", LOGICAL_IDS[logical]),
        }
    }
}

impl CloudFormation {
    pub(super) fn create(&mut self, stack: &Stack, logical: LogicalIndex, spec: &Spec, cancelled: bool) -> Step<Heard> {
        let event = self.event(&stack.id, logical, spec, Kind::Create);
        self.ask(stack, logical, spec, None, event, cancelled)
    }

    pub(super) fn update(
        &mut self,
        stack: &Stack,
        logical: LogicalIndex,
        now: &Resource,
        spec: &Spec,
        cancelled: bool,
    ) -> Step<Heard> {
        let old_properties = generator_properties(&now.spec, self.mutant == Mutant::PolicyInTrigger);
        let kind = Kind::Update { physical_id: now.physical_id.clone(), old_properties };
        let event = self.event(&stack.id, logical, spec, kind);
        self.ask(stack, logical, spec, Some(now), event, cancelled)
    }

    /// Sends a Create or an Update and checks what comes back.
    pub(super) fn ask(
        &mut self,
        stack: &Stack,
        logical: LogicalIndex,
        spec: &Spec,
        now: Option<&Resource>,
        event: Event,
        cancelled: bool,
    ) -> Step<Heard> {
        if cancelled {
            self.promises.log.push(format!("  held back: {event}"));
            self.pair.strays.push(event);
            self.names.is_unsettled(&stack.id, logical);
            return Ok(Heard::Nothing);
        }
        let old_value = now.and_then(|now| value_under(&self.pair, &now.physical_id));
        let minted_before = self.pair.minted();
        let (answer, fault) = self.pair.deliver(&event);
        self.promises.log.push(format!("  {event} ({fault:?})\n      -> {answer:?}"));
        self.promises.is_delivered(&event, &self.pair);
        self.promises.nothing_was_overwritten(&self.pair)?;
        match answer {
            None => {
                self.names.is_unsettled(&stack.id, logical);
                Ok(Heard::Nothing)
            }
            Some(Answer::Failed { reason, created }) => {
                let justified = may_fail(fault)
                    || is_siblings(&reason, &stack.id, logical)
                    || is_elsewhere(&reason, &stack.id)
                    || reason.contains("does not serve Env")
                    || self.is_of_the_window(&reason)
                    || self.is_by_hand(&reason, now, spec);
                self.promises.failure_is_justified(justified, &event.request_id, &reason)?;
                if fault == Fault::GoneAfterWrite {
                    self.names.is_unsettled(&stack.id, logical);
                }
                Ok(Heard::Failed { created })
            }
            Some(Answer::Success { physical_id, data }) => {
                let value = value_under(&self.pair, &physical_id);
                if let (Some(now), Some(old_value)) = (now, old_value)
                    && same_secret(&now.answered, &now.table, spec, &data["TableName"])
                {
                    let promise = "a value never changes unless RotationTrigger or the identity did";
                    self.promises.same(promise, &event.request_id, Some(&old_value), value.as_ref())?;
                }
                let value = value.unwrap_or_default();
                self.played.adopted += u64::from(self.pair.minted() == minted_before && now.is_none());
                self.promises.value_is_given(&value, &stack.id, event.wants_to_adopt())?;
                self.names.is_heard(&self.pair, &stack.id, logical, &physical_id);
                Ok(Heard::Success { physical_id, table: data["TableName"].clone() })
            }
        }
    }

    /// Sends a Delete. Returns whether it worked; it may only fail for want of an answer from the table.
    pub(super) fn delete(
        &mut self,
        stack_id: &str,
        logical: LogicalIndex,
        physical_id: &str,
        spec: &Spec,
    ) -> Step<bool> {
        let event = self.event(stack_id, logical, spec, Kind::Delete { physical_id: physical_id.to_owned() });
        let current = current_id(&self.pair, physical_id);
        let was_in_use = is_in_use(&self.pair, physical_id);
        let value = value_under(&self.pair, physical_id);
        let (answer, fault) = self.pair.deliver(&event);
        self.promises.log.push(format!("  {event} ({fault:?})\n      -> {answer:?}"));
        if fault == Fault::StackNotTold {
            self.names.stack_is_not_told(stack_id, logical);
        }
        if !self.pair.is_rolling_back() {
            self.promises.nothing_older_is_current(&self.pair, current.as_ref())?;
        }
        let out_of_scope =
            matches!(&answer, Some(Answer::Failed { reason, .. }) if reason.contains("does not serve Env"));
        let out_of_scope = out_of_scope || (answer.is_none() && self.pair.is_bounded_to_one_env());
        let missed =
            matches!(fault, Fault::TableUnavailable | Fault::TableMissing | Fault::NothingDone) || out_of_scope;
        self.missed_deletes += u64::from(missed);
        match missed {
            true => self.names.is_not_told(&self.pair, stack_id, logical, physical_id),
            false => {
                let table = spec.table.map_or(self.pair.default_table(), |table| TABLES[table]);
                self.names.is_deleted(&self.pair, stack_id, logical, physical_id, table);
                let by_several = |id: &SecretId| self.names.was_deleted_by_several(&id.identity, id.version);
                if physical_id.parse().is_ok_and(|id| by_several(&id))
                    && value_under(&self.pair, physical_id).is_none()
                    && let Some(value) = value
                {
                    self.promises.is_given_up(value);
                }
                if was_in_use && !is_in_use(&self.pair, physical_id) && !self.pair.is_rolling_back() {
                    self.names.is_ended(stack_id, logical, physical_id);
                }
            }
        }
        match answer {
            None => Ok(false),
            Some(Answer::Success { .. }) => Ok(true),
            Some(Answer::Failed { reason, .. }) => {
                let justified = matches!(fault, Fault::TableUnavailable | Fault::GoneAfterWrite) || out_of_scope;
                self.promises.failure_is_justified(justified, &event.request_id, &reason)?;
                Ok(false)
            }
        }
    }

    /// Runs the getter, and gives the database what it says. Returns whether it worked.
    pub(super) fn run_consumer(&mut self, stack_id: &str, resource: &mut Resource) -> Step<bool> {
        let properties = getter_properties(&resource.spec, &resource.physical_id, &resource.table);
        match self.pair.read(stack_id, &properties) {
            Ok(value) => {
                (resource.getter, resource.database) = (Some(properties), Some(value));
                Ok(true)
            }
            Err(reason) => {
                // A stack of this name elsewhere may have come between, while the address was out of use.
                let justified = reason.contains("another account or region");
                self.promises.failure_is_justified(justified, "the getter after a success", &reason)?;
                Ok(false)
            }
        }
    }

    pub(super) fn event(&mut self, stack_id: &str, logical: LogicalIndex, spec: &Spec, kind: Kind) -> Event {
        self.serial += 1;
        self.tell(Some(stack_id));
        // A second passes from request to request. RequestIds are used again for a new try of the same operation.
        self.pair.wait(1);
        let verb = match &kind {
            Kind::Create => "create",
            Kind::Update { .. } => "update",
            Kind::Delete { .. } => "delete",
        };
        Event {
            stack_id: stack_id.to_owned(),
            request_id: format!("{verb}-{}", LOGICAL_IDS[logical]),
            logical_id: LOGICAL_IDS[logical],
            sent_at: self.pair.now(),
            pair: self.pair.table_and_bounds(),
            attempt: self.serial,
            properties: generator_properties(spec, self.mutant == Mutant::PolicyInTrigger),
            kind,
        }
    }

    /// What the address of a secret gives to whoever names no version.
    pub(super) fn value_by_address(&self, stack: &Stack, resource: &Resource) -> Option<String> {
        let by_address = Spec { by_id: false, ..resource.spec };
        let properties = getter_properties(&by_address, &resource.physical_id, &resource.table);
        self.pair.read(&stack.id, &properties).ok()
    }

    /// What its id gives.
    pub(super) fn value_by_id(&self, stack: &Stack, resource: &Resource) -> Option<String> {
        self.pair.read(&stack.id, &json!({"SecretId": resource.physical_id})).ok()
    }
}

impl CloudFormation {
    /// Whether the refusal is of a window that the store does not promise. It never stands in the way back.
    fn is_of_the_window(&self, reason: &str) -> bool {
        self.pair.windows() == Windows::OfTheStore && reason.contains("RecoveryWindowInDays") && !self.rolling_back
    }

    /// Whether the refusal names what was brought in by hand where the resource had nothing so far. It never stands in the way
    /// of one that goes on, or back.
    fn is_by_hand(&self, reason: &str, now: Option<&Resource>, spec: &Spec) -> bool {
        let goes_on = |now: &Resource| {
            let table = spec.table.map_or(self.pair.default_table(), |table| TABLES[table]);
            (now.answered.env, now.answered.name, now.table.as_str()) == (spec.env, spec.name, table)
        };
        reason.contains("it was made by hand") && !self.rolling_back && !now.is_some_and(goes_on)
    }
}

/// Whether two requests mean the same secret and the same value of it.
fn same_secret(old: &Spec, old_table: &str, new: &Spec, new_table: &str) -> bool {
    (old.env, old.name, old.trigger, old_table) == (new.env, new.name, new.trigger, new_table)
}

/// Whether the refusal names the other resource of the same stack: the one conflict that is its user's to solve.
fn is_siblings(reason: &str, stack_id: &str, logical: LogicalIndex) -> bool {
    reason.contains(&format!("belongs to resource {} of stack {stack_id}", LOGICAL_IDS[1 - logical]))
}

/// Whether the id names a version that is there and not retired.
fn is_in_use(pair: &Pair, physical_id: &str) -> bool {
    let Ok(id) = physical_id.parse::<SecretId>() else { return false };
    let stored = pair.contents().remove(&id.identity).unwrap_or_default();
    stored.records.iter().any(|record| {
        record.item.version == id.version && record.item.token.tag() == id.tag && record.item.retired.is_none()
    })
}

/// The id, if it names the current version.
fn current_id(pair: &Pair, physical_id: &str) -> Option<SecretId> {
    let id: SecretId = physical_id.parse().ok()?;
    let head = pair.contents().remove(&id.identity)?.head?;
    (head.current == id.version && head.retired.is_none()).then_some(id)
}

/// Whether the refusal names a stack of this name in another account or region.
fn is_elsewhere(reason: &str, stack_id: &str) -> bool {
    let other = |(_, region, account): &(&str, &str, &str)| format!(":{region}:{account}");
    let mut others = STACKS.iter().map(other).filter(|other| !place(stack_id).ends_with(other));
    others.any(|other| reason.contains(&format!("{other}:stack/")))
}

/// Whether a fault may make a Create or an Update fail.
fn may_fail(fault: Fault) -> bool {
    matches!(fault, Fault::GoneAfterWrite | Fault::TableUnavailable | Fault::TableMissing | Fault::KeyUnusable)
}
