"""docs/consumers.md: its tables are written by what the consumers say, and its recipes are taken from it to be run."""

import os
import re
import sys

from tools.paths import REPOSITORY

PATH = REPOSITORY / "docs/consumers.md"
RECIPE = re.compile(r"^<!-- recipe: (?P<name>[^>]+) -->\n```\w+\n(?P<text>.*?)^```$", re.M | re.S)


def hold(name: str, table: str) -> None:
    """Ends the program unless the page has this table; with WRITE_CONSUMERS in the environment, writes it there."""
    page = PATH.read_text()
    marked = re.compile(rf"(<!-- table {re.escape(name)} -->\n)(.*?)(<!-- end -->)", re.S)
    [(_, there, _)] = marked.findall(page)
    if there == table:
        return
    if not os.environ.get("WRITE_CONSUMERS"):
        sys.exit(f"docs/consumers.md: the table {name} is not what was seen (make consumers-page writes it):\n{table}")
    PATH.write_text(marked.sub(lambda found: found[1] + table + found[3], page))


def recipes() -> dict[str, str]:
    """The page's recipes, by name."""
    return {found["name"]: found["text"] for found in RECIPE.finditer(PATH.read_text())}
