"""Builds both functions for arm64, the default of the template, and sends each of them an event.

A machine of another architecture runs them under qemu, with Debian's C library for arm64 in target/arm64-root. Lambda is a server
of this file, the cloud is ministack. Exit status 1 and the claim that does not hold, or 0: also where the tools cannot be
had, which is said.
"""

import json
import os
import pathlib
import platform
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tools import ministack
from tools.paths import REPOSITORY

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
TABLE = "cfn-secrets"
TIMEOUT = 120  # seconds; an event takes less than one, more where the machine is busy
STOP_TIMEOUT = 10
INVOCATION = "/2018-06-01/runtime/invocation/"
AARCH64 = 183  # e_machine in the header of an ELF file


class NoTools(Exception):
    """Something that compiles or runs programs for arm64 cannot be had here."""


def main():
    try:
        _toolchain()
        emulator = _emulator()
    except NoTools as reason:
        print(f"!! SKIPPED: the functions for arm64: {reason}")
        return
    subprocess.run(["make", "build", "ARCHITECTURE=arm64"], cwd=REPOSITORY, check=True)
    with ministack.running() as cloud:
        key = cloud.create_table_and_key(TABLE)
        variables = {"KMS_KEY_ID": key, "RECOVERY_WINDOW_IN_DAYS": "30"}
        answer, _ = _invoke("generator", emulator, cloud, {}, variables)
        _check("it hands out no password", "password" not in answer["Data"])
        answer, logged = _invoke("getter", emulator, cloud, {"SecretId": answer["PhysicalResourceId"]}, {})
        password = answer["Data"]["password"]
        _check("it hands out a password of 32 characters, to be hidden", len(password) == 32 and answer["NoEcho"] is True)
        _check("it logs, and not that", logged and password not in logged)


def _toolchain():
    """Whether the functions can be compiled: what `make build` installs where this machine has another architecture."""
    if platform.system() != "Linux":
        raise NoTools("qemu runs programs for Linux on Linux only")
    if _is_arm64():
        return
    if not shutil.which("rustup"):
        raise NoTools("no rustup, which installs Rust's standard library for arm64")
    _tool(["rustup", "target", "add", "aarch64-unknown-linux-gnu"], REPOSITORY)
    _tool(["tests/venv.sh", ".venv-cross", "requirements-cross.txt"], REPOSITORY)


def _emulator():
    """The command before that of an arm64 program; empty on arm64."""
    if _is_arm64():
        return []
    qemu = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if not qemu:
        raise NoTools("no qemu-aarch64-static (apt-get install qemu-user-static)")
    root = TARGET / "arm64-root"
    if not root.exists():
        _c_library(root)
    return [qemu, "-L", str(root)]


