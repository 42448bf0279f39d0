"""Holds README.md, SECURITY.md and docs/ to their word: every code block is run, linted or parsed, or says why not.

A block that needs a real account has `<!-- account: WHY -->` on the line before it, one that needs something else that
is not here `<!-- not run: WHY -->`, and one that tools.consumers runs `<!-- recipe: NAME -->`. A block that a page's
story below does not run, and that has no such line, fails. What the pages link to must be there.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from tools import ministack, pair
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import Pair
from tools.paths import CONSUMER, ENVIRONMENT, REPOSITORY, search_path
from tools.processes import Word
from tools.stacks import Stack

FENCE = re.compile(
    r"(?:<!-- (?P<marker>not run|account|recipe): (?P<why>[^>]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
SHOWN = ("mermaid", "text")  # for the eye


def main(binaries: Path) -> None:
    pages = [_Page(path) for path in _paths()]
    with ministack.running() as cloud:
        pair.deploy(cloud, binaries)
        for page in pages:
            with tempfile.TemporaryDirectory() as folder:
                if story := STORIES.get(page.name):
                    story(page, _Shell(cloud, Path(folder), binaries), cloud)
                page.finish(Path(folder))


def _paths() -> list[Path]:
    paths = [REPOSITORY / "README.md", REPOSITORY / "SECURITY.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    return sorted(paths, key=lambda path: path.name == "operations.md")  # last: it removes the pair for good


class _Page:
    """One page, and the blocks of it that are still to be run."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(REPOSITORY))
        self.check = Claims(self.name).check
        self._path, self._text = path, path.read_text()
        self._blocks = list(FENCE.finditer(self._text))
        self.check("each fence that opens closes", len(re.findall(r"^```", self._text, re.M)) == 2 * len(self._blocks))
        self._left = [b for b in self._blocks if b["language"] == "sh" and not b["marker"]]
        self._ran = 0

    def take(self, beginning: str) -> str:
        """The next block to run; `beginning` says how the page's text of it begins."""
        self.check(f"a block begins with {beginning!r}", self._left and self._left[0]["text"].startswith(beginning))
        self._ran += 1
        return self._left.pop(0)["text"]

    def yaml(self, beginning: str) -> str:
        [text] = [b["text"] for b in self._blocks if b["language"] == "yaml" and b["text"].startswith(beginning)]
        return text

    def finish(self, folder: Path) -> None:
        for block in self._left:
            sys.exit(f"{self.name}: neither run nor marked as not run:\n{block['text']}")
        for block in self._blocks:
            self._look_at(block, folder)
        for link in LINK.findall(self._text):
            self.check(f"{link} is there", (self._path.parent / link).exists())
        print(f"{self.name}: {self._ran} blocks run, {len(self._blocks)} in all")

    def _look_at(self, block: re.Match[str], folder: Path) -> None:
        if block["marker"] == "recipe":
            return
        if block["marker"]:
            print(f"!! {self.name}: not run: {block['why']}: {block['text'].splitlines()[0]}")
        elif block["language"] == "json":
            json.loads(block["text"])
        elif block["language"] == "toml":
            tomllib.loads(block["text"])
        elif block["language"] == "yaml":
            self._lint(block["text"], folder / "fragment.yaml")
        else:
            self.check(f"a block of {block['language'] or 'no language'} is known", block["language"] in ("sh", *SHOWN))

    def _lint(self, text: str, file: Path) -> None:
        """A template as it is; a fragment of one as its resources. An ellipsis stands for what a reader fills in."""
        if "Type:" not in text:  # properties of a resource
            yaml.safe_load(text)
            return
        if "Resources:" not in text:
            text = "Resources:\n" + "".join(f"  {line}\n" for line in text.splitlines())
        ellipsis = ["--ignore-checks", "E3003"] if re.search(r"^ *# \.\.\.$", text, re.M) else []
        file.write_text(text)
        command: list[Word] = [ENVIRONMENT / "cfn-lint", *ellipsis, "--", file]
        done = subprocess.run(command, capture_output=True, text=True)
        self.check(f"its YAML passes cfn-lint:\n{done.stdout}", done.returncode == 0)


