#!/usr/bin/env bash
# asyncpg sends the backslashes of ~/.pgpass along with the password, and drops a space at its end.
#
# PostgreSQL's manual ("The Password File") has `\` before a `:` or a `\` of the password. libpq takes it away; asyncpg
# splits the line by that rule and leaves the escape where it was. A server of the script's own asks each for its password
# in plain text, on the loopback address, and shows what came.
# Who is hurt: whoever moves from psycopg to asyncpg with the file that has worked: `password authentication failed`, for
# one password of some only, those with `:`, `\` or a space at the end. Instead: pass the password as an argument, or
# generate it without these three.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" \
    asyncpg==0.32.0 psycopg==3.3.9 psycopg-binary==3.3.9 2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

PYTHONPATH=$work/packages python3 - "$work" <<'PYTHON'
import asyncio
import os
import socket
import struct
import sys
import threading
from importlib.metadata import version

import asyncpg
import psycopg

file = f"{sys.argv[1]}/pgpass"
os.environ["PGPASSFILE"] = file
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
asked = []


def read(connection, length):
    return connection.recv(length, socket.MSG_WAITALL)


def ask_one():
    """PostgreSQL's protocol as far as AuthenticationCleartextPassword and its answer."""
    with listener.accept()[0] as connection:
        read(connection, struct.unpack("!I", read(connection, 4))[0] - 4)
        connection.sendall(b"R" + struct.pack("!II", 8, 3))
        _, length = struct.unpack("!cI", read(connection, 5))
        asked.append(read(connection, length - 4).rstrip(b"\0").decode())


def sent_by(connect):
    server = threading.Thread(target=ask_one)
    server.start()
    try:
        connect()
    except (psycopg.OperationalError, ConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError):
        pass  # the server has hung up: it only wanted to know
    server.join()
    return asked.pop()


def with_psycopg():
    psycopg.connect(host="127.0.0.1", port=port, dbname="shop", user="dbadmin", sslmode="disable", gssencmode="disable")


def with_asyncpg():
    asyncio.run(asyncpg.connect(host="127.0.0.1", port=port, database="shop", user="dbadmin", ssl=False))


print(f"psycopg {version('psycopg')} (libpq {psycopg.pq.version()}), asyncpg {version('asyncpg')}\n")
print(f"{'password':14}{'field of ~/.pgpass':22}{'libpq sends':16}asyncpg sends")
for password, sent in (("Ab3:dEf", r"Ab3\:dEf"), (r"Ab3\dEf", r"Ab3\\dEf"), ("Ab3-dEf ", "Ab3-dEf"), ("Ab3-dEf", "Ab3-dEf")):
    field = password.replace("\\", "\\\\").replace(":", "\\:")
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as passwords:
        passwords.write(f"127.0.0.1:{port}:shop:dbadmin:{field}\n")
    libpq, other = sent_by(with_psycopg), sent_by(with_asyncpg)
    print(f"{f'[{password}]':14}{f'[{field}]':22}{f'[{libpq}]':16}[{other}]")
    assert (libpq, other) == (password, sent)
PYTHON
