//! `cfn-secrets`, the command of whoever runs the pair: what stands between `main` and the verbs.
//!
//! From the top down: [`cli`] is the grammar; `verbs` has a file for each verb; `context` is what a verb works with,
//! `hold` what it may do; `ui` is all that is printed, `failure` and `exit` are how it ends; `session` and `table` say
//! whom and what it asks, `secret`, `which`, `read`, `read_before` and `many` which values are meant; `each` does something to all of them; `formats` and `archive` write them
//! down, `file` where; `checkup` judges what `doctor` sees; `completion` is what a shell asks.
//!
//! `credstash` is another command line, with a grammar of its own; `stores` is the one behind `--store`.
//!
//! A verb gets its adapters from the tuple that it names as its `Hold`, and no others: `list` cannot decrypt, by type.

#![recursion_limit = "256"]

mod archive;
mod ask;
mod by_stack;
mod checkup;
pub mod cli;
mod completion;
mod config;
mod context;
mod credstash;
mod each;
mod edge;
mod exit;
mod failure;
mod file;
pub mod formats;
mod hand;
mod hold;
mod many;
mod pair;
mod read;
mod read_before;
mod rights;
mod secret;
mod session;
pub mod stores;
mod table;
mod template;
mod ui;
mod value;
mod verbs;
mod wanting;
mod when;
mod which;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;
use context::Context;
pub use edge::{Edge, Terminals};
pub use failure::Failure;
use ui::Ui;

/// Runs the command that `arguments` are, and says how the process ends.
pub fn run(arguments: Vec<OsString>, edge: Edge) -> ExitCode {
    let ui = Ui::of_arguments(&arguments, &edge);
    end_at_a_panic(ui.clone());
    let ended = match credstash::arguments(&arguments) {
        Some(its) => credstash::run(its, edge),
        None => start(&arguments, edge),
    };
    match ended {
        Ok(code) => code,
        Err(failure) => end(&ui, &failure),
    }
}

fn end(ui: &Ui, failure: &Failure) -> ExitCode {
    ui.failure(failure);
    ExitCode::from(failure.kind.code())
}

fn start(arguments: &[OsString], edge: Edge) -> Result<ExitCode, Failure> {
    if completion::answered(arguments, &edge)? {
        return Ok(ExitCode::SUCCESS);
    }
    if stores::names_a_store(arguments) {
        let ui = Ui::of_arguments(arguments, &edge);
        let Some(cli) = stores::Cli::understand(arguments, &ui)? else { return Ok(ExitCode::SUCCESS) };
        let context = Context::new(cli.globals().clone(), edge)?;
        return finish(stores::run(cli, &context), &context);
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) if !answer.use_stderr() => {
            let color = Ui::of_arguments(arguments, &edge);
            color.help(&answer.render())?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(cli::usage(&error)),
    };
    let context = Context::new(cli.globals, edge)?;
    finish(verbs::run(cli.verb, &context), &context)
}

/// Carries a verb out, to its end.
fn finish(verb: impl Future<Output = Result<(), Failure>>, context: &Context) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::bug("no executor can be made").because(error))?;
    let ended = runtime.block_on(verb);
    Ok(ended.map_or_else(|failure| end(&context.ui, &failure), |()| ExitCode::SUCCESS))
}

/// A panic ends the command at once. Its message may quote a value: only its place is told.
fn end_at_a_panic(ui: Ui) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let failure = Failure::bug(format!("the command broke off at {place}"));
        ui.failure(&failure);
        std::process::exit(failure.kind.code().into());
    }));
}
