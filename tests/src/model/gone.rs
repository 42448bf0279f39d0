//! What CloudFormation can still name, and what it said of the rest: of everything else, "gone is gone" must hold.

use std::collections::{BTreeMap, BTreeSet};

use secret_store::{Identity, Owner, SecretId, Stored, UnixTime, Version, VersionItem};

use super::event::Event;
use super::history::LogicalIndex;
use super::pair::Pair;
use super::stack::{LOGICAL_IDS, Stack};

/// How long a Create may still be on its way, in seconds.
const CREATE_LIFE: u64 = 2 * 60 * 60;

/// A resource: the stack's id and the logical one.
type Who = (String, &'static str);

/// What CloudFormation said of ids, and what it left unsaid.
#[derive(Default)]
pub struct Names {
    /// Kept by a template on purpose: no Delete of it was sent.
    retained: BTreeSet<String>,
    /// Nobody was told that it is gone: its Delete was lost, or never sent, or cannot be told from another.
    not_told: BTreeSet<String>,
    /// Resources whose last request may have made something that CloudFormation never heard of.
    unsettled: BTreeSet<Who>,
    /// Which resources had the last of which secret deleted.
    ended: BTreeSet<(Who, Identity)>,
    /// Ids that it did hear.
    heard: BTreeSet<String>,
    /// Resources that a request ever went unanswered of.
    once_unanswered: BTreeSet<Who>,
    /// Resources of which a Delete came while nobody told what the stack is doing.
    once_not_told: BTreeSet<Who>,
    /// Who deleted which version; of one that was adopted, its owners one after the other.
    deleted: BTreeMap<(Identity, Version), BTreeSet<Who>>,
}

/// What the living stacks can name.
#[derive(Default)]
pub struct Living {
    ids: BTreeSet<String>,
    /// Which resource has something of which secret.
    places: BTreeSet<(Who, Identity)>,
}

impl Living {
    pub fn of<'a>(stacks: impl Iterator<Item = &'a Stack>) -> Self {
        let mut living = Self::default();
        for stack in stacks {
            let interrupted = stack.status.interrupted();
            let before = interrupted.into_iter().flat_map(|interrupted| interrupted.before.iter());
            for resources in [stack.resources.iter().collect::<Vec<_>>(), before.collect()] {
                // Both arrays are in the order of the logical ids.
                for (logical, resource) in resources.into_iter().enumerate() {
                    if let Some(resource) = resource {
                        living.add(stack, logical, &resource.physical_id);
                    }
                }
            }
            for (logical, id, _) in interrupted.into_iter().flat_map(|interrupted| &interrupted.new_ids) {
                living.add(stack, *logical, id);
            }
        }
        living
    }

    fn add(&mut self, stack: &Stack, logical: LogicalIndex, id: &str) {
        self.ids.insert(id.to_owned());
        if let Ok(id) = id.parse::<SecretId>() {
            self.places.insert(((stack.id.clone(), LOGICAL_IDS[logical]), id.identity));
        }
    }
}

impl Names {
    /// Whether a request of a resource of this stack ever went unanswered: where the address then points, no later event
    /// need tell.
    pub fn was_unanswered(&self, stack_id: &str) -> bool {
        self.once_unanswered.iter().any(|(stack, _)| stack == stack_id)
    }

    /// A Delete came while nobody told what the stack is doing.
    pub fn stack_is_not_told(&mut self, stack_id: &str, logical: LogicalIndex) {
        self.once_not_told.insert(who(stack_id, logical));
    }

    /// Whether one ever did: a rollback's then looks like the end of the resource.
    pub fn stack_was_not_told(&self, stack_id: &str, logical: LogicalIndex) -> bool {
        self.once_not_told.contains(&who(stack_id, logical))
    }

    /// Whether each of several owners deleted the version: nobody has it any more, and it can only be restored.
    pub fn was_deleted_by_several(&self, identity: &Identity, version: Version) -> bool {
        self.deleted.get(&(identity.clone(), version)).is_some_and(|owners| owners.len() > 1)
    }

    /// The template keeps it: no Delete comes, nor one of what lies behind it.
    pub fn is_retained(&mut self, pair: &Pair, stack_id: &str, logical: LogicalIndex, id: &str) {
        // Unless a Delete came before that nobody heard the answer of.
        let of_id = |id: &SecretId| pair.contents().remove(&id.identity).map(|stored| (id.version, stored));
        let stored = id.parse().ok().and_then(|id| of_id(&id));
        let is_kept = |(version, stored): (Version, Stored)| {
            stored.records.iter().any(|record| record.item.version == version && record.item.retired.is_none())
        };
        if stored.is_some_and(is_kept) {
            self.retained.insert(id.to_owned());
        }
        self.leave(pair, &who(stack_id, logical), |item, retained| !retained && item.superseded.is_some());
    }

