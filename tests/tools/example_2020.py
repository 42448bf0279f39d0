"""The two handlers of the 2020 example that apps/accounts takes the place of, as they behave: what a test of one of
their faults must fail on.

Run by Lambda's own runtime for Python: `python -m awslambdaric tools.example_2020.signup`, and `.login`. Never
deployed: it stores passwords that can be read back, and logs them.
"""

import base64
import json
import logging
import os
from typing import Any
from urllib.parse import parse_qs

import boto3

Event = dict[str, Any]

log = logging.getLogger()
log.setLevel(logging.INFO)
kms = boto3.client("kms")
table = boto3.resource("dynamodb").Table(os.environ["ACCOUNTS_TABLE"])


def signup(event: Event, _: object) -> Event:
    """A second one of the same name replaces the first."""
    form = _form(event)
    password = form["password"][0].encode()
    sealed = kms.encrypt(KeyId=os.environ["EXAMPLE_KEY_ARN"], Plaintext=password)["CiphertextBlob"]
    table.update_item(
        Key={"userid": form["uname"][0]},
        UpdateExpression="set password = :p",
        ExpressionAttributeValues={":p": base64.b64encode(sealed).decode()},
    )
    return _answer("Signup Success")


def login(event: Event, _: object) -> Event:
    """An unknown name is a KeyError."""
    form = _form(event)
    item = table.get_item(Key={"userid": form["uname"][0]})["Item"]
    stored = kms.decrypt(CiphertextBlob=base64.b64decode(str(item["password"])))["Plaintext"].decode()
    return _answer("Login Success" if stored == form["password"][0] else "Login Failed")


def _form(event: Event) -> dict[str, list[str]]:
    log.info(event)
    form = parse_qs(event["body"])
    log.info(form)
    return form


def _answer(status: str) -> Event:
    body = json.dumps({"status": status})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}
