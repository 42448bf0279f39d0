#!/usr/bin/env bash
# MariaDB's client cuts a typed password at 79 characters, and a line of my.cnf at 4095; both look like something else.
#
# The prompt keeps the first 79 characters of what is typed and says nothing: the login fails as `Access denied`. What is
# beyond 4095 bytes of a line in an option file is read as the next line, an option of its own, so that the end of the
# secret is printed: `unknown option '--...'`. The same passwords log in through the protocol.
# Who is hurt: whoever types or pastes a long generated password, and takes it for a wrong one. Instead: the option file,
# with a line of less than 4096 bytes.
# Needs Debian's mariadb-server.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || { kill "$server"; wait "$server" || true; }; rm -rf "$work"' EXIT
{
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --skip-test-db \
        --auth-root-authentication-method=normal
} > "$work/install" 2>&1
PATH=$PATH:/usr/sbin mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --socket="$work/socket" \
    --skip-networking --pid-file="$work/pid" > "$work/log" 2>&1 &
server=$!
root() { mariadb --no-defaults --socket="$work/socket" --user=root --execute "$1"; }
for _ in {1..300}; do root 'SELECT 1' > "$work/ready" 2>&1 && break; sleep 0.1; done

mariadb --version
python3 - "$work" <<'PYTHON' | tee "$work/said"
import os
import pty
import subprocess
import sys

work = sys.argv[1]
socket = f"--socket={work}/socket"


def password(length):
    secret = ("Ab3-dEf7gH" * 500)[:length]
    statement = f"CREATE OR REPLACE USER typist@localhost IDENTIFIED BY '{secret}'"
    subprocess.run(["mariadb", "--no-defaults", socket, "--user=root", "--execute", statement], check=True)
    return secret


def typed(secret):
    process, terminal = pty.fork()
    if process == 0:
        os.execvp("mariadb", ["mariadb", "--no-defaults", socket, "--user=typist", "--password", "--execute=SELECT 1"])
    while b"password" not in os.read(terminal, 1024):
        pass
    os.write(terminal, f"{secret}\n".encode())
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def in_file(secret):
    file = f"{work}/my.cnf"
    with open(file, "w") as settings:
        settings.write(f'[client]\npassword="{secret}"\n')
    done = subprocess.run(
        ["mariadb", f"--defaults-file={file}", socket, "--user=typist", "--execute=SELECT 1"],
        stdout=subprocess.DEVNULL,
    )
    return done.returncode


for way, lengths in ((typed, (79, 80)), (in_file, (4083, 4093))):
    for length in lengths:
        secret = password(length)
        print(way.__name__, length, "logs in" if way(secret) == 0 else "fails")
PYTHON

diff "$work/said" - <<'SAID'
typed 79 logs in
typed 80 fails
in_file 4083 logs in
in_file 4093 fails
SAID
