//! What is wished for: an archive or a file of names and values, read, and each address in it once.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use secret_store::{Description, Env, Identity, InvalidName, Name, StackName, StoreName};
use zeroize::Zeroizing;

use super::{Import, Place};
use crate::archive::encrypted;
use crate::archive::of_store;
use crate::archive::plain::{self, Written};
use crate::archive::{self, MOST_BYTES, Wish};
use crate::context::Context;
use crate::failure::Failure;
use crate::hand;
use crate::secret::{Pick, Secret, spelled};

impl Import {
    /// What is wished for, each address once, and what this archive is called.
    pub(super) fn wishes(&self, context: &Context) -> Result<(Vec<Wish>, String), Failure> {
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
    fn address(&self, given: &str) -> Result<(StackName, Env, Name), Failure> {
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
    pub(super) fn address(&self, store: StoreName) -> Identity {
        let Self { stack_name, env, name, .. } = self;
        Identity { store, stack_name: stack_name.clone(), env: env.clone(), name: name.clone() }
    }
}

/// Stands for the table where only the address counts.
fn no_table() -> StoreName {
    "any".parse().unwrap_or_else(|_: InvalidName| unreachable!("three letters are a name"))
}
