"""Plays stack operations with the shipped binaries on a local CloudFormation, and holds each against what it promises.

Values are compared by their hashes, so that no failure prints one. Exit status 1 and the promise that was broken, or 0.
"""

import base64
import hashlib
import json
import pathlib
import sys

from tools import ministack, pair
from tools.stacks import Stack, StackFailed

ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"


def main(binaries):
    with ministack.running() as cloud:
        outputs = pair.deploy(cloud, binaries).outputs()
        for history in (rotation, rollback, renamed_env, renamed_resource, end_and_new_beginning):
            name = history.__name__.replace("_", "-")
            try:
                history(Shop(cloud, outputs, name))
            except (StackFailed, BrokenPromise) as failure:
                sys.exit(f"{name}: {failure}")
            print(f"{name}: as promised")


def rotation(shop):
    """A rotation is a replacement: a new id, the database's new value, and then the old id's cleanup."""
    shop.create(trigger="1")
    first, given = shop.secret_id(), shop.given()
    shop.is_readable()
    shop.update(trigger="1", password_length=40)
    promise("another policy makes no new value", (shop.secret_id(), shop.given()) == (first, given))
    shop.update(trigger="2")
    promise("a rotation makes a new id", shop.secret_id() != first)
    promise("a rotation gives the database a new value", shop.given() != given)
    promise("the cleanup has superseded the old version", "SupersededAt" in shop.version(first))
    promise("a superseded version does not expire", "ExpiresAt" not in shop.version(first))
    promise("the old value is readable by its number", shop.read(Env="prod", Version="1") == given)
    shop.is_readable()


def rollback(shop):
    """After a rotation whose stack fails, everything is as before, and the next rotation goes through."""
    shop.create(trigger="1")
    for trigger in ("2", "3"):
        before = (shop.secret_id(), shop.given())
        shop.update(ROLLED_BACK, trigger=trigger, failing=True)
        promise("a rollback brings id and value back", (shop.secret_id(), shop.given()) == before)
        shop.is_readable()
        shop.update(trigger=trigger)
        promise("the rotation can be done again", shop.given() != before[1])
        shop.is_readable()


def renamed_env(shop):
    """Another Env is another secret; the one before stays for the rollback, and goes with the cleanup."""
    shop.create(env="test")
    first, given = shop.secret_id(), shop.given()
    shop.update(ROLLED_BACK, env="live", failing=True)
    promise("a rollback finds the way back to the old Env", (shop.secret_id(), shop.given()) == (first, given))
    shop.is_readable("test")
    promise("nothing is left to read in the new Env", shop.read(Env="live") is None)
    shop.update(env="live")
    promise("another Env has another value", shop.given() != given)
    shop.is_readable("live")
    promise("the old Env's value is out of use", shop.read(Env="test") is None)
    promise("the old Env's value can be restored", "ExpiresAt" in shop.version(first))


def renamed_resource(shop):
    """A resource with another logical id adopts the value, in a rollback gives it back, and then keeps it."""
    shop.create(secret="Old")
    first, given = shop.secret_id("Old"), shop.given()
    shop.update(ROLLED_BACK, secret="New", on_conflict="adopt", failing=True)
    promise("a rollback gives the value back", (shop.secret_id("Old"), shop.given()) == (first, given))
    promise("who has it back has it alone", "AdoptedFrom" not in shop.version(first))
    shop.is_readable(secret="Old")
    shop.update(secret="New", on_conflict="adopt")
    promise("adoption changes the id", shop.secret_id("New") != first)
    promise("adoption keeps the value", shop.given() == given)
    promise("who is gone is nobody to give back to", "AdoptedFrom" not in shop.version(first))
    shop.is_readable(secret="New")
    shop.update(secret="New", trigger="2")
    promise("what was adopted can be rotated", shop.given() != given)


