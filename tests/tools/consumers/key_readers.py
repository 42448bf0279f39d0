"""What reads a private key: each reader says which public key it finds in it, or refuses."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import jwt
import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from tools.consumers import programs
from tools.consumers.secrets import Key

JWT_ALGORITHMS = {"rsa": "RS256", "ed25519": "EdDSA", "ecdsa-p256": "ES256", "ecdsa-p384": "ES384"}

Found = list[str | None]
"""The public key that a reader finds in each private one; None where it refuses."""


def public_keys(keys: list[Key], folder: Path) -> Mapping[str, Found]:
    """By reader, named with its version."""
    files = list(_files(keys, folder))
    of_node = programs.node("keys.mjs", [asdict(key) for key in keys])
    packages = _packages()
    return (
        {name: _by_program(read, files) for name, read in _programs().items()}
        | {name: [_tried(read, key) for key in keys] for name, read in _libraries().items()}
        | {f"{name} {packages[name]}": found for name, found in of_node.items()}
        | {f"Java {_debian('java', '-version')} `KeyFactory`": _java(keys)}
    )


def _files(keys: Iterable[Key], folder: Path) -> Iterable[Path]:
    for number, key in enumerate(keys):
        path = folder / f"{number}.pem"
        path.touch(0o600)  # OpenSSH reads no other
        path.write_text(key.private)
        yield path


def _programs() -> Mapping[str, Callable[[Path], str | None]]:
    return {
        f"OpenSSL {_debian('openssl', 'version')} `pkey`": lambda path: _printed(
            "openssl", "pkey", "-pubout", "-in", path
        ),
        f"OpenSSH {_debian('ssh', '-V')}": lambda path: _printed("ssh-keygen", "-y", "-f", path),
        f"PuTTY {_debian('puttygen', '--version')} `puttygen`": lambda path: _printed("puttygen", path, "-L"),
        f"dropbear {_debian('dropbear', '-V')} `dropbearconvert`": _dropbear,
    }


def _dropbear(path: Path) -> str | None:
    converted = path.with_suffix(".dropbear")
    if programs.run(["dropbearconvert", "openssh", "dropbear", path, converted]).returncode != 0:
        return None
    said = _printed("dropbearkey", "-y", "-f", converted) or ""
    return next(line for line in said.splitlines() if re.match(r"(ssh|ecdsa)-\S+ AAAA", line))


def _by_program(read: Callable[[Path], str | None], files: list[Path]) -> Found:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(read, files))


def _printed(*command: str | Path) -> str | None:
    done = programs.run(command)
    return done.stdout if done.returncode == 0 else None


def _libraries() -> Mapping[str, Callable[[Key], str]]:
    cryptography = f"Python cryptography {_release('cryptography')}"
    return {
        f"{cryptography} `load_pem_private_key`": lambda key: _pem(load_pem_private_key(key.private.encode(), None)),
        f"{cryptography} `load_ssh_private_key`": lambda key: _pem(load_ssh_private_key(key.private.encode(), None)),
        f"paramiko {_release('paramiko')}": _paramiko,
        f"PyJWT {_release('pyjwt')}": _pyjwt,
    }


def _tried(read: Callable[[Key], str], key: Key) -> str | None:
    refusals = (ValueError, TypeError, UnsupportedAlgorithm, paramiko.SSHException, jwt.InvalidKeyError)
    try:
        return read(key)
    except refusals:
        return None


def _pem(private_key: object) -> str:
    public_key = private_key.public_key()  # type: ignore[attr-defined]
    return str(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def _paramiko(key: Key) -> str:
    readers = {"rsa": paramiko.RSAKey, "ed25519": paramiko.Ed25519Key}
    found = readers.get(key.kind, paramiko.ECDSAKey).from_private_key(io.StringIO(key.private))
    return f"{found.get_name()} {found.get_base64()}"


def _pyjwt(key: Key) -> str:
    algorithm = JWT_ALGORITHMS[key.kind]
    token = jwt.encode({}, key.private, algorithm)
    jwt.decode(token, key.public_pem, [algorithm])
    if key.public_jwk:
        jwt.decode(token, jwt.PyJWK.from_json(key.public_jwk, algorithm), [algorithm])
    return key.public_pem


def _java(keys: Iterable[Key]) -> Found:
    keys = list(keys)
    words = [
        (key.kind, base64.b64encode(key.private.encode()), base64.b64encode(key.public_pem.encode())) for key in keys
    ]
    read = programs.java(
        "Keys.java", (f"{kind} {private.decode()} {public.decode()}" for kind, private, public in words)
    )
    return [key.public_pem if answer == "yes" else None for key, answer in zip(keys, read, strict=True)]


def _debian(program: str, option: str) -> str:
    """The version of a program, without the part that Debian raises within a release."""
    done = programs.run([program, option])
    found = re.search(r"\d+\.\d+", done.stdout + done.stderr)
    return found[0].removesuffix(".0") if found and program == "java" else found[0] if found else ""


def _release(package: str) -> str:
    return ".".join(version(package).split(".")[:2])


def _packages() -> Mapping[str, str]:
    lock = json.loads((programs.HERE / "node/package-lock.json").read_text())["packages"]
    node = programs.printed([programs.NODE, "--version"]).removeprefix("v")
    packages = {
        "npm jose": lock["node_modules/jose"],
        "npm ssh2": lock["node_modules/ssh2"],
        "Node.js": {"version": node},
    }
    return {name: ".".join(package["version"].split(".")[:2]) for name, package in packages.items()}
