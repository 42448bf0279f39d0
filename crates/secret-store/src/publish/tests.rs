//! Each rule by a row, and then whole lives of a copy: requests, late duplicates, other hands and lost replies, on targets
//! that remember as much or as little as the real ones do.

use std::cell::RefCell;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::owner::{LogicalResourceId, Owner, StackId};
use crate::patience::{MayPass, Pace, Patience};
use crate::testing::{at_once, no_pause};
use crate::{RequestToken, UnixTime};

fn claimant(name: &str) -> Claimant {
    Claimant::of(&Owner::Resource {
        stack_id: StackId::new("arn:aws:cloudformation:eu-west-1:1:stack/shop/g"),
        logical_resource_id: LogicalResourceId::new(name),
    })
}

/// The mark of a request by `who`, made at `at`, for `content` under `place`.
fn mark(who: &str, at: u64, content: &str, place: &str) -> Mark {
    let token = RequestToken::manual(&format!("{who} {at}"));
    Mark::new(UnixTime(at), claimant(who), Place::of(&[place]), token, Content::of(&[], &[content]))
}

fn written(version: &str, mark: Option<Mark>) -> Written {
    Written { version: version.to_owned(), mark }
}

/// A copy whose current version is this resource's.
fn ours(at: u64, content: &str) -> There {
    There { current: written("1", Some(mark("me", at, content, "a"))), ..There::default() }
}

fn wish(at: u64, content: &str) -> Wish {
    Wish {
        mark: mark("me", at, content, "a"),
        before: Before::Published,
        earlier: Earlier::Same,
        on_drift: OnDrift::Refuse,
        on_conflict: OnConflict::Refuse,
        arrival: Arrival::Prompt,
    }
}

