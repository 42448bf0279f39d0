"""Claims that have to hold: the first one that does not ends the program with exit status 1."""

import sys


class Claims:
    """Claims about one subject, which is named when one of them does not hold."""

    def __init__(self, subject: str = "") -> None:
        self._subject = f"{subject}: " if subject else ""

    def check(self, claim: str, holds: object, reason: object = None) -> None:
        """Ends the program unless the claim holds."""
        if not holds:
            sys.exit(f"{self._subject}not so: {claim}" + (f": {reason}" if reason else ""))

    def tell(self, claim: str, holds: object, reason: object = None) -> None:
        """Does the same, and says so if the claim holds."""
        self.check(claim, holds, reason)
        print(f"{self._subject}{claim}: yes", flush=True)
