//! An archive under a key that people have, in the format of age (age-encryption.org/v1): for recipients, or under a passphrase.
//!
//! The crate draws its file keys from the system itself.

use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use age::{DecryptError, Decryptor, Encryptor, Identity, IdentityFile, Recipient, ssh};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::MOST_BYTES;
use crate::context::Context;
use crate::failure::Failure;

/// How every file of age begins.
const MAGIC: &[u8] = b"age-encryption.org/";

/// The longest file of recipients, or with a passphrase.
const MOST_OF_KEYS: u64 = 1024 * 1024;

/// Whom an archive is for.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Recipients {
    /// Who can open it: age1..., or the line of an SSH public key; may be given again
    #[arg(long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// A file with a recipient in each line; may be given again
    #[arg(long, value_name = "FILE")]
    recipients_file: Vec<PathBuf>,
    /// Under the passphrase in the first line of this file; without it and recipients, one is asked for
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipient", "recipients_file"])]
    passphrase_file: Option<PathBuf>,
}

/// What opens an archive.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Keys {
    /// A file with the secret key of a recipient: age's own, or an SSH key without a passphrase; may be given again
    #[arg(short, long, value_name = "FILE")]
    identity: Vec<PathBuf>,
    /// The first line of this file is the archive's passphrase; without it, it is asked for
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// How an archive is encrypted.
pub(crate) enum Lock {
    /// For those who have a key.
    Recipients(Vec<Box<dyn Recipient + Send>>),
    /// For those who know it.
    Passphrase(SecretString),
}

impl Recipients {
    /// What the archive will be under.
    ///
    /// # Errors
    /// For what is no recipient, and where nobody can be asked for a passphrase.
    pub(crate) fn lock(&self, context: &Context) -> Result<Lock, Failure> {
        if let Some(path) = &self.passphrase_file {
            return Ok(Lock::Passphrase(passphrase_of(path)?));
        }
        let mut recipients = Vec::new();
        for text in &self.recipient {
            recipients.push(recipient(text, "--recipient")?);
        }
        for path in &self.recipients_file {
            let text = small(path)?;
            let lines = text.lines().map(str::trim).enumerate();
            for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
                recipients.push(recipient(line, &format!("line {} of {}", index + 1, path.display()))?);
            }
        }
        if self.recipients_file.is_empty() && recipients.is_empty() {
            return chosen(context).map(Lock::Passphrase);
        }
        if recipients.is_empty() {
            return Err(Failure::refused("there is no recipient in the file of --recipients-file"));
        }
        Ok(Lock::Recipients(recipients))
    }
}

/// A recipient. What is none may be a secret key, so it is not repeated.
fn recipient(text: &str, place: &str) -> Result<Box<dyn Recipient + Send>, Failure> {
    let text = text.trim();
    let wrong = |why: &str| {
        Failure::usage(format!("{place} is no recipient: {why}")).hint(
            "a recipient is age1..., as `age-keygen -y` prints it, or an SSH public key of ssh-ed25519 or ssh-rsa",
        )
    };
    if text.starts_with("AGE-SECRET-KEY-") {
        return Err(wrong("it is a secret key, and whoever saw it may open what is encrypted to it"));
    }
    if text.starts_with("ssh-") {
        let key = text.parse::<ssh::Recipient>();
        return key
            .map(|key| Box::new(key) as _)
            .map_err(|_| wrong("SSH has no such public key, or age cannot use it"));
    }
    let key = text.parse::<age::x25519::Recipient>();
    key.map(|key| Box::new(key) as _).map_err(|_| wrong("it is not as age writes them"))
}

/// A new passphrase, typed twice.
fn chosen(context: &Context) -> Result<SecretString, Failure> {
    if !context.may_ask() {
        return Err(Failure::usage("nobody is named who can open the archive")
            .hint("--recipient age1..., --recipients-file FILE or --passphrase-file FILE; on a terminal a passphrase is asked for"));
    }
    let (once, again) = (ask("Passphrase of the archive: ")?, ask("Once more: ")?);
    match () {
        () if once.expose_secret().is_empty() => Err(Failure::refused("no passphrase was typed")),
        () if once.expose_secret() != again.expose_secret() => {
            Err(Failure::refused("the two are not the same").hint("try again"))
        }
        () => Ok(once),
    }
}

fn ask(prompt: &str) -> Result<SecretString, Failure> {
    let typed = rpassword::prompt_password(prompt).map(SecretString::from);
    typed.map_err(|error| Failure::refused(format!("the prompt cannot be read: {error}")))
}

fn passphrase_of(path: &Path) -> Result<SecretString, Failure> {
    let text = small(path)?;
    match text.lines().next() {
        None | Some("") => Err(Failure::refused(format!("the first line of {} is empty", path.display()))),
        Some(line) => Ok(SecretString::from(line)),
    }
}

fn small(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(path).and_then(|file| file.take(MOST_OF_KEYS).read_to_string(&mut text));
    read.map_err(|error| Failure::refused(format!("{} cannot be read: {error}", path.display())))?;
    Ok(text)
}

