"""The recipes of docs/consumers.md, run as they stand there, and what they write given to what reads it."""

import base64
import netrc
import random
import string
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from tools.claims import Claims
from tools.consumers import mariadb, nginx, page, postgres, programs, redis_server, servers, systemd
from tools.consumers.secrets import Key, Secrets

DRAWN = 2  # of each series that differs from the others
SHUFFLED = 8
ROLE, DATABASE = "dbadmin", "shop"

check = Claims("recipes").check


def run(secrets: Secrets) -> None:
    recipes = page.recipes()
    check("each recipe is run", recipes.keys() == FOR_PASSWORDS.keys() | FOR_KEYS.keys(), list(recipes))
    passwords = [*_edges(), *_shuffled(), *_drawn(secrets)]
    with ExitStack() as stack:
        bench = _Bench(stack)
        for name, arrive in FOR_PASSWORDS.items():
            for password, arrives in zip(passwords, arrive(_Recipe(recipes[name], bench), passwords), strict=True):
                check(f"{name} carries {password!r}", arrives)
        for name, carries in FOR_KEYS.items():
            for key in _keys(secrets):
                check(f"{name} carries {key.name} in {key.format}", carries(_Recipe(recipes[name], bench), key))
    print(f"recipes: {len(recipes)} of docs/consumers.md, with {len(passwords)} passwords each", flush=True)


def _edges() -> Iterable[str]:
    """Each character that is no letter: at the beginning, at the end, twice, before digits and before a letter."""
    return (f"{c}xA9{c}41{c}{c}nZ-{c}" for c in string.punctuation + " ")


def _shuffled() -> Iterable[str]:
    """Each character once, each time next to others: some have a meaning between two of another alone."""
    characters = string.punctuation + " bnst41"
    return ("".join(random.sample(characters, len(characters))) for _ in range(SHUFFLED))


def _drawn(secrets: Secrets) -> Iterable[str]:
    series = secrets.for_service((), DRAWN)
    return (text.text for name in ("password", "password with space", "GenerateSecretString") for text in series[name])


def _keys(secrets: Secrets) -> Iterable[Key]:
    """One of each."""
    return secrets.some_keys(1)


class _Bench:
    """What the recipes reach: servers, and a folder that is their home."""

    def __init__(self, stack: ExitStack) -> None:
        folders = [stack.enter_context(servers.folder()) for _ in range(4)]
        self.home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.postgres = stack.enter_context(postgres.running(folders[0]))
        self.postgres.execute(f"CREATE ROLE {ROLE} LOGIN")
        self.postgres.execute(f"CREATE DATABASE {DATABASE}")
        self.mariadb = stack.enter_context(mariadb.running(folders[1]))
        self.mariadb.root(f"CREATE USER {ROLE}@'%%'")
        self.nginx, self.nginx_folder = stack.enter_context(nginx.running(folders[2])), folders[2]
        self.folder = folders[3]


class _Recipe:
    """Lines of the page, with this machine's servers in place of those in the text."""

    def __init__(self, text: str, bench: _Bench) -> None:
        self._text, self.bench = text, bench

    def run(self, cache: int = 0, then: str = "", **variables: str) -> str:
        """What it prints, and the line `then` after it."""
        ports = {
            "db.example.com:5432": self.bench.postgres.port,
            "cache.example.com:6379": cache,
            "www.example.com/": f"{self.bench.nginx}/",
        }
        text = self._text
        for name, port in ports.items():
            text = text.replace(name, f"{servers.HOST}:{port}")
        text = text.replace("db.example.com", servers.HOST).replace("www.example.com", servers.HOST)
        environment = {
            "HOME": str(self.bench.home),
            "PATH": f"{Path(sys.executable).parent}:{programs.ENVIRONMENT['PATH']}",
            "PGPORT": str(self.bench.postgres.port),
            "PGSSLMODE": "disable",
            "MYSQL_TCP_PORT": str(self.bench.mariadb.port),
        }
        command = ["bash", "-euo", "pipefail", "-c", text + then]
        done = programs.run(command, environment=environment | variables, folder=self.bench.home)
        if done.returncode != 0:
            sys.exit(f"{text}{then}\nended with {done.returncode} for {variables}:\n{done.stderr}")
        return done.stdout

    def file(self, name: str, password: str) -> str:
        """What it writes into a file."""
        self.run(password=password)
        return (self.bench.home / name).read_text()

    def variable(self, name: str, password: str, cache: int = 0) -> str:
        """What it sets a variable to."""
        return self.run(cache, f'printf %s "${name}"', url_encoded=quote(password, safe=""))


