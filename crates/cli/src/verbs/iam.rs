//! `iam`: the policy that a verb needs, and no more. It asks nobody.

use clap::Args;
use secret_store::Region;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::rights::{On, Right};
use crate::table::PAIR;
use crate::verbs::{RIGHTS, Run};

/// Prints the IAM policy that a verb needs
///
/// The policy is for the table, the key, the region and the account that are named, as for any verb; what is not named is a
/// wildcard.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets iam get --table secrets --key arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
  cfn-secrets iam list --account 123456789012 --region eu-west-1")]
pub(crate) struct Iam {
    /// The verb
    #[arg(value_name = "VERB")]
    verb: String,
    /// The account of table and stack
    #[arg(long, value_name = "ID", default_value = "*", hide_default_value = true)]
    account: String,
}

/// The rights of a verb; those of one that asks nobody are none.
fn rights(verb: &str) -> Result<&'static [Right], Failure> {
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
        let table = table.as_ref().map(|table| table.as_str());
        let mut statements = Vec::new();
        for on in On::ALL {
            let actions: Vec<_> = rights.iter().filter(|right| right.on == on).map(|right| right.action).collect();
            let needless = on == On::ThePairsStack && table.is_some();
            if actions.is_empty() || needless {
                continue;
            }
            let resource = match on {
                On::Table => places.arn("dynamodb", &format!("table/{}", table.unwrap_or("*"))),
                On::Key => match &key {
                    Some(key) if key.as_str().starts_with("arn:") => key.to_string(),
                    Some(_) => {
                        return Err(Failure::usage("--key must be the ARN of a key: a policy knows no other name")
                            .hint("the output KeyArn of the pair's stack is one"));
                    }
                    None => places.arn("kms", "key/*"),
                },
                On::AllKeys => places.arn("kms", "key/*"),
                On::ThePairsStack | On::ThePair => places.arn("cloudformation", &format!("stack/{PAIR}/*")),
                On::AllStacks => "*".to_owned(),
                On::Functions => places.arn("lambda", "function:*"),
                On::Roles => places.of_no_region("iam", "role/*"),
            };
            statements.push(json!({"Effect": "Allow", "Action": actions, "Resource": resource}));
        }
        Ok(json!({"Version": "2012-10-17", "Statement": statements}))
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

    fn partition(&self) -> &'static str {
        match self.region.and_then(|region| region.split_once('-')) {
            Some(("cn", _)) => "aws-cn",
            Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
            Some(("eusc", _)) => "aws-eusc",
            _ => "aws",
        }
    }
}
