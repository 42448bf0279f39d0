"""Stored versions of secrets, found and decrypted with docs/format.md, the table and the key, and without the pair."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def read(cloud: Cloud, secret_id: SecretId) -> "Item":
    """The item of the version that an id names."""
    key: Item = {"StackName": {"S": secret_id.stack}, "Env": {"S": secret_id.sort_key()}}
    return cloud.dynamodb.get_item(TableName=secret_id.table, Key=key, ConsistentRead=True)["Item"]


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