def _c_library(root):
    """Unpacks Debian's C library for arm64 into `root`, by an apt of its own: this machine's stays without arm64."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoTools("no apt-get and dpkg-deb, which fetch the C library for arm64")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="arm64-root-", dir=root.parent) as folder:
        options = {
            "Dir::State": f"{folder}/state", "Dir::State::status": "/dev/null", "Dir::Cache": f"{folder}/cache",
            "APT::Architecture": "arm64", "APT::Architectures": "arm64", "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
        for part in ("state/lists/partial", "cache/archives/partial"):
            pathlib.Path(folder, part).mkdir(parents=True)
        _tool([*apt, "update"], folder)
        _tool([*apt, "download", "libc6", "libgcc-s1"], folder)
        for package in pathlib.Path(folder).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, f"{folder}/root"], check=True)
        if not pathlib.Path(folder, "root/lib").exists():  # a newer Debian has all of it in usr/lib
            pathlib.Path(folder, "root/lib").symlink_to("usr/lib")
        pathlib.Path(folder, "root").rename(root)


def _tool(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise NoTools(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def _is_arm64():
    return platform.machine() in ("aarch64", "arm64")


def _binary(name):
    """The path of a function as sam uploads it."""
    path = REPOSITORY / f".aws-sam/build/{name.capitalize()}Function/bootstrap"
    with open(path, "rb") as file:
        header = file.read(20)
    _check(f"the {name} is a program for arm64", header[:4] == b"\x7fELF" and header[18] == AARCH64)
    return path


def _invoke(name, emulator, cloud, properties, variables):
    """Sends the function the Create of events/ with these properties; returns what it answers to CloudFormation, and logs."""
    command = [*emulator, _binary(name)]
    event = json.loads((REPOSITORY / f"events/{name}-create.json").read_text())
    event["ResourceProperties"] |= properties
    with _Lambda(event) as service, tempfile.TemporaryFile("w+") as log:
        environment = {
            "AWS_LAMBDA_RUNTIME_API": service.address, "AWS_LAMBDA_FUNCTION_NAME": f"cfn-secrets-{name}",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_REGION": ministack.REGION, "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "TABLE_NAME": TABLE, "LOG_LEVEL": "debug",
        }
        started = time.monotonic()
        with _running(command, environment | variables, log, service.heard):
            heard = service.wait_for_answer()
        log.seek(0)
        logged = log.read()
    if set(heard) != {"response", "done"}:
        sys.exit(f"the {name} did not answer, or said otherwise: {sorted(heard)}; it logged:\n{logged[-3000:]}")
    print(f"the {name} answered in {time.monotonic() - started:.1f} s", flush=True)
    answer = json.loads(heard["response"])
    _check(f"the {name} answers SUCCESS", answer["Status"] == "SUCCESS", answer.get("Reason"))
    same = ("StackId", "RequestId", "LogicalResourceId")
    _check("it answers what it was asked", all(answer[field] == event[field] for field in same))
    _check("it speaks of version 1", answer["Data"]["Version"] == "1")
    return answer, logged


@contextmanager
def _running(command, environment, log, heard):
    """Runs a program and says on `heard` how it ended; stops it by its pid."""
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    watcher = threading.Thread(target=lambda: heard.put(("exit", process.wait())))
    watcher.start()
    try:
        yield
    finally:
        process.kill()
        watcher.join(STOP_TIMEOUT)


class _Lambda(ThreadingHTTPServer):
    """Lambda's Runtime API with one event to hand out, and the URL that the function answers to, on a free port."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), _Requests)
        self.address = f"127.0.0.1:{self.server_port}"
        self.event = event | {"ResponseURL": f"http://{self.address}/response"}
        self.heard = queue.Queue()  # ("response", body), ("done" or "error", body), ("exit", status)
        self.over = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *request):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # that is how a stopped program says goodbye
            super().handle_error(*request)

    def wait_for_answer(self):
        """What was heard until the invocation was done, or the program ended, or the time was over."""
        heard = {}
        try:
            while not heard.keys() & {"done", "error", "exit"}:
                what, content = self.heard.get(timeout=TIMEOUT)
                heard[what] = content
        except queue.Empty:
            heard["timeout"] = TIMEOUT
        return heard


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802
        event, self.server.event = self.server.event, None
        if self.path != f"{INVOCATION}next" or event is None:
            self.server.over.wait()  # Lambda has no second event, and lets the function wait for it
            self.close_connection = True
            return
        self._answer(200, json.dumps(event).encode(), {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": event["RequestId"],
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + TIMEOUT) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": event["ServiceToken"],
        })

    def do_POST(self):  # noqa: N802
        self.server.heard.put(("done" if self.path.endswith("/response") else "error", self._body()))
        self._answer(202)

    def do_PUT(self):  # noqa: N802
        self.server.heard.put(("response", self._body()))  # before the function goes on: it is heard first
        self._answer(200)

    def _body(self):
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def _answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def _check(claim, holds, reason=None):
    if not holds:
        sys.exit(f"not so: {claim}" + (f": {reason}" if reason else ""))
    print(f"{claim}: yes", flush=True)


if __name__ == "__main__":
    main()
