"""Prints a CloudFormation template as JSON, its tags in their long form; no reading of it beyond that."""

import json
import pathlib
import sys

import yaml


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _long_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


if __name__ == "__main__":
    _Loader.add_multi_constructor("!", _long_form)
    json.dump(yaml.load(pathlib.Path(sys.argv[1]).read_text(), _Loader), sys.stdout)
