"""From raw score to calibrated probability: the stock object's parameters, applied in plain Python.

One number at a time and without arrays, so that a batch equals single rows bit for bit. What is
fitted where is written in docs/adr/0010; here it is only applied.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.core.errors import BundleUnreadable
from app.core.scale import clip_probability

# Weight of a plain logistic curve blended under isotonic steps, which are flat: with it a higher
# raw score always is a higher probability. It moves no probability by more than this.
LOGISTIC_SHARE = 0.01
_MAX_LOG_ODDS = 500.0  # exp() of more overflows, and no probability within the clip needs it


class Calibration(Protocol):
    """A strictly increasing map from raw score (log-odds) to probability."""

    @property
    def form(self) -> str:
        """The name of the form, as the manifest has it."""
        ...

    def probability(self, raw: float) -> float:
        """Return the calibrated probability of a raw score, within [1e-7, 1 - 1e-7]."""
        ...


def logistic(log_odds: float) -> float:
    """Return the probability of `log_odds`.

    One formula for all: exp, plus one and one over never turn around, so neither does this.
    """
    kept = min(max(log_odds, -_MAX_LOG_ODDS), _MAX_LOG_ODDS)
    return 1 / (1 + math.exp(-kept))


def softplus(log_odds: float) -> float:
    """Return log(1 + exp(log_odds)): minus the log of one minus its probability."""
    return math.log1p(math.exp(min(max(log_odds, -_MAX_LOG_ODDS), _MAX_LOG_ODDS)))


def beta_features(raw: float) -> tuple[float, float]:
    """Return log p and -log(1 - p) of the raw score's plain probability: what beta is fitted on.

    Source: Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017.
    """
    return -softplus(-raw), softplus(raw)


@dataclass(frozen=True, slots=True)
class Platt:
    """Logistic regression on the raw score; the slope is above 0."""

    slope: float
    intercept: float
    form = "platt"

    def probability(self, raw: float) -> float:
        """Return the calibrated probability of `raw`."""
        return clip_probability(logistic(self.slope * raw + self.intercept))


@dataclass(frozen=True, slots=True)
class Beta:
    """Logistic regression on the two beta features; neither slope is below 0, one is above."""

    low: float
    high: float
    intercept: float
    form = "beta"

    def probability(self, raw: float) -> float:
        """Return the calibrated probability of `raw`."""
        log_p, minus_log_rest = beta_features(raw)
        return clip_probability(
            logistic(self.low * log_p + self.high * minus_log_rest + self.intercept)
        )


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Isotonic regression on the raw score, blended with a small plain logistic share.

    `raws` strictly ascend, `levels` never fall and lie in [0, 1]; between them it is linear.
    """

    raws: tuple[float, ...]
    levels: tuple[float, ...]
    form = "isotonic"

    def probability(self, raw: float) -> float:
        """Return the calibrated probability of `raw`."""
        stepped = (1 - LOGISTIC_SHARE) * self._level(raw)
        return clip_probability(stepped + LOGISTIC_SHARE * logistic(raw))

    def _level(self, raw: float) -> float:
        above = bisect_right(self.raws, raw)
        if above == 0:
            return self.levels[0]
        if above == len(self.raws):
            return self.levels[-1]
        left, right = self.raws[above - 1], self.raws[above]
        low, high = self.levels[above - 1], self.levels[above]
        # rounding could lift a point just left of `right` over `high`, and so over its neighbour
        return min(low + (high - low) * ((raw - left) / (right - left)), high)


def calibration_of(fitted: object) -> Calibration:
    """Return the calibration of a fitted stock scikit-learn object.

    LogisticRegression with one feature is Platt on the raw score, with two it is beta on
    `beta_features`; IsotonicRegression is on the raw score. What `calibrator_file` reads stands for
    either, so that serving never imports scikit-learn. Raises BundleUnreadable for any other, and
    for parameters that would not rise with the raw score.
    """
    name = getattr(fitted, "stands_for", type(fitted).__name__)
    try:
        if name == "LogisticRegression":
            return _of_logistic(fitted)
        if name == "IsotonicRegression":
            return _of_isotonic(fitted)
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise BundleUnreadable(f"calibrator: {type(error).__name__}, wanted it fitted") from error
    raise BundleUnreadable(f"calibrator: found {name}, which is none of ours")


def _of_logistic(fitted: Any) -> Calibration:  # of scikit-learn, which ships no types
    if list(fitted.classes_) != [0, 1]:
        raise BundleUnreadable(f"calibrator: found classes {list(fitted.classes_)}, wanted 0 and 1")
    slopes = _finite([float(slope) for slope in fitted.coef_[0]])
    (intercept,) = _finite([float(fitted.intercept_[0])])
    if min(slopes) < 0 or max(slopes) <= 0:
        raise BundleUnreadable(f"calibrator: found slopes {slopes}, wanted them to rise")
    if len(slopes) == 1:
        return Platt(slopes[0], intercept)
    low, high = slopes
    return Beta(low, high, intercept)


def _of_isotonic(fitted: Any) -> Calibration:
    raws = _finite([float(each) for each in fitted.X_thresholds_])
    levels = _finite([float(each) for each in fitted.y_thresholds_])
    pairs = zip(raws, raws[1:], levels, levels[1:], strict=False)
    rises = all(left < right and low <= high for left, right, low, high in pairs)
    if not rises or len(raws) != len(levels) or levels[0] < 0 or levels[-1] > 1:
        raise BundleUnreadable("calibrator: wanted steps that never fall, from 0 to 1")
    return Isotonic(tuple(raws), tuple(levels))


def _finite(numbers: Sequence[float]) -> list[float]:
    if not all(math.isfinite(number) for number in numbers):
        raise BundleUnreadable("calibrator: found a parameter that is no finite number")
    return list(numbers)
