"""Runs each file of events/ in a container with `sam local invoke`, ministack behind it, and checks what comes back.

The order makes a story; the ids in the files fit it, because they are a pure function of the requests.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools import containers, ministack, pair
from tools.claims import Claims
from tools.ministack import Cloud
from tools.paths import REPOSITORY

TABLE = "cfn-secrets"  # the events speak of it, and of the key by the same name
TIMEOUT = 180  # seconds; an invocation takes five, the first builds an image

# Each event with a part of its answer. None: the function fails, and says so without a secret.
STORY: tuple[tuple[str, Mapping[str, Any] | None], ...] = (
    ("generator-create", {"Status": "SUCCESS", "Data": {"Version": "1"}}),
    ("getter-create", {"Status": "SUCCESS", "NoEcho": True, "Data": {"Version": "1"}}),
    ("publisher-create", {"Status": "SUCCESS", "Data": {"Version": "1", "ParameterVersion": "1"}}),
    ("generator-update", {"Status": "SUCCESS", "Data": {"Version": "1"}}),
    ("getter-update", {"Status": "SUCCESS", "NoEcho": True, "Data": {"Version": "1"}}),
    ("generator-rotate", {"Status": "SUCCESS", "Data": {"Version": "2", "PreviousVersion": "1"}}),
    ("getter-rotate", {"Status": "SUCCESS", "NoEcho": True, "Data": {"Version": "2"}}),
    ("publisher-rotate", {"Status": "SUCCESS", "Data": {"Version": "2", "ParameterVersion": "2"}}),
    ("getter-direct", {"Version": "2"}),
    ("publisher-malformed-name", {"Status": "FAILED"}),
    ("publisher-delete", {"Status": "SUCCESS"}),
    ("getter-delete", {"Status": "SUCCESS"}),
    ("generator-delete", {"Status": "SUCCESS"}),
    ("generator-create-2016", {"Status": "SUCCESS", "Data": {"Env": "test"}}),
    ("getter-create-2016", {"Status": "SUCCESS", "Data": {"Version": "1"}}),
    ("generator-direct", {"StackName": "by-hand", "Version": "1"}),
    ("generator-malformed-property", {"Status": "FAILED"}),
    ("generator-malformed-no-url", {"Status": "SUCCESS"}),
    ("getter-malformed-secret-id", {"Status": "FAILED"}),
    ("getter-malformed-not-an-object", None),
)


def main() -> None:
    arguments = _arguments()
    files = {path.stem for path in (REPOSITORY / "events").iterdir()}
    if files != {name for name, _ in STORY}:
        sys.exit(f"the story and events/ differ: {sorted(files ^ {name for name, _ in STORY})}")
    try:
        with (
            containers.running() as (host, ours),
            tempfile.TemporaryDirectory() as folder,
            ministack.running(containers.gateway(host)) as cloud,
        ):
            _tell(_Sam(arguments.sam, host, ours, cloud, Path(folder)))
    except containers.NoEngine as reason:
        print(f"!! SKIPPED: events/ in a container: {reason}")


def _tell(sam: "_Sam") -> None:
    passwords: dict[str, str] = {}
    for name, expected in STORY:
        check = Claims(f"events/{name}.json").check
        started = time.monotonic()
        answer, log = sam.invoke(name)
        if expected is None:
            check("the function fails", "errorMessage" in answer)
        else:
            check(f"the answer has {json.dumps(expected)}", _includes(answer, expected))
        password: str | None = _data(answer).get("password")
        if name.startswith("getter") and expected and "Version" in _data(expected):
            check("the answer has a password", password)
            passwords[name] = password or ""
        else:
            check("the answer has no password", password is None)
        check("no password is logged", not any(known in log for known in passwords.values()))
        print(f"events/{name}.json: as expected, {time.monotonic() - started:.1f} s", flush=True)
    check = Claims("events/").check
    check("getter-update gives the same password", passwords["getter-update"] == passwords["getter-create"])
    check("getter-rotate gives another password", passwords["getter-rotate"] != passwords["getter-create"])
    check("getter-direct gives the current password", passwords["getter-direct"] == passwords["getter-rotate"])
    check("getter-create-2016 gives 20 characters", len(passwords["getter-create-2016"]) == 20)
    print(f"{len(STORY)} passed, 0 failed")


class _Sam:
    """`sam local invoke` of what `sam build` made, on the engine `host`, against `cloud`."""

    def __init__(self, sam: str, host: str, ours: bool, cloud: Cloud, folder: Path) -> None:
        self._sam, self._folder = sam, folder
        self._pull = ["--skip-pull-image"] if ours else []
        if ours:  # an engine that a person has may pull AWS's own image, and is not given another under that name
            containers.stand_in(host, _image(), [pair.built(function) for function in pair.FUNCTIONS])
        own = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": host, "SAM_CLI_TELEMETRY": "0"}
        self._environment = cloud.environment() | own
        variables = {
            "TABLE_NAME": TABLE,
            "KMS_KEY_ID": cloud.create_table_and_key(TABLE),
            "RECOVERY_WINDOW_IN_DAYS": "30",
            "ACCOUNT_ID": "123456789012",  # that of the stacks in events/
            "PARAMETER_PREFIXES": "/pub/",  # of what the events publish
            "LOG_LEVEL": "debug",
            "AWS_ENDPOINT_URL": cloud.endpoint,
        }
        self._variables = folder / "env.json"  # what --env-vars is for: the same names as in template.yaml
        self._variables.write_text(json.dumps({"Parameters": variables}))

    def invoke(self, name: str) -> tuple[dict[str, Any], str]:
        """What the function answered, and all that it and sam logged."""
        command = [self._sam, "local", "invoke", pair.FUNCTIONS[name.partition("-")[0]], *self._pull]
        command += ["--event", str(REPOSITORY / f"events/{name}.json"), "--env-vars", str(self._variables)]
        command += ["--template", str(REPOSITORY / ".aws-sam/build/template.yaml")]
        command += ["--parameter-overrides", f"Architecture={pair.architecture()}"]
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=TIMEOUT
        )
        try:
            return json.loads(done.stdout.strip().splitlines()[-1]), done.stderr
        except (IndexError, ValueError):
            sys.exit(f"events/{name}.json: sam ended with {done.returncode} and no answer:\n{done.stderr[-3000:]}")


def _image() -> str:
    return f"public.ecr.aws/lambda/provided:al2023-{pair.architecture()}"


def _data(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `Fn::GetAtt` would give: a direct invocation answers with just that."""
    data: Mapping[str, Any] = answer.get("Data", {}) if "Status" in answer else answer
    return data


def _includes(answer: object, expected: object) -> bool:
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(_includes(answer.get(k), v) for k, v in expected.items())
    return answer == expected


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sam", default=shutil.which("sam"), help="the sam to use (default: the one on PATH)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
