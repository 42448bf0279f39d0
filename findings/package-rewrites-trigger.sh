#!/usr/bin/env bash
# aws cloudformation package changes unquoted properties of a template, and other packagers change them otherwise.
#
# A custom resource is updated when a property's text changes: that is how a rotation is triggered. The AWS CLI reads
# a template as YAML 1.1 and writes it anew even if there is nothing to upload: 2026_11 becomes 202611, 12:30 becomes
# 750 (base 60), a time stamp loses its T and Z. On npm it is YAML 1.2: 010 is ten there and eight here, 1e3 a number
# there and a text here.
# Who is hurt: whoever adds a packaging step or changes the packager: the trigger "changes", and a password is rotated
# that nobody meant to. Instead: quote each property of a custom resource that is not a plain word.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" awscli==1.46.3 cfn-flip==1.3.0 \
    2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }
npm install --silent --no-audit --no-fund --prefix "$work/node" yaml-cfn@0.3.2 >/dev/null

cd "$work"
cat > template.yaml <<'YAML'
Resources:
  Secret:
    Type: Custom::Secret
    Properties:
      ServiceToken: arn:aws:lambda:eu-west-1:123456789012:function:any
      Month: 2026_11
      Window: 12:30
      Since: 2026-11-01T10:00:00Z
      Build: 010
      Batch: 1e3
YAML

export HOME=$work AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
export PYTHONPATH=$work/packages PYTHONWARNINGS=ignore
values() { sed -n 's/^ *"\{0,1\}\(Month\|Window\|Since\|Build\|Batch\)"\{0,1\}: *\(.*[^,]\),\{0,1\}$/\2/p' "$1"; }
python3 packages/bin/aws cloudformation package --template-file template.yaml --s3-bucket unused > by-aws
python3 packages/bin/cfn-flip -j template.yaml > by-flip
node -e '
    const { yamlParse } = require("./node/node_modules/yaml-cfn");
    console.log(JSON.stringify(yamlParse(require("fs").readFileSync("template.yaml", "utf8")), null, 1));' > by-npm

python3 packages/bin/aws --version
layout='%-8s %-24s %-28s %-30s %s\n'
printf "\\n$layout" '' template 'aws cloudformation package' 'cfn-flip 1.3.0' 'yaml-cfn 0.3.2 (npm)'
printf '%s\n' Month Window Since Build Batch > names
paste -d'|' names <(values template.yaml) <(values by-aws) <(values by-flip) <(values by-npm) > table
while IFS='|' read -r name a b c d; do printf "$layout" "$name" "$a" "$b" "$c" "$d"; done < table

diff table - <<'TABLE'
Month|2026_11|202611|202611|"2026_11"
Window|12:30|750|750|"12:30"
Since|2026-11-01T10:00:00Z|2026-11-01 10:00:00+00:00|"2026-11-01T10:00:00+00:00"|"2026-11-01T10:00:00Z"
Build|010|8|8|10
Batch|1e3|1e3|"1e3"|1000
TABLE
