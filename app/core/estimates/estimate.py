"""An estimate carries its status, its interval and its n, or has no value at all."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.estimates.limits import Limits, wilson

PROVISIONAL_FROM = 5  # positives below the line in the random stratum; specs, section 3
MEASURED_FROM = 10  # the same
ENOUGH_SEEN = 30  # final outcomes from which a share that is seen whole is measured


class Status(StrEnum):
    """How much an estimate can be leaned on; `provisional` never satisfies a guardrail."""

    NOT_ESTIMABLE = "not_estimable"
    PROVISIONAL = "provisional"
    MEASURED = "measured"


def status_of(positives_below_line: int) -> Status:
    """Return the status that so many positives, found below the line by the draw, can carry."""
    if positives_below_line < PROVISIONAL_FROM:
        return Status.NOT_ESTIMABLE
    return Status.PROVISIONAL if positives_below_line < MEASURED_FROM else Status.MEASURED


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure that was not counted whole.

    `n` is what it was estimated from, `positives_below_line` those found below the line in the
    random stratum. `value`, `low` and `high` (95 %) are all there or all None; they are None
    exactly where the status is not_estimable, and then `worst` and `best` may say what the sample
    leaves possible (99 %, rounded outwards). Raises ValueError for anything else.
    """

    status: Status
    n: int
    positives_below_line: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    worst: float | None = None
    best: float | None = None

    def __post_init__(self) -> None:
        """Refuse a value without interval or n, and any value that can't be estimated."""
        interval = (self.low, self.value, self.high)
        bounds = (self.worst, self.best)
        if self.status is Status.NOT_ESTIMABLE:
            if interval != (None, None, None):
                raise ValueError(f"found {interval}, wanted no value: it is not estimable")
        elif bounds != (None, None):
            raise ValueError(f"found bounds {bounds} beside an interval, wanted one of the two")
        elif self.n < 1 or not _is_ordered(interval):
            raise ValueError(f"found {interval} from n {self.n}, wanted low <= value <= high")
        if (self.worst is None) is not (self.best is None):
            raise ValueError(f"found bounds {bounds}, wanted both or none")

    def document(self) -> dict[str, Any]:
        """Return the JSON object of the wire: what is not known is absent, never null."""
        found: dict[str, Any] = {
            "status": str(self.status),
            "n": self.n,
            "positives_below_line": self.positives_below_line,
        }
        if self.value is not None:
            found |= {"value": self.value, "low": self.low, "high": self.high}
        if self.worst is not None:
            found["bounds"] = {"worst": self.worst, "best": self.best}
        return found

    def __str__(self) -> str:
        seen = f"n {self.n:,}, {self.positives_below_line:,} found below the line"
        if self.value is not None:
            return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g}; {self.status}; {seen})"
        if self.worst is None:
            return f"not estimable ({seen})"
        return f"not estimable (at worst {self.worst:.3g}, at best {self.best:.3g}; {seen})"


def _is_ordered(interval: tuple[float | None, ...]) -> bool:
    """Whether low <= value <= high, all there and finite."""
    there = [each for each in interval if each is not None and math.isfinite(each)]
    return len(there) == len(interval) and there == sorted(there)


def estimated(
    value: float, limits: Limits, *, status: Status, n: int, positives_below_line: int
) -> Estimate:
    """Return an estimate with its interval, widened to hold `value` against rounding."""
    low, high = min(limits.low, value), max(limits.high, value)
    return Estimate(status, n, positives_below_line, value=value, low=low, high=high)


def unknown(
    n: int, positives_below_line: int, bounds: tuple[float, float] | None = None
) -> Estimate:
    """Return what can't be estimated, with (worst, best) where the sample leaves some out."""
    worst, best = bounds if bounds is not None else (None, None)
    return Estimate(Status.NOT_ESTIMABLE, n, positives_below_line, worst=worst, best=best)


def proportion(found: int, n: int, *, positives_below_line: int) -> Estimate:
    """Return `found` of `n` that were all seen, with Wilson's 95 %.

    Not estimable of none, provisional below 30.
    """
    if n == 0:
        return unknown(0, positives_below_line)
    status = Status.MEASURED if n >= ENOUGH_SEEN else Status.PROVISIONAL
    share = found / n
    return estimated(
        share, wilson(share, n), status=status, n=n, positives_below_line=positives_below_line
    )


def outwards(worst: float, best: float, digits: int) -> tuple[float, float]:
    """Return the two cases rounded away from each other to `digits` decimals.

    Whichever is smaller goes down: a bound is no figure to be read to the last digit.
    """
    step = 10.0**digits

    def rounded(value: float, *, down: bool) -> float:
        if math.isinf(value):
            return value
        return (math.floor(value * step) if down else math.ceil(value * step)) / step

    return rounded(worst, down=worst <= best), rounded(best, down=best < worst)
