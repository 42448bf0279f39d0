#!/usr/bin/env bash
# Redis takes a requirepass of 16 385 bytes, and from then on nobody can log in.
#
# Before a client is authenticated, the server reads arguments of up to 16 384 bytes. A longer password can be set, by
# CONFIG SET, in redis.conf or for a user of the ACL, without a word; the AUTH that would prove it is refused as
# `Protocol error: unauthenticated bulk length`. A connection that is logged in already goes on working.
# Who is hurt: nobody with a usual password; a token or a certificate used as one locks its own server. Instead: stay
# below, and log in once before the old connection is closed.
# Needs Debian's redis-server.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --bind 127.0.0.1 --port "$port" --dir "$work" --save '' > "$work/log" &
server=$!
for _ in {1..100}; do redis-cli -p "$port" ping > "$work/ready" 2>&1 && break; sleep 0.1; done

redis-server --version
python3 - "$port" <<'PYTHON' | tee "$work/said"
import socket
import sys


def say(connection, *words):
    lines = [f"*{len(words)}"] + [part for word in words for part in (f"${len(word)}", word)]
    connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
    return connection.recv(1024).decode().split("\r\n")[0]


connect = lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])))
administrator = connect()
for length in (16384, 16385):
    password = "x" * length
    print(length, "CONFIG SET:", say(administrator, "CONFIG", "SET", "requirepass", password))
    print(length, "AUTH:      ", say(connect(), "AUTH", password))
PYTHON

diff "$work/said" - <<'SAID'
16384 CONFIG SET: +OK
16384 AUTH:       +OK
16385 CONFIG SET: +OK
16385 AUTH:       -ERR Protocol error: unauthenticated bulk length
SAID
