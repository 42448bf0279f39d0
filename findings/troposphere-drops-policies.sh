#!/usr/bin/env bash
# troposphere's TemplateGenerator reads a template and leaves out UpdateReplacePolicy, Globals and Rules, without a
# word.
#
# DeletionPolicy is kept, so that the result looks complete; its sibling, which holds when an update replaces the
# resource, is gone. It is a policy that shows its absence only once: when the old database, table or secret is
# deleted by the update that replaced it. Globals of the SAM transform (timeouts, tracing) and the parameters' Rules
# are lost as well.
# Who is hurt: whoever converts templates to Python with it, or passes them through it. Instead: set the attribute on
# each resource again (the classes do take it), and compare the templates before deploying, as data.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" troposphere==4.11.1 \
    2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - <<'PYTHON'
import json
from importlib.metadata import version

from troposphere import dynamodb
from troposphere.template_generator import TemplateGenerator

RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
BEFORE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Timeout": 60}},
    "Parameters": {"Stage": {"Type": "String"}},
    "Rules": {"Known": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}]}},
    "Resources": {
        "Table": RETAIN
        | {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        },
        "Password": RETAIN | {"Type": "Custom::Secret", "Properties": {"ServiceToken": "arn:aws:lambda:::any"}},
    },
}


def leaves(value, path=""):
    if isinstance(value, dict):
        return {leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}/{key}")}
    return {f"{path} = {json.dumps(value)}"}


print(f"troposphere {version('troposphere')}: TemplateGenerator(template).to_json() has no longer:\n")
after = json.loads(TemplateGenerator(BEFORE).to_json())
lost = sorted(leaves(BEFORE) - leaves(after))
print("\n".join(f"  {leaf}" for leaf in lost))
kept = sorted(leaf for leaf in leaves(after) if "DeletionPolicy" in leaf)
print("\nbut still has:\n" + "\n".join(f"  {leaf}" for leaf in kept))

tops = [leaf.split("/")[1] for leaf in lost]
assert tops == ["Globals", "Resources", "Resources", "Rules"], tops
assert all("UpdateReplacePolicy" in leaf for leaf in lost if leaf.startswith("/Resources"))
assert len(kept) == 2 and not leaves(after) - leaves(BEFORE)
table = dynamodb.Table("Table", UpdateReplacePolicy="Retain", KeySchema=[], AttributeDefinitions=[])
assert table.resource["UpdateReplacePolicy"] == "Retain"
PYTHON
