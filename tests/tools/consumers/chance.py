"""What chance alone does: bounds that a test of random secrets does not cross by bad luck."""

import math

NEVER = 1e-9


def most(count: int, rate: float) -> int:
    """As many of `count` as are there by chance, each with this `rate`; more than that is not chance."""
    left = 1.0
    for hits in range(count + 1):
        left -= math.comb(count, hits) * rate**hits * (1 - rate) ** (count - hits)
        if left < NEVER:
            return hits
    return count
