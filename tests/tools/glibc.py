"""Fails if a binary needs a newer glibc than Lambda's provided.al2023 has, which is 2.34."""

import re
import sys
from pathlib import Path

AL2023 = (2, 34)


def main(binaries: list[Path]) -> None:
    for binary in binaries:
        versions = re.findall(rb"\0GLIBC_(\d+)\.(\d+)", binary.read_bytes())
        if not versions:
            sys.exit(f"{binary} names no version of glibc: is it what Lambda runs?")
        newest = max((int(major), int(minor)) for major, minor in versions)
        if newest > AL2023:
            sys.exit(f"{binary} needs glibc {newest[0]}.{newest[1]}; Lambda has {AL2023[0]}.{AL2023[1]}")
        print(f"{binary}: glibc {newest[0]}.{newest[1]} is enough")


if __name__ == "__main__":
    main([Path(path) for path in sys.argv[1:]])
