"""`sam local start-api` on what `make accounts-build` made: a sign-up and a login through sam's gateway, in containers.

`python -m tools.accounts_local --sam SAM`. Exit status 1 and the claim that does not hold, or 0; skipped without a
container engine.
"""

import argparse
import json
import os
import socket
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from tools import accounts_app, containers, ministack, pair, processes
from tools.claims import Claims
from tools.ministack import Cloud
from tools.paths import REPOSITORY

BUILT = REPOSITORY / ".aws-sam/accounts"
GOOD = "tulpe kran ofen mond"
TIMEOUT = 120  # seconds; sam builds an image at its first request
CLAIMS = Claims("sam local start-api")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sam", required=True)
    sam: str = parser.parse_args().sam
    try:
        with (
            containers.running() as (host, ours),
            tempfile.TemporaryDirectory() as folder,
            ministack.running(containers.gateway(host)) as cloud,
        ):
            if ours:
                binaries = [BUILT / function / "bootstrap" for function in accounts_app.FUNCTIONS.values()]
                image = f"public.ecr.aws/lambda/provided:al2023-{pair.architecture()}"
                containers.stand_in(host, image, binaries)
            _tell(sam, host, ours, cloud, Path(folder))
    except containers.NoEngine as reason:
        print(f"!! SKIPPED: sam local start-api: {reason}")


def _tell(sam: str, host: str, ours: bool, cloud: Cloud, folder: Path) -> None:
    variables = {"KEY_ARN": accounts_app.create_tables_and_key(cloud), "AWS_ENDPOINT_URL": cloud.endpoint}
    settings = folder / "env.json"
    settings.write_text(json.dumps({"Parameters": variables}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sam, "local", "start-api", "--port", str(port), "--template", str(BUILT / "template.yaml")]
    command += ["--env-vars", str(settings), "--parameter-overrides", f"Architecture={pair.architecture()}"]
    command += ["--skip-pull-image"] if ours else []
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": host, "SAM_CLI_TELEMETRY": "0"}
    address = f"http://127.0.0.1:{port}"
    with processes.running(
        command, lambda: _is_up(port), folder=folder, environment=cloud.environment() | own, timeout=TIMEOUT
    ):
        CLAIMS.tell("Signup Success", _post(f"{address}/signup", GOOD) == (200, "Signup Success"))
        CLAIMS.tell("Login Success", _post(f"{address}/login", GOOD) == (200, "Login Success"))
        CLAIMS.tell("Login Failed", _post(f"{address}/login", GOOD[:-1]) == (200, "Login Failed"))
        log = (folder / "log").read_text(errors="replace")
        CLAIMS.tell("no password is logged", GOOD not in log and urllib.parse.quote_plus(GOOD) not in log)


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _post(address: str, password: str) -> tuple[int, str]:
    form = urllib.parse.urlencode({"uname": "margarete", "password": password}).encode()
    try:
        with urllib.request.urlopen(address, form, timeout=TIMEOUT) as answer:
            return answer.status, json.load(answer).get("status", "")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


if __name__ == "__main__":
    main()
