"""Where things are in this checkout, and where programs are found."""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONSUMER = REPOSITORY / "demo/consumer.yaml"
ENVIRONMENT = Path(sys.executable).parent  # the programs of the virtual environment that this one runs in
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))


def search_path() -> str:
    """A PATH that finds the environment's programs first."""
    return f"{ENVIRONMENT}:{os.environ['PATH']}"
