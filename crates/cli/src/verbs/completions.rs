//! `completions`: what a shell needs to complete verbs and flags. It asks nobody.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::rights::Right;
use crate::verbs::Run;

/// Prints completions for a shell
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  source <(cfn-secrets completions bash)
  cfn-secrets completions zsh > ~/.zfunc/_cfn-secrets")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Run for Completions {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), context: &Context) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cfn-secrets", &mut script);
        context.ui.data(&script)
    }
}
