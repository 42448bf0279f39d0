"""Key readers: which of them takes which kind of private key in which format, as a table of docs/consumers.md."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from tools.claims import Claims
from tools.consumers import key_readers, page
from tools.consumers.secrets import Key, Secrets

READ = 20  # of each spec and format, by each reader, twice
WHOLE, NEEDS_LAST, SOME, NOT = "yes", "with `LF`", "some", "no"

Cell = tuple[str, str]
"""A kind and a format."""


def run(secrets: Secrets) -> None:
    keys = secrets.some_keys(READ)
    with tempfile.TemporaryDirectory() as folder:
        whole = key_readers.public_keys(keys, Path(folder))
        # What is left where a text is pasted, or `$(...)` has taken its last line feed.
        cut = key_readers.public_keys([replace(key, private=key.private[:-1]) for key in keys], Path(folder))
    verdicts = {reader: _verdicts(reader, keys, found, cut[reader]) for reader, found in sorted(whole.items())}
    page.hold("keys", _table(_cells(keys), verdicts))
    print(f"keys: {len(keys)} key pairs, {len(verdicts)} readers, as docs/consumers.md says", flush=True)


def _cells(keys: Iterable[Key]) -> list[Cell]:
    return sorted({(key.kind, key.format) for key in keys})


def _verdicts(reader: str, keys: list[Key], whole: list[str | None], cut: list[str | None]) -> Mapping[Cell, str]:
    """What a reader makes of each kind and format, whatever its size."""
    check = Claims(f"keys: {reader}").check
    verdicts: dict[Cell, str] = {}
    for key, with_last, without in zip(keys, whole, cut, strict=True):
        for found in (with_last, without):
            same = found is None or _words(found) in (_words(key.public), _words(key.public_pem))
            check(f"finds the public key of {key.name} in {key.format}", same, found)
        verdict = WHOLE if without is not None else NEEDS_LAST if with_last is not None else NOT
        if verdicts.setdefault((key.kind, key.format), verdict) != verdict:
            verdicts[key.kind, key.format] = SOME
    return verdicts


def _words(public_key: str) -> list[str]:
    """Without what is no part of a key: a comment after it, line ends."""
    words = public_key.split()
    return words if words[0].startswith("-----") else words[:2]


def _table(cells: list[Cell], verdicts: Mapping[str, Mapping[Cell, str]]) -> str:
    heads = [f"`{kind}` `{form}`" for kind, form in cells]
    rows = [["Reader", *heads], ["---"] * (1 + len(heads))]
    rows += [[reader, *(found[cell] for cell in cells)] for reader, found in verdicts.items()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
