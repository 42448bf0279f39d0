"""Holds `make deploy` to its question: nothing is built or changed before region, credentials and the user have agreed.

The cloud is ministack, the terminal a pseudo-terminal. Exit status 1 and the claim that does not hold, or 0.
"""

import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools import ministack
from tools.claims import Claims
from tools.ministack import Cloud
from tools.paths import REPOSITORY
from tools.processes import Word

CLAIMS = Claims("make deploy")
TIMEOUT = 60  # seconds; whatever waits for somebody who is not there is ended by it
MAKE: list[Word] = ["make", "-C", REPOSITORY]
SAM_PYTHON = REPOSITORY / ".venv-sam/bin/python"


def main() -> None:
    with ministack.running() as cloud:
        whole = _environment(cloud)
        without_region = {name: value for name, value in whole.items() if name != "AWS_DEFAULT_REGION"}
        _refused("without a region", without_region, "set AWS_REGION")
        without_credentials = {name: value for name, value in whole.items() if "ACCESS_KEY" not in name}
        _refused("without credentials", without_credentials, "aws sso login")
        elsewhere = _run([*MAKE, "deploy"], whole | {"AWS_REGION": "eu-north-1"})
        CLAIMS.tell("AWS_REGION says the region", "region   eu-north-1" in elsewhere.stdout, elsewhere)
        without_endpoint = {name: value for name, value in whole.items() if name != "AWS_ENDPOINT_URL"}
        _refused("into a local cloud that is nowhere", without_endpoint, "set AWS_ENDPOINT_URL", "local")
        _refused("with a profile that is not there", whole | {"AWS_PROFILE": "nobody"}, "(nobody) could not be found")
        _refused(
            "where nothing answers", whole | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "does not say whose account"
        )
        _refused("into an environment that is not there", whole, "ENVIRONMENT is one of ci, default", "production")
        for environment in ("default", "dev", "prod"):
            _refused(f"into {environment} with a closed stdin", whole, "ENVIRONMENT=ci deploys", environment)

        status, said = _answered("n", whole, "dev")
        CLAIMS.tell("account and region are said", "000000000000" in said and ministack.REGION in said, said)
        CLAIMS.tell("a cloud that is not AWS is said", cloud.endpoint in said, said)
        CLAIMS.tell("n ends it", status == 1 and "about to create the stack cfn-secrets" in said)
        status, said = _answered("y", whole, "prod")
        CLAIMS.tell("y goes on", status == 0, said)
        _refused("where there is nothing to delete", whole, "there is no stack cfn-secrets", target="delete")
        cloud.cloudformation.create_stack(StackName="cfn-secrets", TemplateBody=ANY)
        _refused(
            "deleted in a local cloud that is nowhere", without_endpoint, "set AWS_ENDPOINT_URL", "local", "delete"
        )
        _, said = _answered("n", whole, "dev")
        CLAIMS.tell("a stack that is there is updated", "about to update the stack cfn-secrets" in said, said)
        for environment in ("ci", "local"):
            done = _run([*_target(environment)], whole)
            CLAIMS.tell(f"{environment} is told and not asked", done.returncode == 0 and "go on?" not in done.stdout)
        done = _run([*_target("ci"), "--stack", "accounts"], whole)
        CLAIMS.tell("another stack is named", "create the stack accounts" in done.stdout)


ANY = '{"Resources": {"Any": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'


def _environment(cloud: Cloud) -> dict[str, str]:
    """Points at the local cloud, and at nothing that is configured on this machine."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if name in os.environ}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return own | nothing | {"AWS_EC2_METADATA_DISABLED": "true"} | cloud.environment()


def _refused(
    when: str, variables: Mapping[str, str], reason: str, environment: str = "dev", target: str = "deploy"
) -> None:
    done = _run([*MAKE, target, f"ENVIRONMENT={environment}"], variables)
    said = done.stdout + done.stderr
    CLAIMS.tell(f"{when} it ends with a reason", done.returncode != 0 and reason in said, said)
    CLAIMS.check("sam was not run, and no trace shown", "bin/sam" not in said and "Traceback" not in said, said)


def _target(environment: str) -> list[Word]:
    return [SAM_PYTHON, "-m", "tools.deploy_target", environment]


def _run(command: list[Word], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    closed, tests = subprocess.DEVNULL, {"PYTHONPATH": str(REPOSITORY / "tests")}
    return subprocess.run(
        command, stdin=closed, env={**variables, **tests}, capture_output=True, text=True, timeout=TIMEOUT
    )


def _answered(answer: str, variables: Mapping[str, str], environment: str) -> tuple[int, str]:
    """The tool on a terminal of its own, on which `answer` is typed: its exit status, and what it said."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb", buffering=0) as keyboard:
        keyboard.write(f"{answer}\n".encode())
        done = subprocess.run(
            _target(environment),
            stdin=theirs,
            env={**variables, "PYTHONPATH": str(Path(REPOSITORY, "tests"))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
        )
        os.close(theirs)
    return done.returncode, done.stdout


if __name__ == "__main__":
    main()