#[test]
fn each_rule_has_its_row() {
    use Decision::{Answer, Refuse, Write};
    let answer = |version: &str| Answer(version.to_owned());
    let create = Wish { before: Before::Never, ..wish(5, "new") };
    let back = Wish { earlier: Earlier::Other, ..wish(5, "old") };
    let overwrite = Wish { on_drift: OnDrift::Overwrite, ..wish(5, "new") };
    let adopt = Wish { on_conflict: OnConflict::Adopt, ..create.clone() };
    let late = Wish { arrival: Arrival::Late, ..adopt.clone() };
    let theirs = There { current: written("9", None), ..There::default() };
    let changed = There { others: vec![written("1", Some(mark("me", 3, "old", "a")))], ..theirs.clone() };
    let told = There { claimed_by: Some(claimant("me")), ..theirs.clone() };
    let others = There { current: written("2", Some(mark("other", 3, "old", "a"))), ..There::default() };
    let lost = There { claimed_by: Some(claimant("other")), ..changed.clone() };
    let hand = |hand| There { hand, ..ours(3, "old") };
    let kind = There { other_kind: Some("a String".to_owned()), ..theirs.clone() };
    let done = There { others: vec![written("4", Some(mark("me", 5, "new", "a")))], ..ours(7, "old") };
    let there = |there: &There| Standing::There(there.clone());
    let leaving = |there: &There| Standing::Leaving(there.clone());
    let changed_by = |version: &str| Refuse(Refusal::Changed { version: version.to_owned() });
    for (name, wish, standing, expected) in [
        ("nothing is there", &create, Standing::Nothing, Write(How::Create)),
        ("it was removed", &wish(5, "new"), Standing::Nothing, Refuse(Refusal::Gone)),
        ("removed, and that is no matter", &overwrite, Standing::Nothing, Write(How::Create)),
        ("the next one", &wish(5, "new"), there(&ours(3, "old")), Write(How::Next(Claim::Ours))),
        ("as wanted", &wish(5, "old"), there(&ours(3, "old")), answer("1")),
        (
            "as wanted, from a life before",
            &Wish { before: Before::Never, ..wish(5, "old") },
            there(&ours(3, "old")),
            Write(How::Next(Claim::Ours)),
        ),
        ("back from what was never done", &back, there(&ours(3, "old")), Write(How::Next(Claim::Ours))),
        ("back, and rotated", &back, there(&There { hand: Hand::Rotation, ..ours(3, "old") }), answer("1")),
        ("asked again", &wish(5, "new"), there(&ours(5, "new")), answer("1")),
        ("asked again, late", &wish(5, "new"), there(&done), answer("4")),
        ("overtaken", &wish(5, "new"), there(&ours(7, "old")), Refuse(Refusal::Overtaken)),
        ("overtaken, though as wanted", &wish(5, "new"), there(&ours(7, "new")), Refuse(Refusal::Overtaken)),
        ("somebody else's", &create, there(&theirs), Refuse(Refusal::Taken)),
        ("another resource's", &create, there(&others), Refuse(Refusal::Taken)),
        ("taken over from us", &wish(5, "new"), there(&lost), Refuse(Refusal::Taken)),
        ("overwriting is not adopting", &overwrite, there(&theirs), Refuse(Refusal::Taken)),
        ("adopted", &adopt, there(&theirs), Write(How::Next(Claim::TakenOver))),
        ("adopted from another resource", &adopt, there(&others), Write(How::Next(Claim::TakenOver))),
        ("adopted late", &late, there(&theirs), Refuse(Refusal::TooLate)),
        ("adopted late from another resource", &late, there(&others), Refuse(Refusal::TooLate)),
        ("adopted before, and late", &late, there(&ours(3, "old")), Write(How::Next(Claim::Ours))),
        ("changed", &wish(5, "new"), there(&changed), changed_by("9")),
        ("changed, as its tags tell", &wish(5, "new"), there(&told), changed_by("9")),
        ("changed, though nothing new is wanted", &wish(5, "old"), there(&changed), changed_by("9")),
        ("overwritten", &overwrite, there(&changed), Write(How::Next(Claim::Ours))),
        ("another kind", &adopt, there(&kind), Refuse(Refusal::OtherKind("a String".to_owned()))),
        ("rotated", &overwrite, there(&hand(Hand::Rotation)), Refuse(Refusal::Rotated(Hand::Rotation))),
        ("being rotated", &adopt, there(&hand(Hand::RotationAtWork)), Refuse(Refusal::Rotated(Hand::RotationAtWork))),
        ("rotated, and nothing to write", &wish(5, "old"), there(&hand(Hand::Rotation)), answer("1")),
        ("brought back", &create, leaving(&ours(3, "old")), Write(How::Restore(Claim::Ours))),
        ("this request's, deleted since", &create, leaving(&ours(5, "new")), Refuse(Refusal::Overtaken)),
        ("changed, and about to be erased", &wish(5, "new"), leaving(&told), changed_by("9")),
        ("changed and brought back on purpose", &overwrite, leaving(&told), Write(How::Restore(Claim::Ours))),
        (
            "rotated, and about to be erased",
            &create,
            leaving(&hand(Hand::Rotation)),
            Refuse(Refusal::Rotated(Hand::Rotation)),
        ),
        ("about to be erased", &create, leaving(&others), Refuse(Refusal::Leaving)),
        (
            "brought back late",
            &Wish { arrival: Arrival::Late, ..create.clone() },
            leaving(&ours(3, "old")),
            Refuse(Refusal::TooLate),
        ),
        ("brought back and adopted late", &late, leaving(&others), Refuse(Refusal::TooLate)),
        ("brought back and adopted", &adopt, leaving(&others), Write(How::Restore(Claim::TakenOver))),
    ] {
        assert_eq!(decide(wish, &standing), expected, "{name}");
    }
}

#[test]
fn a_request_is_prompt_for_less_than_lambdas_first_retry() {
    let arrival = |asked_at, now| Arrival::of(UnixTime(asked_at), UnixTime(now));
    assert_eq!(
        [arrival(100, 100), arrival(100, 159), arrival(100, 160)],
        [Arrival::Prompt, Arrival::Prompt, Arrival::Late]
    );
    assert_eq!(arrival(100, 90), Arrival::Prompt, "two clocks are never the same");
}

#[test]
fn one_second_is_not_late_and_what_is_as_wanted_but_leaves_is_brought_back() {
    let restored = Decision::Write(How::Restore(Claim::Ours));
    assert_eq!(decide(&wish(5, "same"), &Standing::Leaving(ours(3, "same"))), restored);
    // Requests are told apart by the second: a rollback may follow in the same one.
    let next = Decision::Write(How::Next(Claim::Ours));
    let same_second =
        Wish { mark: Mark { request: mark("me", 6, "", "").request, ..mark("me", 5, "old", "a") }, ..wish(5, "") };
    assert_eq!(decide(&same_second, &Standing::There(ours(5, "new"))), next);
}

