"""What happens to those who escape nothing: which characters each place changes or refuses, for docs/consumers.md."""

import base64
import string
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis

from tools.claims import Claims
from tools.consumers import page, postgres, programs, redis_server, servers, systemd, urls
from tools.consumers.secrets import Secrets
from tools.processes import NotStarted

CHARACTERS = string.punctuation + " "
ALPHABET = len(string.ascii_letters + string.digits + string.punctuation)
LENGTH = 32  # of a password, by default
DRAWN = 5
ROLE = "dbadmin"

# Where a character may stand: between letters, before hexadecimal digits, before a letter that an escape ends with,
# first, last.
PLACES = ("zqzq{}zqzq9x", "zqzq{}41zqx", "zqzq{}nzqz9x", "{}zqzqzq9x", "zqzqzq9x{}")

check = Claims("unescaped").check


class Broken(NamedTuple):
    """The characters that a reader breaks wherever they stand, and those that it breaks somewhere."""

    always: str
    sometimes: str

    def row(self, reader: str) -> str:
        left = ALPHABET - len(self.always.strip())
        share = 100 * (1 - (left / ALPHABET) ** LENGTH)
        return f"| {reader} | {_code(self.always)} | {_code(self.sometimes)} | {share:.0f} |\n"


def run(secrets: Secrets) -> None:
    series = secrets.for_service((), DRAWN)
    usual, punctuated = ([text.text for text in series[name]] for name in ("password", "password with punctuation"))
    tried = [place.format(character) for character in CHARACTERS for place in PLACES]
    rows = ["| Reader | Broken wherever they stand | In some places | Of 100 passwords |\n", "|---|---|---|---|\n"]
    for reader, found in _read([*tried, *usual, *punctuated]).items():
        intact = {password: found[password] == password for password in found}
        broken = _broken(intact)
        rows.append(broken.row(reader))
        for password in usual:
            check(f"{reader} carries the usual password", intact[password], password)
        for password in punctuated:
            ever = set(password) & set("".join(broken))
            check(f"{reader} breaks nothing else", ever or intact[password], password)
    page.hold("unescaped", "".join(rows))
    print(f"unescaped: {len(rows) - 2} readers, {len(tried)} passwords each", flush=True)


def _broken(intact: Mapping[str, bool]) -> Broken:
    always, sometimes = "", ""
    for character in CHARACTERS:
        outcomes = {intact[place.format(character)] for place in PLACES}
        always += character if outcomes == {False} else ""
        sometimes += character if outcomes == {False, True} else ""
    return Broken(always, sometimes)


def _code(characters: str) -> str:
    """A cell of the table; backticks stand in more of them, the pipe is escaped, the space has its name."""
    text = characters.strip().replace("|", "\\|")
    shown = (f"`` {text} ``" if "`" in text else f"`{text}`") if text else ""
    return ", ".join(filter(None, [shown, "space" if " " in characters else ""]))


Found = Mapping[str, str | None]
"""What a reader makes of each password; None where it refuses it."""


def _read(passwords: Sequence[str]) -> Mapping[str, Found]:
    found: dict[str, Found] = {
        f"{parser}'s URL": dict(zip(passwords, of_parser, strict=True))
        for parser, of_parser in urls.parsed(passwords).items()
    }
    with ExitStack() as stack:
        folder = stack.enter_context(servers.folder())
        server = stack.enter_context(postgres.running(folder))
        server.execute(f"CREATE ROLE {ROLE} LOGIN")
        found["`.pgpass`"] = {password: _pgpass(server, folder, password) for password in passwords}
    with servers.folder() as folder:
        found["`my.cnf`, `password=`"] = {password: _my_cnf(folder, password) for password in passwords}
        found["`redis.conf`, `requirepass`"] = {password: _redis_conf(folder, password) for password in passwords}
    found["`EnvironmentFile=`"] = {one: systemd.environment(f"P={one}\nZ=z\n").get("P") for one in passwords}
    found["`.properties`"] = dict(zip(passwords, _properties(passwords), strict=True))
    return found


def _pgpass(server: postgres.Server, folder: Path, password: str) -> str | None:
    server.set_password("ALTER", ROLE, password)
    file = folder / "pgpass"
    file.touch(0o600)
    file.write_text(f"*:*:*:{ROLE}:{password}\n")
    address = f"host={servers.HOST} port={server.port} user={ROLE} dbname=postgres passfile={file} sslmode=disable"
    try:
        with psycopg.connect(address) as connection:
            used: str = connection.info.password
            return used
    except psycopg.OperationalError:
        return None


def _my_cnf(folder: Path, password: str) -> str | None:
    file = servers.write(folder / "my.cnf", f"[client]\npassword={password}\n")
    lines = programs.printed(["my_print_defaults", f"--defaults-file={file}", "client"]).removesuffix("\n")
    return lines.removeprefix("--password=")


def _redis_conf(folder: Path, password: str) -> str | None:
    try:
        with redis_server.running(folder, f"requirepass {password}\n") as port:
            redis.Redis(host=servers.HOST, port=port, password=password).ping()
    except (NotStarted, redis.AuthenticationError):
        return None
    return password


def _properties(passwords: Iterable[str]) -> list[str]:
    files = [base64.b64encode(f"password={password}\n".encode()).decode() for password in passwords]
    return [base64.b64decode(line).decode() for line in programs.java("Settings.java", files)]
