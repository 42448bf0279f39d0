//! Whole lives of a copy: requests, late duplicates, other hands and lost replies.

use std::time::Duration;

use proptest::prelude::*;

use super::copies::{Copies, Memory, published};
use super::*;
use crate::patience::Patience;
use crate::testing::{at_once, no_pause};

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