    /// A Delete of this id never reached the pair, nor does it know what lies behind it.
    pub fn is_not_told(&mut self, pair: &Pair, stack_id: &str, logical: LogicalIndex, id: &str) {
        self.not_told.insert(id.to_owned());
        // By an id that CloudFormation made up, all that an earlier request may have made without an answer; where there
        // were several, and the Delete of another one came through, as much of it as is recent.
        let who = who(stack_id, logical);
        let is_made_up = id.parse::<SecretId>().is_err();
        let (is_unsettled, was_unanswered) = (self.unsettled.contains(&who), self.once_unanswered.contains(&who));
        let now = pair.now();
        self.leave(pair, &who, |item, retained| {
            let is_recent = was_unanswered && now < item.created_at.0 + CREATE_LIFE;
            (is_made_up && (is_unsettled || is_recent)) || (!retained && item.superseded.is_some())
        });
    }

    /// Whether the version that the resource has by this id is another's by now, who adopted it.
    pub fn is_lent(pair: &Pair, stack_id: &str, logical: LogicalIndex, id: &str) -> bool {
        let Ok(id) = id.parse::<SecretId>() else { return false };
        let stored = pair.contents().remove(&id.identity).unwrap_or_default();
        let who = who(stack_id, logical);
        stored.records.iter().any(|record| record.item.version == id.version && !is_owned_by(&record.item, &who))
    }

    pub fn is_unsettled(&mut self, stack_id: &str, logical: LogicalIndex) {
        let who = who(stack_id, logical);
        self.ended.retain(|(ended, _)| *ended != who);
        self.once_unanswered.insert(who.clone());
        self.unsettled.insert(who);
    }

    /// A duplicate arrived when the pair had been deployed with another table, or with wider bounds: nothing was written then
    /// that says that it is an old one.
    pub fn is_made_anew(&mut self, pair: &Pair, event: &Event) {
        let now = pair.now();
        let came_now = |item: &VersionItem| item.created_at.0 == now || !item.adopted_from.is_empty();
        self.leave(pair, &(event.stack_id.clone(), event.logical_id), |item, _| came_now(item));
    }

    /// A stranger's request made a secret of the stranger's own, where there was none: no stack of this world has it.
    pub fn is_a_strangers(&mut self, pair: &Pair, stranger: &str, logical: LogicalIndex) {
        self.leave(pair, &who(stranger, logical), |_, _| true);
    }

    /// CloudFormation has this id now. What it never heard of before, and went on from, it cannot tell from what it had.
    pub fn is_heard(&mut self, pair: &Pair, stack_id: &str, logical: LogicalIndex, id: &str) {
        for set in [&mut self.retained, &mut self.not_told] {
            set.remove(id);
        }
        self.heard.insert(id.to_owned());
        let who = who(stack_id, logical);
        self.ended.retain(|(ended, _)| *ended != who);
        if self.unsettled.remove(&who) {
            // What was retained a moment ago cannot be told from what was made by a request without an answer.
            let now = pair.now();
            let is_recent = |item: &VersionItem| now < item.created_at.0 + CREATE_LIFE;
            let comes_back = |item: &VersionItem| item.adopted_from.iter().any(|former| former.owner == item.owner);
            self.leave(pair, &who, |item, retained| {
                let is_lent = !is_owned_by(item, &who);
                is_lent || item.is_retained() || comes_back(item) || (retained && is_recent(item))
            });
            // Nor does the pair hear any more of the secret that the resource had before.
            let identity = id.parse::<SecretId>().ok().map(|id| id.identity);
            let mut others = pair.contents();
            others.retain(|other, _| Some(other) != identity.as_ref());
            self.leave_of(others, &who, |_, retained| !retained);
        }
    }

    /// A Delete of this id reached the pair, which looked into this table where the id names none.
    pub fn is_deleted(&mut self, pair: &Pair, stack_id: &str, logical: LogicalIndex, id: &str, table: &str) {
        if let Ok(id) = id.parse::<SecretId>() {
            self.deleted.entry((id.identity, id.version)).or_default().insert(who(stack_id, logical));
        }
        for set in [&mut self.retained, &mut self.not_told] {
            set.remove(id);
        }
        if id == "cfn-secrets/not-created" {
            return; // answered without a look at the pair
        }
        let who = who(stack_id, logical);
        let now = pair.now();
        if let Ok(deleted) = id.parse::<SecretId>() {
            // An Update whose answer was lost, and then a Delete of what there was before, or of what a failed request had
            // named: to the pair, a rotation and its cleanup.
            let heard = self.heard.contains(id);
            if self.unsettled.contains(&who) {
                self.leave(pair, &who, |item, _| item.is_active() && (heard || !item.has_tag(deleted.tag)));
            }
            if !heard {
                self.unsettled.remove(&who);
            }
            return;
        }
        // An id made up by CloudFormation: what was made long ago cannot be what it never heard of; what was made just now can,
        // whatever it was.
        self.unsettled.remove(&who);
        self.leave(pair, &who, |item, retained| {
            item.created_at.0 + CREATE_LIFE <= now || retained || item.is_retained()
        });
        // Where the template names no table, and the pair was deployed with another one meanwhile, nothing tells.
        let mut elsewhere = pair.contents();
        elsewhere.retain(|identity, _| identity.store.as_str() != table);
        self.leave_of(elsewhere, &who, |_, _| true);
    }

