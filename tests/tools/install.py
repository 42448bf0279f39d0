"""Holds docs/install.md to its word: runs what it says to run, from the folder dist/ and without a compiler.

    python -m tools.install DIST SAM

The cloud is ministack. The commands find the AWS CLI, what the page installs and the programs of any Unix, and no
cargo or checkout; the last of them find sam as well. The pair is deployed from a stack with a name that StackSets make,
an example goes on top, is rotated and deleted. No local cloud plays the Serverless Application Repository: what is
published is caught by a server of our own, and deployed as the repository would. Exit status 1 and the claim that does
not hold, or 0.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

from tools import ministack
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import architecture
from tools.paths import ENVIRONMENT, REPOSITORY
from tools.stacks import Stack

PAGE = REPOSITORY / "docs/install.md"
BLOCK = re.compile(r"<!-- not run: make test-dist does -->\n```sh\n(.*?)^```$", re.M | re.S)
OF_A_STACK_SET = "StackSet-CustomControlTower-cfn-secrets-5d3f0b6a-2c41-4e8e-9a57-0c1b2d3e4f50"
LONGEST_FUNCTION = 64
APPLICATION = "arn:aws:serverlessrepo:eu-west-1:000000000000:applications/cfn-secrets"
CLAIMS = Claims("docs/install.md")


def main(dist: Path, sam: Path) -> None:
    checksums, install, example, rotation, publish, command = blocks()
    with ministack.running() as cloud, tempfile.TemporaryDirectory() as home:
        folder = Path(home, "release")
        shutil.copytree(dist, folder)
        run = _Shell(cloud, folder, Path(home))
        run(checksums)
        started = time.monotonic()
        run(for_this_machine(install).replace("--stack-name cfn-secrets", f"--stack-name {OF_A_STACK_SET}"))
        print(f"the pair stands {time.monotonic() - started:.1f} s after the first command", flush=True)
        pair = Stack(cloud, OF_A_STACK_SET)
        names = [function["FunctionName"] for function in cloud.functions.list_functions()["Functions"]]
        # ministack takes each condition with Fn::Join for true, and so makes the publisher as well.
        pairs = sorted(name for name in names if name != "cfn-secrets-publisher")
        CLAIMS.tell("both functions are called by the pair", pairs == ["cfn-secrets-generator", "cfn-secrets-getter"])
        CLAIMS.check("and fit Lambda", all(len(name) <= LONGEST_FUNCTION for name in names))
        CLAIMS.tell("the stack's outputs name its logs", "GeneratorLogGroup" in pair.outputs())

        run(example)
        shop = Stack(cloud, "shop")
        first = shop.physical_id("DbSecret")
        run(rotation)
        CLAIMS.tell("an example is deployed and rotated", shop.physical_id("DbSecret") != first)
        told = run(command.replace("TABLE", pair.outputs()["TableName"]))
        CLAIMS.tell("the command shows what there is, and the password", re.search(r"^.{32}$", told, re.M))
        run("aws cloudformation delete-stack --stack-name shop")
        run("aws cloudformation delete-stack --stack-name " + OF_A_STACK_SET)
        run.knows("sam", sam.absolute())
        _publish(cloud, run, publish)


def blocks() -> list[str]:
    """What the page says to type, block by block."""
    found: list[str] = BLOCK.findall(PAGE.read_text())
    CLAIMS.check("it has its blocks: checksums, pair, example, rotation, publish, command", len(found) == 6)
    return found


def for_this_machine(install: str) -> str:
    """The pair for this machine's architecture, since it is here that its functions run."""
    return install.replace("--parameter-overrides ", f"--parameter-overrides Architecture={architecture()} ")


def _publish(cloud: Cloud, run: "_Shell", publish: str) -> None:
    started = time.monotonic()
    with _Repository() as repository:
        run(publish, AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY=repository.endpoint)
    print(f"a version is published {time.monotonic() - started:.1f} s after the first command", flush=True)
    CLAIMS.check("one version is published", len(repository.heard) == 1, repository.heard)
    [application] = repository.heard
    CLAIMS.tell("a version is published, with licence and README", {"licenseUrl", "readmeUrl"} <= application.keys())
    (run.folder / "heard.yaml").write_text(application["templateBody"])
    stack = "serverlessrepo-cfn-secrets"
    run(
        f"aws cloudformation deploy --stack-name {stack} --template-file heard.yaml"
        " --s3-bucket cfn-secrets-published-000000000000 --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
    )
    print(f"and stands {time.monotonic() - started:.1f} s after it", flush=True)
    CLAIMS.tell("and can be deployed", "GetterArn" in Stack(cloud, stack).outputs())
    run(f"aws cloudformation delete-stack --stack-name {stack}")


class _Repository:
    """Says to each application that it is made, and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                answer = json.dumps({"applicationId": APPLICATION}).encode()
                self.send_response(201)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Shell:
    """Runs a script as a user does who has unpacked a release and has the AWS CLI."""

    def __init__(self, cloud: Cloud, folder: Path, home: Path) -> None:
        self.folder = folder
        self._programs = home / "bin"
        self._programs.mkdir()
        self.knows("aws", ENVIRONMENT / "aws")
        path = f"{self._programs}:{home}/.local/bin:/usr/bin:/bin"
        self._environment = {"PATH": path, "HOME": str(home), "SAM_CLI_TELEMETRY": "0"} | cloud.environment()

    def knows(self, name: str, program: Path) -> None:
        (self._programs / name).symlink_to(program)

    def __call__(self, script: str, **variables: str) -> str:
        command = ["bash", "-euo", "pipefail", "-c", script]
        environment = self._environment | variables
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{script}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
