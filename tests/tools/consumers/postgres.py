"""PostgreSQL with passwordcheck, and pgbouncer before it: roles made, changed and logged in, by URLs."""

import secrets as random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql

from tools.claims import Claims
from tools.consumers import programs, servers
from tools.consumers.secrets import Secrets, Text
from tools.processes import Word

COUNT = 200  # of each series
BOUNCED = 50  # of these, through pgbouncer: three logins for one
ENGINES = ("postgres", "redshift")
DATABASE = "postgres"
QUOTE = '"'
CONNECTIONS = 500  # pgbouncer keeps a user's connection for a second

check = Claims("PostgreSQL").check


def run(secrets: Secrets) -> None:
    series = secrets.for_service(ENGINES, COUNT)
    with servers.folder() as folder, running(folder) as server:
        current: dict[str, Text] = {}
        for name, texts in series.items():
            current |= list(_set_passwords(server, name, texts).items())[:BOUNCED]
        _bounce(server, folder, current)
    print(
        f"PostgreSQL: {COUNT} of each of {len(series)} series logged in, {BOUNCED} of each through pgbouncer",
        flush=True,
    )


class Server:
    """A running server and its superuser."""

    def __init__(self, port: int, password: str) -> None:
        self.port = port
        self._superuser = psycopg.connect(_url("postgres", password, port), autocommit=True)

    def close(self) -> None:
        self._superuser.close()

    def execute(self, statement: str, *values: Any) -> None:
        self._superuser.execute(psycopg.sql.SQL(statement).format(*values))

    def copied(self, csv: bytes) -> dict[str, str | None]:
        """What COPY makes of a file of names and values."""
        self.execute("CREATE TABLE copied (name text, value text)")
        with self._superuser.cursor() as cursor:
            with cursor.copy("COPY copied FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
                copy.write(csv)
            return dict(cursor.execute("SELECT name, value FROM copied").fetchall())

    def set_password(self, verb: str, role: str, password: str) -> None:
        name, literal = psycopg.sql.Identifier(role), psycopg.sql.Literal(password)
        self.execute(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}", name, literal)

    def login(self, role: str, encoded: str, port: int | None = None) -> None:
        """Through a URL with the password as it stands in one."""
        with psycopg.connect(_url(role, encoded, port or self.port), autocommit=True) as connection:
            connection.execute("SELECT 1")


def _url(role: str, encoded: str, port: int) -> str:
    return f"postgresql://{role}:{encoded}@{servers.HOST}:{port}/{DATABASE}?sslmode=disable&gssencmode=disable"


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    programs_folder = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    data, port, password = folder / "data", servers.free_port(), random.token_hex()
    file = servers.write(folder / "password", password)
    initdb: list[Word] = [
        programs_folder / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        f"--pwfile={file}",
        "--no-sync",
    ]
    programs.printed(servers.as_user([*initdb, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]))
    settings = {
        "listen_addresses": servers.HOST,
        "port": port,
        "unix_socket_directories": folder,
        "shared_preload_libraries": "passwordcheck",
        "max_connections": CONNECTIONS,
        "fsync": "off",
        "ssl": "off",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command: list[Word] = [programs_folder / "postgres", "-D", data, *options]
    with servers.running(command, port, folder, lambda: _is_up(port, password)):
        server = Server(port, password)
        try:
            yield server
        finally:
            server.close()  # the server does not stop before its last client is gone


def _is_up(port: int, password: str) -> bool:
    try:
        psycopg.connect(_url("postgres", password, port)).close()
    except psycopg.OperationalError:
        return False
    return True


def _set_passwords(server: Server, series: str, texts: list[Text]) -> dict[str, Text]:
    """Two secrets for each role: one that it is made with, one that it is changed to and keeps."""
    pairs = {_role(f"{series} {first}"): texts[first : first + 2] for first in range(0, len(texts), 2)}

    def set_both(role: str) -> None:
        for verb, text in zip(("CREATE", "ALTER"), pairs[role], strict=True):
            server.set_password(verb, role, text.text)
            _log_in(server, role, text)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(set_both, pairs))
    return {role: last for role, (_first, last) in pairs.items()}


def _role(name: str) -> str:
    """A name for a role that stands in a URL as it is, and in none of the passwords."""
    return "role_" + "".join(character if character.isalnum() else "_" for character in name.lower())


def _log_in(server: Server, role: str, text: Text, port: int | None = None) -> None:
    try:
        server.login(role, text.url_encoded, port)
    except psycopg.OperationalError as error:
        check(f"{text.series} logs in", holds=False, reason=f"{text.text}: {error}")


def _bounce(server: Server, folder: Path, current: dict[str, Text]) -> None:
    """pgbouncer knows each password in plain text, asks its clients for them and gives them to the server."""
    port = servers.free_port()
    userlist = "".join(f'"{role}" "{text.text.replace(QUOTE, 2 * QUOTE)}"\n' for role, text in current.items())
    with (
        pgbouncer(server, folder, port, userlist),
        ThreadPoolExecutor(2) as pool,
    ):
        list(pool.map(lambda role: _log_in(server, role, current[role], port), current))


@contextmanager
def pgbouncer(server: Server, folder: Path, port: int, userlist: str) -> Iterator[None]:
    settings = {
        "listen_addr": servers.HOST,
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": servers.write(folder / "userlist.txt", userlist),
        "server_idle_timeout": 1,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    databases = f"[databases]\n{DATABASE} = host={servers.HOST} port={server.port}\n"
    file = servers.write(folder / "pgbouncer.ini", f"{databases}[pgbouncer]\n{lines}")
    with servers.running(["pgbouncer", file], port, folder):
        yield
