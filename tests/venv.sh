#!/usr/bin/env bash
# venv.sh [NAME REQUIREMENTS]: makes the virtual environment <repo>/NAME (.venv) from a file of tests/ (requirements.txt)
# and prints its path. Does nothing when it is up to date; two runs at once wait for each other. Progress goes to stderr.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=${1:-.venv}
requirements=tests/${2:-requirements.txt}
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

# The lock lives beside the environment, because that is thrown away when the requirements change. Where there is no
# flock (macOS), two runs at once are the user's to avoid.
exec 9>"$name.lock"
if command -v flock >/dev/null; then flock 9; fi

wanted=$({ cat "$requirements"; "$python" -c 'import sys; print(sys.version, sys.base_prefix)'; } | cksum)
if [[ "$(cat "$name/complete" 2>/dev/null)" != "$wanted" ]]; then
    say "installing $requirements into $name (half a minute, once)"
    "$python" -m venv --clear "$name"
    "$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$requirements" >&2
    "$name/bin/python" -m pip --disable-pip-version-check check >&2
    printf '%s\n' "$wanted" > "$name/complete"
fi
printf '%s\n' "$PWD/$name"
