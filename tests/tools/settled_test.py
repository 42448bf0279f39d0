"""Tests of `settled`: a template with some parameters settled is, for every value of the others, what it was before."""

import json
import re
import unittest
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from tools.paths import REPOSITORY
from tools.settled import NO_VALUE, settled
from tools.template_as_json import load
from tools.translated import STORE

PAIR = REPOSITORY / "template.yaml"
OVER_S3 = {"Store": "s3"}

# What decides over resources, conditions and rules of the pair besides the store.
DECISIVE = {
    "ExistingTableName": ("", "one"),
    "ExistingKeyArn": ("", "one"),
    "ReadOnly": ("false", "true"),
    "ReplicaRegion": ("", "eu-west-3"),
    "BackupSchedule": ("", "cron(0 1 * * ? *)"),
    "RecoveryWindowInDays": ("0", "30"),
    "ParameterPrefixes": ("", "/shop/"),
}


class Settled(unittest.TestCase):
    def test_the_pair_is_the_same_for_every_value_of_the_other_parameters(self) -> None:
        template = load(PAIR)
        for store in (STORE, OVER_S3):
            less = settled(template, store)
            for values in _values(template):
                with self.subTest(store=store, values=values):
                    self.assertEqual(_made(less, values), _made(template, values | store))

    def test_nothing_is_left_of_what_is_settled(self) -> None:
        released = settled(load(PAIR), STORE)
        names = {name for section in released.values() if isinstance(section, dict) for name in section}
        self.assertIn("SecretsTable", names)
        self.assertTrue(names.isdisjoint({"Store", "IsOverS3", "CreatesBucket", "SecretsBucket", "ObjectLockInDays"}))
        self.assertNotRegex(json.dumps(released), '"Ref": "Store"|IsOverS3')
        groups = released["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        shown = {name for group in groups for name in group["Parameters"]}
        self.assertLessEqual(shown, set(released["Parameters"]))
        self.assertTrue(all(group["Parameters"] for group in groups))

    def test_the_template_that_came_in_is_as_it_was(self) -> None:
        template = load(PAIR)
        settled(template, STORE)
        self.assertEqual(template, load(PAIR))

    def test_a_value_that_nothing_asks_for_changes_nothing(self) -> None:
        template = {"Parameters": {"A": {}}, "Resources": {"R": {"Type": "T", "Properties": {"A": {"Ref": "A"}}}}}
        self.assertEqual(settled(template, {"B": "1"}), template)

    def test_what_is_there_in_any_case_has_no_condition(self) -> None:
        template = _template(Conditions={"Is": {"Fn::Equals": [{"Ref": "A"}, "1"]}})
        template["Resources"]["R"]["Condition"] = "Is"
        made = settled(template, {"A": "1"})
        self.assertEqual((made.get("Conditions"), made["Resources"]["R"].keys()), (None, {"Type", "Properties"}))

    def test_no_value_takes_what_has_it_along_and_stays_in_what_is_open(self) -> None:
        template = _template(
            Conditions={"Is": {"Fn::Equals": [{"Ref": "A"}, "1"]}},
            Properties={
                "Gone": {"Fn::If": ["Is", NO_VALUE, "x"]},
                "Kept": {"Fn::If": ["Is", "x", NO_VALUE]},
                "List": [{"Fn::If": ["Is", NO_VALUE, "x"]}, "y"],
                "Open": {"Fn::If": ["Other", "x", NO_VALUE]},
            },
        )
        template["Conditions"]["Other"] = {"Fn::Equals": [{"Ref": "B"}, "1"]}
        made = settled(template, {"A": "1"})
        self.assertEqual(
            made["Resources"]["R"]["Properties"],
            {"Kept": "x", "List": ["y"], "Open": {"Fn::If": ["Other", "x", NO_VALUE]}},
        )
        self.assertEqual(made["Parameters"], {"B": {"Type": "String"}})

    def test_a_parameter_in_a_text_is_kept_or_filled_in(self) -> None:
        template = _template(Properties={"Name": {"Fn::Sub": "${A}-${B}"}})
        made = settled(template, {"A": "1"})
        values = {"A": "1", "B": "2"}
        self.assertEqual(_made(made, values), _made(template, values))

    def test_a_rule_that_refuses_the_values_is_an_error(self) -> None:
        rule = {"RuleCondition": {"Fn::Equals": [{"Ref": "A"}, "1"]}, "Assertions": [_assertion("A", "2")]}
        with self.assertRaisesRegex(ValueError, "Never"):
            settled(_template() | {"Rules": {"Never": rule}}, {"A": "1"})

    def test_a_rule_that_refuses_them_without_a_condition_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "Never"):
            settled(_template() | {"Rules": {"Never": {"Assertions": [_assertion("A", "2")]}}}, {"A": "1"})

    def test_a_rule_is_gone_where_it_has_nothing_left_to_refuse(self) -> None:
        for condition, assertion in ((("A", "2"), ("B", "1")), (("B", "1"), ("A", "1"))):
            rule = {
                "RuleCondition": {"Fn::Equals": [{"Ref": condition[0]}, condition[1]]},
                "Assertions": [_assertion(*assertion)],
            }
            with self.subTest(rule=rule):
                self.assertNotIn("Rules", settled(_template() | {"Rules": {"Rule": rule}}, {"A": "1"}))


