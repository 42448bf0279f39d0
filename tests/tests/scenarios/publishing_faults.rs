//! Lost replies, throttling, denials, two requests at once, and what the services would not take: one version or none, and a
//! Reason that says what to do.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    aws::Function::Publisher,
    copies::{Copies, Shelf},
    faulty_wire::Answer as Put,
    resource::{assert_failed, assert_success},
    world::scenario,
};

use crate::publishing::Shop;

#[tokio::test]
async fn a_write_whose_reply_is_lost_was_made_once() {
    for (shelf, lost) in [
        (Shelf::Moto, &["PutParameter", "CreateSecret", "PutSecretValue"][..]),
        // It calls the first version of a secret as it likes, so that nobody knows it again.
        (Shelf::Ministack, &["PutParameter"]),
    ] {
        scenario(async |world| {
            let (copies, wire) = Copies::by_a_faulty_wire(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            lost.iter().for_each(|operation| wire.lose(operation, 1));
            let created = shop.publish().await;
            shop.readers_have(shop.secret.id(), &created).await;
            assert_eq!(shop.copies.parameter_versions().await, 1);
            wire.lose("PutParameter", 1);
            let (_, rotated) = shop.rotate("2").await;
            shop.readers_have(shop.secret.id(), &rotated).await;
            assert_eq!(shop.copies.parameter_versions().await, 2);
            assert_eq!(wire.left_to_lose(), 0);
        })
        .await;
    }
}

#[tokio::test]
async fn two_deliveries_at_once_publish_once() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            let properties = shop.properties(shop.secret.id());
            let (one, other) = shop.copy.create_twice_at_once(properties).await;
            assert_success(&one);
            assert_success(&other);
            assert_eq!(one["ParameterVersion"], other["ParameterVersion"]);
            shop.readers_have(shop.secret.id(), &one).await;
            assert_eq!(shop.copies.parameter_versions().await, 1);
            // And what was published by two is known again by one.
            let (_, rotated) = shop.rotate("2").await;
            shop.readers_have(shop.secret.id(), &rotated).await;
        })
        .await;
    }
}

#[tokio::test]
async fn throttling_is_waited_for_and_told_in_the_end() {
    scenario(async |world| {
        let (copies, wire) = Copies::by_a_faulty_wire(world, Shelf::Moto).await;
        let mut shop = Shop::open(world, copies).await;
        let throttled = Put::error("ThrottlingException", "Rate exceeded");
        wire.put_in("PutParameter", "/pub/", &throttled, 2);
        wire.put_in("CreateSecret", "pub/", &throttled, 1);
        let created = shop.publish().await;
        shop.readers_have(shop.secret.id(), &created).await;
        assert_eq!(shop.copies.parameter_versions().await, 1);

        world.rig(Publisher).function.set_time_limit(Duration::from_secs(5));
        wire.put_in("PutParameter", "/pub/", &throttled, u32::MAX);
        let (before, rotated) = shop.rotate("2").await;
        assert_failed(&rotated, &["throttled", "quota"]);
        wire.clear("/pub/");
        // CloudFormation rolls back: readers have the old value in both places.
        let back = shop.copy.update(shop.properties(&before)).await;
        shop.readers_have(&before, &back).await;
    })
    .await;
}

