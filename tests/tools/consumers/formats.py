"""Files of variables: what `cfn-secrets get-all` writes in each format comes back unchanged from its readers.

Two thousand random values, the same each time, and some that are awkward on purpose. What a format cannot carry must
have been refused; whatever was written must be read as it was, by every reader, in the company of all the others.
"""

import json
import random
import string
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.claims import Claims
from tools.consumers import page, programs, variable_readers
from tools.consumers.secrets import Secrets

SEED = 15
DRAWN = 2000
LONGEST = 24

# All printable ASCII, and what is not but may be in a secret.
CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n\té"

# What means something in one of the formats, or ends something.
WORDS = (
    *("", " ", "a b", " a", "a ", "#", "#a", "a #b", "a#b", "=", "a=b", "-", "--", "~", "!", "!a", "&a", "*a", "@a"),
    *("%a", "'", '"', "`", "\\", "''", '""', "\\'", '\\"', "a\\", "a\\\\", "a\\'b", "a'b\\", "'a'", '"a"', "`a`"),
    *("' #'", " #x", "$", "$$", "$a", "${", "${a}", "$${a}", "$(a)", "%{", "%{if}", "%%{", "a$", "a%", "\\$a"),
    *("\\${a}", "!a!", "{{a}}", "\\n", "\\t", "\\r", "\\0", "\\x41", "\\u0041", "\n", "\n\n", "a\n", "\na", "a\nb"),
    *("a\n#b", "a\n b", "a\nK=b", "\t", "null", "Null", "NULL", "true", "True", "yes", "Yes", "no", "on", "off"),
    *("y", "n", "0", "00", "007", "0x1F", "0o7", "1e5", "7345e201", "12e45678", "1_000", "1:30", "190:20:30", "0b1"),
    *(".5", ".inf", "-.inf", ".nan", "2026-11-27", "<<", "=a", "a: b", "a:", ": a", "- a", "? a", "[a]", "{a}"),
    *("{a: b}", "| a", "> a", "---", "...", "%YAML 1.1", "a,b", "\\.", "EOF", "<<EOT", "export A=b", "a;b", "a&b"),
    *("a|b", "a>b", "a<b", "~/a", "*", "?", "a*", "[!a]", "^", "a\r\nb", "a\rb", "\r", "\ufdd0", "\uffff", "é"),
    *("ü\n", "日本語", "😀", "\xa0", "\u2028", "\x85", "\ufeff", "e\u0301", "\u212b", "\u200b", "\xad", "\U0010ffff"),
    "\x7f",
    *map(chr, range(1, 32)),
    "x" * 5000,
    "-----BEGIN PRIVATE KEY-----\nMC4CAQ+/=\n-----END PRIVATE KEY-----\n",
    json.dumps({"a": 'b"\\\n', "c": ["'"]}),
)

ENDINGS = {"tfvars": ".tfvars", "tfvars-json": ".tfvars.json"}  # by which Terraform knows them

check = Claims("formats").check


@dataclass(frozen=True)
class Written:
    """All that a format carries, in one file, and why it refused the rest."""

    output: str
    dialect: str
    text: str
    refused: dict[str, str]

    @property
    def format(self) -> str:
        return f"dotenv, {self.dialect}" if self.output == "dotenv" else self.output


def run(secrets: Secrets) -> None:
    values = {f"K{number:04}": value for number, value in enumerate(_values())}
    program = secrets.program.with_name("formats")
    written = _written(program, values)
    readers = variable_readers.all_of(program)
    check("each format has its readers", {one.format for one in written} == readers.keys(), sorted(readers))
    rows = ["| `--output` | Carried | Refused | Read back unchanged by |\n", "|---|---|---|---|\n"]
    with tempfile.TemporaryDirectory() as folder:
        for one in written:
            carried = {name: value for name, value in values.items() if name not in one.refused}
            file = Path(folder, f"values{ENDINGS.get(one.output, '.env')}")
            file.write_bytes(one.text.encode())
            for reader, read in readers[one.format].items():
                found = read(file)
                wrong = {name: (value, found.get(name)) for name, value in carried.items() if found.get(name) != value}
                check(
                    f"{reader} reads {one.format} as it was written",
                    not wrong,
                    f"{len(wrong)}: {list(wrong.items())[:8]}",
                )
            why = "; ".join(f"{count} {reason}" for reason, count in _reasons(one.refused))
            print(
                f"formats: {one.format}: {len(carried)} carried, {len(one.refused)} refused{why and ': '}{why}",
                flush=True,
            )
            rows.append(f"| {one.format} | {len(carried)} | {len(one.refused)} | {', '.join(readers[one.format])} |\n")
        _names(program, readers["shell"], Path(folder, "names.env"))
    if unread := [name for name, of_format in readers.items() if not of_format]:
        print(f"!! SKIPPED: formats that nothing here reads: {', '.join(unread)}", flush=True)
    else:
        page.hold("formats", "".join(rows))
    print(f"formats: {len(values)} values, {len(written)} formats", flush=True)


def _names(program: Path, shells: Mapping[str, variable_readers.Read], file: Path) -> None:
    """A shell has variables of its own: a name is refused, or its value arrives."""
    names = [*programs.printed(["bash", "-c", "compgen -v"]).split(), "_", "BASH_ARGV0", "FUNCNAME", "IFS", "PS4"]
    [written] = [one for one in _written(program, dict.fromkeys(names, "a b")) if one.output == "shell"]
    file.write_text(written.text)
    carried = set(names) - written.refused.keys()
    check("names are carried and refused", "IFS" in carried and "UID" in written.refused)
    for shell, read in shells.items():
        found = read(file)
        wrong = [name for name in carried if found.get(name) != "a b"]
        check(f"{shell} has each variable that is carried", not wrong, wrong)


def _values() -> Iterable[str]:
    """Awkward ones and random ones in turn, so that they stand beside each other."""
    drawn = random.Random(SEED)
    random_ones = ["".join(drawn.choices(CHARACTERS, k=drawn.randint(0, LONGEST))) for _ in range(DRAWN)]
    values = [*WORDS, *random_ones]
    drawn.shuffle(values)
    return values


def _written(program: Path, values: Mapping[str, str]) -> list[Written]:
    done = subprocess.run([program, "write"], input=json.dumps(values), stdout=subprocess.PIPE, text=True, check=True)
    return [Written(**json.loads(line)) for line in done.stdout.removesuffix("\n").split("\n")]


def _reasons(refused: dict[str, str]) -> list[tuple[str, int]]:
    return Counter(why.partition("`: ")[2] for why in refused.values()).most_common()