def _template(Conditions: Any = None, Properties: Any = None) -> dict[str, Any]:  # noqa: N803 - as the template says
    """Two parameters, and a resource that refers to both unless it is told otherwise."""
    return {
        "Parameters": {"A": {"Type": "String"}, "B": {"Type": "String"}},
        "Conditions": Conditions or {},
        "Resources": {"R": {"Type": "T", "Properties": Properties or {"A": {"Ref": "A"}, "B": {"Ref": "B"}}}},
    }


def _assertion(parameter: str, value: str) -> dict[str, Any]:
    return {"Assert": {"Fn::Equals": [{"Ref": parameter}, value]}, "AssertDescription": f"{parameter} is {value}."}


def _values(template: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    defaults = {name: str(of.get("Default", "x")) for name, of in template["Parameters"].items()}
    pseudo = {"AWS::Region": "eu-west-1", "AWS::Partition": "aws"}
    for chosen in product(*DECISIVE.values()):
        yield pseudo | defaults | dict(zip(DECISIVE, chosen, strict=True))


def _made(template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """What CloudFormation makes of a template when it knows every parameter: which rules refuse, and what there is."""
    whole = _Whole(template, values)
    rules = template.get("Rules", {})
    made: dict[str, Any] = {"refused": {text for rule in rules.values() for text in whole.refusals(rule)}}
    for section in ("Resources", "Outputs"):
        entries = {name: whole(of) for name, of in template.get(section, {}).items() if whole.is_there(of)}
        for of in entries.values():
            of.pop("Condition", None)
        made[section] = entries
    return made


class _Whole:
    """A template's parts with every parameter in its place: no case is open, so each function has one answer."""

    def __init__(self, template: Mapping[str, Any], values: Mapping[str, str]) -> None:
        self._conditions, self._values = template.get("Conditions", {}), values

    def is_there(self, entry: Mapping[str, Any]) -> bool:
        return "Condition" not in entry or bool(self(self._conditions[entry["Condition"]]))

    def refusals(self, rule: Mapping[str, Any]) -> Iterator[str]:
        if self(rule.get("RuleCondition", True)):
            yield from (one["AssertDescription"] for one in rule["Assertions"] if not self(one["Assert"]))

    def __call__(self, part: Any) -> Any:
        match part:
            case {"Ref": str(name)} if name in self._values:
                return self._values[name]
            case {"Fn::If": [name, then, otherwise]}:
                return self(then if self(self._conditions[name]) else otherwise)
            case {"Fn::Join": ["", str() | {"Ref": _} as text]}:
                return self(text)  # a list of these values has one member
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": re.sub(r"\$\{([\w:]+)\}", lambda found: self._values.get(found[1], found[0]), text)}
            case dict() if (truth := self._truth(part)) is not None:
                return truth
            case dict():
                folded = {key: self(inner) for key, inner in part.items()}
                return {key: inner for key, inner in folded.items() if inner != NO_VALUE}
            case list():
                return [value for value in map(self, part) if value != NO_VALUE]
        return part

    def _truth(self, part: dict[str, Any]) -> bool | None:
        match part:
            case {"Condition": str(name), **others} if not others:
                return bool(self(self._conditions[name]))
            # A list of these values has one member.
            case {"Fn::Equals": [one, other]} | {"Fn::EachMemberEquals": [one, other]} | {"Fn::Contains": [one, other]}:
                return bool(self(one) == self(other))
            case {"Fn::Not": [one]}:
                return not self(one)
            case {"Fn::And": parts}:
                return all(map(self, parts))
            case {"Fn::Or": parts}:
                return any(map(self, parts))
        return None


if __name__ == "__main__":
    unittest.main()