#[test]
fn a_delete_removes_what_is_still_ours_and_leaves_the_rest() {
    use RemovalDecision::{Leave, Remove};
    let removal = Removal { claimant: claimant("me"), place: Place::of(&["a"]), at: UnixTime(5) };
    let other_place = There { current: written("1", Some(mark("me", 3, "old", "b"))), ..There::default() };
    let others = There { current: written("1", Some(mark("other", 3, "old", "a"))), ..There::default() };
    let changed = There { claimed_by: Some(claimant("me")), current: written("9", None), ..There::default() };
    for (name, standing, expected) in [
        ("ours", Standing::There(ours(3, "old")), Remove),
        ("nothing", Standing::Nothing, Leave(Left::Gone)),
        ("about to be erased", Standing::Leaving(ours(3, "old")), Leave(Left::Gone)),
        ("published anew since", Standing::There(ours(6, "old")), Leave(Left::NotOurs)),
        ("kept by the resource that replaced this one", Standing::There(other_place), Leave(Left::NotOurs)),
        ("another resource's", Standing::There(others), Leave(Left::NotOurs)),
        ("changed since", Standing::There(changed), Leave(Left::NotOurs)),
    ] {
        assert_eq!(decide_removal(&removal, &standing), expected, "{name}");
    }
}

/// What a target remembers of its versions.
#[derive(Clone, Copy, Debug)]
enum Memory {
    /// Of every one, and takes no token: each write is a version.
    All,
    /// Of the current one and the one before, and a token that it knows writes nothing.
    Two,
}

/// A target in memory.
#[derive(Debug)]
struct Copies {
    memory: Memory,
    versions: RefCell<Vec<(Option<Mark>, String)>>,
    /// The position of the current one.
    current: RefCell<usize>,
    claimed_by: RefCell<Option<Claimant>>,
    /// Of the next calls: whether the reply to a write is lost.
    loses: RefCell<Vec<bool>>,
}

#[derive(Debug)]
struct ReplyLost;

impl MayPass for ReplyLost {
    fn passes(&self) -> Option<Pace> {
        Some(Pace::Quick)
    }
}

impl Unclear for ReplyLost {
    fn is_unclear(&self) -> bool {
        true
    }
}

impl Copies {
    fn new(memory: Memory, loses: Vec<bool>) -> Self {
        let (versions, current, claimed_by) = Default::default();
        Self { memory, versions, current, claimed_by, loses: RefCell::new(loses) }
    }

    fn value(&self) -> Option<String> {
        self.versions.borrow().get(*self.current.borrow()).map(|(_, value)| value.clone())
    }

    fn put(&self, mark: Option<Mark>, value: &str) {
        let mut versions = self.versions.borrow_mut();
        versions.push((mark, value.to_owned()));
        *self.current.borrow_mut() = versions.len() - 1;
    }

    fn clear(&self) {
        self.versions.borrow_mut().clear();
        *self.claimed_by.borrow_mut() = None;
    }
}

impl Target for Copies {
    type Order = ();
    type Seen = ();
    type Error = ReplyLost;

    async fn look(&self, (): &()) -> Result<(Standing, ()), ReplyLost> {
        let versions = self.versions.borrow();
        let written = |index: usize| written(&index.to_string(), versions[index].0);
        if versions.is_empty() {
            return Ok((Standing::Nothing, ()));
        }
        let current = *self.current.borrow();
        let known = match self.memory {
            Memory::All => 0..versions.len(),
            Memory::Two => current.saturating_sub(1)..current + 1,
        };
        let others = known.filter(|index| *index != current).map(written).collect();
        let claimed_by = *self.claimed_by.borrow();
        Ok((Standing::There(There { current: written(current), others, claimed_by, ..There::default() }), ()))
    }

