"""Runs the commands of docs/operations.md as they stand there, with the AWS CLI, against the pair on a local cloud."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import engine
import package
from stacks import Stack

PAGE = (package.REPOSITORY / "docs/operations.md").read_text()
CONSUMER = (package.REPOSITORY / "demo/consumer.yaml").read_text()

# Both need a stack that has failed in a way that the pair does not.
NOT_RUN = {"delete-stack --stack-name shop --retain-resources", "continue-update-rollback"}


def main(binaries):
    [names], (by_getter, by_record, listing), [restore], hanging, [remove] = _blocks()
    assert len(hanging) == len(NOT_RUN) and all(any(c in block for block in hanging) for c in NOT_RUN)
    with engine.running() as cloud, tempfile.TemporaryDirectory() as folder:
        run = _Shell(cloud, folder)
        table = package.deploy(cloud, binaries).outputs()["TableName"]
        shop = Stack(cloud, "shop")
        shop.create(CONSUMER)
        shop.update(CONSUMER, RotationTrigger="second")
        password = cloud.ssm.get_parameter(Name=shop.physical_id("Witness"))["Parameter"]["Value"]

        _check("the getter gives the password", password in run(names + by_getter))
        _check("so does the record", run(names + by_record) == password)
        _check("both versions are listed", run(names + listing).count("prod#") == 2)
        shop.delete()
        _check("the getter refuses a deleted secret", password not in run(names + by_getter))
        run(names + by_record + restore)
        _check("restored, the getter gives it again", password in run(names + by_getter))
        run(names + remove)
        _check("the table is gone", table not in cloud.dynamodb.list_tables()["TableNames"])


class _Shell:
    """Runs a script under bash and returns what it printed; it must succeed."""

    def __init__(self, cloud, folder):
        self._folder = folder
        self._environment = {
            "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": folder,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": engine.REGION,
        }

    def __call__(self, script):
        command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=self._folder, env=self._environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{script}\nended with {done.returncode}:\n{done.stderr}")
        return done.stdout


def _blocks():
    """The code blocks of each section that has any, in the page's order."""
    sections = re.split(r"^#", PAGE, flags=re.MULTILINE)
    blocks = [re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL) for section in sections]
    return [found for found in blocks if found]


def _check(claim, holds):
    if not holds:
        sys.exit(f"docs/operations.md: not so: {claim}")
    print(f"docs/operations.md: {claim}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
