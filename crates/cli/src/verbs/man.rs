//! `man`: the manual page of the command, or of a verb. It asks nobody.

use clap::{Args, CommandFactory as _};

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::rights::Right;
use crate::verbs::Run;

/// Prints a manual page, in roff
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets man get | man -l -
  cfn-secrets man > /usr/local/share/man/man1/cfn-secrets.1")]
pub(crate) struct Man {
    /// The verb; without one, the command itself
    #[arg(value_name = "VERB")]
    verb: Option<String>,
}

impl Run for Man {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), context: &Context) -> Result<(), Failure> {
        let mut command = Cli::command();
        command.build();
        let page = match &self.verb {
            None => command,
            Some(name) => {
                let unknown = || Failure::usage(format!("there is no verb {name:?}")).hint("see `cfn-secrets --help`");
                let verb = command.find_subcommand(name).cloned().ok_or_else(unknown)?;
                verb.display_name(format!("cfn-secrets-{name}"))
            }
        };
        let mut roff = Vec::new();
        clap_mangen::Man::new(page).render(&mut roff)?;
        context.ui.data(&roff)
    }
}
