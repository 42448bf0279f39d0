"""Plays stack operations with the shipped binaries on a local CloudFormation, and holds each against what it promises.

Values are compared by their hashes, so that no failure prints one. Exit status 1 and the promise that was broken, or 0.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from tools import ministack, pair, records
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import Pair
from tools.records import SecretId
from tools.stacks import Stack, StackFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.records import Item

ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"


def main(binaries: Path, store: str = "dynamodb") -> None:
    with ministack.running() as cloud:
        deployed = pair.deploy(cloud, binaries, store)
        read = records.read_from_bucket if store == "s3" else records.read
        for history in (rotation, rollback, retained, renamed_env, renamed_resource, end_and_new_beginning):
            name = history.__name__.replace("_", "-")
            try:
                history(Shop(cloud, deployed, name, read))
            except StackFailed as failure:
                sys.exit(f"{name}: {failure}")
            print(f"{name}: as promised")


def rotation(shop: "Shop") -> None:
    """A rotation is a replacement: a new id, the database's new value, and then the old id's cleanup."""
    shop.create(trigger="1")
    first, given = shop.secret_id(), shop.given()
    shop.is_readable()
    shop.update(trigger="1", password_length=40)
    shop.promise("another policy makes no new value", (shop.secret_id(), shop.given()) == (first, given))
    shop.update(trigger="2")
    shop.promise("a rotation makes a new id", shop.secret_id() != first)
    shop.promise("a rotation gives the database a new value", shop.given() != given)
    shop.promise("the cleanup has superseded the old version", "SupersededAt" in shop.version(first))
    shop.promise("a superseded version does not expire", "ExpiresAt" not in shop.version(first))
    shop.promise("the old value is readable by its number", shop.read(Env="prod", Version="1") == given)
    shop.is_readable()


def rollback(shop: "Shop") -> None:
    """After a rotation whose stack fails, everything is as before, and the next rotation goes through."""
    shop.create(trigger="1")
    for trigger in ("2", "3"):
        before = (shop.secret_id(), shop.given())
        shop.update(ROLLED_BACK, trigger=trigger, failing=True)
        shop.promise("a rollback brings id and value back", (shop.secret_id(), shop.given()) == before)
        shop.is_readable()
        shop.update(trigger=trigger)
        shop.promise("the rotation can be done again", shop.given() != before[1])
        shop.is_readable()


def retained(shop: "Shop") -> None:
    """What a template keeps over a rotation is readable by its id, and its address does not go back to it."""
    shop.create(trigger="1", retain=True)
    first, given = shop.secret_id(), shop.given()
    shop.update(trigger="2", retain=True)
    shop.promise("what the template keeps is retained", "RetainedAt" in shop.version(first))
    shop.is_readable()
    shop.delete()
    shop.promise("a deleted stack's address gives no older password", shop.read(Env="prod") is None)
    shop.promise("what the template keeps is readable by its id", shop.read(SecretId=first) == given)
    shop.promise("and is retained", "RetainedAt" in shop.version(first))


def renamed_env(shop: "Shop") -> None:
    """Another Env is another secret; the one before stays for the rollback, and goes with the cleanup."""
    shop.create(env="test")
    first, given = shop.secret_id(), shop.given()
    shop.update(ROLLED_BACK, env="live", failing=True)
    shop.promise("a rollback finds the way back to the old Env", (shop.secret_id(), shop.given()) == (first, given))
    shop.is_readable("test")
    shop.promise("nothing is left to read in the new Env", shop.read(Env="live") is None)
    shop.update(env="live")
    shop.promise("another Env has another value", shop.given() != given)
    shop.is_readable("live")
    shop.promise("the old Env's value is out of use", shop.read(Env="test") is None)
    shop.promise("the old Env's value can be restored", "ExpiresAt" in shop.version(first))


def renamed_resource(shop: "Shop") -> None:
    """A resource with another logical id adopts the value, in a rollback gives it back, and then keeps it."""
    shop.create(secret="Old")
    first, given = shop.secret_id("Old"), shop.given()
    shop.update(ROLLED_BACK, secret="New", on_conflict="adopt", failing=True)
    shop.promise("a rollback gives the value back", (shop.secret_id("Old"), shop.given()) == (first, given))
    shop.promise("who has it back has it alone", "AdoptedFrom" not in shop.version(first))
    shop.is_readable(secret="Old")
    shop.update(secret="New", on_conflict="adopt")
    shop.promise("adoption changes the id", shop.secret_id("New") != first)
    shop.promise("adoption keeps the value", shop.given() == given)
    shop.promise("who is gone is nobody to give back to", "AdoptedFrom" not in shop.version(first))
    shop.is_readable(secret="New")
    shop.update(secret="New", trigger="2")
    shop.promise("what was adopted can be rotated", shop.given() != given)


def end_and_new_beginning(shop: "Shop") -> None:
    """A deleted stack's value is out of use; a new stack of that name has its own, or adopts the old one."""
    shop.create()
    first, given = shop.secret_id(), shop.given()
    shop.delete()
    handed_out = (shop.read(SecretId=first), shop.read(Env="prod"))
    shop.promise("a deleted value is not handed out", handed_out == (None, None))
    shop.promise("a deleted value can be restored", "ExpiresAt" in shop.version(first))
    shop.create()
    second = shop.given()
    shop.promise("a new stack has a new value", second != given)
    shop.is_readable()
    shop.promise("a deleted value stays deleted", shop.read(SecretId=first) is None)
    shop.delete()
    shop.create(on_conflict="adopt")
    shop.promise("a new stack may adopt the last value", shop.given() == second)
    shop.promise("an adopted value does not expire", "ExpiresAt" not in shop.version(shop.secret_id()))
    shop.is_readable()
    shop.delete()
    shop.promise("what was deleted before it was adopted is out of use again", shop.read(Env="prod") is None)


