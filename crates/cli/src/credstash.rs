//! The applet `cfn-secrets credstash`, and the command where it is called `credstash`: credstash 1.17.1's grammar, output
//! and exit codes, so that scripts run unchanged. docs/credstash.md says where it differs, and why.
//!
//! From the top down: `command` is what somebody wants, made by `grammar` and `argparse` of a command line; `reading`,
//! `writing` and `table` do it; `world` says whom and what they ask; `output` prints many values; `problem` is how it ends.

mod argparse;
mod command;
mod grammar;
mod help;
mod json;
mod output;
mod problem;
mod reading;
mod saved_region;
mod sources;
mod table;
mod world;
mod writing;
mod yaml;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::ui::Ui;
use command::{Command, Wanted};
use problem::Problem;
use world::World;

/// The verb, and the name under which the command is nothing else.
const NAME: &str = "credstash";

/// The arguments of the applet, if it is what somebody calls.
pub(crate) fn arguments(arguments: &[OsString]) -> Option<&[OsString]> {
    let called = arguments.first().and_then(|program| Path::new(program).file_name());
    if called.is_some_and(|called| called == NAME) {
        return Some(&arguments[1..]);
    }
    (arguments.get(1)? == NAME).then(|| &arguments[2..])
}

/// Runs it, and says how the process ends: 0, 1, or 2 for a command line that makes no sense.
pub(crate) fn run(arguments: &[OsString], edge: Edge) -> Result<ExitCode, Failure> {
    let ui = Ui::of_arguments(&[], &edge);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::bug("no executor can be made").because(error))?;
    let ended = command::parse(arguments, edge, &ui).and_then(|wanted| runtime.block_on(carry_out(wanted, edge, &ui)));
    Ok(ended.map_or_else(|problem| problem.end(&ui), |()| ExitCode::SUCCESS))
}

async fn carry_out(wanted: Wanted, edge: Edge, ui: &Ui) -> Result<(), Problem> {
    let (globals, command) = match wanted {
        Wanted::Help(text) => return Ok(ui.data(text.as_bytes())?),
        Wanted::Command(globals, command) => (globals, command),
    };
    let world = World::new(globals, edge);
    match *command {
        Command::Delete { name } => table::delete(&world, &name, ui).await,
        Command::Get(get) => reading::get(&world, &get, ui).await,
        Command::GetAll(get_all) => reading::get_all(&world, &get_all, ui).await,
        Command::Keys => table::keys(&world, ui).await,
        Command::List => table::list(&world, ui).await,
        Command::Put(put) => writing::put(&world, put, ui).await,
        Command::PutAll(put_all) => writing::put_all(&world, put_all, ui).await,
        Command::Setup(setup) => table::setup(&world, &setup, ui).await,
    }
}