class _Shell:
    """Runs a script under bash and returns what it printed; it must succeed."""

    def __init__(self, cloud: Cloud, folder: Path, binaries: Path) -> None:
        self._folder = folder
        self._environment = {"PATH": f"{binaries.resolve()}:{search_path()}", "HOME": str(folder)} | cloud.environment()

    def __call__(self, script: str, folder: Path | None = None) -> str:
        command = ["bash", "-euo", "pipefail", "-c", script]
        where = folder or self._folder
        done = subprocess.run(command, cwd=where, env=self._environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{script}\nended with {done.returncode}:\n{done.stderr}")
        return done.stdout


def _readme(page: _Page, _run: _Shell, _cloud: Cloud) -> None:
    """Its commands are those of the continuous integration itself, which would call itself if it ran them here."""
    integration = (REPOSITORY / ".ci/run").read_text().splitlines()
    for line in page.take("make demo").splitlines():
        page.check(f"CI runs {line!r}", line.partition("#")[0].strip() in integration)


def _quick_start(page: _Page, run: _Shell, cloud: Cloud) -> None:
    """The pair is there already: its deployment with sam has a test of its own, tests/tools/deployment.py."""
    run(page.take("aws cloudformation deploy"), REPOSITORY)
    shop = Stack(cloud, "shop")
    page.check("the database has its password", "AWS::RDS::DBInstance" in shop.resource_types())
    first = shop.physical_id("DbSecret")
    run(page.take("aws cloudformation deploy"), REPOSITORY)
    page.check("the rotation makes a new version", shop.physical_id("DbSecret") != first)
    listed, password = run(page.take("cfn-secrets list")).strip().rsplit("\n", 1)
    page.check("the secret is listed", "current\tDbSecret" in listed)
    page.check("the password is shown", len(password) == 32)
    run(page.take("aws cloudformation delete-stack"))


def _operations(page: _Page, run: _Shell, cloud: Cloud) -> None:
    table = Pair(cloud).outputs()["TableName"]
    names = page.take("output()")
    shop = Stack(cloud, "shop-of-operations")
    names = names.replace('"S": "shop"', f'"S": "{shop.name}"')
    consumer = CONSUMER.read_text()
    shop.create(consumer)
    shop.update(consumer, RotationTrigger="second")
    password = cloud.parameter(shop.physical_id("Witness"))

    def take(beginning: str) -> str:
        text = page.take(beginning).replace('"shop"', f'"{shop.name}"').replace("shop/", f"{shop.name}/")
        return text.replace("--stack shop", f"--stack {shop.name}")

    by_command, by_getter = take("cfn-secrets list"), take("umask")
    told = run(by_command).splitlines()
    rows = [line.split("\t")[3:5] for line in told[:-2]]
    listed, *history = rows
    page.check("the list has the current version", listed == ["2", "current"])
    page.check("the history has both", [version for version, _ in history] == ["2", "1"])
    page.check("the command gives the password", told[-2] == password)
    page.check("the getter gives it, too", password in run(names + by_getter))
    shop.delete()
    page.check("the getter refuses a deleted secret", password not in run(names + by_getter))

    alarms = Stack(cloud, "alarms")
    topic = {"Topic": "arn:aws:sns:eu-west-1:123456789012:operators"}
    alarms.create(page.yaml("Parameters:"), **topic)
    page.check("the alarms watch functions that are there", len(alarms.resource_types()) == 4)
    for function in re.findall(r"FunctionName, Value: (\S+)}", page.yaml("Parameters:")):
        cloud.functions.get_function(FunctionName=function)

    run(names + take("aws dynamodb update-table"))
    page.check("the table is gone", table not in cloud.dynamodb.list_tables()["TableNames"])


STORIES: Mapping[str, Callable[[_Page, _Shell, Cloud], None]] = {
    "README.md": _readme,
    "docs/quick-start.md": _quick_start,
    "docs/operations.md": _operations,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
