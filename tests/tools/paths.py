"""Where things are in this checkout."""

import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
