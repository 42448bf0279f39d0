"""Throw-away secrets of every kind, engine and format that there is, drawn by the program `secrets`."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DRAWN = 500  # of each series of texts
KEYS = 60  # of each spec and format
RSA_KEYS = 4  # one takes up to a second


@dataclass(frozen=True)
class Text:
    """A secret text, what it was drawn for, and how it stands in a URL."""

    kind: str
    engine: str | None
    alphabet: str
    """`usual`; or with all of the engine's `punctuation`; or with the `space`, too."""
    text: str
    url_encoded: str

    @property
    def series(self) -> str:
        name = f"Engine {self.engine}" if self.engine else self.kind
        return name if self.alphabet == "usual" else f"{name} with {self.alphabet}"


@dataclass(frozen=True)
class Key:
    """A key pair: the private key in one format, the public key in each of its own."""

    kind: str
    size: int | None
    format: str
    private: str
    public: str
    public_pem: str
    public_jwk: str | None = None

    @property
    def name(self) -> str:
        return f"{self.kind} {self.size}" if self.size else self.kind


class Secrets:
    """What the program prints, asked once."""

    def __init__(self, program: Path) -> None:
        self.program = program

    @cached_property
    def texts(self) -> list[Text]:
        return [Text(**line) for line in self._printed("texts", DRAWN)]

    @cached_property
    def keys(self) -> list[Key]:
        return [Key(**line) for line in self._printed("keys", KEYS, RSA_KEYS)]

    def some_keys(self, count: int) -> list[Key]:
        """The first `count` of each spec in each format."""
        kept: dict[tuple[str, str], list[Key]] = {}
        for key in self.keys:
            kept.setdefault((key.name, key.format), []).append(key)
        return [key for keys in kept.values() for key in keys[:count]]

    def for_service(self, words: Iterable[str], count: int) -> dict[str, list[Text]]:
        """`count` texts of each series that suits a service: of no engine, or of one with such a word in its name."""
        fitting = (text for text in self.texts if not text.engine or any(word in text.engine for word in words))
        return {name: texts[:count] for name, texts in by_series(fitting).items()}

    def _printed(self, *arguments: object) -> Iterator[dict[str, Any]]:
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return map(json.loads, done.stdout.splitlines())


def by_series(texts: Iterable[Text]) -> dict[str, list[Text]]:
    series: dict[str, list[Text]] = {}
    for text in texts:
        series.setdefault(text.series, []).append(text)
    return series