    async fn write(&self, (): &(), how: How, (): &(), mark: &Mark, text: &SecretString) -> Result<Wrote, ReplyLost> {
        let known = self.versions.borrow().iter().position(|(found, _)| found.as_ref() == Some(mark));
        if let (Memory::Two, Some(known)) = (self.memory, known) {
            // It succeeds and does nothing.
            return Ok(if known == *self.current.borrow() {
                Wrote::Current(known.to_string())
            } else {
                Wrote::Overtaken
            });
        }
        if matches!(how, How::Create) && !self.versions.borrow().is_empty() {
            return Ok(Wrote::Overtaken);
        }
        if let Memory::Two = self.memory {
            *self.claimed_by.borrow_mut() = Some(mark.claimant);
        }
        self.put(Some(*mark), text.expose_secret());
        match self.loses.borrow_mut().pop() {
            Some(true) => Err(ReplyLost),
            _ => Ok(Wrote::Current((self.versions.borrow().len() - 1).to_string())),
        }
    }

    async fn retag(&self, (): &(), _: &[String]) -> Result<(), ReplyLost> {
        Ok(())
    }

    async fn remove(&self, (): &()) -> Result<(), ReplyLost> {
        assert!(self.value().is_some(), "what is removed already is not removed again");
        self.clear();
        if self.loses.borrow_mut().pop() == Some(true) { Err(ReplyLost) } else { Ok(()) }
    }
}

fn published(copies: &Copies, wish: &Wish, value: &str) -> Result<Done, Undone<ReplyLost>> {
    let remaining = || Duration::from_secs(25);
    let mut patience = Patience::new(no_pause, RequestToken::manual("patience"), &remaining);
    at_once(publish(copies, &(), wish, &SecretString::from(value), &Decisions::default(), &mut patience))
}

/// What happens to a copy.
#[derive(Clone, Debug)]
enum Event {
    /// The resource wants this value: a rotation, or a rollback.
    Wanted(u8),
    /// An earlier request comes once more, so many requests back.
    Late(usize),
    /// Somebody else writes.
    Meddled,
    /// Somebody else removes it.
    Removed,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0..3_u8).prop_map(Event::Wanted),
        4 => (0..6_usize).prop_map(Event::Late),
        1 => Just(Event::Meddled),
        1 => Just(Event::Removed),
    ];
    prop::collection::vec(event, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// After each request that is answered well, readers have what it wanted; whatever comes late changes nothing; and
    /// nobody else's value is overwritten unless that is wanted.
    #[test]
    fn readers_have_what_the_last_request_wanted(
        events in events(), loses in prop::collection::vec(any::<bool>(), 24), all in any::<bool>(), overwrites in any::<bool>(),
    ) {
        let copies = Copies::new(if all { Memory::All } else { Memory::Two }, loses);
        let mut requests: Vec<(Wish, String)> = Vec::new();
        let mut expected: Option<String> = None;
        // Where somebody else has pushed all marks out of a short memory, a late one may overwrite that, and a newer one this.
        let mut lost_its_marks = false;
        for (second, event) in (1..).zip(events) {
            match event {
                Event::Wanted(content) => {
                    let value = format!("value {content}");
                    let before = if requests.is_empty() { Before::Never } else { Before::Published };
                    let on_drift = if overwrites { OnDrift::Overwrite } else { OnDrift::Refuse };
                    let wish = Wish { before, on_drift, ..wish(second, &value) };
                    let (found, marked) = (copies.value(), copies.versions.borrow().len());
                    let drifted = found != expected;
                    match published(&copies, &wish, &value) {
                        Ok(_) => {
                            prop_assert!(overwrites || !drifted);
                            expected = Some(value.clone());
                            // What is there as wanted keeps the mark that it has.
                            lost_its_marks &= copies.versions.borrow().len() == marked;
                            requests.push((wish, value));
                        }
                        Err(Undone::Refused(Refusal::Changed { .. } | Refusal::Gone | Refusal::Taken)) => {
                            prop_assert!(drifted, "refused though nobody changed it");
                            prop_assert_eq!(copies.value(), found);
                        }
                        Err(other) => prop_assert!(false, "{:?}", other),
                    }
                }
                Event::Late(back) => {
                    // The newest of all is a repetition, not a late one, and whoever finds nothing cannot know.
                    if copies.value().is_none() { continue; }
                    let Some((wish, value)) = requests.len().checked_sub(1 + back).map(|index| requests[index].clone()) else {
                        continue;
                    };
                    let (found, versions) = (copies.value(), copies.versions.borrow().len());
                    let meddled = found != expected || (lost_its_marks && !all);
                    let _ = published(&copies, &wish, &value);
                    prop_assert!(copies.value() == found || (meddled && overwrites), "{:?} after {:?}", copies.value(), found);
                    prop_assert!(copies.versions.borrow().len() == versions || (meddled && overwrites));
                    lost_its_marks |= copies.value() != found;
                    if meddled { expected = expected.filter(|_| copies.value() == found).or(copies.value()); }
                }
                Event::Meddled => copies.put(None, "somebody else's"),
                Event::Removed => copies.clear(),
            }
        }
    }

    /// A Delete never takes away what somebody else has put there.
    #[test]
    fn a_delete_leaves_what_is_not_ours(meddled in any::<bool>(), at in 1..9_u64, published_at in 1..9_u64, place in "[ab]") {
        let copies = Copies::new(Memory::All, vec![]);
        let create = Wish { before: Before::Never, ..wish(published_at, "v") };
        prop_assert!(published(&copies, &create, "v").is_ok());
        if meddled { copies.put(None, "somebody else's"); }
        let removal = Removal { claimant: claimant("me"), place: Place::of(&[&place]), at: UnixTime(at) };
        let remaining = || Duration::from_secs(25);
        let mut patience = Patience::new(no_pause, RequestToken::manual("patience"), &remaining);
        let left = at_once(remove(&copies, &(), &removal, &Decisions::default(), &mut patience)).unwrap();
        let is_ours = !meddled && at >= published_at && place == "a";
        prop_assert_eq!(left.is_none(), is_ours);
        prop_assert_eq!(copies.value().is_none(), is_ours);
    }
}

