#!/usr/bin/env bash
# python-hcl2 gives three values for one quoted string of a .tfvars file, by its major version, and none is
# Terraform's.
#
# Version 5 leaves the escapes as they stand in the file. Version 7 undoes each by itself, and one of them wrongly:
# \\n, a backslash and the letter n, becomes a backslash and a line feed. Version 8 returns the source text, quotation
# marks included, so that "abc" has five characters; with strip_string_quotes=True it is right here. They are held
# against Terraform's own parser, compiled for Node as @cdktf/hcl2json.
# Who is hurt: scripts that read generated passwords out of tfvars: an upgrade changes what they log in with. Instead:
# write and read terraform.tfvars.json, which needs none of these escapes; else pin the version and pass the option.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for version in 5.1.1 7.3.1 8.1.4; do
    python3 -m pip install --quiet --disable-pip-version-check --target "$version" "python-hcl2==$version" 2>pip.log ||
        { cat pip.log >&2; exit 1; }
done
npm install --silent --no-audit --no-fund --prefix node @cdktf/hcl2json@0.21.0 >/dev/null

cat > secrets.tfvars <<'HCL'
plain = "abc"
quote = "a\"b"
slash = "a\\nb"
HCL
echo 'secrets.tfvars:'
cat secrets.tfvars
echo
{
    node -e '
        const { parse } = require("./node/node_modules/@cdktf/hcl2json");
        parse("secrets.tfvars", require("fs").readFileSync("secrets.tfvars", "utf8")).then((read) =>
            console.log("hcl2json 0.21.0", ...["plain", "quote", "slash"].map((name) => JSON.stringify(read[name]))));'
    for version in 5.1.1 7.3.1 8.1.4; do
        PYTHONPATH=$version python3 -c '
import json, sys, hcl2
read = hcl2.loads(open("secrets.tfvars").read())
print("python-hcl2", sys.argv[1], *(json.dumps(read[name]) for name in ("plain", "quote", "slash")))
' "$version"
    done
    PYTHONPATH=8.1.4 python3 -c '
import json, hcl2
from hcl2 import SerializationOptions
read = hcl2.loads(open("secrets.tfvars").read(), serialization_options=SerializationOptions(strip_string_quotes=True))
print("  with the option", *(json.dumps(read[name]) for name in ("plain", "quote", "slash")))'
} | tee read

diff read - <<'READ'
hcl2json 0.21.0 "abc" "a\"b" "a\\nb"
python-hcl2 5.1.1 "abc" "a\\\"b" "a\\\\nb"
python-hcl2 7.3.1 "abc" "a\"b" "a\\\nb"
python-hcl2 8.1.4 "\"abc\"" "\"a\\\"b\"" "\"a\\\\nb\""
  with the option "abc" "a\"b" "a\\nb"
READ
