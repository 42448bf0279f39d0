"""What a login costs: processor time beside the Argon2 call alone and beside the 2020 example, cold start beside the
getter's, and memory. `python -m tools.accounts_measure` after `make accounts-measure` has built what it runs.

Everything runs on this machine in one go, on the same mocks: ministack plays DynamoDB and KMS.
"""

import json
import os
import queue
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tools import accounts_app, ministack
from tools.ministack import Cloud
from tools.paths import REPOSITORY, TARGET

GOOD = "tulpe kran ofen mond"
LOGINS = 100
STARTS = 31
HASHES = 100


class _Runtime(ThreadingHTTPServer):
    """Lambda's Runtime API for one process."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.asked = threading.Event()


class _Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Runtime

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self.server.asked.set()
        body = json.dumps(self.server.events.get()).encode()
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
        hash_alone = _hash_alone(release / "examples/argon2")
        ours, peak = _login(cloud, [str(release / "accounts-{}")], environment)
        example, _ = _login(cloud, [sys.executable, "-m", "tools.example_2020"], environment)
        beside = ours - hash_alone
        print(f"Argon2 alone        {hash_alone * 1e3:7.2f} ms of processor time, {HASHES} times")
        print(
            f"a login             {ours * 1e3:7.2f} ms, {ours / hash_alone:.2f} times the Argon2 call, {LOGINS} logins"
        )
        print(f"  beside the hash   {beside * 1e3:7.2f} ms")
        print(f"the 2020 example    {example * 1e3:7.2f} ms, {example / beside:.1f} times what is beside the hash")
        print(f"memory              {peak / 1024:7.1f} MB at most")
        starts = {
            name: _starts(release / name, environment) for name in ("getter", "accounts-login", "accounts-signup")
        }
        for name, taken in starts.items():
            size = (release / name).stat().st_size / 1e6
            times = f"{taken / starts['getter']:.2f} times the getter's, {size:.2f} MB"
            print(f"{name:<19} {taken * 1e3:7.2f} ms from its start to its first question, {times}")


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


def _hash_alone(program: Path) -> float:
    """Processor time of one hash, without what the process costs around it."""

    def taken(times: int) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, str(times)], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return (taken(HASHES) - taken(0)) / HASHES


def _login(cloud: Cloud, command: list[str], environment: Mapping[str, str]) -> tuple[float, int]:
    """Processor time of one login, of many that are right; and the most memory, in kilobytes."""

    def named(name: str) -> tuple[list[str], dict[str, str]]:
        words = [word.format(name) for word in command]
        return words, dict(environment) | {"AWS_LAMBDA_FUNCTION_NAME": f"accounts-{name}"}

    cloud.dynamodb.delete_item(TableName="Accounts", Key={"userid": {"S": "margarete"}})
    with _function(*named("signup")) as (_, runtime):
        _send(runtime, "signup", 0, "Signup Success")
    with _function(*named("login")) as (process, runtime):
        for number in range(10):
            _send(runtime, "login", number, "Login Success")
        before = _processor_time(process.pid)
        for number in range(LOGINS):
            _send(runtime, "login", number, "Login Success")
        taken = (_processor_time(process.pid) - before) / LOGINS
        status = Path(f"/proc/{process.pid}/status").read_text()
        [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return taken, int(peak)


def _send(runtime: _Runtime, page: str, number: int, expected: str) -> None:
    runtime.events.put(
        {
            "httpMethod": "POST",
            "path": f"/{page}",
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "requestContext": {"identity": {"sourceIp": f"192.0.2.{number}"}, "path": f"/Prod/{page}"},
            "body": urllib.parse.urlencode({"uname": "margarete", "password": GOOD}),
        }
    )
    answer = runtime.answers.get(timeout=30)
    if expected not in answer.get("body", ""):
        sys.exit(f"{page}: {answer}")


def _processor_time(pid: int) -> float:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _starts(program: Path, environment: Mapping[str, str]) -> float:
    """From the start of the process to its first question to the Runtime API: the median."""
    taken = []
    for _ in range(STARTS):
        begun = time.monotonic()
        with _function([str(program)], dict(environment) | {"AWS_LAMBDA_FUNCTION_NAME": program.name}):
            taken.append(time.monotonic() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
