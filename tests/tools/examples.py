"""Deploys each template of examples/ beside the pair, rotates it, looks at what the consumer was given, and deletes it."""

import base64
import json
import os
import pathlib
import re
import stat
import string
import subprocess
import sys
import tempfile

import cfnlint.decode

from tools import ministack, pair
from tools.stacks import Stack, StackFailed
from tools.paths import REPOSITORY

# What AWS's references say of each engine: the shortest, the longest, the characters beside letters and digits.
# RDS: CreateDBInstance and CreateDBCluster; Redshift: CreateCluster; ElastiCache: the guide's page on AUTH.
PRINTABLE = set(string.punctuation) - set("/\"@")
ENGINES = {
    "mysql": (8, 41, PRINTABLE),
    "postgres": (8, 128, PRINTABLE),
    "aurora-postgresql": (8, 41, PRINTABLE),
    "redshift": (8, 64, PRINTABLE - set("'\\")),
    "elasticache": (16, 128, set("!&#$^<>-")),
    None: (16, 4096, set(string.punctuation)),
}

# Types that the local CloudFormation does not know, each with the property that takes what the example is about. A
# parameter with that value stands in for the resource; everything else of the template is deployed as it is.
STAND_INS = {"AWS::Redshift::Cluster": "MasterUserPassword", "AWS::EC2::Instance": "UserData"}

PARAMETERS = {
    "ec2-consumer": {"SubnetId": "subnet-0123456789abcdef0", "ImageId": "/images/any"},
    "restore-from-snapshot": {"SnapshotIdentifier": "shop-snapshot"},
}
IMAGE = "/images/any"


def main(binaries):
    with ministack.running() as cloud:
        table = pair.deploy(cloud, binaries).outputs()["TableName"]
        cloud.ssm.put_parameter(Name=IMAGE, Type="String", Value="ami-0123456789abcdef0")
        for path in sorted((REPOSITORY / "examples").iterdir()):
            try:
                _Example(cloud, table, path).check()
            except StackFailed as failure:
                sys.exit(f"examples/{path.name}: {failure}")


class _Example:
    def __init__(self, cloud, table, path):
        self.cloud, self.table, self._name, self._path = cloud, table, path.name, path
        self.stack = Stack(cloud, path.stem)
        self.parameters = PARAMETERS.get(path.stem, {})
        template, problems = cfnlint.decode.decode(str(path))
        self.is_so(not problems, "it parses")
        self._template = json.loads(json.dumps(template))
        self._resources = self._template["Resources"]

    def check(self):
        self._promises()
        self._put_stand_ins()
        witnesses = self._put_witnesses()
        body = json.dumps(self._template)
        self.stack.create(body, **self.parameters)
        count = len(self.stack.resources()) - len(witnesses)
        first = self.given(witnesses)
        for name, engine_name in witnesses.items():
            self._fits(first[name], engine_name)
        if own := globals().get("_" + self._path.stem.replace("-", "_")):
            own(self, body, first)
        self._rotate(body, witnesses, first)
        self.stack.delete()
        print(f"examples/{self._name}: {count} resources; {len(first)} passwords fit, rotate one by one; deleted")

    def _promises(self):
        """What holds for every example: a heard answer, and a password that outlives the snapshot which needs it."""
        snapshots = any(resource.get("DeletionPolicy") == "Snapshot" for resource in self._resources.values())
        for name, resource in self._resources.items():
            if not resource["Type"].startswith("Custom::"):
                continue
            properties = resource["Properties"]
            self.is_so(properties.get("ServiceTimeout") == 300, f"{name} has ServiceTimeout: 300")
            if snapshots and "Generator" in properties["ServiceToken"]["Fn::ImportValue"]:
                kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
                self.is_so(kept == ("Retain", "Retain"), f"{name} is retained as long as the snapshot")
        outputs = json.dumps(self._template.get("Outputs", {}))
        self.is_so("password" not in outputs, "no password is an Output")

    def _put_stand_ins(self):
        for name, resource in self._resources.items():
            if secret := STAND_INS.get(resource["Type"]):
                print(f"!! examples/{self._name}: {resource['Type']} cannot be deployed here; a parameter stands for it")
                value = resource["Properties"][secret]
                resource["Properties"] = {"Type": "String", "Value": value}
                resource["Type"] = "AWS::SSM::Parameter"
                for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                    resource.pop(policy, None)
                outputs = self._template.get("Outputs", {})
                for output in [o for o, of in outputs.items() if f'["{name}", ' in json.dumps(of)]:
                    del outputs[output]

    def _put_witnesses(self):
        """A parameter with the value of each `Fn::GetAtt` of a password, because no database shows it: name -> engine."""
        used = set(re.findall(r'"Fn::GetAtt": \["(\w+)", "password"\]', json.dumps(self._resources)))
        self.is_so(used or not self._getters(), "a getter's password is used")
        witnesses = {}
        for getter in sorted(used):
            name = f"Witness{getter}"
            value = {"Fn::GetAtt": [getter, "password"]}
            self._resources[name] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
            witnesses[name] = self._engine_of(getter)
        return witnesses

    def _getters(self):
        return [n for n, r in self._resources.items()
                if r["Type"].startswith("Custom::") and "Getter" in r["Properties"]["ServiceToken"]["Fn::ImportValue"]]

    def _engine_of(self, getter):
        generator = self._resources[getter]["Properties"].get("SecretId", {}).get("Ref")
        return self._resources[generator]["Properties"].get("Engine") if generator else None

    def given(self, witnesses):
        return {name: _parameter(self.cloud, self.stack.physical_id(name)) for name in witnesses}

    def _fits(self, password, engine_name):
        shortest, longest, others = ENGINES[engine_name]
        self.is_so(shortest <= len(password) <= longest, f"the length fits {engine_name}")
        self.is_so(set(password) <= others | set(string.ascii_letters + string.digits), f"it suits {engine_name}")

    def _rotate(self, body, witnesses, before):
        """Each trigger that the template has rotates its own password and no other."""
        triggers = {name: resource["Properties"]["RotationTrigger"]["Ref"]
                    for name, resource in self._resources.items() if "RotationTrigger" in resource["Properties"]}
        parameters = dict(self.parameters)
        for generator, trigger in triggers.items():
            parameters[trigger] = "a-new-one"
            id_before = self.stack.physical_id(generator)
            self.stack.update(body, **parameters)
            self.is_so(self.stack.physical_id(generator) != id_before, f"{trigger} makes a new version")
            after = self.given(witnesses)
            changed = {name for name in witnesses if after[name] != before[name]}
            of_it = {f"Witness{g}" for g in self._getters()
                     if self._resources[g]["Properties"].get("SecretId") == {"Ref": generator}}
            self.is_so(changed == of_it, f"{trigger} rotates what hangs on it and nothing else")
            before = after

    def is_so(self, holds, claim):
        if not holds:
            sys.exit(f"examples/{self._name}: not so: {claim}")


