"""Stored versions of secrets, found and decrypted with docs/format.md and the key, and without the pair."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.ministack import Cloud

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


@dataclass(frozen=True)
class SecretId:
    """What `!Ref` gives of a secret: TABLE/STACK/ENV/NAME@VERSION.TAG."""

    table: str
    stack: str
    env: str
    name: str
    version: int

    @classmethod
    def parse(cls, text: str) -> "SecretId":
        address, _, version = text.partition("@")
        table, stack, env, name = address.split("/")
        return cls(table, stack, env, name, int(version.partition(".")[0]))

    def sort_key(self) -> str:
        """The item's attribute `Env`."""
        secret = self.env if self.name == "default" else f"{self.env}/{self.name}"
        return f"{secret}#{self.version:019}"

    def folder(self) -> str:
        """What the keys of its objects begin with."""
        return f"{self.stack}/{self.env}/{self.name}"


def read(cloud: Cloud, secret_id: SecretId) -> "Item":
    """The item of the version that an id names."""
    key: Item = {"StackName": {"S": secret_id.stack}, "Env": {"S": secret_id.sort_key()}}
    return cloud.dynamodb.get_item(TableName=secret_id.table, Key=key, ConsistentRead=True)["Item"]


def read_from_bucket(cloud: Cloud, secret_id: SecretId) -> "Item":
    """The same out of a bucket: what its state says, and its value, hidden or not, as attributes of an item."""
    bucket, folder = secret_id.table, secret_id.folder()
    state = json.load(cloud.s3.get_object(Bucket=bucket, Key=f"{folder}/state.json")["Body"])
    [version] = [version for version in state["Versions"] if version["Version"] == secret_id.version]
    brought_back = f".{version['BroughtBack']}" if "BroughtBack" in version else ""
    key = f"{folder}/v/{secret_id.version:019}.{version['Tag']}{brought_back}"
    value = cloud.s3.get_object(Bucket=bucket, Key=key, VersionId=version["ObjectVersionId"])
    encrypted = json.load(value["Body"])
    both = version | {name: encrypted[name] for name in ("Ciphertext", "EncryptionContext")}
    return {name: _attribute(value) for name, value in both.items()}


def _attribute(value: Any) -> "AttributeValueTypeDef":
    match value:
        case dict():
            return {"M": {name: _attribute(inner) for name, inner in value.items()}}
        case list():
            return {"L": [_attribute(inner) for inner in value]}
        case str():
            return {"S": value}
    return {"N": str(value)}


def scan(cloud: Cloud, table: str) -> "list[Item]":
    """All items, heads too."""
    return [*cloud.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]]


def are_expiring(items: "list[Item]") -> bool:
    """Whether there are versions, and each of them is out of use until its time to live erases it."""
    versions = [item for item in items if "Ciphertext" in item]
    return bool(versions) and all("ExpiresAt" in version for version in versions)


def context(item: "Item") -> dict[str, str]:
    """The encryption context that the value was encrypted with."""
    return {name: value["S"] for name, value in item["EncryptionContext"]["M"].items()}


def decrypt(cloud: Cloud, item: "Item", under: Mapping[str, str] | None = None) -> str:
    """The value, if the encryption context, the item's own unless another is given, is the right one."""
    blob = base64.b64decode(item["Ciphertext"]["S"])
    answer = cloud.kms.decrypt(CiphertextBlob=blob, EncryptionContext=under or context(item), KeyId=item["KeyArn"]["S"])
    return answer["Plaintext"].decode()
