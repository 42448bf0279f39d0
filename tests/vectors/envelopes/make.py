"""Makes the envelopes of tests/vectors/envelopes/envelopes.json with Python's cryptography, from docs/format.md alone.

    python tests/vectors/envelopes/make.py > tests/vectors/envelopes/envelopes.json

The vectors are pinned: what a release wrote, every later one reads. The script is kept to say where they come from.
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def address(stack_name, version, **added):
    return {"StackName": stack_name, "Env": "prod", "Name": "default", "Version": version, **added}


CASES = [
    ("the least that needs an envelope", address("app", "1"), "x" * 4097),
    ("more than one block of everything", address("app", "2", Team="web"), "correct horse battery staple\n" * 300),
    # Keys sort by code point, and nothing that is printable is escaped but the quote and the backslash.
    (
        "a context that is hard to spell",
        address("app", "12", **{"Team": 'web & s\u00f6hne "\\', "\u00c4": "\t\u007f/<", "z\U0001f511": "\uffff", "a": ""}),
        "\u00e4\U0001f511" * 1000,
    ),
]


def bytes_for(label, count):
    return hashlib.sha256(label.encode()).digest()[:count]


def envelope(label, context, value):
    key, nonce = bytes_for("key of " + label, 32), bytes_for("nonce of " + label, 12)
    associated = json.dumps(context, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    sealed = nonce + AESGCM(key).encrypt(nonce, value.encode(), associated)
    base64_of = lambda data: base64.b64encode(data).decode()
    return {
        "case": label,
        "context": context,
        "data_key": key.hex(),
        "nonce": nonce.hex(),
        "value": value,
        "ciphertext": base64_of(sealed),
    }


json.dump([envelope(*case) for case in CASES], sys.stdout, indent=1, ensure_ascii=False)
print()
