"""Translates a template of SAM into one without `Transform`, for StackSets, which take no other, and who has no SAM.

    python -m tools.translated TEMPLATE > translated.yaml

The functions' code is named by parameters: a bucket, and what its keys begin with before FUNCTION-ARCHITECTURE.zip.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from samtranslator.translator.transform import transform

from tools.settled import settled
from tools.template_as_json import load

LICENCE, README = "LICENSE-MIT", "README.md"

CODE = {
    "CodeBucket": {
        "Type": "String",
        "AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "Description": "The bucket, in this region, that the archives of the functions were uploaded to.",
    },
    "CodeKeyPrefix": {
        "Type": "String",
        "Default": "",
        "AllowedPattern": "^([A-Za-z0-9!_.*'()-]+/)*$",
        "Description": "The folder in it, with a slash at its end, that has their archives. Empty - none.",
    },
}


# The functions of a release keep secrets in a table. For a bucket they are built by `make build STORE=s3`.
STORE = {"Store": "dynamodb"}


def translated(path: Path, store: Mapping[str, str] = STORE) -> dict[str, Any]:
    """The template in long form, as SAM's macro would make it, with parameters for the code."""
    template = settled(load(path), store)
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {
                "Bucket": {"Ref": "CodeBucket"},
                "Key": {"Fn::Sub": f"${{CodeKeyPrefix}}{archive(name, '${Architecture}')}"},
            }
    parameters = template["Parameters"]
    # Translated with defaults, what refers to a parameter would have the default in its place.
    template["Parameters"] = {name: {"Type": of["Type"]} for name, of in (parameters | CODE).items()}
    metadata = template.pop("Metadata", {})
    metadata.pop("AWS::ServerlessRepo::Application", None)  # for `sam publish`, which translates by itself
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of metrics that it has not sent
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")  # asked for, and in nothing that comes out
    result: dict[str, Any] = transform(template, {}, _NoManagedPolicies())
    for resource in result["Resources"].values():
        _forget_the_build(resource)
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig":
            resource.pop("Metadata", None)  # its function's
    result["Parameters"] = CODE | parameters
    if groups := metadata.get("AWS::CloudFormation::Interface", {}).get("ParameterGroups"):
        groups.insert(0, {"Label": {"default": "Its code"}, "Parameters": list(CODE)})
    first = ("AWSTemplateFormatVersion", "Description")
    rest = {name: part for name, part in result.items() if name not in first}
    return {name: result[name] for name in first} | ({"Metadata": metadata} if metadata else {}) | rest


def application(path: Path, architecture: str) -> dict[str, Any]:
    """The template as `sam publish` takes it: not translated, with archives, licence and README beside it."""
    template = settled(load(path), STORE)
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = archive(name, architecture)
        _forget_the_build(resource)
    # A published version has one code.
    template["Parameters"]["Architecture"] |= {"Default": architecture, "AllowedValues": [architecture]}
    template["Metadata"]["AWS::ServerlessRepo::Application"] |= {"LicenseUrl": LICENCE, "ReadmeUrl": README}
    return template


def archive(function: str, architecture: str) -> str:
    """What the archive of a function is called, by the logical id of its resource."""
    words = re.findall("[A-Z][a-z0-9]*", function.removesuffix("Function"))
    return f"{'-'.join(words).lower()}-{architecture}.zip"


def as_yaml(template: dict[str, Any]) -> str:
    # A text of several lines stands as it is written; aliases are no part of what CloudFormation reads.
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _NoManagedPolicies:
    """What SAM would ask IAM for policies that are called by a name alone."""

    def load(self) -> NoReturn:
        raise NotImplementedError("no function has a policy by its name")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _forget_the_build(resource: dict[str, Any]) -> None:
    metadata = resource.get("Metadata", {})
    metadata.pop("BuildMethod", None)
    if not metadata:
        resource.pop("Metadata", None)


if __name__ == "__main__":
    made = translated(Path(sys.argv[1]))
    json.dump(made, sys.stdout) if "--json" in sys.argv else print(as_yaml(made), end="")
