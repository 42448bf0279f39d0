"""OpenSSH: a server with a generated host key, logged in to by ssh with generated keys."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tools.claims import Claims
from tools.consumers import programs, servers
from tools.consumers.secrets import Key, Secrets
from tools.processes import Word

FEW = 5  # of each spec in a format that is not its own

check = Claims("OpenSSH").check


def run(secrets: Secrets) -> None:
    # OpenSSH 9.2 reads no Ed25519 key but its own.
    others = [key for key in secrets.some_keys(FEW) if key.format != "openssh" and key.kind != "ed25519"]
    keys = [*(key for key in secrets.keys if key.format == "openssh"), *others]
    with servers.folder() as folder:
        hosts = {key.kind: key for key in reversed(keys)}
        for host in hosts.values():
            logging_in = [key for key in keys if key.kind == host.kind and key is not host]
            with running(folder, host, logging_in) as port, ThreadPoolExecutor(2) as pool:
                for key, said in zip(
                    logging_in, pool.map(lambda key: log_in(folder, port, key), logging_in), strict=True
                ):
                    check(f"{key.name} in {key.format} logs in", said.returncode == 0, said.stderr)
                stranger = log_in(folder, port, host)
                check("a key that is not authorized does not", "Permission denied" in stranger.stderr, stranger.stderr)
    print(f"OpenSSH: {len(keys)} keys logged in, host keys of {', '.join(hosts)}", flush=True)


@contextmanager
def running(folder: Path, host_key: Key, authorized: list[Key]) -> Iterator[int]:
    """A server for its own user alone, who may open the sftp subsystem and nothing else, so that no shell is needed."""
    port = servers.free_port()
    settings = {
        "Port": port,
        "ListenAddress": servers.HOST,
        "HostKey": servers.write(folder / "host_key", host_key.private),
        "AuthorizedKeysFile": servers.write(folder / "authorized", "".join(f"{key.public}\n" for key in authorized)),
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "yes",  # without it, a server that may not read /etc/shadow takes every account for a locked one
        "MaxStartups": 100,
        "Subsystem": "sftp internal-sftp",
        "ForceCommand": "internal-sftp",
    }
    file = servers.write(folder / "sshd_config", "".join(f"{name} {value}\n" for name, value in settings.items()))
    servers.write(folder / "known_hosts", f"[{servers.HOST}]:{port} {host_key.public}\n")
    with servers.running(["/usr/sbin/sshd", "-D", "-e", "-f", file], port, folder):
        yield port


def log_in(folder: Path, port: int, key: Key) -> programs.Done:
    """By ssh itself, which has to know the host by its public key."""
    name = re.sub(r"\W", "", key.public[-40:])
    file = folder / f"id_{name}"
    file.touch(0o600)
    file.write_text(key.private)
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": folder / "known_hosts",
        "GlobalKnownHostsFile": "none",
    }
    words: list[Word] = [word for option, value in options.items() for word in ("-o", f"{option}={value}")]
    target = f"{servers.USER.pw_name}@{servers.HOST}"
    return programs.run(["ssh", "-F", "none", *words, "-i", file, "-p", str(port), "-s", target, "sftp"])
