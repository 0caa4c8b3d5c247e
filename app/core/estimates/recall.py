"""Recall and miss rate from what was inspected: the held stratum, and the random draw below it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.estimate import Estimate, Status, estimated, outwards, status_of, unknown
from app.core.estimates.limits import (
    BOUND_LEVEL,
    LEVEL,
    Limits,
    effective_n,
    sampled_total,
    share_limits,
    wilson,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PER_RELEASED = 10_000  # the miss rate is told per so many released


@dataclass(frozen=True, slots=True)
class Inspected:
    """Rows with a final, matured outcome that were looked at whatever the outcome would be.

    `positive` (m,) confirmed bad; `odds` (m,) of having been looked at and closed, in (0, 1];
    `drawn` (m,) by the random draw (else by its band); `value_usd` (m,) finite. A row that came
    to light in any other way is in neither stratum and must not be here.
    """

    positive: Mask
    odds: Floats
    drawn: Mask
    value_usd: Floats

    def __len__(self) -> int:
        return len(self.positive)

    def found_below(self, above: Mask) -> int:
        """Return the positives that the random draw found under the line."""
        return int(np.count_nonzero(self.positive & self.drawn & ~above))


@dataclass(frozen=True, slots=True)
class _Total:
    """An amount of positives in a part of the inspected rows, weighted to all, with limits."""

    value: float
    limits: Limits


def _total(
    inspected: Inspected, part: Mask, amounts: Floats, unseen: float, level: float
) -> _Total:
    """Return the total of `amounts` over the positives of `part`: counted whole, plus drawn.

    It is no more than if all of the `unseen` amount were bad.
    """
    certain = inspected.odds >= 1
    counted = float(amounts[inspected.positive & part & certain].sum())
    draws = part & ~certain
    found = draws & inspected.positive
    odds = inspected.odds[found]
    weights = amounts[found] / odds
    heaviest = float((amounts[draws] / inspected.odds[draws]).max()) if draws.any() else math.inf
    limits = sampled_total(weights, odds, heaviest=heaviest, level=level)
    seen = counted + float(amounts[found].sum())
    value = min(counted + float(weights.sum()), seen + unseen)
    return _Total(
        value,
        Limits(min(counted + limits.low, value), min(counted + limits.high, seen + unseen)),
    )


def recall(
    inspected: Inspected, above: Mask, unseen: tuple[float, float] = (math.inf, math.inf)
) -> Estimate:
    """Return the share of all positives that lie above the line; `above` (m,) is at or over it.

    Inverse-odds weighted over both strata. Status by the positives found below the line in the
    random stratum; fewer than 5 give no value, only what the sample leaves possible. `unseen`:
    how many rows above and below the line nobody looked at, infinite where it is not known.
    """
    return _share(inspected, above, np.ones(len(inspected)), unseen)


def value_recall(
    inspected: Inspected, above: Mask, unseen_usd: tuple[float, float] = (math.inf, math.inf)
) -> Estimate:
    """Return the share of the positives' entered USD above the line (Rev@n), as `recall`."""
    return _share(inspected, above, inspected.value_usd, unseen_usd)


def _share(
    inspected: Inspected, above: Mask, amounts: Floats, unseen: tuple[float, float]
) -> Estimate:
    n, found = len(inspected), inspected.found_below(above)
    status = status_of(found)
    level = BOUND_LEVEL if status is Status.NOT_ESTIMABLE else LEVEL
    over = _total(inspected, above, amounts, unseen[0], level)
    under = _total(inspected, ~above, amounts, unseen[1], level)
    if status is Status.NOT_ESTIMABLE:
        return unknown(n, found, outwards(*_cases(over, under), digits=2))
    both = over.value + under.value
    if not both:  # positives of no declared value: a share of nothing
        return unknown(n, found)
    limits = share_limits(over.value, over.limits, under.value, under.limits)
    return estimated(over.value / both, limits, status=status, n=n, positives_below_line=found)


def _cases(over: _Total, under: _Total) -> tuple[float, float]:
    """Return the smallest and largest share that the limits of both parts leave possible."""
    worst = 0.0
    if under.limits.high == 0:
        worst = 1.0
    elif over.limits.low > 0:
        worst = over.limits.low / (over.limits.low + under.limits.high)
    best = 1.0
    if under.limits.low > 0:
        best = 1 / (1 + under.limits.low / over.limits.high) if over.limits.high else 0.0
    return worst, best


def miss_rate(inspected: Inspected, above: Mask) -> Estimate:
    """Return the positives per 10,000 that would be released, `above` as in `recall`.

    From the random stratum, and what was held and would now be released. Status as `recall`.
    """
    below = ~above
    found = inspected.found_below(above)
    n = int(np.count_nonzero(below))
    weights = 1 / inspected.odds[below]
    drawn_n = int(np.count_nonzero(below & inspected.drawn))
    if drawn_n == 0:
        return unknown(n, found)
    status = status_of(found)
    share = float(weights[inspected.positive[below]].sum() / weights.sum())
    level = BOUND_LEVEL if status is Status.NOT_ESTIMABLE else LEVEL
    limits = Limits(*(PER_RELEASED * each for each in wilson(share, effective_n(weights), level)))
    if status is Status.NOT_ESTIMABLE:
        return unknown(n, found, outwards(limits.high, limits.low, digits=0))
    return estimated(PER_RELEASED * share, limits, status=status, n=n, positives_below_line=found)
