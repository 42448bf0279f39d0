"""Fails if a binary needs a newer glibc than Lambda's provided.al2023 has, 2.34; with --none, if it needs any."""

import re
import sys
from pathlib import Path

AL2023 = (2, 34)


def main(binaries: list[Path], may_need: bool) -> None:
    for binary in binaries:
        versions = re.findall(rb"\0GLIBC_(\d+)\.(\d+)", binary.read_bytes())
        if bool(versions) != may_need:
            wanted = (
                "names no version of glibc: is it what Lambda runs?" if may_need else "needs a glibc: it is not static"
            )
            sys.exit(f"{binary} {wanted}")
        newest = max(((int(major), int(minor)) for major, minor in versions), default=(0, 0))
        if newest > AL2023:
            sys.exit(f"{binary} needs glibc {newest[0]}.{newest[1]}; Lambda has {AL2023[0]}.{AL2023[1]}")
        print(f"{binary}: " + (f"glibc {newest[0]}.{newest[1]} is enough" if may_need else "needs no glibc"))


if __name__ == "__main__":
    words = sys.argv[1:]
    main([Path(word) for word in words if word != "--none"], may_need="--none" not in words)
