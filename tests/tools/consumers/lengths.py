"""How long a secret each place carries: the longest that works and one more that does not, for docs/consumers.md."""

import os
import pty
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple

import psycopg
import redis

from tools.claims import Claims
from tools.consumers import mariadb, nginx, page, postgres, programs, redis_server, servers
from tools.consumers.secrets import Secrets

USER = "dbadmin"


class Limit(NamedTuple):
    """A place, and whether a secret of some length works there."""

    place: str
    longest: int
    beyond: str
    works: Callable[[int], bool]


def run(_secrets: Secrets) -> None:
    check = Claims("lengths").check
    with ExitStack() as stack:
        limits = [*_of_postgres(stack), *_of_mariadb(stack), *_of_redis(stack), *_of_hashes(stack)]
        for limit in limits:
            check(f"{limit.place} carries {limit.longest} characters", limit.works(limit.longest))
            check(f"{limit.place} does not carry one more", not limit.works(limit.longest + 1))
    heads = ["| Place | Characters | One more |\n", "|---|---|---|\n"]
    page.hold(
        "lengths", "".join([*heads, *(f"| {limit.place} | {limit.longest} | {limit.beyond} |\n" for limit in limits)])
    )
    print(f"lengths: {len(limits)} places, each up to its limit and one beyond", flush=True)


def secret(length: int) -> str:
    return ("Ab3-dEf7gH" * (length // 10 + 1))[:length]


def _of_postgres(stack: ExitStack) -> list[Limit]:
    folders = [stack.enter_context(servers.folder()) for _ in range(2)]
    server = stack.enter_context(postgres.running(folders[0]))
    server.execute(f"CREATE ROLE {USER} LOGIN")

    def pgbouncer(length: int) -> bool:
        server.set_password("ALTER", USER, secret(length))
        port = servers.free_port()
        with postgres.pgbouncer(server, folders[1], port, f'"{USER}" "{secret(length)}"\n'):
            return not _fails(psycopg.OperationalError, lambda: server.login(USER, secret(length), port))

    return [Limit("pgbouncer 1.18 with SCRAM, in its `userlist.txt`", 1024, "`SASL authentication failed`", pgbouncer)]


def _of_mariadb(stack: ExitStack) -> list[Limit]:
    folder = stack.enter_context(servers.folder())
    server = stack.enter_context(mariadb.running(folder))
    server.root(f"CREATE USER {USER}@localhost")
    command = ["mariadb", f"--socket={server.socket}", f"--user={USER}", "--execute=SELECT 1"]

    def set_password(length: int) -> None:
        server.root(f"ALTER USER {USER}@localhost IDENTIFIED BY %s", secret(length))

    def my_cnf(length: int) -> bool:
        set_password(length)
        file = servers.write(folder / "my.cnf", f'[client]\npassword="{secret(length)}"\n')
        return programs.run([command[0], f"--defaults-file={file}", *command[1:]]).returncode == 0

    def prompt(length: int) -> bool:
        set_password(length)
        return _typed([command[0], "--no-defaults", *command[1:], "--password"], secret(length)) == 0

    return [
        Limit('MariaDB\'s `my.cnf`, `password="..."`', 4083, "the rest of the line is another option", my_cnf),
        Limit("MariaDB's client, typed", 79, "it takes the first 79: `Access denied`", prompt),
    ]


def _typed(command: list[str], answer: str) -> int:
    """The exit status of a program that asks for a password on its terminal."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, programs.ENVIRONMENT)
    while b"password" not in os.read(terminal, 1024):
        pass
    os.write(terminal, f"{answer}\n".encode())
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:  # how Linux says that the other end is closed
        pass
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _of_redis(stack: ExitStack) -> list[Limit]:
    folder = stack.enter_context(servers.folder())

    def requirepass(length: int) -> bool:
        with redis_server.running(folder, f"requirepass {secret(length)}\n") as port:
            client = redis.Redis(host=servers.HOST, port=port, password=secret(length))
            return not _fails(redis.RedisError, client.ping)

    return [Limit("Redis 7.0's `AUTH`", 16384, "the server takes it, and nobody can log in", requirepass)]


def _of_hashes(stack: ExitStack) -> list[Limit]:
    folder = stack.enter_context(servers.folder())
    port = stack.enter_context(nginx.running(folder))

    def lets_in(hashed: str, password: str) -> bool:
        nginx.write_users(folder, [hashed.strip().removeprefix("user:")])
        return nginx.status(port, "user0", password) == 200

    def htpasswd(length: int) -> bool:
        return programs.run(["htpasswd", "-n", "-i", "-m", "user"], secret(length)).returncode == 0

    def bcrypt(length: int) -> bool:
        """Whether the last character counts."""
        hashed = programs.printed(["htpasswd", "-n", "-i", "-B", "-C", "4", "user"], secret(length))
        return lets_in(hashed, secret(length)) and not lets_in(hashed, secret(length)[:-1])

    def openssl(length: int) -> bool:
        return lets_in(programs.printed(["openssl", "passwd", "-6", "-stdin"], secret(length)), secret(length))

    return [
        Limit("`openssl passwd`", 256, "the hash is of the first 256", openssl),
        Limit("`htpasswd`", 255, "refused: `password too long`", htpasswd),
        Limit("bcrypt (`htpasswd -B`)", 72, "what comes after does not count", bcrypt),
    ]


def _fails(expected: type[Exception], action: Callable[[], object]) -> bool:
    try:
        action()
    except expected:
        return True
    return False
