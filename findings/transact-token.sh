#!/usr/bin/env bash
# moto applies a DynamoDB transaction twice that was sent twice with one ClientRequestToken; DynamoDB applies it once.
#
# The token is what makes TransactWriteItems safe to repeat after an answer that was lost: the API's own description,
# which botocore carries, calls identical calls one call, and names an error for the same token with other parameters.
# moto takes the token and looks no further at it. So a counter counts double, an append appends twice, and a writer
# that reuses a token by mistake is not told.
# Who is hurt: whoever tests retries on moto: a right program fails there, a wrong one passes. Instead: make the
# writes conditional, and test the token's meaning elsewhere.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" \
    'moto[dynamodb]==5.2.5' boto3==1.43.106 botocore==1.43.106 2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - <<'PYTHON'
import re
from importlib.metadata import version

import boto3
from moto import mock_aws

with mock_aws():
    table = boto3.client("dynamodb")
    table.create_table(
        TableName="counters",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    def add(amount):
        update = {
            "TableName": "counters",
            "Key": {"id": {"S": "visits"}},
            "UpdateExpression": "ADD seen :amount",
            "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
        }
        table.transact_write_items(ClientRequestToken="one-and-the-same", TransactItems=[{"Update": update}])
        return table.get_item(TableName="counters", Key={"id": {"S": "visits"}})["Item"]["seen"]["N"]

    operation = table.meta.service_model.operation_model("TransactWriteItems")
    said = re.sub(r"<[^>]+>", "", operation.input_shape.members["ClientRequestToken"].documentation)
    errors = [shape.name for shape in operation.error_shapes]
    seen = [add(1), add(1), add(50)]

print(f"botocore {version('botocore')}: {said.split('. ')[0]}.")
print(f"errors that its model names: {', '.join(name for name in errors if 'Idempotent' in name)}\n")
print(f"moto {version('moto')}, three times one token:")
print(f"  ADD 1                        the counter is {seen[0]}")
print(f"  the same call again          the counter is {seen[1]}   (once applied: 1)")
print(f"  ADD 50 under the same token  the counter is {seen[2]}  (refused: IdempotentParameterMismatchException)")

assert "have the same effect as one single call" in said and "IdempotentParameterMismatchException" in errors
assert seen == ["1", "2", "52"], seen
PYTHON
