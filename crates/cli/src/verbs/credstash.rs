//! `credstash`: the line of the applet among the verbs. Its own grammar begins behind its name, before this one is asked.

use std::ffi::OsString;

use clap::Args;

use crate::context::Context;
use crate::failure::Failure;
use crate::rights::Right;
use crate::verbs::Run;

/// Runs credstash's command line over credstash's own table
///
/// Grammar, output and exit codes are those of credstash 1.17.1, so that scripts run unchanged; the command does the same
/// under the name `credstash`. docs/credstash.md says where it differs. Flags stand behind the word `credstash`.
#[derive(Args, Clone, Debug)]
#[command(
    disable_help_flag = true,
    after_help = "\
Examples:
  cfn-secrets credstash get db.password env=prod
  cfn-secrets credstash put -a db.password - env=prod <password
  ln -s cfn-secrets /usr/local/bin/credstash && credstash list"
)]
pub(crate) struct Credstash {
    /// As credstash takes them: `credstash -h` says which
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Run for Credstash {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), _: &Context) -> Result<(), Failure> {
        let arguments = self.arguments.len();
        Err(Failure::usage(format!("`credstash` with its {arguments} arguments must come first"))
            .hint("say its flags behind it: `cfn-secrets credstash -r eu-west-1 list`"))
    }
}
