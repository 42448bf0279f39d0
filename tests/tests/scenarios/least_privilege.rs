//! Each right in the template is needed, and no other is there: taking away any one breaks a story, and each function's own
//! credentials are refused whatever the other one does.
//!
//! ministack enforces actions and resources. It cannot evaluate conditions and does not know `kms:ReEncrypt`; both are held
//! as text by `tests/template/`.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::{error::ProvideErrorMetadata, primitives::Blob};
use serde_json::json;
use tests::{
    aws::Function,
    copies::{Copies, Shelf},
    functions::{PARAMETER_PREFIX, SECRET_PREFIX},
    ministack::REGION,
    python,
    resource::{Resource, Stack, assert_failed, assert_success},
    response::{Answer, Status},
    template::{self, Deployment},
    world::{World, scenario, session_variables},
};

/// A story that a right is needed for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    /// A Create makes a secret.
    Generate,
    /// A Create stores a value that KMS does not encrypt itself.
    GenerateLong,
    /// A Delete retires one.
    Retire,
    /// A Delete without a recovery window erases one.
    Erase,
    /// A getter reads a version by its id.
    GetById,
    /// A getter reads the version before the current one.
    GetPrevious,
    /// A publisher publishes a version by its id, and the next one.
    Publish,
    /// A publisher publishes the version before the current one.
    PublishPrevious,
    /// A published copy gets other tags and another key.
    Retag,
    /// What is scheduled for deletion is brought back and taken over.
    Restore,
    /// A published copy is removed.
    Unpublish,
}

/// Which right is needed for which story.
const NEEDED: &[(Function, &str, Story)] = &[
    (Function::Generator, "dynamodb:Query", Story::Generate),
    (Function::Generator, "dynamodb:PutItem", Story::Generate),
    (Function::Generator, "dynamodb:UpdateItem", Story::Retire),
    (Function::Generator, "dynamodb:DeleteItem", Story::Erase),
    (Function::Generator, "kms:Encrypt", Story::Generate),
    (Function::Generator, "kms:GenerateDataKey", Story::GenerateLong),
    (Function::Getter, "dynamodb:GetItem", Story::GetById),
    (Function::Getter, "dynamodb:Query", Story::GetPrevious),
    (Function::Getter, "kms:Decrypt", Story::GetById),
    (Function::Publisher, "dynamodb:GetItem", Story::Publish),
    (Function::Publisher, "dynamodb:Query", Story::PublishPrevious),
    (Function::Publisher, "kms:Decrypt", Story::Publish),
    (Function::Publisher, "ssm:GetParameterHistory", Story::Publish),
    (Function::Publisher, "ssm:PutParameter", Story::Publish),
    (Function::Publisher, "ssm:AddTagsToResource", Story::Retag),
    (Function::Publisher, "ssm:RemoveTagsFromResource", Story::Retag),
    (Function::Publisher, "ssm:DeleteParameter", Story::Unpublish),
    (Function::Publisher, "secretsmanager:DescribeSecret", Story::Publish),
    (Function::Publisher, "secretsmanager:CreateSecret", Story::Publish),
    (Function::Publisher, "secretsmanager:PutSecretValue", Story::Publish),
    (Function::Publisher, "secretsmanager:UpdateSecret", Story::Retag),
    (Function::Publisher, "secretsmanager:TagResource", Story::Retag),
    (Function::Publisher, "secretsmanager:UntagResource", Story::Retag),
    (Function::Publisher, "secretsmanager:RestoreSecret", Story::Restore),
    (Function::Publisher, "secretsmanager:DeleteSecret", Story::Unpublish),
];

/// Rights that no story here can show to be needed, and why.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("cloudformation:DescribeStacks", "no scenario has a stack of CloudFormation's; tests/stacks.rs does"),
    ("kms:ReEncryptFrom", "ministack does not know ReEncrypt"),
    ("kms:ReEncryptTo", "ministack does not know ReEncrypt"),
    ("logs:CreateLogStream", "Lambda itself uses it"),
    ("logs:PutLogEvents", "Lambda itself uses it"),
];

/// The same of the publisher alone.
const NOT_SHOWN_OF_THE_PUBLISHER: &[(&str, &str)] = &[
    ("kms:Encrypt", "Parameter Store asks for it, and ministack's does not"),
    ("kms:GenerateDataKey", "Secrets Manager asks for it, and ministack's does not"),
];

