"""The getter over crhelper, the usual library for custom resources in Python."""
import base64

import boto3
from crhelper import CfnResource

helper = CfnResource()
dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")


@helper.create
def create(event, context):
    table, stack, env, rest = event["ResourceProperties"]["SecretId"].split("/")
    version = rest.split("@")[1].split(".")[0]
    item = dynamodb.get_item(
        TableName=table,
        Key={"StackName": {"S": stack}, "Env": {"S": f"{env}#{int(version):019}"}},
        ConsistentRead=True,
    )["Item"]
    plaintext = kms.decrypt(
        CiphertextBlob=base64.b64decode(item["Ciphertext"]["S"]),
        KeyId=item["KeyArn"]["S"],
        EncryptionContext={name: value["S"] for name, value in item["EncryptionContext"]["M"].items()},
    )["Plaintext"]
    helper.Data.update({"password": plaintext.decode(), "Version": version})
    return "peer"


def handler(event, context):
    helper(event, context)
