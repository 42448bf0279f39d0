#!/usr/bin/env bash
# A hexadecimal secret such as 7345e201 arrives as the number 7.345e+204: the writer left it bare, the reader guesses.
#
# PyYAML quotes what its own YAML 1.1 would read otherwise, and there a number with an exponent needs a dot. js-yaml
# and yaml on npm read YAML 1.2, where it needs none; of 12e45678 yaml makes Infinity, which JSON writes as null, and
# js-yaml a text. npm's properties-reader does the same to a .properties file, and drops leading zeros; its getRaw
# does not.
# Who is hurt: generated hexadecimal secrets (of 8 digits one in 72, of 16 one in 1318) handed from a Python script to
# a Node service: it works in every test, until a rotation. Instead: write JSON, or force quotes (default_style='"');
# read with getRaw; or generate from an alphabet whose words are never numbers.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" PyYAML==6.0.4 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }
npm install --silent --no-audit --no-fund --prefix "$work/node" \
    js-yaml@5.5.0 yaml@2.9.1 properties-reader@3.0.1 >/dev/null

cd "$work"
PYTHONPATH=packages python3 - > values.yaml <<'PYTHON'
import sys

import yaml

yaml.safe_dump({"first": "7345e201", "second": "12e45678", "third": "00712345"}, sys.stdout)
PYTHON
printf 'first=7345e201\nsecond=12e45678\nthird=00712345\n' > values.properties
cat > node/read.mjs <<'NODE'
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { parse } from "yaml";
import { propertiesReader } from "properties-reader";

const text = readFileSync("values.yaml", "utf8");
const properties = propertiesReader({ sourceFile: "values.properties" });
const names = ["first", "second", "third"];
const all = (read) => names.map((name) => `${typeof read(name)} ${read(name)}`).join(" | ");
console.log("js-yaml 5.5.0           ", all((name) => load(text)[name]));
console.log("yaml 2.9.1              ", all((name) => parse(text)[name]));
console.log("properties-reader 3.0.1 ", all((name) => properties.get(name)));
console.log("  the same, with getRaw ", all((name) => properties.getRaw(name)));
console.log("yaml's, as JSON         ", JSON.stringify(parse(text)));
NODE

echo 'values.yaml, as PyYAML 6.0.4 wrote three strings:'
cat values.yaml
echo
node node/read.mjs | tee read
python3 - <<'PYTHON'
from fractions import Fraction

print()
for length in (8, 16, 32):
    digits, exponent = Fraction(10, 16) ** (length - 1), Fraction(1, 16) * (length - 2)
    print(f"of random secrets of {length} hexadecimal digits, one in {round(1 / (digits * exponent))} is such a number")
PYTHON

diff read - <<'READ'
js-yaml 5.5.0            number 7.345e+204 | string 12e45678 | string 00712345
yaml 2.9.1               number 7.345e+204 | number Infinity | string 00712345
properties-reader 3.0.1  number 7.345e+204 | number Infinity | number 712345
  the same, with getRaw  string 7345e201 | string 12e45678 | string 00712345
yaml's, as JSON          {"first":7.345e+204,"second":null,"third":"00712345"}
READ
