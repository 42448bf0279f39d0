#!/usr/bin/env bash
# paramiko reads only some of the ECDSA keys that ssh-keygen makes.
#
# Of keys without a passphrase, all alike but for what is drawn at random, half or more are refused as `Invalid key curve
# identifier`. The same file is always read, or never; OpenSSH, PuTTY and cryptography read each of them.
# Who is hurt: rotations of ECDSA keys that paramiko logs in with: every other one fails. Instead: an Ed25519 key, all of
# which are read.
# Needs Debian's openssh-client.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" paramiko==5.1.0 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

for kind in ecdsa ed25519; do
    for number in {1..40}; do ssh-keygen -q -t $kind -N '' -C '' -f "$work/$kind-$number"; done
done
PYTHONPATH=$work/packages python3 - "$work" <<'PYTHON' | tee "$work/said"
import sys

import paramiko

for kind, reader in (("ecdsa", paramiko.ECDSAKey), ("ed25519", paramiko.Ed25519Key)):
    refusals = []
    for number in range(1, 41):
        try:
            reader.from_private_key_file(f"{sys.argv[1]}/{kind}-{number}")
        except paramiko.SSHException as refusal:
            refusals.append(str(refusal))
    print(f"paramiko {paramiko.__version__}, {kind}: {len(refusals)} of 40 refused {set(refusals) or ''}")
PYTHON

grep -q "ecdsa: [1-3][0-9]\\? of 40 refused {'Invalid key curve identifier'}" "$work/said"
grep -q 'ed25519: 0 of 40' "$work/said"
