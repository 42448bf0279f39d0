#!/usr/bin/env bash
# uv run --env-file drops a variable that it cannot parse, and every later one, prints the secret, and runs the
# command.
#
# KEY='...\' with a backslash before the closing quote is plain text to a shell and to npm's dotenv: nothing is
# escaped in single quotes. uv takes \' for an escape. It then warns, with the line and what follows it in clear,
# leaves out this variable and all that come after it, and starts the program all the same, with exit status 0.
# Who is hurt: a job whose log now has the password, and which runs on with half of its configuration: an empty
# password, a default where production was meant. Instead: let the program refuse to start without its variables, and
# generate values without backslashes where files of variables will carry them.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" uv==0.13.9 python-dotenv==1.2.4 \
    2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }
npm install --silent --no-audit --no-fund --prefix "$work/node" dotenv@18.0.10 >/dev/null

cd "$work"
cat > file.env <<'ENV'
FIRST=one
PASSWORD='mN4w7\'
LAST=three
ENV
echo 'file.env:'
cat file.env
echo

show="printf '%s|%s|%s' \"\${FIRST-}\" \"\${PASSWORD-}\" \"\${LAST-}\""
by_shell=$(set -a; . ./file.env; sh -c "$show")
by_npm=$(node -e '
    const { parse } = require("./node/node_modules/dotenv");
    const read = parse(require("fs").readFileSync("file.env"));
    process.stdout.write([read.FIRST, read.PASSWORD, read.LAST].join("|"));')
by_python=$(PYTHONPATH=packages python3 -c '
from dotenv import dotenv_values
read = dotenv_values("file.env")
print(*(read.get(name, "") for name in ("FIRST", "PASSWORD", "LAST")), sep="|")' 2>/dev/null)
status=0
by_uv=$(HOME=$work packages/bin/uv run --offline --no-project --env-file file.env -- sh -c "$show" 2>warning) ||
    status=$?

printf '%-22s %s\n' 'read by' 'FIRST|PASSWORD|LAST' \
    sh "$by_shell" 'npm dotenv 18.0.10' "$by_npm" 'python-dotenv 1.2.4' "$by_python" \
    "$(packages/bin/uv --version | cut -d' ' -f1,2)" "$by_uv"
printf '\nuv ended with exit status %s and said on stderr:\n' "$status"
cat warning

[[ $by_shell == 'one|mN4w7\|three' && $by_npm == "$by_shell" ]]
[[ $by_python == 'one||three' ]]
[[ $by_uv == 'one||' && $status == 0 ]]
grep -qF "PASSWORD='mN4w7" warning
