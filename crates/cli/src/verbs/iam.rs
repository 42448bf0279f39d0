//! `iam`: the policy that a verb needs, and no more. It asks nobody.

use clap::Args;
use secret_store::{KeyId, Region, StoreName};
use serde_json::{Map, Value, json};
use store_s3::Prefix;

use crate::context::Context;
use crate::failure::Failure;
use crate::rights::over_s3::{self, Part};
use crate::rights::{Bound, On, Right, SCAN};
use crate::stores::At;
use crate::table::PAIR;
use crate::verbs::{RIGHTS, Run};
use crate::which::Which;

/// Prints the IAM policy that a verb needs
///
/// The policy is for the table, the key, the region and the account that are named, as for any verb; what is not named is a
/// wildcard. With --stack, --env and --name it allows no more than those secrets: KMS by the encryption context, DynamoDB by
/// the partition key, which is the stack's name. What cannot be bounded so, such as a scan of the table, is said.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets iam get --table secrets --key \"$key_arn\"
  cfn-secrets iam get --stack shop --env prod --account 123456789012 --region eu-west-1
  cfn-secrets iam get --store s3://my-secrets --stack shop
  cfn-secrets iam reencrypt --from \"$old\" --key \"$new\"")]
pub(crate) struct Iam {
    /// The verb
    #[arg(value_name = "VERB")]
    verb: String,
    /// The account of table and stack
    #[arg(long, value_name = "ID", default_value = "*", hide_default_value = true)]
    account: String,
    #[command(flatten)]
    which: Which,
    /// The key that values are under until now, for reencrypt; without it, any
    #[arg(long, value_name = "KEY")]
    from: Option<KeyId>,
}

/// The rights of a verb; those of one that asks nobody are none.
fn rights(verb: &str) -> Result<&'static [Right], Failure> {
    if verb == "copy" {
        return Err(Failure::usage("what `copy` needs are the rights of its two stores")
            .hint("docs/stores.md has them; of the pair's table they are those of get-all and import"));
    }
    let found = RIGHTS.iter().find(|(module, _)| name(module) == verb);
    found.map(|(_, rights)| *rights).ok_or_else(|| {
        let needing = RIGHTS.iter().filter(|(_, rights)| !rights.is_empty());
        let names: Vec<_> = needing.map(|(module, _)| name(module)).collect();
        Failure::usage(format!("there is no verb {verb:?}"))
            .hint(format!("the verbs that need rights are {}", names.join(", ")))
    })
}

/// A verb's name by that of its file.
fn name(module: &str) -> String {
    module.replace('_', "-")
}

impl Run for Iam {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), context: &Context) -> Result<(), Failure> {
        let policy = self.policy(rights(&self.verb)?, context)?;
        context.ui.data(format!("{policy:#}\n").as_bytes())
    }
}

impl Iam {
    fn policy(&self, rights: &[Right], context: &Context) -> Result<Value, Failure> {
        let places = Places { account: &self.account, region: context.globals.region.as_ref().map(Region::as_str) };
        let (table, key) = (context.named_table()?, context.named_key()?);
        let names = Names { table: table.as_ref().map(|table| table.as_str()), key: key.as_ref(), iam: self };
        let mut statements = Vec::new();
        let over_s3 = match &context.globals.store {
            Some(At::Bucket(bucket, prefix)) => Some((bucket, prefix)),
            _ => None,
        };
        for on in On::ALL {
            if let (On::Table, Some((bucket, prefix))) = (on, over_s3) {
                statements.extend(self.on_a_bucket(rights, bucket, prefix, &places));
                continue;
            }
            let needless = on == On::ThePairsStack && table.is_some();
            let rights: Vec<_> = rights.iter().filter(|right| right.on == on && !needless).collect();
            // What a bound holds for, and what it does not, are two statements.
            let (bounded, free): (Vec<&Right>, Vec<&Right>) =
                rights.into_iter().partition(|right| right.bound().is_some());
            for rights in [bounded, free].into_iter().filter(|rights| !rights.is_empty()) {
                let actions: Vec<_> = rights.iter().map(|right| right.action).collect();
                let mut statement =
                    json!({"Effect": "Allow", "Action": actions, "Resource": names.resource(on, &places)?});
                if let Some(condition) = rights[0].bound().and_then(|bound| self.condition(bound)) {
                    statement["Condition"] = condition;
                }
                statements.push(statement);
            }
        }
        self.say_what_stays_open(rights, context);
        Ok(json!({"Version": "2012-10-17", "Statement": statements}))
    }