impl Story {
    /// Whether it ends well, told by what is stored and answered.
    async fn ends_well(self, world: &World) -> bool {
        let stack = world.stack("shop");
        let mut secret = stack.generator("DbSecret");
        let window = if self == Self::Erase { 0 } else { 30 };
        let mut properties = json!({"Env": "prod", "RecoveryWindowInDays": window});
        if self == Self::GenerateLong {
            properties["Value"] = json!("a long value ".repeat(400));
        }
        let created = secret.create(properties).await;
        if !succeeded(&created) {
            return false;
        }
        let mut getter = stack.getter("DbPassword");
        match self {
            Self::Generate | Self::GenerateLong => world.versions().await.len() == 1,
            Self::GetById => succeeded(&getter.create(json!({"SecretId": secret.id()})).await),
            Self::GetPrevious => {
                assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
                succeeded(&getter.create(json!({"Env": "prod", "Stage": "previous"})).await)
            }
            Self::Retire => {
                secret.delete().await;
                world.versions().await.values().all(|version| version.contains_key("ExpiresAt"))
            }
            Self::Erase => {
                secret.delete().await;
                // The head stays for a while, as a note to a Create that may still come.
                world.versions().await.is_empty()
            }
            Self::Publish | Self::PublishPrevious | Self::Retag | Self::Restore | Self::Unpublish => {
                self.publishes_well(world, &stack, &mut secret).await
            }
        }
    }

    async fn publishes_well(self, world: &World, stack: &Stack<'_>, secret: &mut Resource<'_>) -> bool {
        let copies = Copies::on(world, Shelf::Ministack).await;
        let (parameter, name) = (json!({"Name": copies.parameter}), json!({"Name": copies.secret}));
        let properties = json!({
            "SecretId": secret.id(), "Parameter": parameter, "Secret": name, "Tags": [{"Key": "a", "Value": "b"}],
        });
        let mut copy = stack.publisher("Copy");
        match self {
            Self::PublishPrevious => {
                assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
                let previous = json!({"Env": "prod", "Stage": "previous", "Parameter": parameter});
                succeeded(&copy.create(previous).await)
            }
            Self::Restore => {
                let made = json!({"Name": copies.secret, "SecretString": "somebody's"});
                copies.secrets("CreateSecret", made).await.unwrap();
                copies.secrets("DeleteSecret", json!({"SecretId": copies.secret})).await.unwrap();
                let adopt = json!({"SecretId": secret.id(), "Secret": name, "OnConflict": "adopt"});
                succeeded(&copy.create(adopt).await)
            }
            Self::Retag => {
                let mut retagged = properties.clone();
                retagged["Tags"] = json!([{"Key": "c", "Value": "d"}]);
                retagged["Secret"]["KeyId"] = json!("alias/other");
                succeeded(&copy.create(properties).await) && succeeded(&copy.update(retagged).await)
            }
            Self::Unpublish => {
                succeeded(&copy.create(properties).await)
                    && succeeded(&copy.delete().await)
                    && copies.in_parameter_store().await.is_none()
                    && copies.in_secrets_manager().await.is_none()
            }
            _ => {
                if !succeeded(&copy.create(properties.clone()).await) {
                    return false;
                }
                assert_success(&secret.update(json!({"Env": "prod", "RotationTrigger": "2"})).await);
                let mut next = properties;
                next["SecretId"] = json!(secret.id());
                succeeded(&copy.update(next).await)
            }
        }
    }
}

#[tokio::test]
async fn every_right_of_the_pair_is_needed() {
    each_is_needed(|function| function != Function::Publisher).await;
}

#[tokio::test]
async fn every_right_of_the_publisher_is_needed() {
    each_is_needed(|function| function == Function::Publisher).await;
}

async fn each_is_needed(of: fn(Function) -> bool) {
    let needed: Vec<_> = NEEDED.iter().filter(|(function, ..)| of(*function)).collect();
    let mut told = Vec::new();
    for (_, _, story) in &needed {
        if !told.contains(story) {
            scenario(async |world| assert!(story.ends_well(world).await, "{story:?} with all rights")).await;
            told.push(*story);
        }
    }
    for (function, action, story) in needed {
        scenario(async |world| {
            world.deny(*function, &[action]).await;
            // A right is waited for until the deadline.
            world.rig(*function).function.set_time_limit(Duration::from_secs(4));
            assert!(!story.ends_well(world).await, "{story:?} without {action} of the {function:?}");
        })
        .await;
    }
}