class Choices(TypedDict, total=False):
    """What a history's template says otherwise than `Shop` does."""

    secret: str
    env: str
    trigger: str
    on_conflict: str
    password_length: int
    failing: bool
    retain: bool


DEFAULTS: Choices = {
    "secret": "DbSecret",
    "env": "prod",
    "trigger": "1",
    "on_conflict": "refuse",
    "password_length": 32,
    "failing": False,
    "retain": False,
}


class Shop:
    """A stack with a secret, a database that has its value, and a parameter that shows what the database was given."""

    def __init__(self, cloud: Cloud, deployed: Pair, name: str, read: "Callable[[Cloud, SecretId], Item]") -> None:
        self._cloud, self._pair, self._read = cloud, deployed, read
        self._outputs = deployed.outputs()
        self._stack = Stack(cloud, name)
        self.promise = Claims(name).check

    def create(self, **choices: Unpack[Choices]) -> None:
        self._stack.create(self._template(DEFAULTS | choices))

    def update(self, until: str = "UPDATE_COMPLETE", **choices: Unpack[Choices]) -> None:
        self._stack.update(self._template(DEFAULTS | choices), until)

    def delete(self) -> None:
        self._stack.delete()

    def secret_id(self, secret: str = "DbSecret") -> str:
        return self._stack.physical_id(secret)

    def given(self) -> str:
        """The hash of the value that the database was last given."""
        return _hash(self._cloud.parameter(self._stack.physical_id("Witness")))

    def read(self, **event: str) -> str | None:
        """The hash of what the getter gives for this event; None if it refuses."""
        if "SecretId" not in event:
            event["StackName"] = self._stack.name
        answer = self._pair.get(**event)
        return None if answer is None else _hash(answer["password"])

    def is_readable(self, env: str = "prod", secret: str = "DbSecret") -> None:
        """The database's value can be read by id, by address, and with the record and the key alone."""
        given, secret_id = self.given(), self.secret_id(secret)
        self.promise("the database's value is readable by its id", self.read(SecretId=secret_id) == given)
        self.promise("the database's value is readable by its address", self.read(Env=env) == given)
        decrypted = records.decrypt(self._cloud, self.version(secret_id))
        self.promise("the key decrypts the record to the database's value", _hash(decrypted) == given)

    def version(self, secret_id: str) -> "Item":
        """The stored version that an id names."""
        return self._read(self._cloud, SecretId.parse(secret_id))

    def _template(self, choices: Choices) -> str:
        generated = {
            "ServiceToken": self._outputs["GeneratorArn"],
            "Env": choices["env"],
            "RotationTrigger": choices["trigger"],
            "OnConflict": choices["on_conflict"],
            "PasswordLength": choices["password_length"],
        }
        policies = {"UpdateReplacePolicy": "Retain"} if choices["retain"] else {}
        getter = {"ServiceToken": self._outputs["GetterArn"]}
        password = {"Fn::GetAtt": ["DbPassword", "password"]}
        secret_id = {"Ref": choices["secret"]}
        database = {
            "Engine": "mysql",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20",
            "MasterUsername": "dbadmin",
            "MasterUserPassword": password,
        }
        resources: dict[str, Any] = {
            choices["secret"]: {"Type": "Custom::GeneratedSecret", "Properties": generated, **policies},
            "DbPassword": {"Type": "Custom::Secret", "Properties": {**getter, "SecretId": secret_id}},
            "Database": {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete", "Properties": database},
            "Witness": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": password}},
        }
        if choices["failing"]:
            # Fails once the database has its new value.
            resources["Mistake"] = {
                "Type": "Custom::Secret",
                "DependsOn": ["Database", "Witness"],
                "Properties": {**getter, "Env": "nobody-made-this"},
            }
        return json.dumps({"Resources": resources})


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
