#!/usr/bin/env bash
# peewee takes the password of a database URL as it stands, PyMongo reads `+` in it as a space: no spelling fits both.
#
# Wherever else a password stands in a URL, `%40` is `@` and `+` is `+`: so read SQLAlchemy, kombu, pika and
# clickhouse-driver below. peewee's `connect` does not decode it, so that a password with `/`, `?` or `#` cannot be written
# at all, and one that was encoded correctly is wrong (it would have to be told `unquote_password=True`, beside the URL).
# PyMongo decodes it as the field of a form: a `+`, which needs no encoding anywhere else, arrives as a space.
# Who is hurt: whoever makes one URL from one secret and hands it to several programs: `password authentication failed`
# for some passwords only. Instead: letters and digits, or `%2B` for PyMongo and an argument for peewee.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" peewee==4.5.3 pymongo==4.20.1 \
    sqlalchemy==2.1.9 kombu==5.7.0 pika==1.4.4 clickhouse-driver==0.2.11 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
from importlib.metadata import version

import kombu
import pika
import pymongo
import sqlalchemy
from clickhouse_driver import Client
from playhouse import db_url

READERS = {
    "peewee": ("postgresql", lambda url: db_url.parse(url)["password"]),
    "pymongo": ("mongodb", lambda url: pymongo.uri_parser.parse_uri(url)["password"]),
    "sqlalchemy": ("postgresql", lambda url: sqlalchemy.make_url(url).password),
    "kombu": ("amqp", lambda url: kombu.Connection(url).password),
    "pika": ("amqp", lambda url: pika.URLParameters(url).credentials.password),
    "clickhouse-driver": ("clickhouse", lambda url: Client.from_url(url).connection.password),
}
WRITTEN = ["Ab+3", "Ab%2B3", "Ab%403", "Ab%2F3"]

print(f"{'in the URL':25}", *(f"{text:8}" for text in WRITTEN))
for package, (scheme, read) in READERS.items():
    seen = [read(f"{scheme}://user:{text}@127.0.0.1:5000/shop") for text in WRITTEN]
    print(f"{package + ' ' + version(package):25}", *(f"{text:8}" for text in seen))
PYTHON
sed -i 's/ *$//' "$work/seen"
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
in the URL                Ab+3     Ab%2B3   Ab%403   Ab%2F3
peewee 4.5.3              Ab+3     Ab%2B3   Ab%403   Ab%2F3
pymongo 4.20.1            Ab 3     Ab+3     Ab@3     Ab/3
sqlalchemy 2.1.9          Ab+3     Ab+3     Ab@3     Ab/3
kombu 5.7.0               Ab+3     Ab+3     Ab@3     Ab/3
pika 1.4.4                Ab+3     Ab+3     Ab@3     Ab/3
clickhouse-driver 0.2.11  Ab+3     Ab+3     Ab@3     Ab/3
SEEN
