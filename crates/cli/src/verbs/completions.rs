//! `completions`: what a shell needs to complete verbs, flags and the names of secrets. It asks nobody.

use clap::{Args, ValueEnum as _};
use clap_complete::Shell;

use crate::completion;
use crate::context::Context;
use crate::failure::Failure;
use crate::rights::Right;
use crate::verbs::Run;

/// Prints completions for a shell
///
/// The shell then asks this command with each tab key, so source it anew in each shell instead of keeping it in a file. Names of
/// secrets come from what `list --remember-names` wrote; AWS is not asked.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  source <(cfn-secrets completions bash)
  source <(cfn-secrets completions zsh)           # after compinit
  cfn-secrets completions fish | source
  cfn-secrets list --remember-names > /dev/null   # names to complete")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Run for Completions {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), context: &Context) -> Result<(), Failure> {
        let name = self.shell.to_possible_value();
        let script = completion::script(name.as_ref().map_or("", |name| name.get_name()))?;
        context.ui.data(&script)
    }
}
