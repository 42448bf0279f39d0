"""Tests of tests/venv.sh: an environment that is up to date is left alone, also by whoever has activated it."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tools.paths import REPOSITORY

INTERPRETERS = Path(sys.base_prefix, "bin")


class Venv(unittest.TestCase):
    def test_who_has_activated_it_does_not_make_it_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tests = Path(folder, "tests")
            tests.mkdir()
            shutil.copy(REPOSITORY / "tests/venv.sh", tests)
            (tests / "requirements.txt").write_text("# nothing\n")
            environment = Path(folder, ".venv")
            self.assertIn("installing", _made(tests, INTERPRETERS))
            kept = environment / "of the user"
            kept.touch()
            self.assertEqual("", _made(tests, environment / "bin", INTERPRETERS))
            self.assertTrue(kept.exists())


def _made(tests: Path, *programs: Path) -> str:
    """What it says while it makes the environment, or sees that there is nothing to do."""
    path = os.pathsep.join(map(str, (*programs, *os.defpath.split(os.pathsep))))
    own = {"PATH": path, "HOME": str(tests.parent)}
    done = subprocess.run([tests / "venv.sh"], env=own, check=True, capture_output=True, text=True)
    return done.stderr


if __name__ == "__main__":
    unittest.main()
