//! `setup`: table or bucket, and key, for whoever does without the template. It prints what is missing, or makes it; what is
//! there stays.

use std::time::Duration;

use clap::Args;
use keys_kms::{KeyInspector, KeyMaker};
use secret_store::patience::MayPass as _;
use secret_store::store::StoreError;
use secret_store::{KeyArn, KeyId, StoreName};

use crate::context::Context;
use crate::failure::Failure;
use crate::pair;
use crate::rights::{self, Right};
use crate::table::PAIR;
use crate::ui::{Cell, Rows};
use crate::verbs::Run;
use crate::wanting::{Place, key};
use crate::{hand, value};

/// A new table answers after some seconds, and its backups somewhat later.
const LOOKS: usize = 120;

/// Prints, or makes, what is missing for a table or bucket without the pair: recovery, policy, key, alias
///
/// The pair's template makes all of this, functions and roles as well, and is the better way. This is for a table or a bucket that
/// people and programs use by hand alone. It prints commands for the AWS CLI; with --apply it does the same itself, after a
/// question. What is there already is left as it is, so it can be run again, also where it broke off.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets setup                                          # cfn-secrets, alias/cfn-secrets
  cfn-secrets setup --table secrets --key alias/secrets > setup.sh
  cfn-secrets setup --table secrets --key alias/secrets --apply
  cfn-secrets setup --store s3://my-secrets --apply          # a bucket, or what one lacks")]
pub(crate) struct Setup {
    /// Make it
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Only print: so it is without --apply
    #[arg(long)]
    dry_run: bool,
}

impl Run for Setup {
    type Hold = (pair::Place, KeyInspector, KeyMaker);
    const RIGHTS: &'static [Right] = &[
        rights::DESCRIBE_TABLE,
        rights::DESCRIBE_TIME_TO_LIVE,
        rights::DESCRIBE_CONTINUOUS_BACKUPS,
        rights::CREATE_TABLE,
        rights::UPDATE_TABLE,
        rights::UPDATE_TIME_TO_LIVE,
        rights::UPDATE_CONTINUOUS_BACKUPS,
        rights::DESCRIBE_ANY_KEY,
        rights::GET_ANY_KEY_ROTATION_STATUS,
        rights::CREATE_KEY,
        rights::ENABLE_KEY_ROTATION,
        rights::CREATE_ALIAS,
    ];

    async fn run(&self, (place, inspector, maker): Self::Hold, context: &Context) -> Result<(), Failure> {
        let keys = Keys { inspector, maker };
        match place {
            pair::Place::Table(tables) => self.set_up(&tables, &keys, context).await,
            pair::Place::Bucket(buckets) => self.set_up(&*buckets, &keys, context).await,
        }
    }
}

/// Keys, looked at and made.
struct Keys {
    inspector: KeyInspector,
    maker: KeyMaker,
}

/// One thing to make.
enum Step<S> {
    Store(S),
    Key(key::Step),
}

impl Setup {
    async fn set_up<P: Place>(&self, place: &P, keys: &Keys, context: &Context) -> Result<(), Failure> {
        let store = named(context.named_table()?, PAIR)?;
        let key = named(context.named_key()?, &format!("alias/{PAIR}"))?;
        let of_the_store = place.missing(&store).await?;
        let there = key::look(&keys.inspector, &key).await?;
        let of_the_key = key::missing(&key, there.as_ref())?;
        let warning = place.warning(&store, &of_the_store);
        let steps = of_the_store.into_iter().map(Step::Store).chain(of_the_key.into_iter().map(Step::Key));
        let wanted = Wanted { place, keys, store, key, steps: steps.collect() };
        let Wanted { store, key, .. } = &wanted;
        let mut arn = there.map(|(facts, _)| facts.arn);
        if wanted.steps.is_empty() {
            context.ui.note(&format!("all is there: {}, and the key {key}", place.called(store)));
            return Ok(());
        }
        if let Some(warning) = warning {
            context.ui.warn(&warning);
        }
        if !self.apply {
            context.ui.note("nothing is made: --apply makes it");
            return wanted.print(arn.as_ref(), context);
        }
        let names: Vec<_> = wanted.steps.iter().map(Step::name::<P>).collect();
        let question = format!("In this account and region, for {store} and {key}, is made: {}.", names.join(", "));
        value::confirm(self.yes, &question, context)?;
        let bar = context.ui.progress("making", Some(wanted.steps.len() as u64));
        for step in &wanted.steps {
            wanted.patiently(step, &mut arn).await?;
            if matches!(step, Step::Key(key::Step::Key)) {
                context.ui.note(&format!("the key is {}", arn.as_ref().map(|arn| arn.0.as_str()).unwrap_or_default()));
            }
            bar.one();
        }
        drop(bar);
        context.ui.note(&format!("use it with {} --key {key}", place.flag(store)));
        wanted.print(arn.as_ref(), context)
    }
}

fn named<T: std::str::FromStr>(named: Option<T>, default: &str) -> Result<T, Failure> {
    named.or_else(|| default.parse().ok()).ok_or_else(|| Failure::bug("the default is no name"))
}

impl<S> Step<S> {
    /// Its name for programs.
    fn name<P: Place<Step = S>>(&self) -> &'static str {
        match self {
            Self::Store(step) => P::step(step),
            Self::Key(step) => step.name(),
        }
    }
}

/// What is to be made, and by whom.
struct Wanted<'a, P: Place> {
    place: &'a P,
    keys: &'a Keys,
    store: StoreName,
    key: KeyId,
    steps: Vec<Step<P::Step>>,
}

impl<P: Place> Wanted<'_, P> {
    /// Makes it, and waits until what was made can be changed.
    async fn patiently(&self, step: &Step<P::Step>, arn: &mut Option<KeyArn>) -> Result<(), Failure> {
        let pause = || hand::pause(Duration::from_millis(500));
        for look in 1.. {
            match self.make(step, arn).await {
                Ok(()) => break,
                // What is made twice is there twice.
                Err(error) if look < LOOKS && may_pass(&error) && !matches!(step, Step::Key(key::Step::Key)) => {
                    pause().await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if let Step::Store(step) = step {
            for _ in 0..LOOKS {
                if self.place.is_settled(&self.store, step).await? {
                    return Ok(());
                }
                pause().await;
            }
        }
        Ok(())
    }

    async fn make(&self, step: &Step<P::Step>, arn: &mut Option<KeyArn>) -> Result<(), StoreError> {
        match step {
            Step::Store(step) => self.place.make(&self.store, step).await,
            Step::Key(step) => step.make(&self.keys.maker, &self.store, &self.key, arn).await,
        }
    }

    /// Lines for a shell; in another form where one is asked for.
    fn print(&self, arn: Option<&KeyArn>, context: &Context) -> Result<(), Failure> {
        let command = |step: &Step<P::Step>| match step {
            Step::Store(step) => self.place.command(&self.store, step),
            Step::Key(step) => step.command(&self.store, &self.key, arn),
        };
        let commands: Vec<_> = self.steps.iter().map(|step| (step.name::<P>(), command(step))).collect();
        if context.ui.output().is_none() {
            let lines: String = commands.iter().map(|(_, command)| format!("{command}\n")).collect();
            return context.ui.data(lines.as_bytes());
        }
        let mut rows = Rows::new(&["step", "command"]);
        commands.into_iter().for_each(|(name, command)| rows.push([Cell::text(name), Cell::text(command)]));
        context.ui.rows(&rows)
    }
}

fn may_pass(error: &StoreError) -> bool {
    error.may_pass() && !matches!(error, StoreError::Denied { .. })
}
