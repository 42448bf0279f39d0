//! Key pairs are read and used by OpenSSH's `ssh-keygen` and by Python's `cryptography`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod python;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use password::{KeyPair, KeyPairSpec, PrivateKeyFormat, public_key_jwk};
use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

/// Made once; RSA takes its time.
static PAIRS: LazyLock<Vec<(&str, KeyPair)>> = LazyLock::new(|| {
    let kinds = [
        ("ed25519", KeyPairSpec::Ed25519, PrivateKeyFormat::OpenSsh),
        ("rsa 2048", KeyPairSpec::Rsa2048, PrivateKeyFormat::Pkcs8),
        ("rsa 2048", KeyPairSpec::Rsa2048, PrivateKeyFormat::OpenSsh),
        ("rsa 2048", KeyPairSpec::Rsa2048, PrivateKeyFormat::Pkcs1),
        ("rsa 3072", KeyPairSpec::Rsa3072, PrivateKeyFormat::Pkcs8),
        ("secp256r1", KeyPairSpec::EcdsaP256, PrivateKeyFormat::OpenSsh),
        ("secp256r1", KeyPairSpec::EcdsaP256, PrivateKeyFormat::Pkcs8),
        ("secp256r1", KeyPairSpec::EcdsaP256, PrivateKeyFormat::Sec1),
        ("secp384r1", KeyPairSpec::EcdsaP384, PrivateKeyFormat::OpenSsh),
        ("secp384r1", KeyPairSpec::EcdsaP384, PrivateKeyFormat::Pkcs8),
        ("secp384r1", KeyPairSpec::EcdsaP384, PrivateKeyFormat::Sec1),
        // The last, so that it can be left out: OpenSSH reads it only since 9.6.
        ("ed25519", KeyPairSpec::Ed25519, PrivateKeyFormat::Pkcs8),
    ];
    let random = &mut ChaCha12Rng::seed_from_u64(1);
    let make = |(name, kind, format)| (name, KeyPair::generate(kind, format, random).unwrap());
    kinds.into_iter().map(make).collect()
});

#[test]
fn python_reads_and_uses_every_kind_in_every_format() {
    let mut lines = String::new();
    let mut expected = String::new();
    for (name, pair) in PAIRS.iter() {
        let line = serde_json::json!({
            "private_key": pair.private_key.expose_secret(),
            "public_key": pair.public_key,
            "public_key_pem": pair.public_key_pem,
            "public_key_jwk": public_key_jwk(&pair.public_key).unwrap(),
        });
        lines += &format!("{line}\n");
        expected += &format!("{name}\n");
    }
    if let Some(read) = python::ask("read_key_pairs.py", lines) {
        assert_eq!(read.unwrap(), expected);
    }
}

#[test]
fn ssh_keygen_reads_and_uses_every_kind() {
    if let Err(error) = Command::new("ssh-keygen").arg("-?").output() {
        python::say_skipped("ssh-keygen", &error.to_string());
        return;
    }
    for (index, (_, pair)) in PAIRS.iter().enumerate().take(PAIRS.len() - 1) {
        let folder = Folder::new(&format!("key-pair-{index}"));
        folder.write("key", pair.private_key.expose_secret());
        folder.write("key.pub", &pair.public_key);
        folder.write("message", "message");
        folder.write("signers", &format!("somebody {}\n", pair.public_key));

        assert_eq!(folder.ssh_keygen("-y -f key", "").trim_end(), pair.public_key);
        folder.ssh_keygen("-Y sign -n file -f key message", "");
        let verify = "-Y verify -n file -I somebody -f signers -s message.sig";
        let verified = folder.ssh_keygen(verify, "message");
        assert!(verified.starts_with("Good \"file\" signature for somebody"), "{verified}");
    }
}

/// A folder that only we can read, as ssh-keygen demands; removed when dropped.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        Self { path }
    }

    fn write(&self, name: &str, text: &str) {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(self.path.join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn ssh_keygen(&self, arguments: &str, input: &str) -> String {
        let mut command = Command::new("ssh-keygen");
        command.args(arguments.split(' ')).current_dir(&self.path);
        let output = python::run(&mut command, input.to_owned());
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
