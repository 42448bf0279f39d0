#!/usr/bin/env bash
# PostgreSQL's ODBC driver makes a space of a `+` in `PWD=`, and one character of `%` with two digits behind it.
#
# ODBC's reference (SQLDriverConnect) names the characters for which a value needs braces: `[]{}(),;?*=!@`. Neither of
# these two is among them, and no other key of the string is read as if it came out of a URL. Within braces the value is
# left as it is. A server of the script's own asks for the password in plain text, on the loopback address.
# Who is hurt: whoever puts a secret in base64 into a connection string, half of which have a `+`: `password
# authentication failed`, for some passwords only. Instead: PWD={...} always, with `}` doubled.
# Needs Debian's odbc-postgresql and unixodbc.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" pyodbc==5.5.0 \
    2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

dpkg-query --show odbc-postgresql unixodbc
PYTHONPATH=$work/packages timeout 60 python3 - <<'PYTHON'
import socket
import struct
import threading

import pyodbc

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
asked = []
NEGOTIATIONS = (80877103, 80877104)  # of TLS and GSSAPI: the protocol's SSLRequest and GSSENCRequest


def ask_one():
    """PostgreSQL's protocol as far as AuthenticationCleartextPassword and its answer."""
    with listener.accept()[0] as connection:

        def message():
            length = struct.unpack("!I", connection.recv(4, socket.MSG_WAITALL))[0]
            return connection.recv(length - 4, socket.MSG_WAITALL)

        while struct.unpack("!I", message()[:4])[0] in NEGOTIATIONS:
            connection.sendall(b"N")
        connection.sendall(b"R" + struct.pack("!II", 8, 3))
        connection.recv(1)
        asked.append(message().rstrip(b"\0").decode())


def sent_for(value):
    server = threading.Thread(target=ask_one)
    server.start()
    try:
        pyodbc.connect(
            f"DRIVER={{PostgreSQL Unicode}};SERVER=127.0.0.1;PORT={port};DATABASE=shop;UID=dbadmin;PWD={value}"
        )
    except pyodbc.Error:
        pass  # the server has hung up: it only wanted to know
    server.join()
    return asked.pop()


print(f"\n{'in the string':18}what the server is sent")
for value, sent in (
    ("Ab+3", "Ab 3"),
    ("Ab%413", "AbA3"),
    ("{Ab+3}", "Ab+3"),
    ("{Ab%413}", "Ab%413"),
    ("Ab-3", "Ab-3"),
):
    password = sent_for(value)
    print(f"PWD={value:14}[{password}]")
    assert password == sent
PYTHON
