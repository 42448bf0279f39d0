//! A living stack's secret, with ministack's CloudFormation and the real functions: `rotate` updates the stack, all else is
//! refused with what to do in its template.

use tests::{
    command::Ran,
    world::{World, scenario},
};

use crate::least_privilege;

/// A stack with a secret whose trigger is a parameter, and one whose trigger is a text.
const TEMPLATE: &str = "
Parameters:
  Rotation: {Type: String, Default: first, AllowedPattern: '^[A-Za-z0-9:.-]*$'}
  Team: {Type: String, Default: red}
  Fail: {Type: String, Default: 'no'}
Conditions:
  Failing: !Equals [!Ref Rotation, fails]
Resources:
  DbSecret:
    Type: Custom::GeneratedSecret
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:ACCOUNT:function:cfn-secrets-generator
      Env: prod
      RotationTrigger: !Ref Rotation
  DbPassword:
    Type: Custom::Secret
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:ACCOUNT:function:cfn-secrets-getter
      SecretId: !Ref DbSecret
  Reader:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: /team, Value: !Ref Team}
  ApiSecret:
    Type: Custom::GeneratedSecret
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:ACCOUNT:function:cfn-secrets-generator
      Env: prod
      Name: api
      RotationTrigger: '2026-11'
  Mistake:
    Type: Custom::Secret
    Condition: Failing
    DependsOn: DbPassword
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:ACCOUNT:function:cfn-secrets-getter
      Env: nobody-made-this
";

pub(crate) async fn living(world: &World) -> String {
    let account = &world.account;
    let outputs = [("TableName", &*account.table), ("KeyArn", &*account.key_arn)];
    account.create_pair("cfn-secrets", &outputs).await;
    let template = TEMPLATE.replace("ACCOUNT", &account.id);
    account.create_stack_of("shop", &template, &[("Team", "blue")]).await
}

async fn run(world: &World, arguments: &[&str]) -> Ran {
    world.command(arguments).env("CFN_SECRETS_KEY", &world.account.key_arn).stdin("no+argument'").run().await
}

async fn value(world: &World, secret: &str) -> String {
    let got = world.command(&["get", secret]).for_values().run().await;
    assert_eq!(got.code, Some(0), "{got:?}");
    got.text().to_owned()
}

#[tokio::test]
async fn a_stack_is_rotated_by_an_update_of_its_own() {
    scenario(async |world| {
        let stack = living(world).await;
        let first = value(world, "shop/prod").await;

        let asked = run(world, &["rotate", "shop/prod"]).await;
        assert!(asked.code == Some(1) && asked.stderr.contains("--yes answers the question"), "{asked:?}");
        let dry = run(world, &["rotate", "shop/prod", "--trigger", "second", "--dry-run"]).await;
        assert!(dry.code == Some(0) && dry.stderr.contains("Rotation from \"first\" to \"second\""), "{dry:?}");
        assert_eq!(value(world, "shop/prod").await, first);

        let rotated = run(world, &["rotate", "shop/prod", "--trigger", "second", "--yes", "--output", "json"]).await;
        assert_eq!(rotated.code, Some(0), "{rotated:?}");
        let row = &rotated.json()[0];
        assert_eq!((row["version"].as_u64(), row["becomes"].as_str()), (Some(2), Some("current")));
        let second = value(world, "shop/prod").await;
        assert_ne!(second, first);
        let described = world.account.described(&stack).await;
        assert!(described.contains("UPDATE_COMPLETE") && described.contains("<ParameterValue>blue<"), "{described}");
        assert!(described.contains("CAPABILITY_IAM"), "{described}");

        let same = run(world, &["rotate", "shop/prod", "--trigger", "second", "--yes"]).await;
        assert!(same.code == Some(2) && same.stderr.contains("is the RotationTrigger already"), "{same:?}");
        let refused = run(world, &["rotate", "shop/prod", "--trigger", "not allowed", "--yes"]).await;
        assert!(refused.code == Some(1) && refused.stderr.contains("CloudFormation does not update"), "{refused:?}");
        assert!(refused.stderr.contains("Rotation"), "in CloudFormation's own words: {refused:?}");
        let policy = run(world, &["rotate", "shop/prod", "--engine", "mysql", "--yes"]).await;
        assert!(policy.code == Some(1) && policy.stderr.contains("leave --engine and --length out"), "{policy:?}");

        // The time, where nobody says.
        let rotated = run(world, &["rotate", "shop/prod", "--yes"]).await;
        assert!(rotated.code == Some(0) && rotated.text().contains("\t3\tcurrent\t"), "{rotated:?}");

        let failed = run(world, &["rotate", "shop/prod", "--trigger", "fails", "--yes"]).await;
        assert!(failed.code == Some(1) && failed.stderr.contains("is UPDATE_ROLLBACK_COMPLETE"), "{failed:?}");
        assert!(value(world, "shop/prod").await != second && failed.stderr.contains("describe-stack-events"));
    })
    .await;
}

#[tokio::test]
async fn it_needs_what_its_policy_says() {
    scenario(async |world| {
        living(world).await;
        let policy = least_privilege::policy(world, "rotate").await;
        let lists = ["cloudformation:ListStacks", "cloudformation:ListStackResources", "dynamodb:Query"];
        let needed = least_privilege::OF_LIVING_STACKS.iter().chain(&lists).copied().map(Some);
        for taken in needed.chain([None]) {
            let session = world.session(&tests::iam::without(&policy, taken)).await;
            let rotate = world.command(&["rotate", "shop/prod", "--yes"]).as_session(&session);
            let ran = rotate.env("CFN_SECRETS_KEY", &world.account.key_arn).run().await;
            assert_eq!(ran.code, Some(if taken.is_some() { 4 } else { 0 }), "without {taken:?}: {ran:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_waits_who_does_not_want_to() {
    scenario(async |world| {
        let stack = living(world).await;
        let started = run(world, &["rotate", "shop/prod", "--yes", "--no-wait"]).await;
        assert!(started.code == Some(0) && started.stderr.contains("wait stack-update-complete"), "{started:?}");
        assert!(started.stdout.is_empty(), "{started:?}");
        while !world.account.described(&stack).await.contains("UPDATE_COMPLETE<") {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        value(world, "shop/prod@2").await;
    })
    .await;
}

#[tokio::test]
async fn what_its_template_says_is_refused_with_the_line_to_change() {
    scenario(async |world| {
        living(world).await;
        let before = (value(world, "shop/prod").await, value(world, "shop/prod/api").await);
        for (arguments, hint) in [
            (
                &["rotate", "shop/prod/api", "--yes"][..],
                "change RotationTrigger of ApiSecret in the template from \"2026-11\"",
            ),
            (&["put", "shop/prod"], "give DbSecret the property EncryptedValue"),
            (&["put", "shop/prod/api", "--existing"], "give ApiSecret the property EncryptedValue"),
            (&["retire", "shop/prod"], "take DbSecret out of the template, or delete stack shop"),
            (&["retire", "shop/prod@1", "--recovery-window-in-days", "7"], "take DbSecret out of the template"),
        ] {
            let refused = run(world, arguments).await;
            assert!(refused.code == Some(1) && refused.stderr.contains("of stack shop, which lives"), "{refused:?}");
            assert!(refused.stderr.contains(hint), "{refused:?}");
        }
        assert_eq!((value(world, "shop/prod").await, value(world, "shop/prod/api").await), before);
    })
    .await;
}
