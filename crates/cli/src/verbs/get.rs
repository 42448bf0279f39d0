//! `get`: one value, as it is. Into a pipe its bytes and nothing else; on a terminal only who says so sees it.

use clap::Args;
use keys_kms::DecryptionKey;
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::Output;
use crate::context::Context;
use crate::failure::Failure;
use crate::pair::TableReader;
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right};
use crate::secret::Secret;
use crate::table::Tables;
use crate::verbs::Run;

/// Prints the value of a secret
///
/// Into a pipe or a file goes the value and no newline; on a terminal it is refused without --reveal.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  PGPASSWORD=$(cfn-secrets get shop/prod --field password) psql -h db
  cfn-secrets get shop/prod@3 > password          # another version than the current
  cfn-secrets get shop/prod --reveal              # on a terminal
  cfn-secrets get secrets/shop/prod/default@2.1f0c9a3e --field db.password")]
pub(crate) struct Get {
    /// STACK/ENV[/NAME][@VERSION], or a PhysicalResourceId
    #[arg(value_name = "SECRET")]
    secret: Secret,
    #[command(flatten)]
    show: Show,
}

/// What of a value is shown, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct Show {
    /// One field of a JSON secret, by its path: user, db.password, hosts.0
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// End it with a newline
    #[arg(short, long)]
    line: bool,
    /// Show it on a terminal
    #[arg(long)]
    reveal: bool,
}

impl Run for Get {
    type Hold = (TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, GET_ITEM, DECRYPT];

    async fn run(&self, (table, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        self.show.may(context)?;
        let identity = tables.identity(&self.secret).await?;
        let value = read::value(&table, &key, &self.secret.to_string(), &identity, self.secret.pick).await?;
        self.show.print(&value, &self.secret.to_string(), context)
    }
}

impl Show {
    /// Before anything is asked. The configured form is that of lists: a value goes into pipes as it is.
    pub(crate) fn may(&self, context: &Context) -> Result<(), Failure> {
        if let Some(output) = context.globals.output.filter(|output| *output != Output::Json) {
            return Err(Failure::usage(format!("--output {output} is for many values, and this is one"))
                .hint("leave it out, or use --output json"));
        }
        context.may_show_values(self.reveal)
    }

    /// Prints it.
    pub(crate) fn print(&self, value: &SecretString, secret: &str, context: &Context) -> Result<(), Failure> {
        let field = self.field.as_deref().map(|path| read::field(value, path, secret)).transpose()?;
        let value = field.as_ref().unwrap_or(value);
        if context.globals.output == Some(Output::Json) {
            let json = zeroize::Zeroizing::new(serde_json::Value::from(value.expose_secret()).to_string());
            context.ui.data(json.as_bytes())?;
            return context.ui.data(b"\n");
        }
        context.ui.data(value.expose_secret().as_bytes())?;
        // A terminal would put its prompt behind the value.
        if self.line || context.ui.stdout_is_terminal() { context.ui.data(b"\n") } else { Ok(()) }
    }
}
