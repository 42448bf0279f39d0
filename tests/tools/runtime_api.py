"""Lambda's Runtime API on a free loopback port, with one event to hand out, and the URL that it is answered to."""

import json
import queue
import socket
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

INVOCATION = "/2018-06-01/runtime/invocation/"


class Lambda(ThreadingHTTPServer):
    """The service; what it hears is kept for `wait_for_answer`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, event: dict[str, Any], timeout: float) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.address = f"127.0.0.1:{self.server_port}"
        self.event: dict[str, Any] | None = event | {"ResponseURL": f"http://{self.address}/response"}
        self.limit = timeout
        self.heard: queue.Queue[tuple[str, str]] = queue.Queue()  # "response", "done", "error", or "exit", and its text
        self.over = threading.Event()

    def __enter__(self) -> "Lambda":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # that is how a stopped program says goodbye
            super().handle_error(request, client_address)

    def wait_for_answer(self) -> dict[str, str]:
        """What was heard until the invocation was done, or the program ended, or the time was over."""
        heard: dict[str, str] = {}
        try:
            while not heard.keys() & {"done", "error", "exit"}:
                what, content = self.heard.get(timeout=self.limit)
                heard[what] = content
        except queue.Empty:
            heard["timeout"] = f"{self.limit} s"
        return heard


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Lambda

    def do_GET(self) -> None:
        event, self.server.event = self.server.event, None
        if self.path != f"{INVOCATION}next" or event is None:
            self.server.over.wait()  # Lambda has no second event, and lets the function wait for it
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": event["RequestId"],
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.server.limit) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": event["ServiceToken"],
        }
        self._answer(200, json.dumps(event).encode(), headers)

    def do_POST(self) -> None:
        self.server.heard.put(("done" if self.path.endswith("/response") else "error", self._body()))
        self._answer(202)

    def do_PUT(self) -> None:
        self.server.heard.put(("response", self._body()))  # before the function goes on: it is heard first
        self._answer(200)

    def _body(self) -> str:
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing of each request."""
