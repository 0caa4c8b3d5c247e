"""Distinct values in 128 bits: whether a value is new, and roughly how many there are.

Each value sets one bit by its hash. A value whose bit is clear was certainly never seen; one whose
bit is set was probably seen (a false "seen" happens with the share of bits that are set). Sketches
of two histories merge with `|`.
"""

import math
from functools import lru_cache
from hashlib import blake2b

BITS = 128


@lru_cache(maxsize=65_536)
def bit_of(value: str) -> int:
    """Return the sketch in which only the bit of `value` is set."""
    digest = blake2b(value.encode(), digest_size=2).digest()
    return 1 << (int.from_bytes(digest, "big") % BITS)


def distinct(sketch: int) -> float:
    """Return the estimated number of distinct values (linear counting, Whang et al. 1990).

    A full sketch counts as BITS * ln(2 * BITS), about 710: more than that it can't tell.
    """
    clear = BITS - sketch.bit_count()
    return BITS * math.log(BITS / max(clear, 0.5))
