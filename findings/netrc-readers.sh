#!/usr/bin/env bash
# A `#` or a backslash in ~/.netrc: curl, wget, Python and npm's netrc log in with different passwords.
#
# The format was never written down beyond "tokens". A backslash without quotation marks is itself to curl, and an escape
# to wget and Python. A `#` in front ends the line for curl, which logs in with an empty password, and for wget, which
# does not log in; npm's netrc cuts the password at a `#` in its middle, and takes quotation marks for part of it.
# A server of the script's own on the loopback address shows what curl and wget send.
# Who is hurt: whoever hands a generated password of HTTP basic authentication to jobs by this file: `401` for some
# passwords only, in some programs only. Instead: quotation marks, with a backslash before `"` and `\`, which curl, wget
# and Python read alike; for all of them letters, digits and hyphens.
# Needs curl and wget.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" netrc@0.1.4 >"$work/npm.log" 2>&1 ||
    { cat "$work/npm.log" >&2; exit 1; }

curl --version | head -n 1 | cut -d' ' -f1,2
wget --version | head -n 1
python3 --version
echo "npm netrc 0.1.4"
python3 - "$work" <<'PYTHON'
import base64
import http.server
import json
import netrc
import os
import subprocess
import sys
import threading

work = sys.argv[1]
file = f"{work}/.netrc"
sent = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        authorization = self.headers.get("Authorization")
        if authorization:
            sent.append(base64.b64decode(authorization.split()[1]).decode().partition(":")[2])
        self.send_response(200 if authorization else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="shop"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/"
environment = {**os.environ, "HOME": work, "no_proxy": "127.0.0.1"}
NODE = "console.log(JSON.stringify(require('netrc')(process.argv[1])['127.0.0.1']?.password ?? null))"


def sends(*command):
    sent.clear()
    subprocess.run([*command, url], env=environment, cwd=work, capture_output=True, timeout=60, check=False)
    return sent[-1] if sent else None


def read(token):
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as passwords:
        passwords.write(f"machine 127.0.0.1\nlogin shop\npassword {token}\n")
    node = subprocess.run(["node", "-e", NODE, file], cwd=work, capture_output=True, text=True, check=True)
    return (
        sends("curl", "--silent", "--netrc"),
        sends("wget", "--quiet", "--output-document=-"),
        netrc.netrc(file).authenticators("127.0.0.1")[2],
        json.loads(node.stdout),
    )


print(f"\n{'password ...':14}{'curl':12}{'wget':12}{'Python':12}npm netrc")
for token, expected in (
    ("Ab#3", ("Ab#3", "Ab#3", "Ab#3", "Ab")),
    ("#Ab3", ("", None, "#Ab3", None)),
    (r"Ab\3", (r"Ab\3", "Ab3", "Ab3", r"Ab\3")),
    ('"Ab#3"', ("Ab#3", "Ab#3", "Ab#3", '"Ab')),
    (r'"Ab\\3"', (r"Ab\3", r"Ab\3", r"Ab\3", r'"Ab\\3"')),
    ("Ab-3", ("Ab-3",) * 4),
):
    passwords = read(token)
    print(f"{token:14}", *(f"{'none' if password is None else f'[{password}]':11}" for password in passwords))
    assert passwords == expected
PYTHON
