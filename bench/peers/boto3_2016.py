"""The getter as it was written in 2016: clients made inside the handler."""
import base64
import json
import urllib.request

import boto3


def handler(event, context):
    table, stack, env, rest = event["ResourceProperties"]["SecretId"].split("/")
    version = rest.split("@")[1].split(".")[0]
    item = boto3.client("dynamodb").get_item(
        TableName=table,
        Key={"StackName": {"S": stack}, "Env": {"S": f"{env}#{int(version):019}"}},
        ConsistentRead=True,
    )["Item"]
    plaintext = boto3.client("kms").decrypt(
        CiphertextBlob=base64.b64decode(item["Ciphertext"]["S"]),
        KeyId=item["KeyArn"]["S"],
        EncryptionContext={name: value["S"] for name, value in item["EncryptionContext"]["M"].items()},
    )["Plaintext"]
    body = json.dumps({
        "Status": "SUCCESS",
        "PhysicalResourceId": "peer",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": True,
        "Data": {"password": plaintext.decode(), "Version": version},
    }).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request).read()
