#!/usr/bin/env bash
# One line of my.cnf is three passwords: MariaDB's programs, PyMySQL and MySQL's own connector for Python each read another.
#
# The programs take quotation marks and escapes away, and end an unquoted value at ` #`. PyMySQL takes the marks away and
# leaves the escapes in; mysql-connector-python leaves both in. Neither knows the comment. So the line that lets `mariadb`
# in is `Access denied` for an application that is given the same file, and nothing says why.
# Who is hurt: whoever writes a generated password into an option file, in the quotation marks that `#` or a space need.
# Instead: a password of letters, digits and hyphens, without marks, is the same to all three; hand any other to a
# connector by itself, not through the file.
# Needs Debian's mariadb-client.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$work/packages" \
    PyMySQL==1.2.4 mysql-connector-python==26.10.0 2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

mariadb --version
PYTHONPATH=$work/packages python3 - "$work" <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version

from mysql.connector.optionfiles import read_option_files
from pymysql.optionfile import Parser

file = f"{sys.argv[1]}/my.cnf"
READERS = ("my_print_defaults", "PyMySQL", "mysql-connector-python")


def read(line):
    with open(file, "w") as options:
        options.write(f"[client]\n{line}\n")
    printed = subprocess.run(["my_print_defaults", f"--defaults-file={file}", "client"], capture_output=True, text=True)
    parser = Parser()
    parser.read(file)
    connector = read_option_files(option_files=file)
    return (
        printed.stdout.rstrip("\n").removeprefix("--password="),
        parser.get("client", "password"),
        connector["password"],
    )


print(f"PyMySQL {version('PyMySQL')}, mysql-connector-python {version('mysql-connector-python')}\n")
print("line of [client]".ljust(24), *(reader.ljust(20) for reader in READERS))
seen = {}
for line in ('password="Ab3#dEf"', r'password="Ab3\\dEf"', "password=Ab3 #dEf", "password=Ab3-dEf"):
    seen[line] = read(line)
    print(line.ljust(24), *(password.ljust(20) for password in seen[line]))

assert seen['password="Ab3#dEf"'] == ("Ab3#dEf", "Ab3#dEf", '"Ab3#dEf"')
assert seen[r'password="Ab3\\dEf"'] == (r"Ab3\dEf", r"Ab3\\dEf", r'"Ab3\\dEf"')
assert seen["password=Ab3 #dEf"] == ("Ab3", "Ab3 #dEf", "Ab3 #dEf")
assert set(seen["password=Ab3-dEf"]) == {"Ab3-dEf"}
PYTHON
