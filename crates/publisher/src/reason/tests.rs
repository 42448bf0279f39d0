//! Each refusal says what is allowed or what to do, and none of them repeats what a service said.

use secret_store::store::{Capacity, Resource, Service};
use targets_aws::Tier;
use targets_aws::limits::parameter;

use super::*;

const STORE: Resource =
    Resource::Store(Service { name: "Parameter Store", noun: "parameter", requirement: "be valid" });

fn told(kind: TargetKind, error: Undone<NotDone>) -> String {
    describe(&Failure::Target { kind, name: "/shop/db".to_owned(), error: Box::new(error), doing: Doing::Publish })
}

fn denied(denier: Denier) -> Undone<NotDone> {
    let (resource, source) = (STORE, "hunter2".into());
    Undone::Failed(NotDone::Failed(StoreError::Denied { resource, action: "ssm:PutParameter", denier, source }))
}

#[test]
fn each_refusal_says_what_to_do() {
    let throttled = StoreError::Throttled { resource: STORE, capacity: Capacity::Requests, source: "hunter2".into() };
    let failed = |error| Undone::Failed(NotDone::Failed(error));
    let code = |code: &str| {
        let refused = RefusedCall { service: "Parameter Store", action: "ssm:PutParameter", code: code.to_owned() };
        Undone::Failed(NotDone::Refused(refused))
    };
    for (error, words) in [
        (Undone::Refused(Refusal::Overtaken), &["newer request"][..]),
        (Undone::Refused(Refusal::Gone), &["somebody removed this parameter", "OnDrift: overwrite"]),
        (Undone::Refused(Refusal::Leaving), &["scheduled for deletion", "OnConflict: adopt"]),
        (Undone::Refused(Refusal::OtherKind("a String".to_owned())), &["it is a String", "another Name"]),
        (Undone::Refused(Refusal::Rotated(Hand::Rotation)), &["rotates it by itself", "cancel-rotate-secret"]),
        (Undone::Refused(Refusal::Rotated(Hand::RotationAtWork)), &["AWSPENDING"]),
        (Undone::Refused(Refusal::Taken), &["did not publish", "OnConflict: adopt"]),
        (Undone::Refused(Refusal::Changed { version: "7".to_owned() }), &["version 7 is theirs", "OnDrift: overwrite"]),
        (Undone::Contended, &["all the time"]),
        (failed(throttled), &["Parameter Store was throttled", "quota"]),
        (denied(Denier::Role), &["may not call ssm:PutParameter", "ParameterPrefixes", "PublishedKeyArns"]),
        (denied(Denier::ServiceControlPolicy), &["service control policy"]),
        (code("ParameterLimitExceeded"), &["10,000"]),
        (code("HierarchyTypeMismatchException"), &["its type for good"]),
        (code("InvalidKeyId"), &["KeyId names no key"]),
        (failed(StoreError::KeyUnusable("hunter2".into())), &["KeyId names no key", "enabled"]),
        (code("TooManyTagsError"), &["50 tags"]),
        (code("InvalidResourceId"), &["removed while"]),
        (code("InvalidRequestException"), &["scheduled for deletion", "replica"]),
        (code("Other"), &["(Other)"]),
    ] {
        let reason = told(TargetKind::Parameter, error);
        for word in words {
            assert!(reason.contains(word), "{word}: {reason}");
        }
        assert!(reason.starts_with("the parameter \"/shop/db\" is not published: "), "{reason}");
        assert!(!reason.contains("hunter2") && reason.len() < 500, "{reason}");
    }
}

#[test]
fn a_secret_may_be_contended_by_what_is_not_erased_yet() {
    assert!(told(TargetKind::Secret, Undone::Contended).contains("not yet erased"));
}

#[test]
fn a_limit_names_the_way_out() {
    let breach = parameter::value(&"x".repeat(5000), Tier::Standard).unwrap_err();
    let reason = describe(&Failure::Limit(TargetKind::Parameter, breach));
    assert!(reason.contains("5000 bytes") && reason.contains("Tier: Advanced"), "{reason}");
    let breach = parameter::value(&"x".repeat(9000), Tier::Advanced).unwrap_err();
    assert!(!describe(&Failure::Limit(TargetKind::Parameter, breach)).contains("Tier: Advanced"));
    let outside = |prefixes: &str| {
        let (name, prefixes) = ("db".to_owned(), prefixes.to_owned());
        describe(&Failure::OutsidePrefixes { kind: TargetKind::Secret, name, prefixes })
    };
    assert!(outside("shop/").contains("begin with shop/") && outside("shop/").contains("SecretPrefixes"));
    assert!(outside("").contains("none at all"));
}
