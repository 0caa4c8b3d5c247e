"""A world whose truth is known, of which only the top and a small draw below it is seen.

Written from the text of the specification of thresholds, section 4. The naive figure lives here
and nowhere else: it is what a screen must never show.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.recall import Inspected

ENTRIES = 60_000
HELD = 0.05  # share above the old line, all of it inspected
PROPOSED = 0.10  # share above the proposed line
REPLICATES = 200  # of the bootstrap


@dataclass(frozen=True)
class World:
    """Entries with a score and a hidden truth, and which of them were looked at."""

    score: NDArray[np.float64]
    positive: NDArray[np.bool_]
    held: NDArray[np.bool_]
    proposed: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    odds: float

    @property
    def truth(self) -> float:
        """Recall of the proposed line, which no one in that world can see."""
        return float(self.positive[self.proposed].sum() / self.positive.sum())

    @property
    def naive(self) -> float:
        """The same on inspected rows only: positives above by positives known."""
        known = self.positive & self.seen
        return float(known[self.proposed].sum() / known.sum())

    def inspected(self) -> tuple[Inspected, NDArray[np.bool_]]:
        """What can be known, and which of it lies above the proposed line."""
        rows = np.flatnonzero(self.seen)
        held = self.held[rows]
        odds = np.where(held, 1.0, self.odds)
        inspected = Inspected(self.positive[rows], odds, ~held, np.ones(len(rows)))
        return inspected, self.proposed[rows]


def world(rng: np.random.Generator, odds: float) -> World:
    """One world, with `odds` of being looked at below the old line."""
    signal = rng.normal(size=ENTRIES)
    driver = 0.9 * rng.normal(size=ENTRIES)
    chance = 1 / (1 + np.exp(6.2 - 1.4 * signal - driver))
    positive = rng.random(ENTRIES) < chance
    score = signal + 0.15 * rng.normal(size=ENTRIES)
    held, proposed = (score >= np.quantile(score, 1 - share) for share in (HELD, PROPOSED))
    seen = held | (rng.random(ENTRIES) < odds)
    return World(score, positive, held, proposed, seen, odds)


def bootstrap(
    rng: np.random.Generator, inspected: Inspected, above: NDArray[np.bool_]
) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 of Poisson(1) replicates: the interval to be bettered."""
    positive = np.flatnonzero(inspected.positive)
    weights = (1 / inspected.odds[positive])[None, :] * rng.poisson(1, (REPLICATES, len(positive)))
    shares = weights[:, above[positive]].sum(axis=1) / weights.sum(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)
