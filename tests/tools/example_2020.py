"""The two handlers of the 2020 example that apps/accounts takes the place of, as they behave: what a test of one of
their faults must fail on.

Run by Lambda's Runtime API under the names accounts-signup and accounts-login. Never deployed: it stores passwords that
can be read back, and logs them.
"""

import base64
import json
import logging
import os
import sys
import urllib.request
from typing import Any
from urllib.parse import parse_qs

import boto3

Event = dict[str, Any]

log = logging.getLogger()
TABLE = os.environ["ACCOUNTS_TABLE"]
KEY = os.environ["EXAMPLE_KEY_ARN"]
kms = boto3.client("kms")
table = boto3.resource("dynamodb").Table(TABLE)


def signup(event: Event) -> str:
    """A second one of the same name replaces the first."""
    form = _form(event)
    password = form["password"][0].encode()
    sealed = kms.encrypt(KeyId=KEY, Plaintext=password)["CiphertextBlob"]
    table.update_item(
        Key={"userid": form["uname"][0]},
        UpdateExpression="set password = :p",
        ExpressionAttributeValues={":p": base64.b64encode(sealed).decode()},
    )
    return "Signup Success"


def login(event: Event) -> str:
    """An unknown name is a KeyError."""
    form = _form(event)
    item = table.get_item(Key={"userid": form["uname"][0]})["Item"]
    stored = kms.decrypt(CiphertextBlob=base64.b64decode(str(item["password"])))["Plaintext"].decode()
    return "Login Success" if stored == form["password"][0] else "Login Failed"


def _form(event: Event) -> dict[str, list[str]]:
    log.info(event)
    form = parse_qs(event["body"])
    log.info(form)
    return form


def main() -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    handler = signup if os.environ["AWS_LAMBDA_FUNCTION_NAME"] == "accounts-signup" else login
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    while True:
        with urllib.request.urlopen(f"{api}/next", timeout=3600) as answer:
            request, event = answer.headers["lambda-runtime-aws-request-id"], json.load(answer)
        try:
            body = json.dumps({"status": handler(event)})
            headers = {"Content-Type": "application/json"}
            said, text = "response", json.dumps({"statusCode": 200, "headers": headers, "body": body})
        except (KeyError, TypeError) as error:
            said, text = "error", json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
        urllib.request.urlopen(f"{api}/{request}/{said}", text.encode(), timeout=60).close()


if __name__ == "__main__":
    main()
