//! Requests that the pair does not serve.

use super::*;

#[test]
fn a_delete_out_of_bounds_fails_if_it_would_change_something() {
    let one = item(1, me());
    let out = crate::scope::OutOfScope::OtherEnv("prod".parse().unwrap());
    let bounded = Requester { out_of_bounds: Some(out.clone()), ..requester("delete") };
    let decide = |item: &VersionItem| {
        let id = identity().id(item.version, item.token);
        plan_delete(&bounded, &id, RecoveryWindow::default(), &snapshot(Some(head(1)), vec![one.clone()]))
    };
    assert_eq!(decide(&one), DeletePlan::Refuse(out));
    assert_eq!(decide(&item(7, me())), DeletePlan::Nothing(Untouched::NotThere));
}

#[test]
fn out_of_bounds_nothing_is_written_and_what_is_there_is_answered() {
    let out = crate::scope::OutOfScope::OtherEnv("prod".parse().unwrap());
    let bounded = |mut intent: Intent| {
        intent.requester.out_of_bounds = Some(out.clone());
        intent
    };
    let (one, two) = (item(1, me()), item(2, me()));
    let stored = snapshot(Some(head(1)), vec![one.clone()]);
    let refused = Plan::Refuse(Refusal::OutOfBounds(out.clone()));
    assert_eq!(plan(&bounded(create()), &stored), refused);
    assert_eq!(plan(&bounded(update(&one, "t2", "t1")), &stored), refused);
    // The Update that rolls back what was refused.
    assert_eq!(answered(plan(&bounded(update(&one, "t1", "t2")), &stored)), (1, None));
    let moved = snapshot(Some(head(2)), vec![retained(one), two.clone()]);
    assert_eq!(plan(&bounded(update(&two, "t1", "t2")), &moved), refused);
}
