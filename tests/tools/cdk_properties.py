"""Makes the props of the CDK's constructs from what the pair knows: the schemas of its resources, its template.

    python -m tools.cdk_properties [--write]

Without --write, it fails where cdk/src/generated is not what comes out: with a property that no construct has yet.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tools.paths import REPOSITORY
from tools.settled import settled
from tools.template_as_json import load
from tools.translated import STORE

FOLDER = REPOSITORY / "cdk/src/generated"
WIDTH = 118
INTRINSIC = {"$ref": "#/$defs/Intrinsic"}
# Which the CDK does not let into a template in clear by mistake.
SECRET = {"Value"}
IN_TEMPLATES = {"string": "string", "boolean": "boolean", "integer": "number"}


class Source(NamedTuple):
    """A schema, and what the props that come of it are called."""

    path: str
    interface: str
    summary: str
    shape: str


# A new resource: a row here, and its construct.
SCHEMAS = (
    Source(
        "docs/generated-secret.schema.json",
        "GeneratedSecretProperties",
        "What a template may say of a `Custom::GeneratedSecret`.",
        "GENERATED_SECRET",
    ),
    Source(
        "docs/secret.schema.json",
        "StoredSecretProperties",
        "What a template may say of a `Custom::Secret`: either `secretId`, or the others that name a secret.",
        "STORED_SECRET",
    ),
    Source(
        "docs/published-secret.schema.json",
        "PublishedSecretProperties",
        "What a template may say of a `Custom::PublishedSecret`.",
        "PUBLISHED_SECRET",
    ),
)


class Prop(NamedTuple):
    """A property as TypeScript has it."""

    name: str  # as templates have it
    type: str
    inner: str | None  # the interface of its own properties
    comment: str
    is_required: bool


class Library:
    """What was made so far: each enum and interface once, whichever schema it came of."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self.shapes: dict[str, str] = {}

    def schema(self, source: Source) -> None:
        schema = json.loads((REPOSITORY / source.path).read_text())
        own = {name: of for name, of in schema["properties"].items() if not _takes_anything(of)}
        self._interface(
            source.interface, source.summary, source.shape, schema | {"properties": own}, schema.get("$defs", {})
        )

    def pair(self) -> None:
        parameters = settled(load(REPOSITORY / "template.yaml"), STORE)["Parameters"]
        props = [self._parameter(name, of) for name, of in parameters.items()]
        self._add("PairParameters", "PAIR", "The parameters of the pair's template.", props)

    def _interface(
        self, name: str, summary: str, shape: str, schema: Mapping[str, Any], defs: Mapping[str, Any]
    ) -> None:
        required = schema.get("required", [])
        props = []
        for prop, of in schema["properties"].items():
            type_, inner = ("SecretValue", None) if prop in SECRET else self._type(prop, of, defs)
            props.append(Prop(prop, type_, inner, of.get("description", ""), prop in required))
        self._add(name, shape, summary, sorted(props, key=lambda prop: not prop.is_required))

    def _add(self, name: str, shape: str, summary: str, props: list[Prop]) -> None:
        lines = [*_comment(summary), f"export interface {name} {{"]
        for prop in props:
            lines += [*_comment(prop.comment, "  ")]
            lines += [f"  readonly {_camel(prop.name)}{'' if prop.is_required else '?'}: {prop.type};"]
        self._once(self.types, name, "\n".join([*lines, "}"]))
        rows = [f"  {_camel(prop.name)}: {_spelling(prop)},\n" for prop in props]
        self._once(self.shapes, shape, f"export const {shape}: Shape = {{\n{''.join(rows)}}};")

    def _type(self, name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> tuple[str, str | None]:
        """The type, and the interface in it. Intrinsic functions are tokens here; numbers are never text."""
        if choices := [one for one in schema.get("anyOf", []) if one != INTRINSIC]:
            if len(choices) == 1 or IN_TEMPLATES.get(choices[0].get("type", "")) in ("boolean", "number"):
                return self._type(name, choices[0], defs)
            if schema.get("type") == "string":
                return "string", None
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            schema = defs[name]
        match schema:
            case {"type": "string", "enum": values}:
                return self._enum(name.removesuffix("Property"), values), None
            case {"type": "string" | "boolean" | "integer" as kind}:
                return IN_TEMPLATES[kind], None
            case {"type": "array", "items": items}:
                type_, inner = self._type(name, items, defs)
                return f"{type_}[]", inner
            case {"type": "object", "properties": _}:
                self._interface(name, schema.get("description", f"A `{name}`."), _constant(name), schema, defs)
                return name, name
            case {"type": "object", "additionalProperties": of}:
                type_, inner = self._type(name, of, defs)
                return f"{{ [name: string]: {type_} }}", inner
        sys.exit(f"{name} has a schema that no construct can spell: {json.dumps(schema)}")

    def _parameter(self, name: str, of: Mapping[str, Any]) -> Prop:
        values = of.get("AllowedValues", [])
        if of["Type"] == "CommaDelimitedList":
            type_ = "string[]"
        elif of["Type"] == "Number":
            type_ = "number"
        elif values == ["true", "false"]:
            type_ = "boolean"
        else:
            type_ = self._enum(name, values) if values else "string"
        default = f"\n\n@default {of['Default']}" if of["Default"] != "" else ""
        return Prop(name, type_, None, of["Description"] + default, is_required=False)

    def _enum(self, name: str, values: list[str]) -> str:
        members = [f"  {_constant(value)} = '{value}',\n" for value in values]
        text = "\n".join([*_comment(f"The values of `{name}`."), f"export enum {name} {{\n{''.join(members)}}}"])
        self._once(self.types, name, text)
        return name

    def _once(self, known: dict[str, str], name: str, text: str) -> None:
        if known.setdefault(name, text) != text:
            sys.exit(f"two schemas have a different {name}")


def main(is_to_write: bool) -> None:
    library = Library()
    for source in SCHEMAS:
        library.schema(source)
    library.pair()
    names = ", ".join([*(source.path for source in SCHEMAS), "template.yaml"])
    made = f"// Made from {names}: make cdk-properties.\n"
    files = {
        "properties.ts": [made + "import { SecretValue } from 'aws-cdk-lib';\n", *library.types.values()],
        "shapes.ts": [made + "import { Shape } from '../shape';\n", *library.shapes.values()],
    }
    for name, parts in files.items():
        path, text = FOLDER / name, parts[0] + "\n" + "\n\n".join(parts[1:]) + "\n"
        if is_to_write:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.relative_to(REPOSITORY)} is not what {names} say: make cdk-properties")


def _takes_anything(schema: Mapping[str, Any]) -> bool:
    """CloudFormation's own properties, which are the construct's, and those that are to no effect."""
    return {} in schema.get("anyOf", [{}])


def _comment(text: str, indent: str = "") -> Iterator[str]:
    if "*/" in text:
        sys.exit(f"this ends a comment: {text}")
    paragraphs = [textwrap.wrap(" ".join(part.split()), WIDTH - len(indent) - 3) for part in text.split("\n\n")]
    lines = [line for paragraph in paragraphs for line in ["", *paragraph]][1:]
    if len(lines) == 1 and len(indent) + len(lines[0]) + 7 <= WIDTH:
        yield f"{indent}/** {lines[0]} */"
    elif lines:
        yield f"{indent}/**"
        yield from (f"{indent} * {line}".rstrip() for line in lines)
        yield f"{indent} */"


def _spelling(prop: Prop) -> str:
    return f"['{prop.name}', {_constant(prop.inner)}]" if prop.inner else f"'{prop.name}'"


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _constant(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper().replace("-", "_")


if __name__ == "__main__":
    main(sys.argv[1:] == ["--write"])
