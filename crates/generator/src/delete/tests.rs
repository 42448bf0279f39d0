//! What a Delete retires, and what it leaves alone without failing.

use serde_json::json;

use crate::tests::deployed;

#[test]
fn a_version_is_retired_and_one_without_a_window_is_gone() {
    for (properties, left) in [
        (json!({"Env": "prod"}), 1),
        (json!({"Env": "prod", "RecoveryWindowInDays": "7"}), 1),
        (json!({"Env": "prod", "RecoveryWindowInDays": "0"}), 0),
        (json!({"Env": ["nonsense"], "Nonsense": "7"}), 1),
    ] {
        let generator = deployed(&[]);
        let id = generator.created("1", &json!({"Env": "prod"})).unwrap().physical_resource_id().to_string();
        assert_eq!(generator.deleted("2", &id, &properties), Ok(()));
        let stored = generator.stored();
        assert_eq!(stored.len(), left, "{properties}");
        assert!(stored.iter().all(|record| record.item.retired.is_some()), "{properties}");
    }
}

#[test]
fn what_is_not_this_resources_version_stays() {
    let generator = deployed(&[]);
    let id = generator.created("1", &json!({"Env": "prod"})).unwrap().physical_resource_id().to_string();
    let before = generator.stored();
    let other_tag = format!("{}.00000000", crate::tests::without_tag(&id));
    for id in [&*other_tag, "secrets/shop/dev/default@1.00000000"] {
        assert_eq!(generator.deleted("2", id, &json!({"Env": "prod"})), Ok(()), "{id}");
        assert_eq!(generator.stored(), before, "{id}");
    }
}

#[test]
fn an_id_that_cloudformation_made_up_stands_for_what_was_made_and_never_heard_of() {
    for made_up in ["shop-DbSecret-1ABC", ""] {
        let generator = deployed(&[]);
        generator.created("1", &json!({"Env": "prod"})).unwrap();
        assert_eq!(generator.deleted("2", made_up, &json!({"Env": "dev"})), Ok(()));
        assert!(generator.stored().iter().all(|record| record.item.retired.is_none()), "another secret stays");
        assert_eq!(generator.deleted("3", made_up, &json!({"Env": "prod"})), Ok(()));
        let stored = generator.stored();
        assert!(stored.len() == 1 && stored[0].item.retired.is_some(), "{made_up}");
    }
}