#[tokio::test]
async fn what_the_services_refuse_is_told_with_what_to_do() {
    scenario(async |world| {
        let (copies, wire) = Copies::by_a_faulty_wire(world, Shelf::Moto).await;
        let shop = Shop::open(world, copies).await;
        // A right is waited for.
        world.rig(Publisher).function.set_time_limit(Duration::from_secs(4));
        for (number, (operation, code, words)) in [
            ("PutParameter", "ParameterLimitExceeded", &["10,000", "Advanced"][..]),
            ("PutParameter", "ParameterMaxVersionLimitExceeded", &["100 versions", "unlabel"]),
            ("PutParameter", "InvalidKeyId", &["KeyId names no key"]),
            ("PutParameter", "AccessDeniedException", &["may not call ssm:PutParameter", "PublishedKeyArns"]),
            ("PutParameter", "HierarchyTypeMismatchException", &["its type for good", "another Name"]),
            ("PutParameter", "TooManyTagsError", &["50 tags"]),
            ("PutParameter", "ValidationException", &["`{{ssm:x}}`"]),
            ("CreateSecret", "LimitExceededException", &["quota"]),
            ("CreateSecret", "EncryptionFailure", &["PublishedKeyArns"]),
            ("CreateSecret", "KMSInvalidStateException", &["KeyId names no key that can be used"]),
            ("CreateSecret", "AccessDeniedException", &["may not call secretsmanager:CreateSecret", "PublishedKeyArns"]),
            ("DescribeSecret", "AccessDeniedException", &["may not call secretsmanager:DescribeSecret", "SecretPrefixes"]),
            ("CreateSecret", "NewlyInvented", &["NewlyInvented", "API reference"]),
        ]
        .into_iter()
        .enumerate()
        {
            let copies = shop.copies.called(&number.to_string());
            let value = shop.value_of(shop.secret.id()).await;
            wire.put_in(operation, "pub/", &Put::error(code, &format!("Value '{value}' is not good")), u32::MAX);
            let properties = json!({
                "SecretId": shop.secret.id(), "Parameter": {"Name": copies.parameter}, "Secret": {"Name": copies.secret},
            });
            let mut copy = shop.stack.publisher(&format!("Copy{number}"));
            let began = Instant::now();
            assert_failed(&copy.create(properties).await, words);
            assert!(began.elapsed() < Duration::from_secs(10), "{code}");
            wire.clear("pub/");
            // Nothing half published stays.
            assert_success(&copy.delete().await);
            assert_eq!((copies.in_parameter_store().await, copies.in_secrets_manager().await), (None, None), "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_update_to_other_names_that_fails_leaves_nothing_behind() {
    scenario(async |world| {
        let (copies, wire) = Copies::by_a_faulty_wire(world, Shelf::Moto).await;
        let mut shop = Shop::open(world, copies).await;
        assert_success(&shop.publish().await);
        let renamed = shop.copies.called("renamed");
        wire.put_in("CreateSecret", "pub/", &Put::error("LimitExceededException", "no"), 1);
        let properties = json!({
            "SecretId": shop.secret.id(), "Parameter": {"Name": renamed.parameter}, "Secret": {"Name": renamed.secret},
        });
        assert_failed(&shop.copy.update(properties).await, &["quota"]);
        assert_eq!(renamed.in_parameter_store().await, None);
        let secret_id = shop.secret.id().to_owned();
        let back = shop.copy.update(shop.properties(&secret_id)).await;
        shop.readers_have(&secret_id, &back).await;
    })
    .await;
}

/// Of two names one is kept, or what has the other one is taken over: neither is taken back with what failed.
#[tokio::test]
async fn an_update_that_fails_takes_back_neither_what_is_kept_nor_what_it_took_over() {
    scenario(async |world| {
        let (copies, wire) = Copies::by_a_faulty_wire(world, Shelf::Moto).await;
        let mut shop = Shop::open(world, copies).await;
        assert_success(&shop.publish().await);
        let renamed = shop.copies.called("renamed");
        let full = Put::error("LimitExceededException", "no");
        wire.put_in("CreateSecret", "pub/", &full, u32::MAX);
        let mut properties = shop.properties(shop.secret.id());
        properties["Secret"]["Name"] = json!(renamed.secret);
        assert_failed(&shop.copy.update(properties.clone()).await, &["quota"]);
        assert!(shop.copies.in_parameter_store().await.is_some(), "its name is kept");

        let theirs = json!({"Name": renamed.parameter, "Type": "SecureString", "Value": "older"});
        shop.copies.ssm("PutParameter", theirs).await.unwrap();
        properties["Parameter"]["Name"] = json!(renamed.parameter);
        properties["OnConflict"] = json!("adopt");
        assert_failed(&shop.copy.update(properties).await, &["quota"]);
        assert_eq!(renamed.parameter_versions().await, 2, "it has a history of its own");
        wire.clear("pub/");
        let secret_id = shop.secret.id().to_owned();
        let back = shop.copy.update(shop.properties(&secret_id)).await;
        shop.readers_have(&secret_id, &back).await;
    })
    .await;
}

/// CloudFormation makes an id up, or has that of the names before.
#[tokio::test]
async fn what_was_published_by_a_request_that_nobody_heard_of_is_removed_by_its_properties() {
    for shelf in Shelf::ALL {
        scenario(async |world| {
            let copies = Copies::on(world, shelf).await;
            let mut shop = Shop::open(world, copies).await;
            assert_success(&shop.publish().await);
            let (properties, id) = (shop.properties(shop.secret.id()), shop.copy.id().to_owned());
            let renamed = shop.copies.called("renamed");
            let others = json!({
                "SecretId": shop.secret.id(), "Parameter": {"Name": renamed.parameter}, "Secret": {"Name": renamed.secret},
            });
            assert_success(&shop.copy.update(others.clone()).await);
            assert_success(&shop.copy.delete_with(&id, others).await);
            for copies in [&shop.copies, &renamed] {
                assert_eq!((copies.in_parameter_store().await, copies.in_secrets_manager().await), (None, None));
            }

            shop.copy = shop.stack.publisher("DbCopy");
            assert_success(&shop.publish().await);
            assert_success(&shop.copy.delete_with("shop-DbCopy-1A2B3C4D5E6F", properties).await);
            assert_eq!((shop.copies.in_parameter_store().await, shop.copies.in_secrets_manager().await), (None, None));
        })
        .await;
    }
}

#[tokio::test]
async fn a_denial_names_the_action_and_what_allows_it() {
    for action in ["ssm:PutParameter", "secretsmanager:CreateSecret"] {
        scenario(async |world| {
            let copies = Copies::on(world, Shelf::Ministack).await;
            let mut shop = Shop::open(world, copies).await;
            world.deny(Publisher, &[action]).await;
            world.rig(Publisher).function.set_time_limit(Duration::from_secs(4));
            assert_failed(&shop.publish().await, &[&format!("may not call {action}"), "Prefixes", "PublishedKeyArns"]);
            assert_success(&shop.copy.delete().await);
            assert_eq!(shop.copies.in_parameter_store().await, None);
        })
        .await;
    }
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_before_anything_is() {
    scenario(async |world| {
        let copies = Copies::on(world, Shelf::Moto).await;
        let shop = Shop::open(world, copies).await;
        let mut long = shop.stack.generator("Long");
        assert_success(&long.create(json!({"Env": "prod", "Name": "long", "Value": "a long value ".repeat(400)})).await);
        let mut reference = shop.stack.generator("Reference");
        assert_success(&reference.create(json!({"Env": "prod", "Name": "ref", "Value": "before{{ssm:other}}after"})).await);
        let parameter = json!({"Name": shop.copies.parameter});
        let both = |parameter: Value, secret: Value| json!({"SecretId": shop.secret.id(), "Parameter": parameter, "Secret": secret});
        let secret = json!({"Name": shop.copies.secret});
        for (properties, words) in [
            (json!({"SecretId": shop.secret.id()}), &["property Parameter is missing", "Secret"][..]),
            (json!({"Parameter": parameter}), &["property Env is missing"]),
            (both(json!({"Name": "/pub//db"}), secret.clone()), &["property Parameter", "one '/' between parts"]),
            (both(json!({"Name": format!("/pub{}", "/x".repeat(15))}), secret.clone()), &["16 levels", "at most 15"]),
            (both(json!({"Name": format!("/pub/{}", "x".repeat(1000))}), secret.clone()), &["1005 characters", "at most 966"]),
            (both(json!({"Name": "/aws/db"}), secret.clone()), &["property Parameter", "AWS's own"]),
            (both(json!({"Name": format!("/pub/{}", "x".repeat(900))}), json!({"Name": format!("pub/{}", "x".repeat(500))})), &["PhysicalResourceId", "1024"]),
            (both(parameter.clone(), json!({"Name": format!("pub/{}", "x".repeat(509))})), &["property Secret", "1 to 512"]),
            (both(json!({"Name": "/elsewhere/db"}), secret.clone()), &["/elsewhere/db", "begin with /pub/", "ParameterPrefixes"]),
            (both(parameter.clone(), json!({"Name": "/pub/db"})), &["begin with pub/", "SecretPrefixes"]),
            (both(parameter.clone(), json!({"Name": "pub/a b"})), &["property Secret", "cannot be the name of a secret"]),
            (both(parameter.clone(), json!({"Name": "pub/x-abcdef"})), &["six characters", "ARN"]),
            (both(json!({"Name": shop.copies.parameter, "Tier": "advanced"}), secret.clone()), &["Parameter.Tier", "Advanced"]),
            (both(parameter.clone(), json!({"Name": shop.copies.secret, "RecoveryWindowInDays": 6})), &["RecoveryWindowInDays", "7 to 30"]),
            (json!({"SecretId": shop.secret.id(), "Parameter": parameter, "Tags": [{"Key": "aws:x", "Value": "y"}]}), &["property Tags", "aws:"]),
            (json!({"SecretId": shop.secret.id(), "Parameter": parameter, "Tags": [{"Key": "team!", "Value": "y"}]}), &["property Tags", "those of a parameter"]),
            (
                json!({
                    "SecretId": long.id(), "Parameter": {"Name": shop.copies.parameter, "Tier": "Advanced"}, "Secret": secret,
                    "As": "json", "Extra": {"more": "x".repeat(3000)},
                }),
                &["an advanced parameter holds 8192"],
            ),
            (
                json!({"SecretId": long.id(), "Secret": secret, "As": "json", "Extra": {"more": "x".repeat(65_000)}}),
                &["property Secret", "a secret holds 65536"],
            ),
            (json!({"SecretId": long.id(), "Parameter": parameter, "Secret": secret}), &["5200 bytes", "4096", "Tier: Advanced"]),
            (json!({"SecretId": reference.id(), "Parameter": parameter, "Secret": secret}), &["`{{`"]),
            (json!({"SecretId": shop.secret.id(), "Parametre": parameter}), &["Parametre", "did you mean Parameter?"]),
            (json!({"SecretId": shop.secret.id(), "Parameter": parameter, "Engine": "mysql"}), &["property Engine is for As: rds"]),
        ] {
            let mut copy = shop.stack.publisher("Copy");
            let answer = copy.create(properties.clone()).await;
            assert_failed(&answer, words);
            assert!(answer.reason.unwrap().len() < 700, "{properties}");
            assert_success(&copy.delete().await);
            assert_eq!((shop.copies.in_parameter_store().await, shop.copies.in_secrets_manager().await), (None, None));
        }
        // What one of the two takes is published there.
        let advanced = json!({"SecretId": long.id(), "Parameter": {"Name": shop.copies.parameter, "Tier": "Advanced"}});
        assert_success(&shop.stack.publisher("Copy").create(advanced).await);
        let reference = json!({"SecretId": reference.id(), "Secret": secret});
        assert_success(&shop.stack.publisher("Copy").create(reference).await);
    })
    .await;
}
