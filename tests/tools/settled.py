"""A template with some of its parameters settled: without them, and without all that is for other values of theirs.

A release has binaries for one store; what its template says of the other could only mislead.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

NO_VALUE = {"Ref": "AWS::NoValue"}


def settled(template: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The template, in long form, as it is for these values; a rule that refuses them is an error."""
    known = _known(template.get("Conditions", {}), values)
    sections = {name: _fold(section, known, values) for name, section in template.items()}
    sections["Conditions"] = {
        name: _simple(_fold(condition, known, values), known)
        for name, condition in template.get("Conditions", {}).items()
        if name not in known
    }
    sections["Rules"] = {name: rule for name, rule in map(_rule, sections.get("Rules", {}).items()) if rule}
    for section in ("Resources", "Outputs"):
        sections[section] = _existing(sections.get(section, {}), known)
    _forget_unused(sections, "Conditions", _conditions_used)
    _forget_unused(sections, "Parameters", _names_used)
    groups = sections.get("Metadata", {}).get("AWS::CloudFormation::Interface", {}).get("ParameterGroups", [])
    for group in groups:
        group["Parameters"] = [name for name in group["Parameters"] if name in sections["Parameters"]]
    groups[:] = [group for group in groups if group["Parameters"]]
    return {name: section for name, section in sections.items() if section != {}}


def _known(conditions: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, bool]:
    known: dict[str, bool] = {}
    while found := {
        name: verdict
        for name, condition in conditions.items()
        if name not in known and (verdict := _verdict(_fold(condition, known, values), known)) is not None
    }:
        known |= found
    return known


def _verdict(condition: Any, known: Mapping[str, bool]) -> bool | None:
    """Whether a condition holds, where that is certain."""
    match condition:
        case {"Condition": name}:
            return known.get(name)
        case {"Fn::Equals": [str(one), str(other)]}:
            return one == other
        case {"Fn::Not": [inner]}:
            verdict = _verdict(inner, known)
            return None if verdict is None else not verdict
        case {"Fn::And": parts} | {"Fn::Or": parts}:
            decisive = "Fn::Or" in condition
            verdicts = [_verdict(part, known) for part in parts]
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive
    return None


def _simple(condition: Any, known: Mapping[str, bool]) -> Any:
    """An open condition without the parts that are certain."""
    match condition:
        case {"Fn::And": parts} | {"Fn::Or": parts}:
            [function] = condition
            rest = [_simple(part, known) for part in parts if _verdict(part, known) is None]
            return rest[0] if len(rest) == 1 else {function: rest}
        case {"Fn::Not": [inner]}:
            return {"Fn::Not": [_simple(inner, known)]}
    return condition


def _fold(node: Any, known: Mapping[str, bool], values: Mapping[str, str]) -> Any:
    match node:
        case {"Fn::If": [str(condition), then, otherwise]} if condition in known:
            return _fold(then if known[condition] else otherwise, known, values)
        case {"Ref": str(name)} if name in values:
            return values[name]
        case dict():
            folded = {key: _fold(inner, known, values) for key, inner in node.items()}
            return {key: inner for key, inner in folded.items() if inner != NO_VALUE}
        case list():
            pairs = [(inner, _fold(inner, known, values)) for inner in node]
            return [after for before, after in pairs if after != NO_VALUE or before == after]
    return node


def _rule(named: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any] | None]:
    name, rule = named
    verdict = _verdict(rule["RuleCondition"], {}) if "RuleCondition" in rule else True
    if verdict is False:
        return name, None
    open_ones = [one for one in rule["Assertions"] if _verdict(one["Assert"], {}) is not True]
    if any(_verdict(one["Assert"], {}) is False for one in open_ones) and verdict:
        raise ValueError(f"rule {name} refuses these values")
    kept = {"RuleCondition": rule["RuleCondition"]} if verdict is None else {}
    return name, kept | {"Assertions": open_ones} if open_ones else None


def _existing(section: Mapping[str, Any], known: Mapping[str, bool]) -> dict[str, Any]:
    kept = {name: dict(of) for name, of in section.items() if known.get(of.get("Condition", ""), True)}
    for of in kept.values():
        if of.get("Condition") in known:
            del of["Condition"]
    return kept


def _forget_unused(sections: dict[str, Any], section: str, used: Any) -> None:
    """Again and again, since one that goes may have been all that needed another."""
    while unused := [name for name in sections[section] if name not in used(sections)]:
        for name in unused:
            del sections[section][name]


def _conditions_used(sections: Mapping[str, Any]) -> set[str]:
    text = json.dumps(sections)
    return set(re.findall(r'"Condition": "(\w+)"', text)) | set(re.findall(r'"Fn::If": \["(\w+)"', text))


def _names_used(sections: Mapping[str, Any]) -> set[str]:
    """What is referred to, by Ref or in a text of Fn::Sub; a group that names a parameter does not use it."""
    text = json.dumps({name: section for name, section in sections.items() if name not in ("Metadata", "Parameters")})
    return set(re.findall(r'"Ref": "(\w+)"', text)) | set(re.findall(r"\$\{(\w+)", text))
