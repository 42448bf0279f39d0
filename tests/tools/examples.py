"""Deploys each template of examples/ beside the pair, rotates it, looks at what a consumer was given, deletes it."""

import base64
import json
import re
import stat
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools import ministack, pair, records, template_as_json
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import Pair
from tools.paths import REPOSITORY, search_path
from tools.processes import Word
from tools.records import SecretId
from tools.stacks import Stack, StackFailed

# The attributes of a getter that an example uses.
SECRETS = ("password", "PrivateKey")

# What AWS's references say of each engine: the shortest, the longest, the characters beside letters and digits.
# RDS: CreateDBInstance and CreateDBCluster; Redshift: CreateCluster; ElastiCache: the guide's page on AUTH.
PRINTABLE = set(string.punctuation) - set('/"@')
ENGINES: Mapping[str, tuple[int, int, set[str]]] = {
    "mysql": (8, 41, PRINTABLE),
    "postgres": (8, 128, PRINTABLE),
    "aurora-postgresql": (8, 41, PRINTABLE),
    "redshift": (8, 64, PRINTABLE - set("'\\")),
    "elasticache": (16, 128, set("!&#$^<>-")),
    "": (16, 4096, set(string.punctuation)),
}

# Types that the local CloudFormation does not know, each with the property that takes what the example is about. A
# parameter with that value stands in for the resource; everything else of the template is deployed as it is.
STAND_INS = {
    "AWS::Redshift::Cluster": "MasterUserPassword",
    "AWS::EC2::Instance": "UserData",
    "AWS::EC2::KeyPair": "PublicKeyMaterial",
    "AWS::RDS::DBProxy": "Auth",
}

# Of the properties that take `{{resolve:ssm-secure}}` (CloudFormation user guide, "Dynamic references"), those here.
SECURE_REFERENCES = {("AWS::RDS::DBInstance", "MasterUserPassword")}

