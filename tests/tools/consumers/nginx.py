"""nginx: basic authentication against the hashes that `openssl passwd` and `htpasswd` make."""

import base64
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.claims import Claims
from tools.consumers import programs, servers
from tools.consumers.secrets import Secrets, Text

COUNT = 200  # of each series
BY_HTPASSWD = 10  # of these: it makes one at a time

# Of a server that nobody else uses: everything in its folder, every file asked for behind the password.
CONFIGURATION = """
daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
        listen HOST:PORT;
        root FOLDER/pages;
        auth_basic "consumers";
        auth_basic_user_file FOLDER/htpasswd;
    }
}
"""

check = Claims("nginx").check


def run(secrets: Secrets) -> None:
    series = secrets.for_service((), COUNT)
    with servers.folder() as folder, running(folder) as port:
        for number, (name, texts) in enumerate(series.items()):
            passwords = "".join(f"{text.text}\n" for text in texts)
            scheme = ("-apr1", "-6")[number % 2]
            hashes = programs.printed(["openssl", "passwd", scheme, "-stdin"], passwords).splitlines()
            check(f"openssl passwd hashes each of {name}", len(hashes) == len(texts))
            hashes[:BY_HTPASSWD] = [_htpasswd(text) for text in texts[:BY_HTPASSWD]]
            write_users(folder, hashes)
            for user, text in enumerate(texts):
                check(f"{name} is let in", status(port, f"user{user}", text.text) == 200, text.text)
            check(f"another of {name} is not", status(port, "user0", texts[1].text) == 401)
    print(f"nginx: {COUNT} of each of {len(series)} series let in, by openssl's and htpasswd's hashes", flush=True)


@contextmanager
def running(folder: Path) -> Iterator[int]:
    port = servers.free_port()
    settings = {"HOST": servers.HOST, "PORT": str(port), "FOLDER": str(folder)}
    text = CONFIGURATION
    for name, value in settings.items():
        text = text.replace(name, value)
    (folder / "pages").mkdir(mode=0o755)
    (folder / "pages/index.html").write_text("in\n")
    write_users(folder, [])
    file = servers.write(folder / "nginx.conf", text)
    with servers.running(["nginx", "-e", "stderr", "-p", folder, "-c", file], port, folder):
        yield port


def write_users(folder: Path, hashes: list[str]) -> None:
    servers.write(folder / "htpasswd", "".join(f"user{number}:{text}\n" for number, text in enumerate(hashes)))


def status(port: int, user: str, password: str) -> int:
    words = base64.b64encode(f"{user}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(servers.HOST, port, timeout=30)
    try:
        connection.request("GET", "/", headers={"Authorization": f"Basic {words}"})
        return connection.getresponse().status
    finally:
        connection.close()


def _htpasswd(text: Text) -> str:
    """By bcrypt at its cheapest."""
    line = programs.printed(["htpasswd", "-n", "-i", "-B", "-C", "4", "user"], text.text)
    return line.strip().removeprefix("user:")
