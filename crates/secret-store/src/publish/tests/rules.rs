//! What is decided of each copy that may be there, a row each.

use super::*;

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
