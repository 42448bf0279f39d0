//! What is held as text: who is named in the key's policy, the throttle, the logs.

use serde_json::json;
use tests::ministack::REGION;
use tests::template::{self, Deployment, strings};

const ADMINISTRATOR: &str = "arn:aws:iam::123456789012:role/security";

#[test]
fn who_administers_the_key_cannot_use_it_and_who_uses_it_cannot_administer_it() {
    let parameters = [("KeyAdministratorArn", ADMINISTRATOR)];
    let deployment = Deployment::new(template::of_accounts(), REGION, "123456789012", &parameters);
    let policy = deployment.key_policy();
    let [administer, authenticate] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
    assert_eq!(administer["Principal"]["AWS"], ADMINISTRATOR);
    for action in strings(&administer["Action"]) {
        let uses = ["Mac", "Encrypt", "Decrypt", "CreateGrant", "*"];
        assert!(!uses.iter().any(|word| action.contains(word)), "{action}");
    }
    assert_eq!(strings(&authenticate["Action"]), ["kms:GenerateMac"]);
    let roles = "arn:aws:iam::123456789012:role/cfn-secrets";
    let users = json!([format!("{roles}/signup/*"), format!("{roles}/login/*")]);
    assert_eq!(authenticate["Condition"]["ArnLike"]["aws:PrincipalArn"], users);
}

#[test]
fn the_stage_throttles_and_traces_no_bodies_and_logs_end() {
    let resources = &template::of_accounts()["Resources"];
    let settings = &resources["Api"]["Properties"]["MethodSettings"][0];
    assert_eq!((&settings["ResourcePath"], &settings["HttpMethod"]), (&json!("/*"), &json!("*")));
    assert!(settings["ThrottlingRateLimit"].is_object() && settings["ThrottlingBurstLimit"].is_object());
    assert_eq!(settings["DataTraceEnabled"], false);
    for logs in ["SignupLogs", "LoginLogs"] {
        assert_eq!(resources[logs]["Properties"]["RetentionInDays"]["Ref"], "LogRetentionInDays");
    }
}
