"""MariaDB: users made, changed and logged in; then its two password checks, and what each refuses."""

import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from tools.claims import Claims
from tools.consumers import chance, programs, servers
from tools.consumers.secrets import Secrets, Text
from tools.processes import Word

COUNT = 200  # of each series
ENGINES = ("mysql", "mariadb")

# What cracklib finds "too simplistic/systematic", in samples of 20 000: docs/consumers.md. In hexadecimal a digit is so
# often next to its neighbour that a quarter of such secrets look like counting.
CRACKLIB_RATES: Mapping[str, float] = {"hex": 0.25, "uuid": 0.025, "passphrase": 0.015, "alphanumeric": 0.01}
CRACKLIB_RATE = 0.007  # of every other series
CRACKLIB_COUNT = 60  # of each series that has no rate of its own; a check takes it ten milliseconds
REFUSED = 1819  # ER_NOT_VALID_PASSWORD

check = Claims("MariaDB").check


def run(secrets: Secrets) -> None:
    series = secrets.for_service(ENGINES, COUNT)
    with servers.folder() as folder, running(folder) as server:
        for name, texts in series.items():
            _log_in(server, name, texts)
        server.root("INSTALL SONAME 'simple_password_check'")
        for texts in series.values():
            _simple_password_check(server, texts)
        server.root("UNINSTALL SONAME 'simple_password_check'")
        server.root("INSTALL SONAME 'cracklib_password_check'")
        rates = [_cracklib(server, name, texts) for name, texts in series.items()]
    print(
        f"MariaDB: {COUNT} of each of {len(series)} series logged in; cracklib refuses {', '.join(filter(None, rates))}"
    )


class Server:
    """A running server and its root."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.socket = port, folder / "socket"
        self._root = self.login("root", "")

    def login(self, user: str, password: str) -> Any:
        # Without TLS, for which each connection would read the machine's certificates anew.
        return pymysql.connect(unix_socket=str(self.socket), user=user, password=password, ssl_disabled=True)

    def root(self, statement: str, *values: str) -> None:
        with self._root.cursor() as cursor:
            cursor.execute(statement, values)

    def set_password(self, user: str, password: str) -> None:
        """Makes the user, or changes who is there."""
        self.root(f"CREATE USER IF NOT EXISTS {user}@localhost")
        self.root(f"ALTER USER {user}@localhost IDENTIFIED BY %s", password)

    def refuses(self, user: str, password: str) -> bool:
        """Whether a check of passwords refuses this one; any other error is one."""
        try:
            self.root(f"CREATE OR REPLACE USER {user}@localhost IDENTIFIED BY %s", password)
        except pymysql.err.OperationalError as error:
            if error.args[0] != REFUSED:
                raise
            return True
        return False


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    data, port = folder / "data", servers.free_port()
    install: list[Word] = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    programs.printed(servers.as_user([*install, "--auth-root-authentication-method=normal"]))
    options = ["skip-log-bin", "innodb-flush-log-at-trx-commit=0", f"bind-address={servers.HOST}", f"port={port}"]
    paths = [f"datadir={data}", f"socket={folder / 'socket'}", f"pid-file={folder / 'pid'}"]
    command = ["mariadbd", "--no-defaults", *(f"--{option}" for option in [*options, *paths])]
    with servers.running(command, port, folder):
        yield Server(folder, port)


def _log_in(server: Server, series: str, texts: list[Text]) -> None:
    """Two secrets for each user: one that it is made with, one that it is changed to."""
    for number, text in enumerate(texts):
        user = f"u{number // 2}"
        server.set_password(user, text.text)
        try:
            server.login(user, text.text).close()
        except pymysql.err.OperationalError as error:
            check(f"{series} logs in", holds=False, reason=f"{text.text}: {error}")


def _simple_password_check(server: Server, texts: list[Text]) -> None:
    """By default: 8 characters, a digit, a letter of each case, and something else."""
    for text in texts:
        lacks = [
            group
            for group in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
            if not set(group) & set(text.text)
        ]
        fits = not lacks and not text.text.isalnum() and len(text.text) >= 8
        check(
            f"simple_password_check judges {text.series} by its rule",
            server.refuses("simple", text.text) != fits,
            text.text,
        )


def _cracklib(server: Server, series: str, texts: list[Text]) -> str:
    rate = CRACKLIB_RATES.get(series, CRACKLIB_RATE)
    tried = texts if series in CRACKLIB_RATES else texts[:CRACKLIB_COUNT]
    refused = sum(server.refuses("cracklib", text.text) for text in tried)
    most = chance.most(len(tried), rate)
    check(f"cracklib refuses at most {most} of {len(tried)} of {series}", refused <= most, refused)
    check("cracklib is there: it refuses some hex", refused or series != "hex")
    return f"{refused} of {len(tried)} {series}"
