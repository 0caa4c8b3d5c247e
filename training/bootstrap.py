"""Intervals by resampling whole filing weeks, so that what comes together stays together."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REPLICATES = 200
LEVEL = 0.90  # specs: training, section 6


def week_samples(weeks: Ints, seed: int, replicates: int = REPLICATES) -> list[Ints]:
    """Return row positions of each replicate: as many weeks as there are, drawn with return."""
    names = np.unique(weeks)
    rows = [np.flatnonzero(weeks == name) for name in names]
    draws = np.random.default_rng(seed).integers(0, len(names), (replicates, len(names)))
    return [np.concatenate([rows[place] for place in draw]) for draw in draws]


def interval(
    samples: list[Ints], figure: Callable[[Ints], float], level: float = LEVEL
) -> tuple[float, float]:
    """Return the central interval of `figure` over the samples; NaN where it is never defined."""
    found = np.array([figure(rows) for rows in samples])
    found = found[np.isfinite(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
