//! What a verb works with: how it prints, what was said for all verbs, and the world. It holds no adapter and no session
//! that a verb could reach; those come as the verb's [`Hold`](crate::hold::Hold).

use secret_store::UnixTime;

use crate::cli::Globals;
use crate::config::Config;
use crate::edge::Edge;
use crate::failure::Failure;
use crate::ui::Ui;

/// What a verb works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// All output.
    pub(crate) ui: Ui,
    /// What was said for all verbs.
    pub(crate) globals: Globals,
    /// What the configuration file says.
    pub(crate) config: Config,
    /// The world.
    pub(crate) edge: Edge,
    /// When the command began.
    pub(crate) now: UnixTime,
}

impl Context {
    pub(crate) fn new(globals: Globals, edge: Edge) -> Result<Self, Failure> {
        let profile = globals.profile.clone().or_else(|| edge.var("AWS_PROFILE"));
        let config = Config::read(profile.as_deref().unwrap_or("default"))?;
        let ui = Ui::new(&globals, globals.output.or(config.output), &edge);
        Ok(Self { ui, globals, config, edge, now: edge.time() })
    }
}
