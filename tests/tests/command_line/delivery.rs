//! The examples that hand an instance its secret: the job of their user data runs here under the very policy of their role, and
//! with one action less it fails. The engine evaluates no conditions on what is asked for: these are held against what is
//! stored, by themselves.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tests::{
    command,
    iam::Session,
    ministack::REGION,
    resource::assert_success,
    template::{Deployment, of_example, strings},
    world::{World, scenario, session_variables},
};

/// What no policy bounds here.
const INSTANCE: [(&str, &str); 2] = [("SubnetId", "subnet-0"), ("ImageId", "ami-0")];

#[tokio::test]
async fn an_instance_reads_the_secret_of_its_stack_and_env_and_no_other() {
    scenario(async |world| {
        for (stack, env) in [("shop", "dev"), ("shop", "prod"), ("blog", "dev")] {
            assert_success(&world.stack(stack).generator("AppSecret").create(json!({"Env": env})).await);
        }
        let template = of_example("ec2-consumer");
        let exports =
            [("cfn-secrets-TableName", &*world.account.table), ("cfn-secrets-KeyArn", &world.account.key_arn)];
        let deployment = Deployment::new(&template, REGION, &world.account.id, &INSTANCE).beside("shop", &exports);

        let policy = deployment.policy_of_role("Role");
        for item in world.versions().await.values() {
            let context = item["EncryptionContext"].as_m().unwrap();
            let named = |(name, value): (&String, &aws_sdk_dynamodb::types::AttributeValue)| {
                (format!("kms:EncryptionContext:{name}"), value.as_s().unwrap().clone())
            };
            let mut keys: BTreeMap<String, String> = context.iter().map(named).collect();
            let (stack, env) = (context["StackName"].as_s().unwrap(), context["Env"].as_s().unwrap());
            keys.insert("dynamodb:LeadingKeys".to_owned(), stack.clone());
            assert_eq!(lets(&policy, &keys), (&**stack, &**env) == ("shop", "dev"), "{stack}/{env}");
        }

        let password = async || world.command(&["get", "shop/dev"]).for_values().run().await.text().to_owned();
        let first = password().await;
        hands_over_under(world, &deployment, &first).await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_reads_what_is_bound_to_its_environment_in_a_table_of_credstash() {
    scenario(async |world| {
        let key_arn = &*world.account.key_arn;
        let put = ["credstash", "-r", REGION, "put", "-k", key_arn, "nginx.admin", "-", "env=dev"];
        for (arguments, stdin) in [(&["credstash", "-r", REGION, "setup"][..], ""), (&put, "a password of credstash")] {
            let ran = world.command(arguments).stdin(stdin).run().await;
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
        let template = of_example("ec2-credstash");
        let parameters = [&INSTANCE[..], &[("KeyArn", key_arn)]].concat();
        let deployment = Deployment::new(&template, REGION, &world.account.id, &parameters);

        let policy = deployment.policy_of_role("Role");
        for (env, expected) in [("dev", true), ("prod", false)] {
            let keys = [("kms:EncryptionContext:env".to_owned(), env.to_owned())].into();
            assert_eq!(lets(&policy, &keys), expected, "{env}");
        }
        assert!(!lets(&policy, &BTreeMap::new()), "what is bound to nothing");

        hands_over_under(world, &deployment, "a password of credstash").await;
    })
    .await;
}

/// The job has what it needs, and needs all that it has.
async fn hands_over_under(world: &World, deployment: &Deployment<'_>, password: &str) {
    let mut policy = deployment.policy_of_role("Role");
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        statement.as_object_mut().unwrap().remove("Condition");
    }
    let instance = Instance::new(deployment);
    let done = instance.boot(world, &world.session(&policy).await);
    assert!(done.status.success() && instance.holds(password), "{done:?}");
    let file = std::fs::read(&instance.file).unwrap();

    for left_out in 0..policy["Statement"].as_array().unwrap().len() {
        let mut less = policy.clone();
        let statement = less["Statement"].as_array_mut().unwrap().remove(left_out);
        assert_eq!(strings(&statement["Action"]).len(), 1, "a statement for each action");
        let done = instance.boot(world, &world.session(&less).await);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success(), "needless: {statement}");
        assert!(said.contains("denied") || said.contains("may not") || said.contains("AccessDenied"), "{said}");
        assert_eq!(std::fs::read(&instance.file).unwrap(), file, "the old file stays");
    }
}

/// A root folder, and programs that do nothing.
struct Instance {
    root: PathBuf,
    user_data: String,
    file: PathBuf,
}

impl Instance {
    fn new(deployment: &Deployment<'_>) -> Self {
        let root = command::home();
        for name in ["bin", "etc/nginx", "etc/cron.d", "usr/local/sbin"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in ["chgrp", "nginx"] {
            let stub = root.join("bin").join(name);
            std::fs::write(&stub, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let user_data = deployment.resolve(&deployment.properties("Instance")["UserData"]["Fn::Base64"]);
        let here = |folder: &str| format!("{}{folder}", root.display());
        let user_data = user_data.as_str().unwrap().replace("/etc/", &here("/etc/"));
        let user_data = user_data.replace("/usr/local/", &here("/usr/local/"));
        Self { user_data, file: root.join("etc/nginx/htpasswd"), root }
    }

    /// Runs the user data, and so the job.
    fn boot(&self, world: &World, session: &Session) -> Output {
        let mut environment = world.command_environment();
        let folder = |path: &Path| path.display().to_string();
        let path =
            [folder(&self.root.join("bin")), folder(command::binary().parent().unwrap()), environment["PATH"].clone()];
        environment.insert("PATH".to_owned(), path.join(":"));
        for name in ["AWS_REGION", "CFN_SECRETS_TABLE"] {
            environment.remove(name); // an instance has none
        }
        environment.extend(session_variables(session));
        let mut bash = Command::new("bash");
        bash.args(["-c", &self.user_data]).env_clear().envs(environment).output().unwrap()
    }

    fn holds(&self, password: &str) -> bool {
        let line = std::fs::read_to_string(&self.file).unwrap();
        let (user, hash) = line.trim_end().split_once(':').unwrap();
        let salt = hash.split('$').nth(2).unwrap();
        let again = Command::new("openssl").args(["passwd", "-6", "-salt", salt, password]).output().unwrap();
        user == "admin" && String::from_utf8(again.stdout).unwrap().trim_end() == hash
    }
}

/// Whether each statement's condition holds where the keys of a request have these values.
fn lets(policy: &Value, keys: &BTreeMap<String, String>) -> bool {
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements.flat_map(|statement| statement["Condition"].as_object()).all(|condition| {
        condition.iter().all(|(operator, wanted)| {
            assert!(["StringEquals", "ForAllValues:StringEquals"].contains(&&**operator), "{operator}");
            let mut wanted = wanted.as_object().unwrap().iter();
            wanted.all(|(key, values)| keys.get(key).is_some_and(|value| strings(values).contains(value)))
        })
    })
}
