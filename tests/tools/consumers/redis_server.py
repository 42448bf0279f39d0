"""Redis: users of its ACL made, changed and logged in by URL, and the one password of `requirepass`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tools.claims import Claims
from tools.consumers import servers
from tools.consumers.secrets import Secrets, Text

COUNT = 200  # of each series
ENGINES = ("elasticache", "memorydb", "redis", "valkey")

check = Claims("Redis").check


def run(secrets: Secrets) -> None:
    series = secrets.for_service(ENGINES, COUNT)
    with servers.folder() as folder, running(folder) as port:
        for texts in series.values():
            _users(port, texts)
            _default_user(port, texts)
    print(f"Redis: {COUNT} of each of {len(series)} series logged in, as users and by requirepass", flush=True)


@contextmanager
def running(folder: Path, config: str = "") -> Iterator[int]:
    """A server with this in its redis.conf; yields its port."""
    port = servers.free_port()
    file = servers.write(folder / "redis.conf", f"bind {servers.HOST}\nport {port}\ndir {folder}\nsave ''\n{config}")
    with servers.running(["redis-server", file], port, folder):
        yield port


def _users(port: int, texts: list[Text]) -> None:
    """Two secrets for each user: one that it is made with, one that it is changed to."""
    with redis.Redis(host=servers.HOST, port=port) as server:
        for number, text in enumerate(texts):
            user = f"user{number // 2}"
            server.execute_command("ACL", "SETUSER", user, "reset", "on", f">{text.text}", "+@all")
            _log_in(port, user, text)


def _default_user(port: int, texts: list[Text]) -> None:
    for text in texts[:: COUNT // 10]:
        with redis.Redis(host=servers.HOST, port=port) as server:
            server.config_set("requirepass", text.text)
            _log_in(port, "default", text)
            server.config_set("requirepass", "")


def _log_in(port: int, user: str, text: Text) -> None:
    try:
        with redis.Redis.from_url(f"redis://{user}:{text.url_encoded}@{servers.HOST}:{port}/0") as client:
            client.ping()
    except redis.AuthenticationError as error:
        check(f"{text.series} logs in", holds=False, reason=f"{text.text}: {error}")
