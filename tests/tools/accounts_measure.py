"""What a login and a sign-up cost: processor time beside the Argon2 call alone and beside the 2020 example, cold start
beside the getter's, and memory. `python -m tools.accounts_measure` after `make accounts-measure` has built what it
runs. Exit status 1 where a bound does not hold.

Everything runs on this machine in one go, on the same mocks: ministack plays DynamoDB and KMS. The hash, the
application and the example take turns, so that each meets the same machine; what is told is the median of all rounds.
Processor time is the kernel's count for the process, in nanoseconds, from before its event until it asks for the next.
"""

import json
import os
import queue
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tools import accounts_app, ministack
from tools.ministack import Cloud
from tools.paths import REPOSITORY, TARGET

GOOD = "tulpe kran ofen mond"
ROUNDS = 200
WARM_UP = 10
STARTS = 31
MOST_BESIDE_HASH = 1.2
"""Times the Argon2 call."""
MOST_START = 1.3
"""Times the getter's."""
MOST_MEMORY = 64 * 1024
"""Kilobytes."""


class _Runtime(ThreadingHTTPServer):
    """Lambda's Runtime API for one process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.asked = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A process that is killed breaks its connection."""


class _Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Runtime

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self.server.asked.set()
        event = self.server.events.get()
        self.server.asked.clear()
        body = json.dumps(event).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("lambda-runtime-aws-request-id", "1")
        self.send_header("lambda-runtime-deadline-ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:000000000000:function:x")
        self._end(body)

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        self.send_response(202)
        self._end(b"{}")
        self.server.answers.put(said)

    def _end(self, body: bytes) -> None:
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def _function(command: list[str], environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], _Runtime]]:
    """A process that has asked for its first event."""
    runtime = _Runtime()
    threading.Thread(target=runtime.serve_forever, daemon=True).start()
    own = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime.server_port}", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}
    own |= {"AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_LOG_GROUP_NAME": "x", "AWS_LAMBDA_LOG_STREAM_NAME": "x"}
    process = subprocess.Popen(command, env=dict(environment) | own, stdout=subprocess.DEVNULL)
    try:
        if not runtime.asked.wait(30):
            sys.exit(f"{command[0]} does not start")
        yield process, runtime
    finally:
        process.kill()
        process.wait()
        runtime.shutdown()


def main() -> None:
    release = TARGET / "release"
    with ministack.running() as cloud:
        environment = _environment(cloud)
        ours = [str(release / "accounts-{}")]
        example = [sys.executable, "-m", "awslambdaric", "tools.example_2020.{}"]
        hash_alone = [str(release / "argon2-alone")]
        holds = [_told(page, environment, hash_alone, ours, example) for page in ("signup", "login")]
        starts = _starts(release, environment)
    for name, taken in starts.items():
        size = (release / name).stat().st_size / 1e6
        times = f"{taken / starts['getter']:.2f} times the getter's, {size:.2f} MB"
        print(f"{name:<19} {taken * 1e3:7.2f} ms from its start to its first question, {times}")
    holds.append(max(starts.values()) <= MOST_START * starts["getter"])
    if not all(holds):
        sys.exit("a bound does not hold")


def _told(page: str, environment: Mapping[str, str], *commands: list[str]) -> bool:
    """Measures a page in turn with the hash and the example, and prints it; whether its bounds hold."""
    with ExitStack() as stack:
        hash_alone = stack.enter_context(_Hash.running(commands[0]))
        ours, example = (
            stack.enter_context(_Served.running(page, command, environment, f"{who}-{page}"))
            for command, who in zip(commands[1:], ("ours", "theirs"), strict=True)
        )
        rounds = [tuple(each.take() for each in (hash_alone, ours, example)) for _ in range(ROUNDS)]
        peak = ours.peak_memory()
        parts = _parts(ours) if page == "login" else ""
    of_hash, of_ours, of_example = (statistics.median(taken) for taken in zip(*rounds, strict=True))
    beside = statistics.median(ours - alone for alone, ours, _ in rounds)
    ratio = statistics.median(ours / alone for alone, ours, _ in rounds)
    print(f"{page}, {ROUNDS} rounds: median processor time")
    print(f"  Argon2 alone      {of_hash * 1e3:7.2f} ms")
    print(
        f"  the application   {of_ours * 1e3:7.2f} ms, {ratio:.3f} times the Argon2 call; {peak / 1024:.1f} MB at most"
    )
    print(f"    beside the hash {beside * 1e3:7.2f} ms{parts}")
    print(f"  the 2020 example  {of_example * 1e3:7.2f} ms, {of_example / beside:.1f} times what is beside the hash")
    return ratio <= MOST_BESIDE_HASH and peak < MOST_MEMORY


