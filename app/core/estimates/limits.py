"""Where intervals come from: Wilson, sampled totals, shares of totals, and false discovery.

SciPy's special functions are imported when the first interval is asked for: a process that only
decides never loads them.
"""

import math
from importlib import import_module
from statistics import NormalDist
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95  # of every interval on a screen; specs of thresholds, section 3
BAND_LEVEL = 0.90  # of prediction bands; the same, section 2
BOUND_LEVEL = 0.99  # of the worst and best case where nothing can be estimated; ADR 0038
DISCOVERY_RATE = 0.05  # share of false flags among the flags, Benjamini and Hochberg 1995


class Limits(NamedTuple):
    """Two ends of an interval, `low` <= `high`; `high` is infinite where nothing limits it."""

    low: float
    high: float


def normal_quantile(level: float) -> float:
    """Return how many standard deviations each way hold `level` of a normal distribution."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(share: float, n: float, level: float = LEVEL) -> Limits:
    """Return the score interval of a share seen in `n` > 0 (Wilson 1927); n may be effective."""
    z2 = normal_quantile(level) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Limits(max(middle - reach, 0.0), min(middle + reach, 1.0))


def effective_n(weights: Floats) -> float:
    """Return how many equal weights tell as much (Kish 1965): the length where all are equal."""
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def sampled_total(
    weights: Floats, odds: Floats, *, heaviest: float, level: float = LEVEL
) -> Limits:
    """Return the limits of a total whose parts were found by a draw with known odds.

    `weights` (k,) is amount / odds of each part that was found, `odds` (k,) its odds in (0, 1);
    `heaviest` the largest weight a part could have had, infinite where nothing was drawn. The
    gamma interval for weighted counts of Fay and Feuer 1997, with the variance of a finite
    population: it covers at small counts, at 0 too, where a bootstrap has nothing to resample.
    """
    total = float(weights.sum())
    variance = float((np.square(weights) * (1 - odds)).sum())
    low = _gamma_quantile(total, variance, (1 - level) / 2)
    if math.isinf(heaviest):
        return Limits(low, math.inf)
    high = _gamma_quantile(total + heaviest, variance + heaviest**2, (1 + level) / 2)
    return Limits(min(low, total), max(high, total))


def _gamma_quantile(mean: float, variance: float, at: float) -> float:
    """Return the quantile of a gamma distribution; the mean where nothing varies."""
    if variance <= 0 or mean <= 0:
        return mean
    return variance / mean * float(special().gammaincinv(mean**2 / variance, at))


def share_limits(part: float, of_part: Limits, rest: float, of_rest: Limits) -> Limits:
    """Return the limits of part / (part + rest), the two found independently.

    The limits of rest / part are recovered from the two intervals (Donner and Zou 2012, MOVER),
    so that skew and small counts survive. `part` and `rest` >= 0, not both 0.
    """
    ratio = _ratio_limits(rest, of_rest, part, of_part)
    return Limits(1 / (1 + ratio.high), 1 / (1 + ratio.low))


def _ratio_limits(above: float, of_above: Limits, below: float, of_below: Limits) -> Limits:
    """Return the limits of above / below by MOVER; from 0 to infinity where nothing limits it."""
    product = above * below
    low = 0.0
    if of_above.low > 0 and not math.isinf(of_below.high):
        inner = of_above.low * (2 * above - of_above.low)
        outer = of_below.high * (2 * below - of_below.high)
        low = inner / (product + math.sqrt(max(product**2 - inner * outer, 0.0)))
    if math.isinf(of_above.high) or of_below.low <= 0:
        return Limits(low, math.inf)
    inner = of_above.high * (2 * above - of_above.high)
    outer = of_below.low * (2 * below - of_below.low)
    high = (product + math.sqrt(max(product**2 - inner * outer, 0.0))) / outer
    return Limits(low, high)


def discoveries(p_values: Floats, rate: float = DISCOVERY_RATE) -> NDArray[np.bool_]:
    """Return which of `p_values` (k,) stand when the share of false flags is held at `rate`.

    Benjamini and Hochberg 1995, step-up; all false for none.
    """
    ordered = np.sort(p_values)
    passed = np.flatnonzero(ordered <= rate * np.arange(1, len(ordered) + 1) / len(ordered))
    return p_values <= (ordered[passed[-1]] if len(passed) else -1.0)


def sign_test(gained: int, lost: int) -> float:
    """Return the chance of a split at least so uneven if each way were as likely (two-sided)."""
    few, both = min(gained, lost), gained + lost
    return min(1.0, 2 * float(special().bdtr(few, both, 0.5))) if both else 1.0


def binomial_range(n: int, odds: float, level: float = LEVEL) -> tuple[int, int]:
    """Return the fewest and most of `n` draws that `level` of all runs stay between."""
    far = 10 * math.sqrt(n * odds * (1 - odds)) + 10  # deviations: nothing is beyond them
    first, last = max(math.floor(n * odds - far), 0), min(math.ceil(n * odds + far), n)
    below = special().bdtr(np.arange(first, last + 1), n, odds)
    tail = (1 - level) / 2
    low, high = np.searchsorted(below, (tail, 1 - tail))
    return first + int(low), min(first + int(high), n)


def predicted_range(mean: float, variance: float, level: float = BAND_LEVEL) -> tuple[int, int]:
    """Return the fewest and most of a count to be seen, `level` of them between.

    Negative binomial of that mean and variance; Poisson where the variance is not above the mean.
    """
    tail = (1 - level) / 2
    if mean <= 0:
        return 0, 0
    if variance <= mean * (1 + 1e-9):
        quantiles = [special().pdtrik(at, mean) for at in (tail, 1 - tail)]
    else:
        size = mean**2 / (variance - mean)
        quantiles = [special().nbdtrik(at, size, mean / variance) for at in (tail, 1 - tail)]
    low, high = (0.0 if math.isnan(each) else max(float(each), 0.0) for each in quantiles)
    return math.floor(low), math.ceil(high)


def special() -> ModuleType:
    """Return SciPy's special functions, loaded by whoever asks first."""
    return import_module("scipy.special")
