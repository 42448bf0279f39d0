"""Servers of this machine's own, for the length of a test: a folder, a free port, a user who is not root."""

import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import processes
from tools.consumers import programs
from tools.processes import Word

HOST = "127.0.0.1"
START_TIMEOUT = 60
IS_ROOT = os.geteuid() == 0
USER = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())
"""Whom servers run as: most refuse root."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that servers may write to, short enough for the path of a socket."""
    path = Path(tempfile.mkdtemp(prefix="consumers", dir="/tmp"))
    os.chown(path, USER.pw_uid, USER.pw_gid)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def as_user(command: Sequence[Word]) -> list[Word]:
    """The command as the servers' user runs it."""
    if not IS_ROOT:
        return list(command)
    return ["setpriv", f"--reuid={USER.pw_uid}", f"--regid={USER.pw_gid}", "--clear-groups", "--", *command]


def write(path: Path, text: str) -> Path:
    """A file that the servers' user owns and nobody else reads."""
    path.touch(0o600)
    path.write_text(text)
    os.chown(path, USER.pw_uid, USER.pw_gid)
    return path


@contextmanager
def running(
    command: Sequence[Word], port: int, folder: Path, is_ready: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Starts a server, waits until its port answers and it is ready, and stops it by its id whatever happens."""
    environment = programs.ENVIRONMENT | {"HOME": str(folder)}

    def answers() -> bool:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            return False
        return is_ready()

    with processes.running(as_user(command), answers, folder=folder, environment=environment, timeout=START_TIMEOUT):
        yield
