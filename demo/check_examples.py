"""Deploys each template of examples/ beside the pair, with nothing but its defaults, and deletes it again."""

import pathlib
import sys

import engine
import package
from stacks import Stack, StackFailed


def main(binaries):
    with engine.running() as cloud:
        package.deploy(cloud, binaries)
        for path in sorted((package.REPOSITORY / "examples").iterdir()):
            stack = Stack(cloud, path.stem)
            try:
                stack.create(path.read_text())
                count = len(stack.resources())
                stack.delete()
            except StackFailed as failure:
                sys.exit(f"examples/{path.name}: {failure}")
            print(f"examples/{path.name}: {count} resources created and deleted")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
