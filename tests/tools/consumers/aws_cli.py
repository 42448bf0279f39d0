"""Gives each password of a JSON list to the AWS CLI as an argument, and prints what arrives at a stand-in for RDS.

Runs in the environment that has the AWS CLI, and in its process: to start it for each takes a second.
"""

import json
import os
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from typing import Any
from urllib.parse import parse_qs

import awscli.clidriver

ANSWER = b"<ModifyDBInstanceResponse><ModifyDBInstanceResult/></ModifyDBInstanceResponse>"


class _Rds(BaseHTTPRequestHandler):
    """Keeps the password of the last request."""

    password: str | None = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        [_Rds.password] = parse_qs(body).get("MasterUserPassword", [None])
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    account = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
    os.environ |= account | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    server = HTTPServer(("127.0.0.1", 0), _Rds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver, endpoint = awscli.clidriver.create_clidriver(), f"http://127.0.0.1:{server.server_port}"
    print(json.dumps([_arrived(driver, password, endpoint) for password in json.load(sys.stdin)]))


def _arrived(driver: Any, password: str, endpoint: str) -> str | None:
    _Rds.password = None
    command = ["--endpoint-url", endpoint, "rds", "modify-db-instance", "--db-instance-identifier", "shop"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        try:
            driver.main([*command, "--master-user-password", password])
        except SystemExit:
            return None
    return _Rds.password


if __name__ == "__main__":
    main()