#[test]
fn a_rollback_is_a_write_of_its_own_and_its_rotation_comes_too_late() {
    for memory in [Memory::All, Memory::Two] {
        let copies = Copies::new(memory, vec![]);
        let create = Wish { before: Before::Never, ..wish(1, "old") };
        assert_eq!(published(&copies, &create, "old").unwrap().how, Some(How::Create));
        assert!(published(&copies, &wish(2, "new"), "new").unwrap().how.is_some());
        let back = published(&copies, &wish(3, "old"), "old").unwrap();
        assert_eq!((back.version.as_str(), copies.value().as_deref()), ("2", Some("old")));
        let _ = published(&copies, &wish(2, "new"), "new");
        assert_eq!((copies.value().as_deref(), copies.versions.borrow().len()), (Some("old"), 3), "{memory:?}");
    }
}

#[test]
fn what_was_never_done_and_rolled_back_comes_too_late() {
    for memory in [Memory::All, Memory::Two] {
        let copies = Copies::new(memory, vec![]);
        let create = Wish { before: Before::Never, ..wish(1, "old") };
        assert!(published(&copies, &create, "old").is_ok());
        let back = Wish { earlier: Earlier::Other, ..wish(3, "old") };
        assert_eq!(published(&copies, &back, "old").unwrap().version, "1");
        let late = published(&copies, &wish(2, "new"), "new");
        assert!(matches!(late, Err(Undone::Refused(Refusal::Overtaken))), "{late:?}");
        assert_eq!(copies.value().as_deref(), Some("old"), "{memory:?}");
    }
}

#[test]
fn a_reply_that_is_lost_is_no_second_version() {
    for memory in [Memory::All, Memory::Two] {
        let copies = Copies::new(memory, vec![true]);
        let done = published(&copies, &Wish { before: Before::Never, ..wish(1, "old") }, "old").unwrap();
        assert_eq!((done, copies.versions.borrow().len()), (Done { version: "0".to_owned(), how: None }, 1));
    }
}

#[test]
fn a_removal_whose_reply_is_lost_is_not_made_twice() {
    let copies = Copies::new(Memory::All, vec![true, false]);
    assert!(published(&copies, &Wish { before: Before::Never, ..wish(1, "old") }, "old").is_ok());
    let removal = Removal { claimant: claimant("me"), place: Place::of(&["a"]), at: UnixTime(2) };
    let remaining = || Duration::from_secs(25);
    let mut patience = Patience::new(no_pause, RequestToken::manual("patience"), &remaining);
    let left = at_once(remove(&copies, &(), &removal, &Decisions::default(), &mut patience));
    assert_eq!(left.unwrap(), Some(Left::Gone));
}