#[test]
fn every_right_of_the_template_has_its_story() {
    let publishing = [
        ("ParameterPrefixes", PARAMETER_PREFIX),
        ("SecretPrefixes", SECRET_PREFIX),
        ("PublishedKeyArns", "arn:aws:kms:eu-west-1:123456789012:key/copies"),
    ];
    let deployment = Deployment::new(template::as_written(), REGION, "123456789012", &publishing);
    let mut granted = BTreeSet::new();
    for &function in Function::ALL {
        for statement in deployment.role_policy(function)["Statement"].as_array().unwrap() {
            granted.extend(template::strings(&statement["Action"]).into_iter().map(|action| (function, action)));
        }
    }
    for (action, why) in NOT_SHOWN {
        eprintln!("!! NOT SHOWN to be needed: {action}, because {why}");
        let before = granted.len();
        granted.retain(|(_, granted)| granted != action);
        assert!(granted.len() < before, "{action} is not granted at all");
    }
    for (action, why) in NOT_SHOWN_OF_THE_PUBLISHER {
        eprintln!("!! NOT SHOWN to be needed by the publisher: {action}, because {why}");
        assert!(granted.remove(&(Function::Publisher, (*action).to_owned())), "{action} is not granted at all");
    }
    let told = NEEDED.iter().map(|(function, action, _)| (*function, (*action).to_owned())).collect();
    assert_eq!(granted, told);
}

#[tokio::test]
async fn the_generator_cannot_read_values_back() {
    scenario(async |world| {
        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        let session = world.account.session(Function::Generator, &[]).await;
        let kms = world.account.kms_as(&session);
        let blob = Blob::new(kms_ciphertext(world).await);
        assert!(denied(kms.decrypt().ciphertext_blob(blob).key_id(&world.account.key_arn).send().await));
        let items = world.account.dynamodb_as(&session);
        assert!(denied(items.get_item().table_name(&world.account.table).set_key(key()).send().await));
        assert!(denied(items.scan().table_name(&world.account.table).send().await));
        let mine = || kms.encrypt().plaintext(Blob::new("x"));
        mine().key_id(&world.account.key_arn).send().await.expect("these are the role's credentials");
        let others = world.account.create_key().await;
        assert!(denied(mine().key_id(others).send().await));
        world.account.create_table("another").await;
        assert!(denied(items.put_item().table_name("another").set_item(key()).send().await));
    })
    .await;
}

#[tokio::test]
async fn the_getter_cannot_write() {
    scenario(async |world| {
        let session = world.account.session(Function::Getter, &[]).await;
        let (items, table) = (world.account.dynamodb_as(&session), &world.account.table);
        items.get_item().table_name(table).set_key(key()).send().await.expect("these are the role's credentials");
        assert!(denied(items.put_item().table_name(table).set_item(key()).send().await));
        assert!(denied(items.update_item().table_name(table).set_key(key()).send().await));
        assert!(denied(items.delete_item().table_name(table).set_key(key()).send().await));
        let kms = world.account.kms_as(&session);
        let plaintext = Blob::new("x");
        assert!(denied(kms.encrypt().key_id(&world.account.key_arn).plaintext(plaintext.clone()).send().await));
        world.account.create_table("another").await;
        assert!(denied(items.get_item().table_name("another").set_key(key()).send().await));
        let others = world.account.create_key().await;
        let theirs = world.account.kms.encrypt().key_id(&others).plaintext(plaintext).send().await.unwrap();
        assert!(denied(kms.decrypt().ciphertext_blob(theirs.ciphertext_blob.unwrap()).key_id(others).send().await));
    })
    .await;
}

