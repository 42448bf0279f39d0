//! The way back of an Update that moved a secret to another table.

use serde_json::{Value, json};

use crate::tests::deployed;

/// The ids of a secret before it moved, after it moved, and after the template that names no table came back.
fn ids(moved: &Value, before_rollback: impl Fn(&crate::tests::InMemory, &str)) -> [String; 3] {
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
    let erase = |generator: &crate::tests::InMemory, id: &str| {
        generator.deleted("erase", id, &json!({"Env": "prod", "RecoveryWindowInDays": "0"})).unwrap();
    };
    let [_, second, third] = ids(&json!({"Env": "prod", "TableName": "mine"}), erase);
    assert_eq!(second, third);
}
