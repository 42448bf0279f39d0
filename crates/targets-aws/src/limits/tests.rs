//! Each limit from both sides, with AWS's own examples where it gives some.

use super::*;
use crate::Tier;

const REGION: &str = "us-east-2";

#[test]
fn names_of_parameters_are_as_the_api_reference_says() {
    let levels = |count: usize| "/x".repeat(count);
    for good in ["db-password", "/Dev/Production/East/Project-ABC/MyParameter", "/a.b_c-d", &levels(15), "/shop/aws"] {
        assert_eq!(parameter::name(good, REGION), Ok(()), "{good}");
    }
    for bad in
        ["", "/", "a/b", "/a//b", "/a/", "/a b", "/é", "/a:1", "/a,b", "aws-x", "/AWS/x", "/ssmx", &levels(16), "/a\n"]
    {
        let breach = parameter::name(bad, REGION).unwrap_err().to_string();
        assert!(breach.contains("name of a parameter") || breach.contains("levels"), "{bad}: {breach}");
    }
    // "The following 45 characters count toward the 1011 character maximum": arn:aws:ssm:us-east-2:111122223333:parameter/
    let name = |length: usize| format!("/{}", "x".repeat(length - 1));
    assert_eq!(parameter::name(&name(1011 - 45), REGION), Ok(()));
    let breach = parameter::name(&name(1011 - 44), REGION).unwrap_err().to_string();
    assert!(breach.contains("at most 966") && breach.len() < 200, "{breach}");
    assert!(parameter::name(&name(1011 - 45), "us-gov-east-1").is_err());
}

#[test]
fn values_of_parameters_have_a_tier() {
    for (tier, most) in [(Tier::Standard, 4096), (Tier::Advanced, 8192)] {
        assert_eq!(parameter::value(&"x".repeat(most), tier), Ok(()));
        // Bytes, not characters.
        for long in ["x".repeat(most + 1), "é".repeat(most / 2 + 1)] {
            let breach = parameter::value(&long, tier).unwrap_err().to_string();
            assert!(breach.contains(&format!("holds {most}")), "{breach}");
        }
        assert!(parameter::value("", tier).is_err());
        for reference in ["{{x}}", "a{{ssm:b}}c", "{{{{}}"] {
            let breach = parameter::value(reference, tier).unwrap_err().to_string();
            assert!(!breach.contains("ssm:b"), "{breach}");
        }
        for brackets in ["{{", "}}", "}}{{", "{x}", "{ {x} }"] {
            assert_eq!(parameter::value(brackets, tier), Ok(()), "{brackets}");
        }
    }
    assert_eq!(parameter::description(&"é".repeat(1024)), Ok(()));
    assert!(parameter::description(&"é".repeat(1025)).is_err());
}

#[test]
fn secrets_are_as_the_api_reference_says() {
    for good in ["a", "shop/prod/db", "/shop", "a_+=.@-", "my-secret", &"x".repeat(512)] {
        assert_eq!(secret::name(good), Ok(()), "{good}");
    }
    for bad in ["", "a b", "é", "a:b", "a,b", "rds!x", &"x".repeat(513)] {
        let breach = secret::name(bad).unwrap_err().to_string();
        assert!(breach.contains("name of a secret"), "{bad}: {breach}");
    }
    for (name, reads) in
        [("my-secret", true), ("x-a1B2c3", true), ("x-abcde", false), ("x-abc.ef", false), ("é", false)]
    {
        assert_eq!(secret::reads_as_an_arn(name), reads, "{name}");
    }
    assert_eq!(secret::value(&"x".repeat(65_536)), Ok(()));
    assert_eq!(secret::value("{{x}}"), Ok(()));
    for bad in [String::new(), "x".repeat(65_537), "é".repeat(32_769)] {
        assert!(secret::value(&bad).is_err());
    }
    assert_eq!(secret::description(&"é".repeat(2048)), Ok(()));
    assert!(secret::description(&"é".repeat(2049)).is_err());
}
