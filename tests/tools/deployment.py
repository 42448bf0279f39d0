"""Deploys the pair with sam as a user does, deletes it, and deploys it again over the table and the key that it left.

The cloud is ministack; the functions are the release binaries, as `make build` packages them. The first deployment is
that of a pipeline, with a closed stdin. A stack that uses the pair lives through all of it. Exit status 1 and the claim
that does not hold, or 0.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from tools import ministack, records
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import Pair
from tools.paths import CONSUMER, REPOSITORY
from tools.stacks import Stack

CLAIMS = Claims()


def main() -> None:
    with ministack.running() as cloud:
        make, pair = _Make(cloud), Pair(cloud)
        make("build")
        make("deploy", environment="ci")
        first = pair.outputs()
        shop = Stack(cloud, "shop")
        template = _without_imports(CONSUMER.read_text(), first)
        shop.create(template)
        shop.update(template, RotationTrigger="second")
        password = _password(cloud, shop)
        CLAIMS.tell("a consumer is deployed and rotated", password)
        brief = Stack(cloud, "brief")
        brief.create(template)
        brief.delete()

        _refused(make, "SubnetIds=subnet-1", "SubnetIds needs SecurityGroupIds")
        _refused(make, "ReplicaRegion=eu-central-1 BillingMode=PROVISIONED", "paid for per request")
        _refused(make, "RolePath=team", "RolePath")
        _refused(make, "ReplicaRegion=eu-west-1", "another region than this stack's")
        _refused(make, "ReadOnly=true", "ReadOnly needs ExistingTableName")

        make("delete")
        CLAIMS.tell("the table outlives the pair", first["TableName"] in cloud.dynamodb.list_tables()["TableNames"])
        state = cloud.kms.describe_key(KeyId=first["KeyArn"])["KeyMetadata"]["KeyState"]
        CLAIMS.tell("the key outlives the pair", state == "Enabled")

        make("deploy", f"ExistingTableName={first['TableName']} ExistingKeyArn={first['KeyArn']}")
        again = pair.outputs()
        kept = ("GeneratorArn", "GetterArn", "TableName", "KeyArn")
        CLAIMS.tell("deployed again, it has the same ARNs", all(again[name] == first[name] for name in kept))
        CLAIMS.tell("and made no second table", len(cloud.dynamodb.list_tables()["TableNames"]) == 1)
        shop.update(template, RotationTrigger="second", Team="blue")
        CLAIMS.tell("the old consumer keeps its password", _password(cloud, shop) == password)
        shop.update(template, RotationTrigger="third", Team="blue")
        CLAIMS.tell("the old consumer rotates", _password(cloud, shop) != password)
        shop.delete()
        CLAIMS.tell("the old consumer is deleted", records.are_expiring(records.scan(cloud, first["TableName"])))
        make("delete")


class _Make:
    """Runs `make TARGET` with sam pointed at the local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        own = ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR", "ARCHITECTURE")
        self._environment = {name: os.environ[name] for name in own if name in os.environ} | cloud.environment()

    def __call__(self, target: str, parameters: str = "", environment: str = "local") -> None:
        done = self.run(target, parameters, environment)
        if done.returncode != 0:
            sys.exit(f"make {target} {parameters}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def run(self, target: str, parameters: str, environment: str = "local") -> subprocess.CompletedProcess[str]:
        command = ["make", "-C", str(REPOSITORY), target, f"ENVIRONMENT={environment}", f"PARAMETERS={parameters}"]
        nobody = subprocess.DEVNULL
        return subprocess.run(command, stdin=nobody, env=self._environment, capture_output=True, text=True)


def _refused(make: _Make, parameters: str, reason: str) -> None:
    done = make.run("deploy", parameters)
    CLAIMS.tell(f"{parameters} is refused", done.returncode != 0 and reason in done.stdout + done.stderr)


def _without_imports(template: str, outputs: Mapping[str, str]) -> str:
    """The functions by their ARNs: CloudFormation deletes no stack whose exports are in use."""
    for name in ("GeneratorArn", "GetterArn"):
        template = template.replace(f"!ImportValue cfn-secrets-{name}", outputs[name])
    return template


def _password(cloud: Cloud, shop: Stack) -> str:
    return cloud.parameter(shop.physical_id("Witness"))


if __name__ == "__main__":
    main()