#[tokio::test]
async fn the_publisher_writes_below_its_prefixes_and_reads_nothing_back() {
    scenario(async |world| {
        let session = world.account.session(Function::Publisher, &[]).await;
        let (items, table) = (world.account.dynamodb_as(&session), &world.account.table);
        items.get_item().table_name(table).set_key(key()).send().await.expect("these are the role's credentials");
        assert!(denied(items.put_item().table_name(table).set_item(key()).send().await));
        assert!(denied(items.delete_item().table_name(table).set_key(key()).send().await));
        let kms = world.account.kms_as(&session);
        assert!(denied(kms.encrypt().key_id(&world.account.key_arn).plaintext(Blob::new("x")).send().await));

        let mut secret = world.stack("shop").generator("DbSecret");
        assert_success(&secret.create(json!({"Env": "prod"})).await);
        // The function says so before it asks, and were it told of other prefixes, its role would.
        let copies = Copies::on(world, Shelf::Ministack).await;
        world.configure(Function::Publisher, &[("PARAMETER_PREFIXES", "/"), ("SECRET_PREFIXES", "")]);
        world.rig(Function::Publisher).function.set_time_limit(Duration::from_secs(4));
        let elsewhere = json!({"SecretId": secret.id(), "Parameter": {"Name": "/other/db"}});
        let answer = world.stack("shop").publisher("Copy").create(elsewhere).await;
        assert_failed(&answer, &["may not call ssm:GetParameterHistory", "ParameterPrefixes"]);
        world.configure(Function::Publisher, &[("SECRET_PREFIXES", "other/")]);
        let elsewhere = json!({"SecretId": secret.id(), "Secret": {"Name": "other/db"}});
        let answer = world.stack("shop").publisher("Copy").create(elsewhere).await;
        assert_failed(&answer, &["may not call secretsmanager:DescribeSecret", "SecretPrefixes"]);

        world.configure(Function::Publisher, &[("PARAMETER_PREFIXES", "/pub/"), ("SECRET_PREFIXES", "pub/")]);
        let properties = json!({
            "SecretId": secret.id(), "Parameter": {"Name": copies.parameter}, "Secret": {"Name": copies.secret},
        });
        assert_success(&world.stack("shop").publisher("Copy").create(properties).await);
        assert!(copies.in_parameter_store().await.is_some() && copies.in_secrets_manager().await.is_some());
        let mut role = Command::new(python::program("python"));
        role.args(["-c", AS_THE_PUBLISHER, &format!("http://{}", world.account.endpoint), REGION]);
        role.args([&copies.parameter, &copies.secret]).envs(session_variables(&session));
        let output = role.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), AS_THE_PUBLISHER_TOLD, "{output:?}");
    })
    .await;
}

/// How each of the role's calls ends outside its prefixes, and that these are the credentials of somebody who may make it inside;
/// and how reading what is published ends.
const AS_THE_PUBLISHER: &str = "
import sys, boto3, botocore
endpoint, region, parameter, secret = sys.argv[1:]
ssm, secrets = (boto3.client(name, endpoint_url=endpoint, region_name=region) for name in ('ssm', 'secretsmanager'))
def code(call, **arguments):
    try:
        call(**arguments)
        return 'done'
    except botocore.exceptions.ClientError as error:
        return error.response['Error']['Code']
def told(title, *codes):
    print(title, len(codes), *sorted(set(codes)))
def on_parameter(name):
    tagged = dict(ResourceType='Parameter', ResourceId=name)
    return [
        code(ssm.put_parameter, Name=name, Value='x', Type='SecureString', Overwrite=True),
        code(ssm.get_parameter_history, Name=name),
        code(ssm.add_tags_to_resource, Tags=[dict(Key='a', Value='b')], **tagged),
        code(ssm.remove_tags_from_resource, TagKeys=['a'], **tagged),
        code(ssm.delete_parameter, Name=name),
    ]
def on_secret(name):
    window = dict(RecoveryWindowInDays=7)
    return [
        code(secrets.create_secret, Name=name, SecretString='x'),
        code(secrets.put_secret_value, SecretId=name, SecretString='y'),
        code(secrets.describe_secret, SecretId=name),
        code(secrets.tag_resource, SecretId=name, Tags=[dict(Key='a', Value='b')]),
        code(secrets.untag_resource, SecretId=name, TagKeys=['a']),
        code(secrets.update_secret, SecretId=name, Description='z'),
        code(secrets.delete_secret, SecretId=name, **window),
        code(secrets.restore_secret, SecretId=name),
    ]
told('read', code(ssm.get_parameter, Name=parameter, WithDecryption=True), code(secrets.get_secret_value, SecretId=secret))
told('inside', *on_parameter('/pub/own'), *on_secret('pub/own'))
told('outside', *(on_parameter('/public') + on_parameter('/other/pub/db')))
told('outside', *(on_secret('public') + on_secret('/pub/db') + on_secret('other/pub/db')))
";

const AS_THE_PUBLISHER_TOLD: &str = "\
read 2 AccessDeniedException
inside 13 done
outside 10 AccessDeniedException
outside 24 AccessDeniedException
";

/// Anything that the pair's key has encrypted.
async fn kms_ciphertext(world: &World) -> Vec<u8> {
    let encrypt = world.account.kms.encrypt().key_id(&world.account.key_arn).plaintext(Blob::new("x"));
    encrypt.send().await.unwrap().ciphertext_blob.unwrap().into_inner()
}

fn succeeded(answer: &Answer) -> bool {
    answer.status == Status::Success
}

fn key() -> Option<tests::aws::Item> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    Some([("StackName".to_owned(), text("shop")), ("Env".to_owned(), text("prod"))].into())
}

fn denied<T, E: ProvideErrorMetadata>(result: Result<T, E>) -> bool {
    matches!(result, Err(error) if matches!(error.code(), Some("AccessDeniedException" | "AccessDenied")))
}
