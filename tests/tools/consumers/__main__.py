"""python -m tools.consumers SECRETS [FAMILY...]: hands the secrets that the program SECRETS draws to every consumer."""

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.consumers import (
    arguments,
    formats,
    keys,
    lengths,
    mariadb,
    nginx,
    openssh,
    postgres,
    recipes,
    redis_server,
    unescaped,
    urls,
)
from tools.consumers.secrets import Secrets

FAMILIES: Mapping[str, Callable[[Secrets], None]] = {
    "urls": urls.run,
    "keys": keys.run,
    "mariadb": mariadb.run,
    "postgres": postgres.run,
    "redis": redis_server.run,
    "nginx": nginx.run,
    "openssh": openssh.run,
    "recipes": recipes.run,
    "lengths": lengths.run,
    "unescaped": unescaped.run,
    "arguments": arguments.run,
    "formats": formats.run,
}


def main(program: Path, families: list[str]) -> None:
    secrets = Secrets(program)
    for family in families or FAMILIES:
        begun = time.monotonic()
        FAMILIES[family](secrets)
        print(f"consumers: {family}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