Arrive = Callable[[_Recipe, Sequence[str]], Iterable[bool]]


def _postgres_url(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        recipe.bench.postgres.set_password("ALTER", ROLE, password)
        url = recipe.variable("DATABASE_URL", password)
        with psycopg.connect(url, sslmode="disable") as connection:
            yield connection.info.password == password


def _redis_url(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    with redis_server.running(recipe.bench.folder) as port, redis.Redis(host=servers.HOST, port=port) as server:
        for password in passwords:
            server.config_set("requirepass", password)
            url = recipe.variable("REDIS_URL", password, port)
            with redis.Redis.from_url(url) as client:
                client.ping()
            yield programs.printed(["redis-cli", "--no-auth-warning", "-u", url, "ping"]) == "PONG\n"


def _jdbc_url(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    urls = [recipe.variable("JDBC_URL", password) for password in passwords]
    found = programs.java("Urls.java", urls, classes=programs.JDBC)
    return (one == password for one, password in zip(found, passwords, strict=True))


def _pgpass(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        recipe.bench.postgres.set_password("ALTER", ROLE, password)
        yield "1 row" in recipe.run(password=password)


def _my_cnf(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        recipe.bench.mariadb.root(f"ALTER USER {ROLE}@'%%' IDENTIFIED BY %s", password)
        yield "1" in recipe.run(password=password)


def _netrc(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    """curl is let in, and Python reads the same."""
    for password in passwords:
        hashed = programs.printed(["openssl", "passwd", "-6", "-stdin"], f"{password}\n")
        servers.write(recipe.bench.nginx_folder / "htpasswd", f"shop:{hashed}")
        recipe.run(password=password)
        login = netrc.netrc(recipe.bench.home / ".netrc").authenticators(servers.HOST)
        yield login is not None and login[2] == password


def _redis_conf(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        with (
            redis_server.running(recipe.bench.folder, recipe.file("redis.conf", password)) as port,
            redis.Redis(host=servers.HOST, port=port, password=password) as client,
        ):
            yield client.ping()


def _pgbouncer(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    bench = recipe.bench
    for password in passwords:
        bench.postgres.set_password("ALTER", ROLE, password)
        port, userlist = servers.free_port(), recipe.file("userlist.txt", password)
        with postgres.pgbouncer(bench.postgres, bench.folder, port, userlist):
            bench.postgres.login(ROLE, quote(password, safe=""), port)
        yield True


def _systemd(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    return (systemd.environment(recipe.file("app.env", one))["PASSWORD"] == one for one in passwords)


def _properties(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    files = [base64.b64encode(recipe.file("app.properties", password).encode()).decode() for password in passwords]
    found = [base64.b64decode(line).decode() for line in programs.java("Settings.java", files)]
    return (one == password for one, password in zip(found, passwords, strict=True))


def _htpasswd(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        servers.write(recipe.bench.nginx_folder / "htpasswd", recipe.file("htpasswd", password))
        yield nginx.status(recipe.bench.nginx, "shop", password) == 200


def _argument(recipe: _Recipe, passwords: Sequence[str]) -> Iterable[bool]:
    for password in passwords:
        hashed = recipe.run(password=password)
        by_stdin = ["openssl", "passwd", "-apr1", "-salt", hashed.split("$")[2], "-stdin"]
        yield programs.printed(by_stdin, f"{password}\n") == hashed


FOR_PASSWORDS: Mapping[str, Arrive] = {
    "PostgreSQL's URL": _postgres_url,
    "Redis's URL": _redis_url,
    "JDBC's URL": _jdbc_url,
    ".pgpass": _pgpass,
    "my.cnf": _my_cnf,
    ".netrc": _netrc,
    "redis.conf": _redis_conf,
    "pgbouncer": _pgbouncer,
    "systemd": _systemd,
    "properties": _properties,
    "htpasswd": _htpasswd,
    "argument": _argument,
}


def _ssh(recipe: _Recipe, key: Key) -> bool:
    """As it is, and without its last line feed; in a format that ssh does not read, not at all."""
    if key.kind == "ed25519" and key.format == "pkcs8":
        return True
    kept, taken = (recipe.run(private_key=text).split()[:2] for text in (key.private, key.private.rstrip("\n")))
    return kept == taken == key.public.split()


def _jwt(recipe: _Recipe, key: Key) -> bool:
    if (key.kind, key.format) != ("ed25519", "pkcs8"):
        return True
    return recipe.run(private_key=key.private, public_key_pem=key.public_pem) == "shop\n"


FOR_KEYS: Mapping[str, Callable[[_Recipe, Key], bool]] = {"ssh": _ssh, "jwt": _jwt}