def end_and_new_beginning(shop):
    """A deleted stack's value is out of use; a new stack of that name has its own, or adopts the old one."""
    shop.create()
    first, given = shop.secret_id(), shop.given()
    shop.delete()
    promise("a deleted value is not handed out", shop.read(SecretId=first) is None and shop.read(Env="prod") is None)
    promise("a deleted value can be restored", "ExpiresAt" in shop.version(first))
    shop.create()
    second = shop.given()
    promise("a new stack has a new value", second != given)
    shop.is_readable()
    promise("a deleted value stays deleted", shop.read(SecretId=first) is None)
    shop.delete()
    shop.create(on_conflict="adopt")
    promise("a new stack may adopt the last value", shop.given() == second)
    promise("an adopted value does not expire", "ExpiresAt" not in shop.version(shop.secret_id()))
    shop.is_readable()
    shop.delete()
    promise("what was adopted goes back to whom it was taken from", shop.read(Env="prod") == second)


class BrokenPromise(Exception):
    """What did not hold."""


def promise(text, holds):
    if not holds:
        raise BrokenPromise(f"not so: {text}")


class Shop:
    """A stack with a secret, a database that has its value, and a parameter that shows what the database was given."""

    def __init__(self, cloud, outputs, name):
        self._cloud, self._outputs = cloud, outputs
        self._stack = Stack(cloud, name)

    def create(self, **choices):
        self._stack.create(self._template(**choices))

    def update(self, until="UPDATE_COMPLETE", **choices):
        self._stack.update(self._template(**choices), until)

    def delete(self):
        self._stack.delete()

    def secret_id(self, secret="DbSecret"):
        return self._stack.physical_id(secret)

    def given(self):
        """The hash of the value that the database was last given."""
        parameter = self._cloud.ssm.get_parameter(Name=self._stack.physical_id("Witness"))
        return _hash(parameter["Parameter"]["Value"])

    def read(self, **event):
        """The hash of what the getter gives for this event; None if it refuses."""
        if "SecretId" not in event:
            event["StackName"] = self._stack.name
        answer = self._cloud.functions.invoke(FunctionName=self._outputs["GetterArn"], Payload=json.dumps(event))
        return None if "FunctionError" in answer else _hash(json.load(answer["Payload"])["password"])

    def is_readable(self, env="prod", secret="DbSecret"):
        """The database's value can be read by id, by address, and with the record and the key alone."""
        given, secret_id = self.given(), self.secret_id(secret)
        promise("the database's value is readable by its id", self.read(SecretId=secret_id) == given)
        promise("the database's value is readable by its address", self.read(Env=env) == given)
        promise("the key decrypts the record to the database's value", self._decrypted(secret_id) == given)

    def version(self, secret_id):
        """The stored version that an id (table/stack/env/name@version.tag) names."""
        address, _, version = secret_id.partition("@")
        table, stack, env, name = address.split("/")
        promise("the ids here have no name of their own", name == "default")
        key = {"StackName": {"S": stack}, "Env": {"S": f"{env}#{int(version.partition('.')[0]):019}"}}
        return self._cloud.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]

    def _decrypted(self, secret_id):
        record = self.version(secret_id)
        context = {name: value["S"] for name, value in record["EncryptionContext"]["M"].items()}
        blob = base64.b64decode(record["Ciphertext"]["S"])
        return _hash(self._cloud.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"].decode())

    def _template(
        self, secret="DbSecret", env="prod", trigger="1", on_conflict="refuse", password_length=32, failing=False
    ):
        generated = {
            "ServiceToken": self._outputs["GeneratorArn"],
            "Env": env,
            "RotationTrigger": trigger,
            "OnConflict": on_conflict,
            "PasswordLength": password_length,
        }
        getter = {"ServiceToken": self._outputs["GetterArn"]}
        password = {"Fn::GetAtt": ["DbPassword", "password"]}
        database = {
            "Engine": "mysql",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20",
            "MasterUsername": "dbadmin",
            "MasterUserPassword": password,
        }
        resources = {
            secret: {"Type": "Custom::GeneratedSecret", "Properties": generated},
            "DbPassword": {"Type": "Custom::Secret", "Properties": {**getter, "SecretId": {"Ref": secret}}},
            "Database": {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": "Delete", "Properties": database},
            "Witness": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": password}},
        }
        if failing:
            # Fails once the database has its new value.
            resources["Mistake"] = {
                "Type": "Custom::Secret",
                "DependsOn": ["Database", "Witness"],
                "Properties": {**getter, "Env": "nobody-made-this"},
            }
        return json.dumps({"Resources": resources})


def _hash(value):
    return hashlib.sha256(value.encode()).hexdigest()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
