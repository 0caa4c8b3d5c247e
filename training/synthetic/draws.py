"""Seeded draws: one stream a purpose, so that a switched-off mechanism leaves the others alone."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Strings = NDArray[np.object_]


class Draws:
    """Streams of one seed; the same name gives the same stream anew each time it is asked for."""

    __slots__ = ("seed",)

    def __init__(self, seed: int) -> None:
        """Take the seed of the world."""
        self.seed = seed

    def of(self, purpose: str) -> np.random.Generator:
        """Return the stream for `purpose`, at its start."""
        key = int.from_bytes(blake2b(purpose.encode(), digest_size=4).digest(), "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, key])))


def pick(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Return `size` positions drawn with replacement, in proportion to `weights` (k,)."""
    upto = np.cumsum(weights, dtype=np.float64)
    found = np.searchsorted(upto / upto[-1], rng.random(size), side="right")
    return np.minimum(found, len(weights) - 1).astype(np.int64)


def shared_out(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Return `size` positions whose counts are as near to `weights` (k,) as whole numbers allow.

    Shuffled. Systematic sampling: no count is off by one or more.
    """
    upto = np.cumsum(weights, dtype=np.float64)
    points = (np.arange(size) + rng.random()) / size
    found = np.minimum(np.searchsorted(upto / upto[-1], points, side="right"), len(weights) - 1)
    return rng.permutation(found.astype(np.int64))


class Pools:
    """Items in groups, each with a weight: draws one item of the group that is asked for.

    `groups` (k,) gives the group of each item, numbered from 0 to `count` - 1; `items` (k,) is what
    is drawn, by default the position.
    """

    __slots__ = ("_items", "_upto", "sizes")

    def __init__(
        self, groups: Ints, weights: Floats, count: int, items: Ints | None = None
    ) -> None:
        """Sort the items by group and sum up their weights."""
        order = np.argsort(groups, kind="stable").astype(np.int64)
        self._items = order if items is None else items[order]
        sorted_groups = groups[order]
        self.sizes = np.bincount(groups, minlength=count)
        totals = np.bincount(groups, weights=weights, minlength=count)
        running = np.cumsum(weights[order])
        before = np.concatenate(([0.0], np.cumsum(totals)))[sorted_groups]
        # inside a group the running share goes up to 1; clipped, for sums are not exact
        share = np.clip((running - before) / totals[sorted_groups], 0.0, 1.0)
        self._upto = sorted_groups + share

    def draw(self, rng: np.random.Generator, wanted: Ints) -> Ints:
        """Return one item of each group in `wanted` (n,); -1 where the group is empty."""
        found = np.searchsorted(self._upto, wanted + rng.random(len(wanted)), side="left")
        ends = np.cumsum(self.sizes)
        last = ends[wanted] - 1
        first = ends[wanted] - self.sizes[wanted]
        items = self._items[np.clip(found, first, np.maximum(last, 0))]
        return np.where(self.sizes[wanted] > 0, items, -1)


def zipf(count: int, power: float) -> Floats:
    """Return weights of sizes that fall with their rank, the largest first."""
    return np.power(1.0 + np.arange(count, dtype=np.float64), -power)