impl Lock {
    /// The archive, encrypted.
    ///
    /// # Errors
    /// Where age refuses a recipient.
    pub(crate) fn encrypt(self, text: &str) -> Result<Vec<u8>, Failure> {
        let encryptor = match self {
            Self::Passphrase(passphrase) => Encryptor::with_user_passphrase(passphrase),
            Self::Recipients(recipients) => {
                let recipients = recipients.iter().map(|recipient| recipient.as_ref() as &dyn Recipient);
                let encryptor = Encryptor::with_recipients(recipients);
                encryptor
                    .map_err(|error| Failure::refused("no archive can be made for these recipients").because(error))?
            }
        };
        let mut bytes = Vec::new();
        let mut writer = encryptor.wrap_output(&mut bytes)?;
        writer.write_all(text.as_bytes())?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// Whether it is a file of age.
pub(crate) fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

impl Keys {
    /// What was encrypted.
    ///
    /// # Errors
    /// Where no key opens it, and where it is damaged.
    pub(crate) fn decrypt(&self, bytes: &[u8], context: &Context) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let decryptor = Decryptor::new(bytes).map_err(|error| self.failure(error))?;
        let identities: Vec<Box<dyn Identity>> = if decryptor.is_scrypt() {
            vec![Box::new(age::scrypt::Identity::new(self.passphrase(context)?))]
        } else {
            self.identities()?
        };
        let reader = decryptor.decrypt(identities.iter().map(AsRef::as_ref)).map_err(|error| self.failure(error))?;
        let mut text = Zeroizing::new(Vec::with_capacity(bytes.len()));
        reader.take(MOST_BYTES).read_to_end(&mut text).map_err(|error| self.failure(DecryptError::Io(error)))?;
        Ok(text)
    }

    fn passphrase(&self, context: &Context) -> Result<SecretString, Failure> {
        match &self.passphrase_file {
            Some(path) => passphrase_of(path),
            None if context.may_ask() => ask("Passphrase of the archive: "),
            None => Err(Failure::usage("the archive is under a passphrase, and nobody may be asked for it")
                .hint("--passphrase-file names a file with it")),
        }
    }

    fn identities(&self) -> Result<Vec<Box<dyn Identity>>, Failure> {
        if self.identity.is_empty() {
            return Err(Failure::usage("the archive is for recipients, and no key is named that opens it")
                .hint("--identity names the file of age's secret key, or of an SSH key"));
        }
        let mut identities: Vec<Box<dyn Identity>> = Vec::new();
        for path in &self.identity {
            let wrong = || {
                Failure::refused(format!("{} has no secret key that can be used", path.display()))
                    .hint("it must be as `age-keygen` writes it, or an SSH key of ssh-ed25519 or ssh-rsa without a passphrase")
            };
            let text = small(path)?;
            if text.starts_with("-----BEGIN") {
                match ssh::Identity::from_buffer(BufReader::new(text.as_bytes()), None).map_err(|_| wrong())? {
                    ssh::Identity::Unencrypted(key) => identities.push(Box::new(ssh::Identity::Unencrypted(key))),
                    ssh::Identity::Encrypted(_) | ssh::Identity::Unsupported(_) => return Err(wrong()),
                }
                continue;
            }
            let file = IdentityFile::from_buffer(BufReader::new(text.as_bytes())).map_err(|_| wrong())?;
            let keys = file.into_identities().map_err(|_| wrong())?;
            if keys.is_empty() {
                return Err(wrong());
            }
            identities.extend(keys.into_iter().map(|key| key as Box<dyn Identity>));
        }
        Ok(identities)
    }

    fn failure(&self, error: DecryptError) -> Failure {
        let failure = match &error {
            DecryptError::NoMatchingKeys => Failure::refused("none of these keys opens the archive")
                .hint("--identity must be the key of one of its recipients"),
            DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed => {
                Failure::refused("the archive does not open: the passphrase is another one, or it is damaged")
            }
            DecryptError::ExcessiveWork { .. } => {
                Failure::refused("the archive's passphrase takes more work than this machine can be asked for")
            }
            // A header that is wrong, or what could not be read to its end.
            _ => Failure::refused("the archive is damaged, or was cut off").hint("take another copy"),
        };
        failure.because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_recipient_is_not_repeated() {
        let key = age::x25519::Identity::generate();
        let secret = key.to_string();
        for text in [secret.expose_secret(), "hunter2", "ssh-ed25519 AAAA", "age1xyz"] {
            let Err(failure) = recipient(text, "--recipient") else { panic!("{text}") };
            assert!(!format!("{failure:?}").contains(text), "{failure:?}");
        }
        assert!(recipient(&format!(" {}\n", key.to_public()), "--recipient").is_ok());
    }

    #[test]
    fn what_was_changed_or_cut_off_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let key = age::x25519::Identity::generate();
        std::fs::write(&path, key.to_string().expose_secret()).unwrap();
        let recipients = Lock::Recipients(vec![Box::new(key.to_public())]);
        let bytes = recipients.encrypt(&"text ".repeat(100_000)).unwrap();
        let keys = Keys { identity: vec![path], passphrase_file: None };
        let open = |bytes: &[u8]| {
            let decryptor = Decryptor::new(bytes).map_err(|error| keys.failure(error).message)?;
            let identities = keys.identities().unwrap();
            let mut reader =
                decryptor.decrypt(identities.iter().map(AsRef::as_ref)).map_err(|error| keys.failure(error).message)?;
            let mut text = String::new();
            reader.read_to_string(&mut text).map_err(|error| keys.failure(DecryptError::Io(error)).message)?;
            Ok::<_, String>(text)
        };
        assert_eq!(open(&bytes).unwrap().len(), 500_000);
        let mut changed = bytes.clone();
        changed[300_000] ^= 1;
        for wrong in [&bytes[..bytes.len() - 1], &bytes[..200_000], &bytes[..100], &changed] {
            assert!(open(wrong).unwrap_err().contains("damaged"), "{}", open(wrong).unwrap_err());
        }
    }
}
