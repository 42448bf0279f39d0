"""Deploys apps/accounts with `make accounts-deploy` as a user does, signs somebody up through its API, deploys it
again, and deletes it. The cloud is ministack; the functions are the release binaries. Exit status 1 and the claim that
does not hold, or 0.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

from tools import accounts_app, ministack
from tools.claims import Claims
from tools.ministack import Cloud
from tools.paths import REPOSITORY

GOOD = "tulpe kran ofen mond"
CLAIMS = Claims("make accounts-deploy")


def main() -> None:
    with ministack.running() as cloud:
        application = accounts_app.Application(cloud)
        _deploy(cloud, "RateLimit=50 BurstLimit=50")
        page = urllib.request.urlopen(application.plain_address("signup"), timeout=30).read().decode()
        CLAIMS.tell("the page of the sign-up is there", 'accept-charset="utf-8"' in page)
        CLAIMS.tell("somebody signs up", _post(application, "signup", GOOD) == (200, "Signup Success"))
        CLAIMS.tell("and logs in", _post(application, "login", GOOD) == (200, "Login Success"))
        CLAIMS.tell("with nothing else", _post(application, "login", GOOD[:-1]) == (200, "Login Failed"))
        CLAIMS.tell("the name is taken", _post(application, "signup", GOOD) == (409, "Signup Failed"))
        table, key = (application.outputs()[name] for name in ("AccountsTable", "KeyArn"))
        _deploy(cloud, "RateLimit=50 BurstLimit=50")
        _deploy(cloud, "LogLevel=debug")
        kept = (application.outputs()["AccountsTable"], application.outputs()["KeyArn"]) == (table, key)
        CLAIMS.tell("deployed again, it has the same table and key", kept)
        CLAIMS.tell("and the same accounts", _post(application, "login", GOOD) == (200, "Login Success"))
        delete = [str(REPOSITORY / ".venv-sam/bin/sam"), "delete", "--stack-name", "accounts"]
        _run([*delete, "--no-prompts", "--region", ministack.REGION], cloud)
        CLAIMS.tell("the table outlives the application", cloud.dynamodb.list_tables()["TableNames"] == [table])
        state = cloud.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        CLAIMS.tell("and so does the key", state == "Enabled", state)


def _deploy(cloud: Cloud, parameters: str) -> None:
    _run(["make", "-C", str(REPOSITORY), "accounts-deploy", "ENVIRONMENT=ci", f"PARAMETERS={parameters}"], cloud)


def _run(command: list[str], cloud: Cloud) -> None:
    own = ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR", "ARCHITECTURE")
    environment = {name: os.environ[name] for name in own if name in os.environ} | cloud.environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _post(application: accounts_app.Application, page: str, password: str) -> tuple[int, str]:
    form = urllib.parse.urlencode({"uname": "margarete", "password": password}).encode()
    try:
        with urllib.request.urlopen(application.plain_address(page), form, timeout=30) as answer:
            return answer.status, json.load(answer)["status"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["status"]


if __name__ == "__main__":
    main()
