//! The way back of an Update that moved a secret to another table.

use custom_resource::{Clock, Context, CreateRequest, CustomResource as _, DeleteRequest, Properties, UpdateRequest};
use secret_store::testing::at_once;
use serde_json::{Value, json};

use crate::tests::{InMemory, NOW, deployed};

/// The ids of a secret before it moved, after it moved, and after the template that names no table came back.
fn ids(moved: &Value, before_rollback: impl Fn(&InMemory, &str)) -> [String; 3] {
    let generator = deployed(&[]);
    let plain = json!({"Env": "prod"});
    let id = |outcome: custom_resource::Outcome| outcome.physical_resource_id().to_string();
    let first = id(generator.created("1", &plain).unwrap());
    let second = id(generator.updated("2", &first, moved, &plain).unwrap());
    before_rollback(&generator, &first);
    let third = id(generator.updated("3", &second, &plain, moved).unwrap());
    [first, second, third]
}

#[test]
fn a_rollback_finds_the_table_that_the_secret_came_from() {
    let [first, second, third] = ids(&json!({"Env": "prod", "TableName": "mine"}), |_, _| ());
    assert!(second.starts_with("mine/") && first == third, "{second} {third}");
}

#[test]
fn a_rollback_finds_the_way_back_over_a_rotation_that_failed_after_the_move() {
    let generator = deployed(&[]);
    let (plain, moved) = (json!({"Env": "prod"}), json!({"Env": "prod", "TableName": "mine"}));
    let rotated = json!({"Env": "prod", "TableName": "mine", "RotationTrigger": "2"});
    let id = |outcome: custom_resource::Outcome| outcome.physical_resource_id().to_string();
    let first = id(generator.created("1", &plain).unwrap());
    let second = id(generator.updated("2", &first, &moved, &plain).unwrap());
    let third = id(generator.updated("3", &second, &rotated, &moved).unwrap());
    assert_eq!(id(generator.updated("4", &third, &plain, &rotated).unwrap()), first);
}

#[test]
fn a_rollback_finds_the_way_back_over_another_secret_in_the_table_that_it_moved_to() {
    let generator = deployed(&[]);
    let (plain, moved) = (json!({"Env": "prod"}), json!({"Env": "prod", "TableName": "mine"}));
    let other = json!({"Env": "test", "TableName": "mine"});
    let id = |outcome: custom_resource::Outcome| outcome.physical_resource_id().to_string();
    let first = id(generator.created("1", &plain).unwrap());
    let second = id(generator.updated("2", &first, &moved, &plain).unwrap());
    let third = id(generator.updated("3", &second, &other, &moved).unwrap());
    assert!(third.starts_with("mine/") && third.contains("/test/"), "{third}");
    assert_eq!(id(generator.updated("4", &third, &plain, &other).unwrap()), first);
}

#[test]
fn a_secret_that_is_gone_there_stays_where_it_is() {
    let erase = |generator: &InMemory, id: &str| {
        generator.deleted("erase", id, &json!({"Env": "prod", "RecoveryWindowInDays": "0"})).unwrap();
    };
    let [_, second, third] = ids(&json!({"Env": "prod", "TableName": "mine"}), erase);
    assert_eq!(second, third);
}

/// An Update of a later minute.
fn updated(generator: &InMemory, minute: u64, id: &str, new: &Value, old: &Value) -> String {
    let context = Context::builder(Clock::at(NOW + 60 * minute))
        .stack_id("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a")
        .request_id(minute.to_string())
        .logical_resource_id("DbSecret")
        .build();
    let [new, old] = [new, old].map(|value| Properties::from_value(value.clone()).unwrap());
    at_once(generator.update(UpdateRequest::new(id, new, old), &context)).unwrap().physical_resource_id().to_string()
}

/// The move and its rollback are over. Then the same move once more, whose answer is lost: CloudFormation rolls back from
/// the id that it has, and the version that it never heard of is not the way back.
#[test]
fn a_rollback_from_a_move_that_nobody_heard_of_stays_where_it_is() {
    let generator = deployed(&[]);
    let (plain, moved) = (json!({"Env": "prod"}), json!({"Env": "prod", "TableName": "mine"}));
    let first = generator.created("1", &plain).unwrap().physical_resource_id().to_string();
    let second = updated(&generator, 1, &first, &moved, &plain);
    assert_eq!(updated(&generator, 2, &second, &plain, &moved), first);
    generator.deleted("delete", &second, &moved).unwrap();
    let _nobody_hears_of_it = updated(&generator, 3, &first, &moved, &plain);
    assert_eq!(updated(&generator, 4, &first, &plain, &moved), first);
}

/// What was taken over from the deleted is older than the version that the resource left for it.
#[test]
fn a_rollback_leads_back_from_what_was_taken_over_from_the_deleted() {
    let generator = deployed(&[]);
    let (plain, moved) = (json!({"Env": "prod"}), json!({"Env": "prod", "TableName": "mine", "OnConflict": "adopt"}));
    let id = |outcome: custom_resource::Outcome| outcome.physical_resource_id().to_string();
    let former = || {
        Context::builder(Clock::at(NOW))
            .stack_id("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/5d3f0b6a")
            .request_id("former")
            .logical_resource_id("Former")
            .build()
    };
    let request = || Properties::from_value(moved.clone()).unwrap();
    let deleted = id(at_once(generator.create(CreateRequest::new(request()), &former())).unwrap());
    at_once(generator.delete(DeleteRequest::new(Some(deleted.clone()), request()), &former())).unwrap();
    let first = updated(&generator, 1, "none", &plain, &plain);
    let second = updated(&generator, 2, &first, &moved, &plain);
    assert_eq!(second.rsplit_once('@').unwrap().0, deleted.rsplit_once('@').unwrap().0);
    assert_eq!(updated(&generator, 3, &second, &plain, &moved), first);
}

/// With rollback switched off an update failed that moved the secret, and the next one came back to where it was before.
#[test]
fn a_rollback_stays_with_what_is_older_than_the_table_that_it_came_back_from() {
    let generator = deployed(&[]);
    let (plain, moved) = (json!({"Env": "prod"}), json!({"Env": "prod", "TableName": "mine"}));
    let named = json!({"Env": "prod", "TableName": "secrets"});
    let first = updated(&generator, 1, "none", &plain, &plain);
    let second = updated(&generator, 2, &first, &moved, &plain);
    assert_eq!(updated(&generator, 3, &second, &named, &moved), first);
    assert_eq!(updated(&generator, 4, &first, &plain, &named), first);
}
