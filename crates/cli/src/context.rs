//! What a verb works with: how it prints, what was said for all verbs, and the world. It holds no adapter and no session
//! that a verb could reach; those come as the verb's [`Hold`](crate::hold::Hold).

use std::str::FromStr;

use secret_store::{InvalidName, KeyId, StoreName, UnixTime};

use crate::cli::Globals;
use crate::config::Config;
use crate::edge::Edge;
use crate::failure::Failure;
use crate::stores::At;
use crate::ui::Ui;

/// The variable that names the table.
pub(crate) const TABLE_VARIABLE: &str = "CFN_SECRETS_TABLE";

/// The variable that names the key.
pub(crate) const KEY_VARIABLE: &str = "CFN_SECRETS_KEY";

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
        let profile = profile(&globals, &edge);
        let config = Config::read(profile.as_deref().unwrap_or("default"))?;
        let configured = config.output.filter(|output| output.is_for_lists());
        let ui = Ui::new(&globals, globals.output.or(configured), &edge);
        Ok(Self { ui, globals, config, edge, now: edge.time() })
    }

    /// The profile that is in use, if one is named.
    pub(crate) fn profile(&self) -> Option<String> {
        profile(&self.globals, &self.edge)
    }

    /// The table, or the bucket, that somebody named: `--store`, `--table`, CFN_SECRETS_TABLE or the configuration file.
    ///
    /// # Errors
    /// For a variable that names none.
    pub(crate) fn named_table(&self) -> Result<Option<StoreName>, Failure> {
        if let Some(At::Bucket(bucket, _)) = &self.globals.store {
            return Ok(Some(bucket.clone()));
        }
        self.named(self.globals.table.as_ref(), TABLE_VARIABLE, self.config.table.as_ref())
    }

    /// The key that somebody named: `--key`, CFN_SECRETS_KEY or the configuration file.
    ///
    /// # Errors
    /// For a variable that names none.
    pub(crate) fn named_key(&self) -> Result<Option<KeyId>, Failure> {
        self.named(self.globals.key.as_ref(), KEY_VARIABLE, self.config.key.as_ref())
    }

    fn named<T: Clone + FromStr<Err = InvalidName>>(
        &self,
        flag: Option<&T>,
        variable: &str,
        configured: Option<&T>,
    ) -> Result<Option<T>, Failure> {
        if let Some(named) = flag {
            return Ok(Some(named.clone()));
        }
        let Some(text) = self.edge.var(variable) else { return Ok(configured.cloned()) };
        let wrong = |error: InvalidName| Failure::usage(format!("{variable} must be {}, not {text:?}", error.rule));
        text.parse().map(Some).map_err(wrong)
    }

    /// How much to ask at a time, where a verb's own flag does not say.
    pub(crate) fn concurrency(&self) -> usize {
        self.config.concurrency.unwrap_or(16)
    }

    /// Whether somebody is there to be asked.
    pub(crate) fn may_ask(&self) -> bool {
        let terminals = self.edge.terminals;
        terminals.stdin && terminals.stderr && !self.globals.no_input && self.edge.var("CI").is_none()
    }

    /// Before anything is asked: a value that nobody may see is not decrypted.
    ///
    /// # Errors
    /// On a terminal, unless somebody says so.
    pub(crate) fn may_show_values(&self, reveal: bool) -> Result<(), Failure> {
        if reveal || !self.ui.stdout_is_terminal() {
            return Ok(());
        }
        Err(Failure::refused("a secret is not shown on a terminal")
            .hint("send it where it is needed: `cfn-secrets exec`, a pipe or a file; --reveal shows it here"))
    }
}

fn profile(globals: &Globals, edge: &Edge) -> Option<String> {
    globals.profile.clone().or_else(|| edge.var("AWS_PROFILE"))
}
