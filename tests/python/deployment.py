"""Deploys the pair with sam as a user does, deletes it, and deploys it again over the table and the key that it left.

The cloud is ministack; the functions are the release binaries, as `make build` packages them. A stack that uses the pair lives
through all of it. Exit status 1 and the claim that does not hold, or 0.
"""

import os
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "demo"))

import engine  # noqa: E402
from stacks import Stack  # noqa: E402

CONSUMER = (REPOSITORY / "demo/consumer.yaml").read_text()


def main():
    with engine.running() as cloud:
        make, pair = _Make(cloud), Stack(cloud, "cfn-secrets")
        make("build")
        make("deploy")
        first = pair.outputs()
        shop = Stack(cloud, "shop")
        template = _without_imports(CONSUMER, first)
        shop.create(template)
        shop.update(template, RotationTrigger="second")
        password = _password(cloud, shop)
        _check("a consumer is deployed and rotated", password)
        brief = Stack(cloud, "brief")
        brief.create(_without_imports(CONSUMER, first))
        brief.delete()

        _refused(make, "SubnetIds=subnet-1", "SubnetIds needs SecurityGroupIds")
        _refused(make, "ReplicaRegion=eu-central-1 BillingMode=PROVISIONED", "paid for per request")
        _refused(make, "RolePath=team", "RolePath")
        _refused(make, "ReplicaRegion=eu-west-1", "another region than this stack's")
        _refused(make, "ReadOnly=true", "ReadOnly needs ExistingTableName")

        make("delete")
        _check("the table outlives the pair", first["TableName"] in cloud.dynamodb.list_tables()["TableNames"])
        state = cloud.kms.describe_key(KeyId=first["KeyArn"])["KeyMetadata"]["KeyState"]
        _check("the key outlives the pair", state == "Enabled")

        make("deploy", f"ExistingTableName={first['TableName']} ExistingKeyArn={first['KeyArn']}")
        again = pair.outputs()
        kept = ("GeneratorArn", "GetterArn", "TableName", "KeyArn")
        _check("deployed again, it has the same ARNs", all(again[name] == first[name] for name in kept))
        _check("and made no second table", len(cloud.dynamodb.list_tables()["TableNames"]) == 1)
        shop.update(template, RotationTrigger="second", Team="blue")
        _check("the old consumer keeps its password", _password(cloud, shop) == password)
        shop.update(template, RotationTrigger="third", Team="blue")
        _check("the old consumer rotates", _password(cloud, shop) != password)
        shop.delete()
        items = cloud.dynamodb.scan(TableName=first["TableName"], ConsistentRead=True)["Items"]
        _check("the old consumer is deleted", items and all("ExpiresAt" in i for i in items if "Ciphertext" in i))
        make("delete")


class _Make:
    """Runs `make TARGET` with sam pointed at the local cloud."""

    def __init__(self, cloud):
        own = ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR", "ARCHITECTURE")
        self._environment = {name: os.environ[name] for name in own if name in os.environ} | {
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": engine.REGION,
        }

    def __call__(self, target, parameters=""):
        done = self.run(target, parameters)
        if done.returncode != 0:
            sys.exit(f"make {target} {parameters}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def run(self, target, parameters):
        command = ["make", "-C", str(REPOSITORY), target, "ENVIRONMENT=local", f"PARAMETERS={parameters}"]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True)


def _refused(make, parameters, reason):
    done = make.run("deploy", parameters)
    _check(f"{parameters} is refused", done.returncode != 0 and reason in done.stdout + done.stderr)


def _without_imports(template, outputs):
    """The functions by their ARNs: CloudFormation deletes no stack whose exports are in use."""
    for name in ("GeneratorArn", "GetterArn"):
        template = template.replace(f"!ImportValue cfn-secrets-{name}", outputs[name])
    return template


def _password(cloud, shop):
    return cloud.ssm.get_parameter(Name=shop.physical_id("Witness"))["Parameter"]["Value"]


def _check(claim, holds):
    if not holds:
        sys.exit(f"not so: {claim}")
    print(f"{claim}: yes", flush=True)


if __name__ == "__main__":
    main()
