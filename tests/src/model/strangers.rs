//! Requests that are nobody's business any more, or never were: late ones, and those of another account or region.

use std::collections::BTreeMap;

use secret_store::{Owner, Record, Stored};
use serde_json::json;

use super::cloudformation::{CloudFormation, Step};
use super::deeds::BY_HAND;
use super::event::Kind;
use super::history::{Spec, StackIndex, Trespass};
use super::stack::{STACKS, Status, getter_properties};

impl CloudFormation {
    /// A stack of another account or region asks for what the first stack has: nothing is told, nothing is changed.
    pub(super) fn trespass(&mut self, index: StackIndex, request: Trespass) -> Step<()> {
        let Some(victim) = self.stacks[0].clone() else {
            return Ok(());
        };
        let (name, region, account) = STACKS[index];
        let stranger = format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/guid-0");
        for (logical, resource) in victim.resources.iter().enumerate() {
            let Some(resource) = resource else { continue };
            // What was made by hand is for every stack of the name.
            match self.value_by_address(&victim, resource) {
                Some(value) if !value.starts_with(BY_HAND) => {}
                _ => continue,
            }
            let before = self.pair.contents();
            let physical_id = resource.physical_id.clone();
            let kind = match request {
                Trespass::Read => {
                    for by_id in [true, false] {
                        let spec = Spec { by_id, ..resource.spec };
                        let properties = getter_properties(&spec, &physical_id, &resource.table);
                        let read = self.pair.read(&stranger, &properties);
                        self.promises.bounds_hold(read.is_err(), &format!("{stranger} reads {physical_id}"))?;
                    }
                    continue;
                }
                Trespass::Update => Kind::Update { physical_id, old_properties: json!({}) },
                Trespass::Delete => Kind::Delete { physical_id },
            };
            let spec = Spec { trigger: resource.spec.trigger + 1, adopt: true, ..resource.spec };
            let event = self.event(&stranger, logical, &spec, kind);
            self.pair.deliver_stray(&event);
            self.promises.is_delivered(&event, &self.pair);
            self.names.is_a_strangers(&self.pair, &stranger, logical);
            let held = before.iter().all(|(identity, stored)| {
                let now = self.pair.contents().remove(identity).unwrap_or_default();
                if is_in_use_by_a_stack(stored) {
                    return now.head.map(|head| head.current) == stored.head.as_ref().map(|head| head.current)
                        && now.records == stored.records;
                }
                // The stranger may have a secret of the stranger's own there, or what was made by hand, and nothing of
                // what is behind it.
                stored.records.iter().filter(|record| is_a_stacks(record)).all(|record| now.records.contains(record))
            });
            self.promises.bounds_hold(held, &format!("{stranger}: {event}"))?;
        }
        Ok(())
    }

    /// A held-back request arrives when CloudFormation has long moved on: it may leave something behind, but it changes
    /// no secret that is in use.
    pub(super) fn stray_arrives(&mut self, which: usize) -> Step<()> {
        if self.pair.strays.is_empty() {
            return Ok(());
        }
        let event = self.pair.strays.remove(which % self.pair.strays.len());
        self.promises.log.push(format!("  late: {event}"));
        let before = self.addresses();
        let mut contents = self.pair.contents();
        contents.retain(|identity, _| event.is_for(identity));
        let as_of = contents.into_values().next().and_then(|stored| stored.head).map(|head| head.as_of.0);
        let came_after = match event.kind {
            Kind::Delete { .. } => true,
            // The Delete of a Create that was refused never reaches the pair.
            Kind::Create | Kind::Update { .. } => as_of.is_some_and(|as_of| as_of > event.sent_at),
        };
        self.pair.deliver_stray(&event);
        // Nothing was written that tells that it is late: where the pair has another table or wider bounds now, where it leads
        // to another secret, of which the next request did not tell, or where no request came after it.
        let nothing_tells = event.pair != self.pair.table_and_bounds() || !came_after;
        if nothing_tells || event.leads_elsewhere() {
            self.names.is_made_anew(&self.pair, &event);
        }
        if nothing_tells {
            return Ok(());
        }
        let after = self.addresses();
        for (id, before) in before {
            let promise = "a request that comes too late changes nothing that is in use";
            self.promises.same(promise, &id, before.as_ref(), after.get(&id).and_then(Option::as_ref))?;
        }
        Ok(())
    }

    /// What the address of each secret in use gives, where it is what its id gives.
    fn addresses(&self) -> BTreeMap<String, Option<String>> {
        let stable = self.stacks.iter().flatten().filter(|stack| stack.status == Status::Stable);
        let resources =
            stable.flat_map(|stack| stack.resources.iter().flatten().map(move |resource| (stack, resource)));
        // Where a Delete did not get through, the address is behind already.
        let settled = resources
            .map(|(stack, resource)| {
                (resource, self.value_by_address(stack, resource), self.value_by_id(stack, resource))
            })
            .filter(|(_, by_address, by_id)| by_address == by_id);
        settled.map(|(resource, value, _)| (resource.physical_id.clone(), value)).collect()
    }
}

/// Whether it was not made by hand, which is for every stack of the name.
fn is_a_stacks(record: &Record) -> bool {
    record.item.owner != Owner::Manual
}

/// Whether the address leads to a version that a stack has.
fn is_in_use_by_a_stack(stored: &Stored) -> bool {
    let live = stored.head.as_ref().filter(|head| head.retired.is_none());
    let current = live.and_then(|head| stored.records.iter().find(|record| record.item.version == head.current));
    current.is_some_and(|record| is_a_stacks(record) && record.item.retired.is_none())
}
