//! `import`: brings secrets in, from an archive or from names and values that another program wrote. First it is found out what
//! each would become; only if all of them fit is the first one written. What is there already is left alone, so the same
//! command once more goes on where it was killed.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use keys_kms::{DecryptionKey, EncryptionKey};
use secrecy::ExposeSecret as _;
use secret_store::carry_out::by_hand::{AskStacks as _, ByHand, Made, NewValue, Run as HandRun};
use secret_store::patience::{Pace, Patience};
use secret_store::plan::operator::{Manner, Operator, Owners};
use secret_store::store::QueryVersions as _;
use secret_store::{
    Description, Env, Identity, InvalidName, KeyId, RequestToken, Snapshot, StackName, StoreName, Trigger, Version,
};
use stacks_cloudformation::Stacks;
use zeroize::Zeroizing;

use crate::archive::encrypted::{self, Keys};
use crate::archive::of_store;
use crate::archive::plain::{self, Written};
use crate::archive::{self, MOST_BYTES, Wish};
use crate::context::Context;
use crate::exit::Kind;
use crate::failure::Failure;
use crate::hand;
use crate::pair::{TableReader, TableWriter};
use crate::read::{self, Current};
use crate::read_before::ReadBefore;
use crate::rights::{
    DECRYPT, ENCRYPT, FIND_TABLE, GENERATE_DATA_KEY, GET_ITEM, LIST_STACK_RESOURCES, LIST_STACKS, PUT_ITEM, QUERY,
    Right, UPDATE_ITEM,
};
use crate::secret::{Pick, Secret, spelled};
use crate::table::Tables;
use crate::ui::{Cell, Rows};
use crate::verbs::{Run, prune, put};
use crate::which::Which;

/// Brings in the secrets of an archive, or of a file of names and values
///
/// A secret that is not there is created, one with another value gets its next version, one with the same value is left alone.
/// Each becomes one by hand, for a stack to adopt. If a single one cannot be brought in, as what a stack has, nothing is
/// written at all. Killed half-way, the same command goes on.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets import shop.age --identity key.txt --dry-run
  cfn-secrets import shop.age --identity key.txt --table another --key alias/another
  cfn-secrets import prod.age --passphrase-file phrase --into shop/staging
  cfn-secrets import .env --into shop/prod
  cfn-secrets get-all --profile old | cfn-secrets import - --format json --profile new")]
pub(crate) struct Import {
    /// The archive, or a file of names and values; - for standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// How a file is written that is no archive; without it, by the ending of its name
    #[arg(long, value_name = "FORMAT")]
    format: Option<Written>,
    /// Where they go, by their names; without it, where the archive has them from, or where a name STACK/ENV/NAME says
    #[arg(long, value_name = "STACK/ENV")]
    into: Option<Place>,
    #[command(flatten)]
    which: Which,
    /// Tell what would be created, changed and left alone, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// A stack and an env.
#[derive(Clone, Debug)]
struct Place {
    stack_name: StackName,
    env: Env,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (stack_name, env) = text.split_once('/').ok_or("must be STACK/ENV")?;
        let wrong = |error: InvalidName| error.to_string();
        Ok(Self { stack_name: stack_name.parse().map_err(wrong)?, env: env.parse().map_err(wrong)? })
    }
}

/// What is there of a secret, and what is to be done about it.
enum Becomes {
    /// Nothing is in use.
    Created,
    /// Another value is, of so many bytes.
    Changed { before: usize },
    /// The same value is.
    LeftAlone,
}

/// What is wished for, and what is stored where it goes.
struct Read<'a> {
    wish: &'a Wish,
    identity: Identity,
    snapshot: Snapshot,
}

/// What was found out about one secret.
struct Step<'a> {
    read: Read<'a>,
    version: Version,
    becomes: Becomes,
}