    /// The Delete of this id took it out of use, not only aside: nothing is left of the resource.
    pub fn is_ended(&mut self, stack_id: &str, logical: LogicalIndex, id: &str) {
        if let Ok(id) = id.parse::<SecretId>() {
            self.ended.insert((who(stack_id, logical), id.identity));
        }
    }

    /// Of what this resource made, nobody can be sure.
    fn leave(&mut self, pair: &Pair, who: &Who, which: impl Fn(&VersionItem, bool) -> bool) {
        self.leave_of(pair.contents(), who, which);
    }

    fn leave_of(
        &mut self,
        contents: BTreeMap<Identity, Stored>,
        who: &Who,
        which: impl Fn(&VersionItem, bool) -> bool,
    ) {
        for (identity, stored) in contents {
            for record in stored.records {
                let ids = ids(&identity, &record.item);
                let retained = ids.iter().any(|id| self.retained.contains(id));
                // What somebody else has of it now may come back.
                let is_theirs = record.item.through_owners().any(|item| is_owned_by(&item, who));
                if is_theirs && which(&record.item, retained) {
                    self.not_told.extend(ids);
                }
            }
        }
    }

    /// The first version that should be gone and is not, or is gone and should not.
    pub fn not_gone(&self, pair: &Pair, living: &Living) -> Option<String> {
        let now = UnixTime(pair.now());
        for (identity, stored) in pair.contents() {
            for record in &stored.records {
                let item = &record.item;
                let ids = ids(&identity, item);
                let any = |set: &BTreeSet<String>| ids.iter().any(|id| set.contains(id));
                if any(&living.ids) || pair.world.hand.has_touched(&identity, item) {
                    continue;
                }
                let told = |what: &str| Some(format!("{} {what}: {item:?}", ids[0]));
                if any(&self.not_told) {
                    // Kept, for a template may have wanted that; but with the end of its resource it is not in use any more.
                    let has_ended = |(who, place): &(Who, Identity)| *place == identity && is_owned_by(item, who);
                    if item.is_active() && self.ended.iter().any(has_ended) {
                        return told("is in use, and its resource was deleted");
                    }
                    continue;
                }
                if any(&self.retained) {
                    if item.retired.is_some() {
                        return told("was retained, and is retired");
                    }
                    continue;
                }
                if item.retired.is_some() || item.is_expired(now) || self.may_be_on_its_way(&identity, item) {
                    continue;
                }
                // To the pair, a resource lives on with a version of which nobody said that it is gone.
                let other = |other: &VersionItem| {
                    let is_kept = |id: &String| self.not_told.contains(id) || self.retained.contains(id);
                    let not_told = self::ids(&identity, other).iter().any(is_kept);
                    let is_theirs = other.through_owners().any(|other| other.owner == item.owner);
                    // An operator retires one version, and leaves what lies behind it to the next look at the list.
                    let by_hand = pair.world.hand.has_touched(&identity, other);
                    is_theirs && (by_hand || ((not_told || other.is_retained()) && other.retired.is_none()))
                };
                let lives_on = living.places.iter().any(|(who, place)| *place == identity && is_owned_by(item, who))
                    || stored.records.iter().any(|record| other(&record.item));
                if item.is_active() || item.is_retained() || !lives_on {
                    return told("can be named by nobody, and is not on its way out");
                }
            }
        }
        None
    }

    /// Whether its owner's last request may have made it, without an answer, and the next one will tell; or an earlier one
    /// made it, and another resource adopted it and gave it back before anything told.
    fn may_be_on_its_way(&self, identity: &Identity, item: &VersionItem) -> bool {
        let deleted = self.deleted.get(&(identity.clone(), item.version));
        let came_back = deleted.is_some_and(|by| by.iter().any(|who| !is_owned_by(item, who)));
        self.unsettled.iter().any(|who| is_owned_by(item, who))
            || (came_back && self.once_unanswered.iter().any(|who| is_owned_by(item, who)))
    }
}

fn who(stack_id: &str, logical: LogicalIndex) -> Who {
    (stack_id.to_owned(), LOGICAL_IDS[logical])
}

fn is_owned_by(item: &VersionItem, (stack, logical): &Who) -> bool {
    let is = |owner: &Owner| match owner {
        Owner::Resource { stack_id, logical_resource_id } => {
            stack_id.as_str() == stack && logical_resource_id.as_str() == *logical
        }
        Owner::Manual => false,
    };
    is(&item.owner)
}

/// All ids that a version goes by.
fn ids(identity: &Identity, item: &VersionItem) -> Vec<String> {
    item.through_owners().map(|item| identity.id(item.version, item.token).to_string()).collect()
}