PARAMETERS: Mapping[str, dict[str, str]] = {
    "ec2-consumer": {"SubnetId": "subnet-0123456789abcdef0", "ImageId": "/images/any"},
    "ec2-credstash": {
        "SubnetId": "subnet-0123456789abcdef0",
        "ImageId": "/images/any",
        "KeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "restore-from-snapshot": {"SnapshotIdentifier": "shop-snapshot"},
    "published-ecs": {"SubnetId": "subnet-0123456789abcdef0"},
    "published-lambda": {"ExtensionArn": "arn:aws:lambda:eu-west-1:123456789012:layer:extension:1"},
    "published-rds-proxy": {"SubnetIds": "subnet-0123456789abcdef0,subnet-0123456789abcdef1"},
}
IMAGE = "/images/any"


def main(binaries: Path) -> None:
    with ministack.running() as cloud:
        deployed = pair.deploy(cloud, binaries)
        cloud.ssm.put_parameter(Name=IMAGE, Type="String", Value="ami-0123456789abcdef0")
        for path in sorted((REPOSITORY / "examples").iterdir()):
            try:
                _Example(cloud, deployed, path, binaries).hold()
            except StackFailed as failure:
                sys.exit(f"examples/{path.name}: {failure}")


class _Example:
    """One template, with a witness beside each use of a password."""

    def __init__(self, cloud: Cloud, deployed: Pair, path: Path, binaries: Path) -> None:
        self.cloud, self.pair, self._path, self.binaries = cloud, deployed, path, binaries
        self.stack = Stack(cloud, path.stem)
        self.parameters = PARAMETERS.get(path.stem, {})
        self.check = Claims(f"examples/{path.name}").check
        self._template = template_as_json.load(path)
        self._resources: dict[str, Any] = self._template["Resources"]

    def hold(self) -> None:
        self._promises()
        self._put_stand_ins()
        witnesses = self._put_witnesses()
        self.body = json.dumps(self._template)
        self.stack.create(self.body, **self.parameters)
        count = len(self.stack.resource_types()) - len(witnesses)
        first = self.given(witnesses)
        for name, engine in witnesses.items():
            self._fits(first[name], engine)
        if own := OWN.get(self._path.stem):
            own(self, first)
        self._rotate(witnesses, first)
        if copies := self._copies():
            copies.roll_back()
        self.stack.delete()
        if copies:
            copies.are_gone()
        passwords = f"passwords that fit and rotate one by one: {len(first)}"
        print(f"examples/{self._path.name}: {count} resources; {passwords}; deleted", flush=True)

    def resource(self, name: str) -> Any:
        return self._resources[name]

    def _promises(self) -> None:
        """What holds for every example: a heard answer, and a password that outlives the snapshot which needs it."""
        snapshots = any(resource.get("DeletionPolicy") == "Snapshot" for resource in self._resources.values())
        for name, resource in self._resources.items():
            if not resource["Type"].startswith("Custom::"):
                continue
            properties = resource["Properties"]
            self.check(f"{name} has ServiceTimeout: 300", properties.get("ServiceTimeout") == 300)
            if snapshots and "Generator" in properties["ServiceToken"]["Fn::ImportValue"]:
                kept = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
                of_a_snapshot = resource["Properties"].get("OnConflict") == "adopt"  # which outlives a failed creation
                retained = "Retain" if of_a_snapshot else "RetainExceptOnCreate"
                self.check(f"{name} is retained as long as the snapshot", kept == (retained, "Retain"))
        # Without its version, CloudFormation compares the text alone; elsewhere it resolves nothing. Neither shows.
        for name, resource in self._resources.items():
            for prop, value in resource.get("Properties", {}).items():
                if "{{resolve:ssm-secure:" in json.dumps(value):
                    self.check(f"{name} names the version", "ParameterVersion}}}" in json.dumps(value))
                    self.check(f"{name} may have it in {prop}", (resource["Type"], prop) in SECURE_REFERENCES)
        outputs = json.dumps(self._template.get("Outputs", {}))
        self.check("no secret is an Output", not any(secret in outputs for secret in SECRETS))

    def _put_stand_ins(self) -> None:
        for name, resource in self._resources.items():
            if secret := STAND_INS.get(resource["Type"]):
                cannot = f"{resource['Type']} cannot be deployed here; a parameter stands for it"
                print(f"!! examples/{self._path.name}: {cannot}")
                value = resource["Properties"][secret]
                if not isinstance(value, str | dict):
                    value = value[0]["SecretArn"]
                resource["Properties"] = {"Type": "String", "Value": value}
                resource["Type"] = "AWS::SSM::Parameter"
                for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                    resource.pop(policy, None)
                outputs = self._template.get("Outputs", {})
                for output in [o for o, of in outputs.items() if f'["{name}", ' in json.dumps(of)]:
                    del outputs[output]

    def _put_witnesses(self) -> dict[str, str]:
        """A parameter for each `Fn::GetAtt` of a secret, because no database shows it: its name -> the engine."""
        attribute = "|".join(SECRETS)
        used = set(re.findall(rf'"Fn::GetAtt": \["(\w+)", "({attribute})"\]', json.dumps(self._resources)))
        self.check("a getter's secret is used", used or not self._getters())
        witnesses = {}
        for getter, secret in sorted(used):
            name = f"Witness{getter}"
            value = {"Fn::GetAtt": [getter, secret]}
            self._resources[name] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
            witnesses[name] = self._engine_of(getter)
        return witnesses

    def _getters(self) -> list[str]:
        return [
            name
            for name, resource in self._resources.items()
            if resource["Type"].startswith("Custom::")
            and "Getter" in resource["Properties"]["ServiceToken"]["Fn::ImportValue"]
        ]

    def _copies(self) -> "_Copies | None":
        """What the template publishes."""
        published = [
            name
            for name, resource in self._resources.items()
            if resource["Type"].startswith("Custom::")
            and "Publisher" in resource["Properties"]["ServiceToken"]["Fn::ImportValue"]
        ]
        return _Copies(self, published[0]) if published else None

    def _engine_of(self, getter: str) -> str:
        generator = self._resources[getter]["Properties"].get("SecretId", {}).get("Ref")
        properties = self._resources[generator]["Properties"] if generator else {}
        return str(properties.get("Engine", properties.get("Kind", "")))

    def given(self, witnesses: Iterable[str]) -> dict[str, str]:
        return {name: self.cloud.parameter(self.stack.physical_id(name)) for name in witnesses}

    def _fits(self, password: str, engine: str) -> None:
        if engine == "ecdsa-p256":
            self.check("the private key is PKCS #8", password.startswith("-----BEGIN PRIVATE KEY-----\n"))
            return
        shortest, longest, others = ENGINES[engine]
        self.check(f"the length fits {engine or 'any'}", shortest <= len(password) <= longest)
        self.check(f"it suits {engine or 'any'}", set(password) <= others | set(string.ascii_letters + string.digits))

    def _rotate(self, witnesses: Iterable[str], before: Mapping[str, str]) -> None:
        """Each trigger that the template has rotates its own password and no other."""
        triggers = {
            name: resource["Properties"]["RotationTrigger"]["Ref"]
            for name, resource in self._resources.items()
            if "RotationTrigger" in resource["Properties"]
        }
        parameters = dict(self.parameters)
        for generator, trigger in triggers.items():
            parameters[trigger] = "a-new-one"
            id_before = self.stack.physical_id(generator)
            self.stack.update(self.body, **parameters)
            self.check(f"{trigger} makes a new version", self.stack.physical_id(generator) != id_before)
            after = self.given(witnesses)
            changed = {name for name in witnesses if after[name] != before[name]}
            of_it = {
                f"Witness{getter}"
                for getter in self._getters()
                if self._resources[getter]["Properties"].get("SecretId") == {"Ref": generator}
            }
            self.check(f"{trigger} rotates what hangs on it and nothing else", changed == of_it)
            before = after


class _Copies:
    """What one resource of an example publishes, as whoever reads it there gets it."""

    def __init__(self, example: _Example, name: str) -> None:
        self._example, self._cloud, self._stack = example, example.cloud, example.stack
        self._properties = example.resource(name)["Properties"]
        self._check = example.check

    def _name(self, target: str) -> str:
        text: str = self._properties[target]["Name"]["Fn::Sub"]
        return text.replace("${AWS::StackName}", self._stack.name).replace("${Environment}", "dev")

    def read(self) -> str:
        """The value of the parameter, or of the secret."""
        if "Parameter" in self._properties:
            return self._cloud.parameter(self._name("Parameter"))
        value: str = self._cloud.secretsmanager.get_secret_value(SecretId=self._name("Secret"))["SecretString"]
        return value

    def of_the_pair(self) -> bool:
        """Whether it is made of what the pair has now."""
        published = self.read()
        values = json.loads(published).values() if published.startswith("{") else [published]
        names = ["db", "api-key"] if "Fields" in self._properties else ["default"]
        kept = [self._example.pair.get(StackName=self._stack.name, Env="dev", Name=name) or {} for name in names]
        return all(secret.get("password") in values for secret in kept)

    def roll_back(self) -> None:
        """An update that rotates and fails: readers have the value before it again."""
        self._check("readers have the last value", self.of_the_pair())
        before = self.read()
        template: dict[str, Any] = json.loads(self._example.body)
        last = [
            name for name, resource in template["Resources"].items() if resource["Type"] != "Custom::GeneratedSecret"
        ]
        template["Resources"]["Failing"] = {
            "Type": "Custom::Secret",
            "DependsOn": last,
            "Properties": {
                "ServiceToken": {"Fn::ImportValue": "cfn-secrets-GetterArn"},
                "ServiceTimeout": 300,
                "Env": "nobody-made-this",
            },
        }
        parameters = self._example.parameters | {"RotationTrigger": "which-is-rolled-back"}
        self._stack.update(json.dumps(template), "UPDATE_ROLLBACK_COMPLETE", **parameters)
        self._check("a rollback publishes the value before it again", self.read() == before and self.of_the_pair())

    def are_gone(self) -> None:
        """After the stack."""
        try:
            self.read()
        except (
            self._cloud.ssm.exceptions.ParameterNotFound,
            self._cloud.secretsmanager.exceptions.ResourceNotFoundException,
        ):
            return
        self._check("the copy is gone", holds=False)


class _Instance:
    """What the user data of an instance with nginx finds here: a root folder of its own, and programs that say so when
    they are called."""

    def __init__(self, example: _Example, folder: Path) -> None:
        for name in ("bin", "etc/nginx", "etc/cron.d", "usr/local/sbin"):
            (folder / name).mkdir(parents=True)
        self._called = folder / "called"
        for name in ("chgrp", "nginx"):
            stub = folder / "bin" / name
            stub.write_text(f'#!/bin/sh\necho {name} "$@" >>{self._called}\n')
            stub.chmod(0o755)
        script = base64.b64decode(example.cloud.parameter(example.stack.physical_id("Instance"))).decode()
        self.user_data = re.sub("/etc/|/usr/local/", lambda found: f"{folder}{found[0]}", script)
        path = f"{folder}/bin:{example.binaries.resolve()}:{search_path()}"
        self._environment = {"PATH": path, "HOME": str(folder), "TMPDIR": str(folder)} | example.cloud.environment()
        self.file = folder / "etc/nginx/htpasswd"
        self._job, self._cron = folder / "usr/local/sbin/renew-htpasswd", folder / "etc/cron.d/renew-htpasswd"
        self._check = example.check

    def run(self, *command: Word, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, input=stdin, env=self._environment, capture_output=True, text=True)

    def boot(self) -> subprocess.CompletedProcess[str]:
        """Traced: the trace has every command with its arguments."""
        return self.run("bash", "-x", stdin=self.user_data)

    def job(self) -> subprocess.CompletedProcess[str]:
        return self.run("bash", "-x", self._job)

    def belongs_to(self, other: str, own: str) -> None:
        """The job asks for another environment's secret."""
        self._job.write_text(self._job.read_text().replace(own, other))

    def is_told(self) -> bool:
        """Whether nginx was told since this was asked last."""
        told = self._called.exists() and self._called.read_text().endswith("nginx -s reload\n")
        self._called.unlink(missing_ok=True)
        return told

    def holds(self, password: str) -> bool:
        user, hashed = self.file.read_text().strip().split(":")
        again = self.run("openssl", "passwd", "-6", "-salt", hashed.split("$")[2], "-stdin", stdin=password).stdout
        return user == "admin" and again.strip() == hashed

    def tells_its_first(self, password: str) -> None:
        """What the first boot does."""
        done = self.boot()
        self._check(f"the user data runs: {done.stderr[-500:]}", done.returncode == 0)
        self._check("nginx has the password", self.holds(password))
        self._check("its group alone reads it", stat.S_IMODE(self.file.stat().st_mode) == 0o640)
        self._check("nginx is told", self.is_told())
        self._check("cron runs the job", str(self._job) in self._cron.read_text())
        self._check("the job runs", self.job().returncode == 0)
        self._check("nginx is not told of what it has", not self.is_told())
        self._check("it is in no argument and no output", password not in self.user_data + done.stdout + done.stderr)

    def tells_the_next(self, password: str) -> None:
        """What the job does when there is another version."""
        done = self.job()
        self._check("the next version comes by itself", self.holds(password) and self.is_told())
        self._check("it is in no argument and no output", password not in done.stdout + done.stderr)

    def keeps(self, password: str) -> None:
        """What the job does when it cannot read."""
        done = self.job()
        self._check("a job that fails ends so", done.returncode == 1, done.stderr[-500:])
        self._check("and leaves the old file, and no other", self.holds(password) and not self.is_told())
        self._check("nothing else is left", [each.name for each in self.file.parent.iterdir()] == [self.file.name])


def _ec2_consumer(example: _Example, _first: Mapping[str, str]) -> None:
    """Runs the instance's user data and its cron job here: what nginx gets, and when."""
    stack = example.stack
    with tempfile.TemporaryDirectory() as folder:
        instance = _Instance(example, Path(folder))

        def password(env: str = "dev") -> str:
            return str((example.pair.get(StackName=stack.name, Env=env) or {})["password"])

        first = password()
        instance.tells_its_first(first)
        stack.update(example.body, RotationTrigger="by-hand", **example.parameters)
        example.check("a rotation makes another password", password() != first)
        instance.tells_the_next(password())
        instance.belongs_to(f"{stack.name}/prod", f"{stack.name}/dev")
        instance.keeps(password())


def _ec2_credstash(example: _Example, _first: Mapping[str, str]) -> None:
    """Runs the instance's user data and its cron job here, beside a table of credstash's: what nginx gets, and when."""
    cloud = example.cloud
    key = cloud.kms.create_key()["KeyMetadata"]["KeyId"]
    cloud.kms.create_alias(AliasName="alias/credstash", TargetKeyId=key)
    with tempfile.TemporaryDirectory() as folder:
        instance = _Instance(example, Path(folder))

        def credstash(*arguments: str, stdin: str = "") -> None:
            done = instance.run("cfn-secrets", "credstash", *arguments, stdin=stdin)
            example.check(f"credstash {arguments[0]}: {done.stderr}", done.returncode == 0)

        credstash("setup")
        credstash("put", "nginx.admin", "-", "env=prod", stdin="password of prod")
        done = instance.boot()
        unread = done.returncode == 1 and not instance.file.exists()
        example.check("what is bound to another environment is not read", unread)
        credstash("put", "-a", "nginx.admin", "-", "env=dev", stdin="first password")
        instance.tells_its_first("first password")
        credstash("put", "-a", "nginx.admin", "-", "env=dev", stdin="second password")
        instance.tells_the_next("second password")
        credstash("put", "-a", "nginx.admin", "-", "env=prod", stdin="password of prod")
        instance.keeps("second password")


def _multi_env(example: _Example, _first: Mapping[str, str]) -> None:
    """A second stack for prod; what is bound to prod is not decrypted as dev."""
    cloud, stack = example.cloud, example.stack
    prod = Stack(cloud, f"{stack.name}-prod")
    prod.create((REPOSITORY / "examples/multi-env.yaml").read_text(), Environment="prod")
    for each, env in ((stack, "dev"), (prod, "prod")):
        role = cloud.iam.get_role(RoleName=each.physical_id("AppRole"))["Role"]
        example.check("its role is a reader", role["Path"] == "/cfn-secrets/reader/")
        tags = cloud.iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        example.check("its role is tagged with its environment", {"Key": "cfn-secrets-env", "Value": env} in tags)
    table = example.pair.outputs()["TableName"]
    item = records.read(cloud, SecretId(table, prod.name, "prod", "default", 1))
    example.check("prod's is decrypted as prod's", records.decrypt(cloud, item))
    try:
        records.decrypt(cloud, item, records.context(item) | {"Env": "dev"})
    except cloud.kms.exceptions.InvalidCiphertextException:
        pass
    else:
        example.check("prod's is not decrypted as dev's", holds=False)
    prod.delete()


def _restore_from_snapshot(example: _Example, first: Mapping[str, str]) -> None:
    """The stack is deleted and made again: the new one adopts the password that the snapshot has in it."""
    example.stack.delete()
    example.stack.create(example.body, **example.parameters)
    example.check("the new stack has the password of the deleted one", example.given(first) == first)


def _ssh_key(example: _Example, _first: Mapping[str, str]) -> None:
    """ssh-keygen reads what the comment of the example says to write, and EC2 was given its public half."""
    cloud, stack = example.cloud, example.stack
    answer = example.pair.get(StackName=stack.name, Env="dev") or {}
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key")
        key.touch(mode=0o600)
        key.write_text(answer["PrivateKey"])
        done = subprocess.run(["ssh-keygen", "-y", "-f", key], capture_output=True, text=True)
    example.check(f"ssh-keygen reads the private key: {done.stderr}", done.returncode == 0)
    given = cloud.parameter(stack.physical_id("KeyPair"))
    example.check("its public half is the key pair's", done.stdout.split()[:2] == given.split()[:2])


def _jwt_key(example: _Example, _first: Mapping[str, str]) -> None:
    """What the issuer signs is verified by the key set, as ES256 says: both halves of the signature side by side."""
    cloud, stack = example.cloud, example.stack
    secret = cloud.secretsmanager.get_secret_value(SecretId=stack.physical_id("Issuer"))["SecretString"]
    private = serialization.load_pem_private_key(secret.encode(), password=None)
    [jwk] = json.loads(cloud.parameter(stack.physical_id("KeySet")))["keys"]
    example.check("the key set names its key", len(jwk["kid"]) == 43)
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=")) for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    signature = private.sign(b"header.payload", ec.ECDSA(hashes.SHA256()))
    public.verify(signature, b"header.payload", ec.ECDSA(hashes.SHA256()))
    example.check("the key set has no private member", "d" not in jwk)


OWN: Mapping[str, Callable[[_Example, Mapping[str, str]], None]] = {
    "ec2-consumer": _ec2_consumer,
    "ec2-credstash": _ec2_credstash,
    "jwt-key": _jwt_key,
    "multi-env": _multi_env,
    "restore-from-snapshot": _restore_from_snapshot,
    "ssh-key": _ssh_key,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
