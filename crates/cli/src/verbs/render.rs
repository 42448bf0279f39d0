//! `render`: a file out of a template that names secrets. It is written beside and renamed: whole or not at all.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use keys_kms::DecryptionKey;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;
use crate::file;
use crate::pair::TableReader;
use crate::read;
use crate::rights::{DECRYPT, FIND_TABLE, GET_ITEM, Right};
use crate::secret::Secret;
use crate::table::Tables;
use crate::verbs::Run;

/// Makes a file out of a template that names secrets
///
/// The template is Jinja's: {{ secret('shop/prod') }}, or {{ secret('shop/prod/api', 'db.password') }} for one field. The file is
/// for its owner alone (0600), and is there whole or not at all.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  cfn-secrets render database.yml.j2 --to database.yml
  echo \"machine db password {{ secret('shop/prod') }}\" | cfn-secrets render - --to ~/.netrc")]
pub(crate) struct Render {
    #[command(flatten)]
    how: How,
}

/// From what to what.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// The template; - for standard input
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,
    /// The file to write; without it, standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Show it on a terminal
    #[arg(long)]
    reveal: bool,
    /// Read the secrets that it names, and write nothing
    #[arg(long, conflicts_with = "reveal")]
    dry_run: bool,
}

impl Run for Render {
    type Hold = (TableReader, DecryptionKey, Tables);
    const RIGHTS: &'static [Right] = &[FIND_TABLE, GET_ITEM, DECRYPT];

    async fn run(&self, (table, key, tables): Self::Hold, context: &Context) -> Result<(), Failure> {
        let value = async |name: &str| {
            let secret: Secret = name
                .parse()
                .map_err(|error: crate::secret::InvalidSecret| Failure::usage(format!("secret({name:?}): {error}")))?;
            let identity = tables.identity(&secret).await?;
            read::value(&table, &key, name, &identity, secret.pick).await
        };
        self.how.make(value, context).await
    }
}

impl How {
    /// Makes the file, with the value of each secret that the template names.
    pub(crate) async fn make(
        &self,
        value: impl AsyncFn(&str) -> Result<SecretString, Failure>,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.to.is_none() && !self.dry_run {
            context.may_show_values(self.reveal)?;
        }
        let template = self.read()?;
        let mut known = BTreeMap::new();
        let text = loop {
            match rendered(&template, &known)? {
                Pass::Done(text) => break text,
                Pass::Wants(secrets) => {
                    for name in secrets {
                        let value = value(&name).await?;
                        known.insert(name, value);
                    }
                }
            }
        };
        if self.dry_run {
            let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            context.ui.note(&format!("a dry run: nothing was written; the template and its secrets are well: {names}"));
            return Ok(());
        }
        match &self.to {
            None => context.ui.data(text.as_bytes()),
            Some(path) => file::replace(path, text.as_bytes()),
        }
    }

    fn read(&self) -> Result<String, Failure> {
        let mut template = String::new();
        let read = if self.template == Path::new("-") {
            std::io::stdin().lock().read_to_string(&mut template).map(|_| ())
        } else {
            std::fs::read_to_string(&self.template).map(|text| template = text)
        };
        let path = self.template.display();
        read.map_err(|error| Failure::refused(format!("the template {path} cannot be read: {error}")))?;
        Ok(template)
    }
}

/// What came of a try with the secrets that are known so far.
enum Pass {
    /// The whole text.
    Done(Zeroizing<String>),
    /// It names these as well.
    Wants(Vec<String>),
}

/// Renders with what is known. A template may choose by one secret which other it wants, so it is tried until it wants no more;
/// each time it names at least one that was not known.
fn rendered(template: &str, known: &BTreeMap<String, SecretString>) -> Result<Pass, Failure> {
    let wanted = Arc::new(Mutex::new(Vec::new()));
    let refused = Arc::new(Mutex::new(None));
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| Failure::bug("no syntax can be made").because(error))?);
    let function = {
        let (known, wanted, refused) = (known.clone(), Arc::clone(&wanted), Arc::clone(&refused));
        move |name: String, field: Option<String>| -> Result<String, minijinja::Error> {
            let Some(value) = known.get(&name) else {
                wanted.lock().unwrap_or_else(PoisonError::into_inner).push(name);
                return Ok(String::new());
            };
            let value = match field {
                None => Ok(value.clone()),
                Some(path) => read::field(value, &path, &name),
            };
            value.map(|value| value.expose_secret().to_owned()).map_err(|failure| {
                *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "no such field")
            })
        }
    };
    environment.add_function("secret", function);
    let text = environment.render_str(template, ()).map(Zeroizing::new);
    let mut wanted = std::mem::take(&mut *wanted.lock().unwrap_or_else(PoisonError::into_inner));
    if !wanted.is_empty() {
        wanted.sort();
        wanted.dedup();
        return Ok(Pass::Wants(wanted));
    }
    if let Some(failure) = refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(failure);
    }
    text.map(Pass::Done).map_err(|error| {
        // Its detail may quote a value; its kind and line do not.
        let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
        Failure::refused(format!("the template is wrong{line}: {}", error.kind()))
            .hint("it knows `secret('STACK/ENV/NAME')` and `secret('STACK/ENV/NAME', 'FIELD')`, and Jinja's own tags")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(pairs: &[(&str, &str)]) -> BTreeMap<String, SecretString> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
    }

    fn text(pass: Pass) -> String {
        match pass {
            Pass::Done(text) => text.to_string(),
            Pass::Wants(secrets) => format!("wants {}", secrets.join(", ")),
        }
    }

    #[test]
    fn a_template_is_tried_until_it_wants_no_more() {
        let template = "a={{ secret('s/a') }}\n{% if secret('s/a') == '1' %}b={{ secret('s/b', 'x.y') }}{% endif %}\n";
        assert_eq!(text(rendered(template, &known(&[])).unwrap()), "wants s/a");
        assert_eq!(text(rendered(template, &known(&[("s/a", "1")])).unwrap()), "wants s/b");
        let all = known(&[("s/a", "1"), ("s/b", r#"{"x": {"y": "<&'\""}}"#)]);
        assert_eq!(text(rendered(template, &all).unwrap()), "a=1\nb=<&'\"\n");
    }

    #[test]
    fn what_is_wrong_never_quotes_a_value() {
        let known = known(&[("s/a", "hunter2")]);
        for template in
            ["{{ secret('s/a') + 1 }}", "{{ secret('s/a', 'x') }}", "{{ secrte('s/a') }}", "{% if %}", "{{ x }}"]
        {
            let Err(failure) = rendered(template, &known) else { panic!("{template}") };
            assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
    }
}
