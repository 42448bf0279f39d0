"""Tells the story: numbered steps with their times, facts and checked claims. Colors on a terminal only."""

import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Broken(Exception):
    """A claim of the story did not hold."""


class Story:
    """What was told so far."""

    def __init__(self) -> None:
        self.told: list[str] = []  # every line, so that the end can check what was not in it
        self._steps = 0
        self._colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One numbered step; its time is told when it is over."""
        self._steps += 1
        self._line("\n" + self._paint("1", f"{self._steps}. {title}"))
        started = time.monotonic()
        yield
        self._line(self._paint("2", f"   {time.monotonic() - started:.2f} s"))

    def fact(self, name: str, value: str) -> None:
        """Something to see."""
        self._line(f"   {name:<11} {value}")

    def claim(self, text: str, holds: object) -> None:
        """Something that must be so: the demo ends here if it is not."""
        if not holds:
            self._line(f"   {self._paint('31', 'BROKEN')} {text}")
            raise Broken(text)
        self._line(f"   {self._paint('32', 'ok')} {text}")

    def note(self, text: str) -> None:
        """What a reader has to know in order to see what a step shows."""
        for line in textwrap.wrap(text, 100):
            self._line(self._paint("2", f"   {line}"))

    def say(self, text: str) -> None:
        self._line(text)

    def _line(self, text: str) -> None:
        self.told.append(text)
        print(text, flush=True)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colored else text
