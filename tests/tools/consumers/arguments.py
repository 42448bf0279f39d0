"""Secrets as arguments of their own: none may be taken for an option, by argparse, `openssl passwd` or the AWS CLI."""

import argparse
import json
from collections.abc import Iterable

from tools.claims import Claims
from tools.consumers import programs
from tools.consumers.secrets import Secrets, Text
from tools.paths import REPOSITORY

# Secrets Manager's own, which keeps its behaviour: a value of it may begin with a hyphen.
AS_SECRETS_MANAGER = "GenerateSecretString"

check = Claims("arguments").check


def run(secrets: Secrets) -> None:
    ours = [text for text in secrets.texts if text.kind != AS_SECRETS_MANAGER]
    hyphens = [text for text in ours if text.text.startswith("-")]
    check("no secret begins with a hyphen", not hyphens, f"{len(hyphens)} of {len(ours)}, such as {hyphens[:1]}")
    for text in ours:
        check(f"argparse takes {text.series}", _argparse("--password", text.text) == text.text, text.text)
    # However it begins, and so for those of Secrets Manager's making too.
    for text in secrets.texts:
        check(f"argparse takes {text.series} after =", _argparse(f"--password={text.text}") == text.text, text.text)
    sample = list(_first_of_each_beginning(ours))
    _openssl(sample)
    _aws(sample)
    print(
        f"arguments: {len(ours)} secrets taken as such by argparse, {len(sample)} by openssl passwd and the AWS CLI",
        flush=True,
    )


def _first_of_each_beginning(texts: Iterable[Text]) -> Iterable[Text]:
    """One for each character that a secret begins with: no program looks further before it takes one for an option."""
    return {text.text[0]: text for text in texts}.values()


class _Taken(Exception):
    """The parser would end the program."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise _Taken(message)


def _argparse(*arguments: str) -> str | None:
    parser = _Parser()
    parser.add_argument("--password")
    try:
        password: str = parser.parse_args(arguments).password
    except _Taken:
        return None
    return password


def _openssl(sample: Iterable[Text]) -> None:
    for text in sample:
        by_argument = programs.run(["openssl", "passwd", "-apr1", "-salt", "consumers", text.text])
        by_stdin = programs.run(["openssl", "passwd", "-apr1", "-salt", "consumers", "-stdin"], f"{text.text}\n")
        same = by_argument.returncode == 0 and by_argument.stdout == by_stdin.stdout
        check(f"openssl passwd takes {text.series}", same, f"{text.text}: {by_argument.stderr}")


def _aws(sample: Iterable[Text]) -> None:
    """In its own environment, which the other tests have."""
    passwords = [text.text for text in sample]
    program = [REPOSITORY / ".venv/bin/python", programs.HERE / "aws_cli.py"]
    arrived = json.loads(programs.printed(program, json.dumps(passwords)))
    for password, found in zip(passwords, arrived, strict=True):
        check(
            "aws rds modify-db-instance sends the password that it is given",
            found == password,
            f"{password} as {found}",
        )
