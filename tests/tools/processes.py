"""Servers as child processes: started, waited for with a limit, and stopped by their own id."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_TIMEOUT = 30  # seconds; what is not gone by then is killed
LOOK_EVERY = 0.05
LOG_TAIL = 2000  # characters; the end of a log says what went wrong

Word = str | os.PathLike[str]
"""A word of a command line."""


class NotStarted(Exception):
    """A server ended, or was not ready in time; the message has the end of its log."""


@contextmanager
def running(
    command: Sequence[Word],
    is_ready: Callable[[], bool],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    timeout: float,
) -> Iterator[None]:
    """Starts a server in `folder`, where it logs; waits until it is ready; stops it whatever happens."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: process.poll() is not None or is_ready(), timeout)
        if process.poll() is not None or not is_ready():
            raise NotStarted(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-LOG_TAIL:]}")
        yield
    finally:
        stop(process)


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Looks again and again until the condition holds; whether it did within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY)
    return True


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the process to end, and makes it end if it does not."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
