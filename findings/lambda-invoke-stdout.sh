#!/usr/bin/env bash
# aws lambda invoke ... /dev/stdout > FILE loses the function's answer, and >> FILE empties the file first.
#
# The command opens the path that it is given by its name, for writing from the start. With /dev/stdout as that name
# the file is opened a second time and truncated; the answer is written to it, and the command's own report over the
# answer, or with >> after it. Into a pipe the two follow each other, so that the line works for whoever tries it on a
# terminal or with `| jq`. Exit status 0 in each case; seen with version 1 of the AWS CLI.
# Who is hurt: deployment scripts that keep a secret, or append to a log, this way. Instead: give a real file as the
# path, or put a pipe between (`| cat > FILE`).
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" awscli==1.46.3 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

# A stand-in for Lambda: whatever is invoked answers this.
cat > "$work/lambda.py" <<'PYTHON'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

ANSWER = b'{"password": "made-up-for-this-script"}'


class Invoke(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Invoke)
with open(sys.argv[1], "w") as file:
    file.write(f"{server.server_port}\n")
server.serve_forever()
PYTHON
python3 "$work/lambda.py" "$work/port" &
server=$!
for _ in {1..100}; do [[ -s $work/port ]] && break; sleep 0.1; done
port=$(<"$work/port")

export HOME=$work AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
export PYTHONPATH=$work/packages PYTHONWARNINGS=ignore
invoke() {
    python3 "$work/packages/bin/aws" --endpoint-url "http://127.0.0.1:$port" \
        lambda invoke --function-name any --payload '{}' "$@"
}

cd "$work"
python3 packages/bin/aws --version
invoke /dev/stdout | cat > piped
invoke /dev/stdout > redirected
echo 'a line that was there before' > log
invoke /dev/stdout >> log
invoke answer > report
for file in piped redirected log answer; do printf '\n== %s\n' "$file"; cat "$file"; done
echo

[[ $(<piped) == *made-up-for-this-script* ]]
[[ $(<redirected) != *made-up-for-this-script* ]]
[[ $(<log) != *'there before'* ]]
[[ $(<answer) == '{"password": "made-up-for-this-script"}' ]]
echo 'So: > lost the answer, >> lost the line that was there before; a pipe and a real file kept it.'
