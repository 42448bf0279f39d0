//! `generate`: values that fit what they are for, by the same policies as the generator's. It stores nothing and asks nobody.

use clap::Args;
use password::{CharacterType, Engine, Policy, PolicyBuilder, Recipe, TextKind};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::rights::Right;
use crate::verbs::Run;

/// Prints new random values, and stores none
///
/// The options are those of a template, and mean the same; docs/properties.md has the engines.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets generate --print 1 --engine mysql
  cfn-secrets generate --print 5 --kind passphrase --size 6
  cfn-secrets generate --print 1 --size 40 --exclude-characters '\"@/'")]
pub(crate) struct Generate {
    /// So many, a line each
    #[arg(long, value_name = "N", required = true, value_parser = clap::value_parser!(u16).range(1..=1000))]
    print: u16,
    /// What it is for: mysql, postgres, ...
    #[arg(long, value_name = "ENGINE")]
    engine: Option<Engine>,
    /// password, passphrase, alphanumeric, hex, base64, base64url or uuid
    #[arg(long, value_name = "KIND", default_value = "password")]
    kind: TextKind,
    /// Characters, words or bytes, by its kind
    #[arg(long, value_name = "N", conflicts_with = "entropy")]
    size: Option<usize>,
    /// At least so many bits
    #[arg(long, value_name = "BITS")]
    entropy: Option<u32>,
    /// None of these
    #[arg(long, value_name = "CHARACTERS")]
    exclude_characters: Option<String>,
    /// No punctuation
    #[arg(long)]
    exclude_punctuation: bool,
    /// None that look alike
    #[arg(long)]
    exclude_ambiguous: bool,
    /// None that a URL would escape
    #[arg(long)]
    url_safe: bool,
    /// Also where it is easy to guess
    #[arg(long)]
    allow_weak: bool,
    /// Show them on a terminal
    #[arg(long)]
    reveal: bool,
}

impl Run for Generate {
    type Hold = ();
    const RIGHTS: &'static [Right] = &[];

    async fn run(&self, (): (), context: &Context) -> Result<(), Failure> {
        context.may_show_values(self.reveal)?;
        let recipe = Recipe::new(self.kind, self.size, &self.options());
        let recipe = recipe.map_err(|error| {
            Failure::usage(format!("these options cannot be met together: {error}"))
                .hint("options are called as in a template: --size is PasswordLength, Words or Bytes there")
        })?;
        context.ui.debug(|| format!("{:.1} bits of entropy", recipe.entropy_bits()));
        let mut random = (context.edge.random)();
        for _ in 0..self.print {
            let value = recipe.generate(random.as_mut());
            let line = Zeroizing::new(format!("{}\n", value.expose_secret()));
            context.ui.data(line.as_bytes())?;
        }
        Ok(())
    }
}

impl Generate {
    fn options(&self) -> PolicyBuilder {
        let mut policy = Policy::builder();
        policy = self.engine.into_iter().fold(policy, PolicyBuilder::engine);
        policy = self.entropy.into_iter().fold(policy, PolicyBuilder::entropy);
        policy = self.exclude_characters.iter().fold(policy, |policy, none| policy.exclude_characters(none));
        if self.exclude_punctuation {
            policy = policy.exclude(CharacterType::Punctuation);
        }
        for (flag, option) in [
            (self.exclude_ambiguous, PolicyBuilder::exclude_ambiguous as fn(PolicyBuilder) -> PolicyBuilder),
            (self.url_safe, PolicyBuilder::url_safe),
            (self.allow_weak, PolicyBuilder::allow_weak),
        ] {
            policy = if flag { option(policy) } else { policy };
        }
        policy
    }
}