def _parts(login: "_Served") -> str:
    """What is beside the hash once more, of requests that do not hash: a difference of two large numbers tells
    little.
    A page makes no call of AWS, `/account` makes two, a login six.
    """
    page = statistics.median(login.take_page("login") for _ in range(ROUNDS))
    call = (statistics.median(login.take_page("account") for _ in range(ROUNDS)) - page) / 2
    by_parts = f"a page {page * 1e3:.2f} ms, a call of AWS {call * 1e3:.2f} ms, so {(page + 6 * call) * 1e3:.2f} ms"
    return f"; by its parts: {by_parts}"


class _Hash:
    """The Argon2 call alone, in a process that stays."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, command: list[str]) -> Iterator["_Hash"]:
        """A process that is warm."""
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            alone = cls(process)
            for _ in range(WARM_UP):
                alone.take()
            yield alone
            process.kill()

    def take(self) -> float:
        """The processor time of one call."""
        before = _processor_time(self._process.pid)
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        self._process.stdout.readline()
        return _processor_time(self._process.pid) - before


class _Served:
    """A function that answers requests of one page."""

    def __init__(self, page: str, process: subprocess.Popen[bytes], runtime: _Runtime, user: str) -> None:
        self._page, self._process, self._runtime, self._user = page, process, runtime, user
        self._sent = 0
        self._cookie = ""

    @classmethod
    @contextmanager
    def running(cls, page: str, command: list[str], environment: Mapping[str, str], user: str) -> Iterator["_Served"]:
        """One that is warm; for logins, there is an account."""
        if page == "login":
            with cls.running("signup", command, environment, user) as signup:
                signup._send(user)
        words = [word.format(page) for word in command]
        own = {"AWS_LAMBDA_FUNCTION_NAME": f"accounts-{page}", "LAMBDA_TASK_ROOT": str(REPOSITORY)}
        with _function(words, dict(environment) | own) as (process, runtime):
            served = cls(page, process, runtime, user)
            for _ in range(WARM_UP):
                served.take()
            yield served

    def take(self) -> float:
        """The processor time of one request that is granted."""
        before = _processor_time(self._process.pid)
        # Each sign-up is of another name.
        self._send(self._user if self._page == "login" else f"{self._user}-{self._sent}")
        return _processor_time(self._process.pid) - before

    def take_page(self, path: str) -> float:
        """The processor time of a page, asked for by whoever logged in last."""
        before = _processor_time(self._process.pid)
        answer = self._ask("GET", path, None)
        if answer.get("statusCode") != 200:
            sys.exit(f"{path}: {answer}")
        return _processor_time(self._process.pid) - before

    def peak_memory(self) -> int:
        """In kilobytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        return int(peak)

    def _send(self, user: str) -> None:
        self._sent += 1
        answer = self._ask("POST", self._page, urllib.parse.urlencode({"uname": user, "password": GOOD}))
        if " Success" not in answer.get("body", ""):
            sys.exit(f"{self._page}: {answer}")
        self._cookie = answer["headers"].get("Set-Cookie", "").partition(";")[0]

    def _ask(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        source = {"sourceIp": f"192.0.2.{self._sent % 250}"}
        event = {
            "httpMethod": method,
            "path": f"/{path}",
            "headers": {"content-type": "application/x-www-form-urlencoded", "cookie": self._cookie},
            "requestContext": {"identity": source, "path": f"/Prod/{path}"},
            "body": body,
        }
        self._runtime.asked.wait()
        self._runtime.events.put(event)
        answer = self._runtime.answers.get(timeout=30)
        self._runtime.asked.wait()
        return answer


def _environment(cloud: Cloud) -> dict[str, str]:
    hmac = accounts_app.create_tables_and_key(cloud)
    example = cloud.kms.create_key()["KeyMetadata"]["Arn"]
    return cloud.environment() | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY / "tests"),
        "AWS_REGION": ministack.REGION,
        "ACCOUNTS_TABLE": "Accounts",
        "TRIES_TABLE": "Tries",
        "SESSIONS_TABLE": "Sessions",
        "KEY_ARN": hmac,
        "EXAMPLE_KEY_ARN": example,
        "TABLE_NAME": "Accounts",
    }


def _processor_time(pid: int) -> float:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _starts(release: Path, environment: Mapping[str, str]) -> dict[str, float]:
    """From the start of each process to its first question to the Runtime API, in turn: the medians."""
    taken: dict[str, list[float]] = {"getter": [], "accounts-login": [], "accounts-signup": []}
    for _ in range(STARTS):
        for name, times in taken.items():
            begun = time.monotonic()
            with _function([str(release / name)], dict(environment) | {"AWS_LAMBDA_FUNCTION_NAME": name}):
                times.append(time.monotonic() - begun)
    return {name: statistics.median(times) for name, times in taken.items()}


if __name__ == "__main__":
    main()