impl Run for Import {
    type Hold = (TableWriter, TableReader, EncryptionKey, DecryptionKey, Tables, Stacks);
    const RIGHTS: &'static [Right] = &[
        FIND_TABLE,
        QUERY,
        GET_ITEM,
        DECRYPT,
        PUT_ITEM,
        UPDATE_ITEM,
        ENCRYPT,
        GENERATE_DATA_KEY,
        LIST_STACKS,
        LIST_STACK_RESOURCES,
    ];

    async fn run(&self, hold: Self::Hold, context: &Context) -> Result<(), Failure> {
        let (writer, reader, encryption, decryption, tables, stacks) = hold;
        let (wishes, id) = self.wishes(context)?;
        let (table, key_id) = (tables.table().await?, tables.key().await?);
        let hands = Hands { writer, reader, encryption, decryption, stacks, table, key_id, id };
        let read = hands.read(&wishes, context).await?;
        // After the last of them was read: then what they say holds for all.
        let owners = hands.owners(&read, context).await?;
        let steps = hands.plan(read, &owners, context).await?;
        if self.dry_run {
            context.ui.note("a dry run: nothing was written");
            return context.ui.rows(&rows(&steps));
        }
        let (steps, alike): (Vec<_>, Vec<_>) =
            steps.into_iter().partition(|step| !matches!(step.becomes, Becomes::LeftAlone));
        if !alike.is_empty() {
            context.ui.note(&format!("{} secrets have these values already", alike.len()));
        }
        let (done, failed) = hands.write(steps, &owners, context).await;
        context.ui.rows(&rows(&done)).map_err(|failure| hand::untold(failure, HandRun::Real))?;
        prune::some_failed(failed, context)
    }
}

impl Import {
    /// What is wished for, each address once, and what this archive is called.
    fn wishes(&self, context: &Context) -> Result<(Vec<Wish>, String), Failure> {
        let bytes = read_archive(&self.from, context)?;
        let bytes = if encrypted::is_encrypted(&bytes) { self.keys.decrypt(&bytes, context)? } else { bytes };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::refused(format!("{} is neither an archive nor UTF-8 text", self.from.display())))?;
        let (wishes, id) = match archive::header(text) {
            Some(header) => (archive::read(&header, text)?, header.id),
            None => (self.of_pairs(text)?, hand::token(None, context).to_string()),
        };
        let mut meant: Vec<_> = wishes.into_iter().filter(|wish| self.which.has(&wish.address(no_table()))).collect();
        if let Some(Place { stack_name, env }) = &self.into {
            for wish in &mut meant {
                (wish.stack_name, wish.env) = (stack_name.clone(), env.clone());
            }
        }
        if meant.is_empty() {
            return Err(Failure::refused(format!("{} has no secret that is meant", self.from.display())));
        }
        let mut taken = BTreeSet::new();
        for address in meant.iter().map(|wish| spelled(&wish.address(no_table()))) {
            if taken.contains(&address) {
                return Err(Failure::refused(format!("two secrets of {} would be `{address}`", self.from.display()))
                    .hint("choose one by --stack, --env or --name"));
            }
            taken.insert(address);
        }
        Ok((meant, id))
    }

    /// Of names and values: an archive of another store's, or what another program wrote.
    fn of_pairs(&self, text: &str) -> Result<Vec<Wish>, Failure> {
        let wish = |name: &str, value, context| {
            let (stack_name, env, name) = self.address(name)?;
            Ok(Wish { stack_name, env, name, value, description: Description::default(), context })
        };
        if let Some(entries) = of_store::read(text)? {
            return entries.into_iter().map(|of| wish(&of.name, of.value, of.encryption_context)).collect();
        }
        let written = self.format.or_else(|| Written::by_name(&self.from)).ok_or_else(|| {
            Failure::usage(format!(
                "{} is no archive, and its name does not say how it is written",
                self.from.display()
            ))
            .hint("--format json, yaml or dotenv")
        })?;
        let pairs = plain::read(text, written)?;
        pairs.into_iter().map(|(name, value)| wish(&name, value, std::collections::BTreeMap::new())).collect()
    }

    /// A name is one of a stack and an env that are given, or says them itself.
    fn address(&self, given: &str) -> Result<(StackName, Env, secret_store::Name), Failure> {
        let shown: String = given.chars().take(64).collect();
        if let Some(Place { stack_name, env }) = &self.into {
            let name = given.parse().map_err(|error: InvalidName| {
                Failure::refused(format!("{shown:?} cannot be the name of a secret: it must be {}", error.rule))
            })?;
            return Ok((stack_name.clone(), env.clone(), name));
        }
        let secret: Result<Secret, _> = given.parse();
        match secret {
            Ok(secret) if secret.pick == Pick::Current => {
                let Identity { stack_name, env, name, .. } = secret.identity(no_table());
                Ok((stack_name, env, name))
            }
            _ => Err(Failure::refused(format!("{shown:?} does not say where it goes: it is no STACK/ENV[/NAME]"))
                .hint("--into STACK/ENV, where the file has names alone")),
        }
    }
}