def _ec2_consumer(example, _body, _first):
    """Runs the instance's user data here, traced, and looks for the secret where it must and where it must not be."""
    cloud, stack = example.cloud, example.stack
    script = base64.b64decode(_parameter(cloud, stack.physical_id("Instance"))).decode()
    password = _from_getter(cloud, stack.name, "dev")
    with tempfile.TemporaryDirectory() as folder:
        script = script.replace("/run/app", f"{folder}/app")
        environment = {
            "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": folder, "TMPDIR": folder,
            "AWS_ENDPOINT_URL": cloud.endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }
        done = subprocess.run(["bash", "-x"], input=script, env=environment, capture_output=True, text=True)
        example.is_so(done.returncode == 0, f"the user data runs: {done.stderr[-500:]}")
        file = pathlib.Path(folder, "app/password")
        example.is_so(file.read_text() == password, "the instance has its secret")
        example.is_so(stat.S_IMODE(file.stat().st_mode) == 0o600, "only root reads it")
        left = [path.name for path in pathlib.Path(folder).rglob("*") if path.is_file() and ".aws" not in path.parts]
        example.is_so(left == ["password"], "nothing else is left")
    # The trace has every command with its arguments.
    example.is_so(password not in script + done.stdout + done.stderr, "it is in no argument and no output")


def _multi_env(example, _body, _first):
    """A second stack for prod; what is bound to prod is not decrypted as dev."""
    cloud, stack = example.cloud, example.stack
    prod = Stack(cloud, f"{stack.name}-prod")
    prod.create((REPOSITORY / "examples/multi-env.yaml").read_text(), Environment="prod")
    for each, env in ((stack, "dev"), (prod, "prod")):
        role = cloud.iam.get_role(RoleName=each.physical_id("AppRole"))["Role"]
        example.is_so(role["Path"] == "/cfn-secrets/reader/", "its role is a reader")
        tags = cloud.iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        example.is_so({"Key": "cfn-secrets-env", "Value": env} in tags, "its role is tagged with its environment")
    key = {"StackName": {"S": prod.name}, "Env": {"S": f"prod#{1:019}"}}
    record = cloud.dynamodb.get_item(TableName=example.table, Key=key)["Item"]
    context = {name: value["S"] for name, value in record["EncryptionContext"]["M"].items()}
    blob = base64.b64decode(record["Ciphertext"]["S"])
    example.is_so(bool(cloud.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)), "prod's is decrypted as prod's")
    try:
        cloud.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context | {"Env": "dev"})
        example.is_so(False, "prod's is not decrypted as dev's")
    except cloud.kms.exceptions.InvalidCiphertextException:
        pass
    prod.delete()


def _restore_from_snapshot(example, body, first):
    """The stack is deleted and made again: the new one adopts the password that the snapshot has in it."""
    example.stack.delete()
    example.stack.create(body, **example.parameters)
    example.is_so(example.given(first) == first, "the new stack has the password of the deleted one")


def _from_getter(cloud, stack, env):
    getter = Stack(cloud, "cfn-secrets").outputs()["GetterArn"]
    answer = cloud.functions.invoke(FunctionName=getter, Payload=json.dumps({"StackName": stack, "Env": env}))
    return json.load(answer["Payload"])["password"]


def _parameter(cloud, name):
    return cloud.ssm.get_parameter(Name=name)["Parameter"]["Value"]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
