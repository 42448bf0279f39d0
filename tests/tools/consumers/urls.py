"""URL parsers: each must give back the password that stands percent-encoded in a URL, for every series of secrets."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import asyncpg.connect_utils
import psycopg.conninfo
import redis.connection
import sqlalchemy

from tools.claims import Claims
from tools.consumers import programs
from tools.consumers.secrets import Secrets, Text, by_series

Passwords = Sequence[str | None]


def run(secrets: Secrets) -> None:
    check = Claims("URLs").check
    encoded = [text.url_encoded for text in secrets.texts]
    found = parsed(encoded)
    for parser, passwords in found.items():
        check(f"{parser} answers for each", len(passwords) == len(encoded))
        _compare(parser, secrets.texts, passwords)
    series = by_series(secrets.texts)
    print(f"URLs: {len(encoded)} secrets of {len(series)} series, right in each of {', '.join(found)}", flush=True)


def _compare(parser: str, texts: Iterable[Text], passwords: Passwords) -> None:
    check = Claims("URLs").check
    for text, password in zip(texts, passwords, strict=True):
        check(f"{parser} reads a password of {text.series}", password == text.text, f"{text.url_encoded} as {password}")


def parsed(encoded: Sequence[str]) -> Mapping[str, Passwords]:
    """What each parser makes of each password in a URL: None where it refuses the URL."""
    postgres = [f"postgresql://dbadmin:{password}@127.0.0.1:5432/shop" for password in encoded]
    # With the user's name: redis-cli takes no URL without one.
    redis_urls = [f"redis://default:{password}@127.0.0.1:6379/0" for password in encoded]
    jdbc = [f"jdbc:postgresql://127.0.0.1:5432/shop?user=dbadmin&password={password}" for password in encoded]
    of_node: Mapping[str, Passwords] = programs.node("urls.mjs", {"postgres": postgres, "redis": redis_urls})
    return {
        "libpq": _each(lambda url: psycopg.conninfo.conninfo_to_dict(url).get("password"), postgres),
        "SQLAlchemy": _each(lambda url: sqlalchemy.make_url(url).password, postgres),
        "asyncpg": _each(_asyncpg, postgres),
        "redis-py": _each(lambda url: redis.connection.parse_url(url).get("password"), redis_urls),
        **of_node,
        "JDBC": programs.java("Urls.java", jdbc, classes=programs.JDBC),
    }


def _each(parse: Callable[[str], object], urls: Iterable[str]) -> Passwords:
    return [_tried(parse, url) for url in urls]


def _tried(parse: Callable[[str], object], url: str) -> str | None:
    try:
        return str(parse(url))
    except (ValueError, psycopg.Error, sqlalchemy.exc.ArgumentError):
        return None


def _asyncpg(url: str) -> str | None:
    """By what asyncpg.connect() itself parses with: it has no other way to a URL that connects to nothing."""
    arguments = (
        "host port user password passfile database ssl service servicefile direct_tls server_settings"
        " target_session_attrs krbsrvname gsslib"
    )
    _addresses, parameters = asyncpg.connect_utils._parse_connect_dsn_and_args(
        dsn=url, **dict.fromkeys(arguments.split())
    )
    password: str | None = parameters.password
    return password
