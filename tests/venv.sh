#!/usr/bin/env bash
# Makes <repo>/.venv from tests/requirements.txt and prints its path. Does nothing when it is up to date; two runs at
# once wait for each other. Progress goes to stderr.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-python3}
say() { printf 'venv: %s\n' "$*" >&2; }

command -v "$python" >/dev/null || { say "no $python here; on Debian: apt-get install python3 python3-venv"; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "$("$python" --version) is too old: 3.11 or newer is needed (PYTHON=... names another)"
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    say "this Python cannot make virtual environments; on Debian: apt-get install python3-venv"
    exit 1
}

# The lock lives beside .venv, because .venv itself is thrown away when the requirements change. Where there is no
# flock (macOS), two runs at once are the user's to avoid.
exec 9>.venv.lock
if command -v flock >/dev/null; then flock 9; fi

wanted=$({ cat tests/requirements.txt; "$python" -c 'import sys; print(sys.version, sys.prefix)'; } | cksum)
if [[ "$(cat .venv/complete 2>/dev/null)" != "$wanted" ]]; then
    say "installing tests/requirements.txt into .venv (half a minute, once)"
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/requirements.txt >&2
    .venv/bin/python -m pip --disable-pip-version-check check >&2
    printf '%s\n' "$wanted" > .venv/complete
fi
printf '%s\n' "$PWD/.venv"
