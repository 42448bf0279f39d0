"""docker's own reader of an `--env-file`: the client, before a stand-in of the daemon that keeps what it is told."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tools.consumers import programs

# Debian's, where there is another one as well.
PROGRAM = Path("/usr/bin/docker")


def environment(file: Path) -> dict[str, str]:
    """What a container would find in its environment."""
    with _daemon(file.with_suffix(".sock")) as (host, told):
        settings = {"HOME": str(file.parent), "DOCKER_HOST": host}
        programs.printed([PROGRAM, "create", "--env-file", file, "image"], environment=settings)
    [container] = told
    return dict(line.split("=", 1) for line in container["Env"])


@contextmanager
def _daemon(socket: Path) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    told: list[dict[str, list[str]]] = []

    class Daemon(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(200, {})

        do_GET = do_HEAD  # noqa: N815

        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(201, {"Id": "0" * 64, "Warnings": []})

        def _answer(self, status: int, body: object) -> None:
            text = b"" if self.command == "HEAD" else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Api-Version", "1.41")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError):  # the client does not wait for what it does not need
                self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingUnixStreamServer(str(socket), Daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"unix://{socket}", told
        finally:
            server.shutdown()
            socket.unlink()