    /// The same on a bucket, whose objects are bounded by their names.
    fn on_a_bucket(&self, rights: &[Right], bucket: &StoreName, prefix: &Prefix, places: &Places<'_>) -> Vec<Value> {
        let bucket = places.of_nowhere("s3", bucket.as_str());
        let stacks = self.which.stacks();
        let stacks = if stacks.is_empty() { vec!["*"] } else { stacks };
        let objects = |what: &str| {
            let arns: Vec<_> = stacks.iter().map(|stack| format!("{bucket}/{prefix}{stack}{what}")).collect();
            if let [one] = &arns[..] { json!(one) } else { json!(arns) }
        };
        let statements = Part::ALL.map(|part| {
            let resource = match part {
                Part::Bucket => json!(bucket),
                Part::Objects => objects("/*"),
                Part::Values => objects("/*/v/*"),
            };
            (over_s3::on(part, rights), resource)
        });
        let needed = statements.into_iter().filter(|(actions, _)| !actions.is_empty());
        needed.map(|(actions, resource)| json!({"Effect": "Allow", "Action": actions, "Resource": resource})).collect()
    }

    /// The condition that holds an action to the secrets that are meant.
    fn condition(&self, bound: Bound) -> Option<Value> {
        let conditions: Map<_, _> = match bound {
            Bound::Context => {
                let parts = self.which.parts().into_iter().filter(|(_, values)| !values.is_empty());
                parts.map(|(part, values)| (format!("kms:EncryptionContext:{part}"), json!(values))).collect()
            }
            Bound::PartitionKey => {
                let stacks = self.which.stacks();
                let keys = (!stacks.is_empty()).then(|| ("dynamodb:LeadingKeys".to_owned(), json!(stacks)));
                keys.into_iter().collect()
            }
        };
        let operator = match bound {
            Bound::Context => "StringEquals",
            Bound::PartitionKey => "ForAllValues:StringEquals",
        };
        (!conditions.is_empty()).then(|| json!({operator: conditions}))
    }

    fn say_what_stays_open(&self, rights: &[Right], context: &Context) {
        if self.which.is_everything() {
            return;
        }
        if rights.contains(&SCAN) {
            context.ui.warn(&format!(
                "{} reads the whole table, values as they are encrypted: no policy bounds that",
                self.verb
            ));
        }
        if !rights.iter().any(|right| right.bound() == Some(Bound::Context)) && !rights.is_empty() {
            context.ui.warn(&format!("{} uses no key, so --env and --name bound nothing", self.verb));
        }
    }
}

/// What the resources are called.
struct Names<'a> {
    table: Option<&'a str>,
    key: Option<&'a KeyId>,
    iam: &'a Iam,
}

impl Names<'_> {
    fn resource(&self, on: On, places: &Places<'_>) -> Result<Value, Failure> {
        let one = match on {
            On::Table | On::Hidden => places.arn("dynamodb", &format!("table/{}", self.table.unwrap_or("*"))),
            On::Key => arn_of_a_key("--key", self.key, places)?,
            On::AllKeys => arn_of_a_key("--from", self.iam.from.as_ref(), places)?,
            On::ThePairsStack | On::ThePair => places.arn("cloudformation", &format!("stack/{PAIR}/*")),
            On::AllStacks | On::NewKeys => "*".to_owned(),
            On::EveryKey => return Ok(json!([places.arn("kms", "key/*"), places.arn("kms", "alias/*")])),
            On::Owners => {
                let stacks = self.iam.which.stacks();
                let stacks = if stacks.is_empty() { vec!["*"] } else { stacks };
                let arns = stacks.into_iter().map(|stack| places.arn("cloudformation", &format!("stack/{stack}/*")));
                let arns: Vec<_> = arns.collect();
                return Ok(if let [one] = &arns[..] { json!(one) } else { json!(arns) });
            }
            On::Functions => places.arn("lambda", "function:*"),
            On::Roles => places.of_no_region("iam", "role/*"),
        };
        Ok(json!(one))
    }
}

fn arn_of_a_key(flag: &str, key: Option<&KeyId>, places: &Places<'_>) -> Result<String, Failure> {
    match key {
        Some(key) if key.as_str().starts_with("arn:") => Ok(key.to_string()),
        Some(key) => Err(Failure::usage(format!("{flag} must be the ARN of a key, not {:?}", key.as_str()))
            .hint("a policy knows no other name of it")
            .hint("the output KeyArn of the pair's stack is one")),
        None => Ok(places.arn("kms", "key/*")),
    }
}

/// Where the resources are.
struct Places<'a> {
    account: &'a str,
    region: Option<&'a str>,
}

impl Places<'_> {
    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region.unwrap_or("*"), self.account)
    }

    fn of_no_region(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{}:{resource}", self.partition(), self.account)
    }

    fn of_nowhere(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:::{resource}", self.partition())
    }

    fn partition(&self) -> &'static str {
        self.region.map_or("aws", aws_session::partition)
    }
}
