//! Orders of templates as CloudFormation sends them, and of Deletes, whose properties need not be good.

use custom_resource::Clock;
use serde_json::json;

use super::*;

const STACK_ID: &str = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/g";

fn context() -> Context {
    Context::builder(Clock::at(1_800_000_000)).stack_id(STACK_ID).logical_resource_id("DbCopy").build()
}

fn settings() -> Settings {
    let variable = |name: &str| {
        let value = match name {
            "PARAMETER_PREFIXES" => "/shop/,/till-",
            "SECRET_PREFIXES" => "shop/",
            "AWS_REGION" => "eu-west-1",
            _ => return None,
        };
        Some(value.to_owned())
    };
    Settings::read(variable).unwrap()
}

fn ordered(properties: Value) -> Result<Orders, Failure> {
    let properties = PublisherProperties::read(&Properties::from_value(properties).unwrap()).unwrap();
    Orders::of(&properties, &settings(), &context())
}

#[test]
fn names_below_a_prefix_are_taken_and_no_others() {
    for (parameter, is_taken) in [
        ("/shop/db", true),
        ("/till-db", true),
        // To IAM a parameter's ARN has a slash before its name either way.
        ("till-db", true),
        ("/shops/db", false),
        ("/shop", false),
        ("/other/shop/db", false),
    ] {
        let order = ordered(json!({"Parameter": {"Name": parameter}}));
        assert_eq!(order.is_ok(), is_taken, "{parameter}: {:?}", order.err());
    }
    for (secret, is_taken) in [("shop/db", true), ("/shop/db", false), ("shop-db", false)] {
        let order = ordered(json!({"Secret": {"Name": secret}}));
        assert_eq!(order.is_ok(), is_taken, "{secret}: {:?}", order.err());
    }
}

#[test]
fn what_a_service_would_refuse_is_refused_with_its_limit() {
    let parameter = |name: &str| json!({"Parameter": {"Name": name}});
    let secret = |name: &str| json!({"Secret": {"Name": name}});
    for (properties, words) in [
        (parameter("/shop//db"), "one '/' between parts"),
        (parameter("/shop/é"), "letters, digits"),
        (parameter(&format!("/shop{}", "/x".repeat(15))), "16 levels: a parameter has at most 15"),
        (
            parameter(&format!("/shop/{}", "x".repeat(1000))),
            "1006 characters: in eu-west-1 a parameter's name has at most 966",
        ),
        (parameter("/aws/db"), "AWS's own"),
        (parameter("/SSM-db"), "AWS's own"),
        (secret("shop/a b"), "letters, digits and /_+=.@-"),
        (secret(&format!("shop/{}", "x".repeat(508))), "1 to 512"),
        (secret("shop/db-a1B2c3"), "six characters"),
    ] {
        let reason = crate::reason::describe(&ordered(properties).unwrap_err());
        assert!(reason.starts_with("property ") && reason.contains(words), "{words}: {reason}");
        assert!(reason.len() < 300, "{reason}");
    }
    let checked = |properties: Value, text: String| ordered(properties).unwrap().check(&text.into());
    let advanced = json!({"Parameter": {"Name": "/shop/db", "Tier": "Advanced"}});
    for (properties, size, most) in
        [(parameter("/shop/db"), 4097, "4096"), (advanced, 8193, "8192"), (secret("shop/db"), 65_537, "65536")]
    {
        let reason = crate::reason::describe(&checked(properties.clone(), "x".repeat(size)).unwrap_err());
        assert!(reason.contains(&format!("{size} bytes")) && reason.contains(&format!("holds {most}")), "{reason}");
        assert!(checked(properties, "x".repeat(size - 1)).is_ok());
    }
    assert!(checked(parameter("/shop/db"), "a{{ssm:b}}c".to_owned()).is_err());
    assert!(checked(secret("shop/db"), "a{{ssm:b}}c".to_owned()).is_ok());
}

#[test]
fn how_long_a_removed_secret_can_be_restored_is_the_templates_choice() {
    let window = |secret: Value, on_conflict: &str| {
        let mut properties = json!({"Secret": {"Name": "shop/db"}, "OnConflict": on_conflict});
        properties["Secret"].as_object_mut().unwrap().extend(secret.as_object().unwrap().clone());
        let asked = ordered(properties.clone()).unwrap().secret.unwrap().erasure;
        let properties = Properties::from_value(properties).unwrap();
        let names = Names::in_properties(&properties);
        let left = Orders::left_under(&names, &properties, &context()).secret.unwrap().erasure;
        assert_eq!(asked, left, "a Delete goes by the same");
        left
    };
    assert_eq!(window(json!({}), "refuse"), Erasure::AtOnce);
    assert_eq!(window(json!({}), "adopt"), Erasure::AfterDays(30));
    assert_eq!(window(json!({"RecoveryWindowInDays": "7"}), "refuse"), Erasure::AfterDays(7));
    assert_eq!(window(json!({"RecoveryWindowInDays": "0"}), "adopt"), Erasure::AtOnce);
}

#[test]
fn what_cannot_have_been_published_is_not_looked_for() {
    let names = |parameter: &str, secret: &str| Names {
        parameter: Some(parameter.to_owned()),
        secret: Some(secret.to_owned()),
    };
    let good = names("/shop/db", "shop/db");
    assert_eq!(possible(good.clone(), &settings()), good);
    assert_eq!(possible(names("/shop//db", "shop/d b"), &settings()), Names::default());
    assert_eq!(possible(names("/other/db", "other/db"), &settings()), Names::default());
}

#[test]
fn tags_are_merged_and_bounded() {
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let both = json!({
        "Parameter": {"Name": "/shop/db"},
        "Secret": {"Name": "shop/db", "Tags": [tag("team", "till"), tag("SageMaker", "true")]},
        "Tags": [tag("team", "web"), tag("cost", "1")],
    });
    let orders = ordered(both).unwrap();
    let pairs = |tags: &[Tag]| tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect::<Vec<_>>();
    assert_eq!(pairs(&orders.parameter.unwrap().tags), ["team=web", "cost=1"]);
    assert_eq!(pairs(&orders.secret.unwrap().tags), ["cost=1", "team=till", "SageMaker=true"]);
    let with = |tags: Vec<Value>| ordered(json!({"Secret": {"Name": "shop/db"}, "Tags": tags}));
    assert!(with((0..49).map(|number| tag(&number.to_string(), "")).collect()).is_ok());
    assert!(matches!(
        with((0..50).map(|number| tag(&number.to_string(), "")).collect()),
        Err(Failure::TooManyTags(..))
    ));
    for bad in [
        tag("", ""),
        tag("AWS:x", ""),
        tag("cfn-secrets:published-by", "x"),
        tag(&"k".repeat(129), ""),
        tag("k", &"v".repeat(257)),
    ] {
        assert!(matches!(with(vec![bad.clone()]), Err(Failure::Tag(_))), "{bad}");
    }
    // A parameter's are of some characters alone, in any script.
    for (tag, is_taken) in
        [(tag("Équipe 1", "a_.:/=+-@ z"), true), (tag("web!", ""), false), (tag("team", "web, till"), false)]
    {
        let of = |block: Value| {
            let mut properties = json!({"Tags": [tag]});
            properties.as_object_mut().unwrap().extend(block.as_object().unwrap().clone());
            ordered(properties)
        };
        assert_eq!(of(json!({"Parameter": {"Name": "/shop/db"}})).is_ok(), is_taken, "{tag}");
        assert!(of(json!({"Secret": {"Name": "shop/db"}})).is_ok(), "{tag}");
    }
}