/// All of a file that is to be brought in, or of standard input.
pub(crate) fn read_archive(from: &Path, context: &Context) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if from == Path::new("-") {
        if context.edge.terminals.stdin {
            return Err(Failure::refused("an archive does not come from a terminal").hint("name a file"));
        }
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(from).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    let from = from.display();
    read.map_err(|error| Failure::refused(format!("{from} cannot be read: {error}")))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::refused(format!("{from} is too long: at most {MOST_BYTES} bytes are read")));
    }
    Ok(bytes)
}

impl Wish {
    fn address(&self, store: StoreName) -> Identity {
        let Self { stack_name, env, name, .. } = self;
        Identity { store, stack_name: stack_name.clone(), env: env.clone(), name: name.clone() }
    }
}

/// Stands for the table where only the address counts.
fn no_table() -> StoreName {
    "any".parse().unwrap_or_else(|_: InvalidName| unreachable!("three letters are a name"))
}

/// All that it takes to bring a secret in.
struct Hands {
    writer: TableWriter,
    reader: TableReader,
    encryption: EncryptionKey,
    decryption: DecryptionKey,
    stacks: Stacks,
    table: StoreName,
    key_id: KeyId,
    id: String,
}

impl Hands {
    /// What is stored of each.
    ///
    /// # Errors
    /// If one cannot be read.
    async fn read<'w>(&self, wishes: &'w [Wish], context: &Context) -> Result<Vec<Read<'w>>, Failure> {
        let one = async |wish: &'w Wish| {
            let identity = wish.address(self.table.clone());
            let remaining = hand::remaining(context);
            let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
            let snapshot = patience.ask(async || self.writer.query(&identity).await).await?;
            Ok(Read { wish, identity, snapshot })
        };
        all("reading the table", wishes.iter(), one, |wish| spelled(&wish.address(self.table.clone())), context).await
    }

    /// What is known of the stacks that own any of it, each asked for once.
    async fn owners(&self, read: &[Read<'_>], context: &Context) -> Result<Owners, Failure> {
        let stacks: BTreeSet<_> = read.iter().flat_map(|read| Owners::to_ask_for(&read.snapshot)).collect();
        if stacks.is_empty() {
            return Ok(Owners::default());
        }
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        Ok(patience.ask(async || self.stacks.ask(&stacks).await).await?)
    }

    /// What each would become.
    ///
    /// # Errors
    /// If one cannot be brought in: which, and why.
    async fn plan<'w>(
        &self,
        read: Vec<Read<'w>>,
        owners: &Owners,
        context: &Context,
    ) -> Result<Vec<Step<'w>>, Failure> {
        let one = async |read: Read<'w>| self.step(read, owners, context).await;
        all("comparing", read.into_iter(), one, |read| spelled(&read.identity), context).await
    }

    async fn step<'w>(&self, read: Read<'w>, owners: &Owners, context: &Context) -> Result<Step<'w>, Failure> {
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, hand::token(None, context), &remaining);
        let mut tries = 0;
        let current = loop {
            match self.current(&read).await {
                Err(failure) if failure.kind == Kind::TryAgain && patience.pause(Pace::Quick, tries).await => {
                    tries += 1
                }
                current => break current?,
            }
        };
        let becomes = match current {
            None => Becomes::Created,
            Some(Current { is_the_same: true, version, .. }) => {
                return Ok(Step { read, version, becomes: Becomes::LeftAlone });
            }
            Some(Current { bytes, .. }) => Becomes::Changed { before: bytes },
        };
        let token = hand::token(None, context);
        let made = self.put(&read, owners, token, HandRun::Dry, context).await?;
        Ok(Step { read, version: made.item.version, becomes })
    }

    async fn current(&self, Read { wish, identity, snapshot }: &Read<'_>) -> Result<Option<Current>, Failure> {
        read::current(snapshot, identity, &self.reader, &self.decryption, &wish.value).await
    }

    /// Writes what is to be written. What fails does not stop the rest.
    async fn write<'w>(
        &self,
        steps: Vec<Step<'w>>,
        owners: &Owners,
        context: &Context,
    ) -> (Vec<Step<'w>>, Vec<(String, Failure)>) {
        let bar = context.ui.progress("bringing in", Some(steps.len() as u64));
        let mut results = stream::iter(steps)
            .map(async |step| {
                // The same archive over the same state is the same wish: two that run at once store a value once.
                let wish = format!("import\n{}\n{}\n{}", self.id, spelled(&step.read.identity), step.version);
                let token = RequestToken::manual(&wish);
                let made = self.put(&step.read, owners, token, HandRun::Real, context).await;
                bar.one();
                (step, made)
            })
            .buffered(context.concurrency().max(1));
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        while let Some((step, made)) = results.next().await {
            match made {
                Ok(made) => done.push(Step { version: made.item.version, ..step }),
                Err(failure) => failed.push((spelled(&step.read.identity), failure)),
            }
        }
        (done, failed)
    }

    async fn put(
        &self,
        Read { wish, identity, snapshot }: &Read<'_>,
        owners: &Owners,
        token: RequestToken,
        run: HandRun,
        context: &Context,
    ) -> Result<Made, Failure> {
        let value = NewValue {
            value: &wish.value,
            description: wish.description.clone(),
            trigger: Trigger::External,
            key_id: &self.key_id,
            context: &wish.context,
            nonce: &|| put::nonce(context),
        };
        let operator = Operator { token, now: context.now };
        let before = ReadBefore::new(&self.writer, &self.stacks, snapshot.clone(), owners);
        let by_hand = ByHand { store: &before, stacks: &before, run };
        let remaining = hand::remaining(context);
        let mut patience = Patience::new(hand::pause, token, &remaining);
        let made = by_hand.put(&self.encryption, operator, Manner::Next, identity, &value, &mut patience).await;
        made.map_err(|error| hand::failure(error, &spelled(identity)))
    }
}

