#!/usr/bin/env bash
# redis-cli -u redis://:PASSWORD@HOST cannot log in: every password is wrong.
#
# A URL without a user is what the clients write and read (redis-py and node-redis log in by it). redis-cli takes the
# empty text before the colon for the user's name and sends AUTH "" PASSWORD; the server has no user of that name. The
# same URL with `default` in it works, as does redis-cli -a PASSWORD.
# Who is hurt: whoever tries a generated password with the URL that the application has, and takes it for a wrong one.
# Instead: redis://default:PASSWORD@HOST.
# Needs Debian's redis-server.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
redis-server --bind 127.0.0.1 --port "$port" --dir "$work" --save '' --requirepass made-up > "$work/log" &
server=$!
for _ in {1..100}; do redis-cli -p "$port" ping > "$work/ready" 2>&1 && break; sleep 0.1; done

redis-cli --version
for user in '' default; do
    url="redis://$user:made-up@127.0.0.1:$port/0"
    printf '%-40s ' "redis://$user:made-up@..."
    redis-cli --no-auth-warning -u "$url" ping 2>&1 | tr '\n' ' ' | tee "$work/said-$user"
    echo
done

grep -q WRONGPASS "$work/said-"
[[ $(<"$work/said-default") == 'PONG ' ]]