/// Finds something out about all of them, so many at a time.
///
/// # Errors
/// If it fails for one: for which, and why.
async fn all<T, U>(
    what: &'static str,
    of: impl ExactSizeIterator<Item = T>,
    one: impl AsyncFn(T) -> Result<U, Failure>,
    called: impl Fn(&T) -> String,
    context: &Context,
) -> Result<Vec<U>, Failure> {
    let count = of.len();
    let results: Vec<_> = {
        let bar = context.ui.progress(what, Some(count as u64));
        let one = async |of| {
            let called = called(&of);
            let result = one(of).await;
            bar.one();
            result.map_err(|failure| (called, failure))
        };
        stream::iter(of).map(one).buffered(context.concurrency().max(1)).collect().await
    };
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(it) => found.push(it),
            Err(failure) => failed.push(failure),
        }
    }
    if failed.is_empty() {
        return Ok(found);
    }
    for (called, failure) in &failed {
        context.ui.warn(&format!("{called}: {}", failure.message));
    }
    let message = format!("{} of {count} secrets cannot be brought in, so nothing was written", failed.len());
    let (_, first) = failed.swap_remove(0);
    Err(Failure { message, ..first })
}

/// A row for each secret; of values their lengths alone.
fn rows(steps: &[Step<'_>]) -> Rows {
    let mut rows = Rows::new(&["stack", "env", "name", "version", "becomes", "length", "length_before"]);
    for Step { read: Read { wish, identity, .. }, version, becomes } in steps {
        let (becomes, before) = match becomes {
            Becomes::Created => (Cell::text("created"), None),
            Becomes::Changed { before } => (Cell::text("changed"), Some(*before)),
            Becomes::LeftAlone => (Cell::both("left alone", "left-alone"), Some(wish.value.expose_secret().len())),
        };
        rows.push([
            Cell::text(identity.stack_name.as_str()),
            Cell::text(identity.env.as_str()),
            Cell::text(identity.name.as_str()),
            Cell::number(version.number()),
            becomes,
            Cell::number(wish.value.expose_secret().len() as u64),
            before.map_or(Cell::both("", serde_json::Value::Null), |before| Cell::number(before as u64)),
        ]);
    }
    rows
}
