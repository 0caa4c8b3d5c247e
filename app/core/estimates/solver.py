"""Targets in, lines out; or the one that can't be met, and how near one comes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InvalidField
from app.core.estimates.columns import Outcome
from app.core.estimates.estimate import ENOUGH_SEEN, Estimate, Status, proportion
from app.core.estimates.lines import ALWAYS, Lines, Prepared
from app.core.estimates.recall import recall
from app.core.estimates.workload import handling_times, minutes_of_rows
from app.core.refusals import NotEstimable

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LINES = ALWAYS + 1  # 0 to 1001
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Targets:
    """What the lines have to keep to; None where there is no such wish.

    `hours_per_day` and `alerts_per_day` at most, over the days of the window; `known_bad_recall`,
    `recall` and `precision` (of holds) at least, in [0, 1]. Raises InvalidField.
    """

    hours_per_day: float | None = None
    alerts_per_day: float | None = None
    known_bad_recall: float | None = None
    recall: float | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        """Refuse negative numbers, and shares over 1."""
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            most = np.inf if name.endswith("_per_day") else 1.0
            if value is not None and not 0 <= value <= most:
                raise InvalidField(name, "out_of_range", f"found {value}, wanted 0 to {most}")


@dataclass(frozen=True, slots=True)
class Solved:
    """Lines that keep to every target, and what they come to on the snapshot."""

    review_at: int
    hold_at: int
    hours_per_day: float
    alerts_per_day: float
    known_bad_recall: Estimate
    recall: Estimate
    precision: Estimate


@dataclass(frozen=True, slots=True)
class Unmet:
    """The target that can't be met, by its name, while those before it are.

    `wanted` and the `reachable` that comes nearest; None where nothing can be said of it.
    """

    target: str
    wanted: float
    reachable: float | None


def solve(prepared: Prepared, targets: Targets, current: tuple[int, int]) -> Solved | Unmet:
    """Return lines that keep to `targets`, or the first that stands in the way.

    Work is never exceeded: as low a review line as hours and alerts allow, or without such targets
    as high a one as known bad cases allow, else the current one. For a recall it is the highest
    that has it, since above all the draw below it tells. The hold line is the lowest that is
    precise enough, else the current one. Floors count at every line. Raises NotEstimable for a
    recall the snapshot can't tell: it is never guessed.
    """
    at = _AtLines(prepared)
    review = _review_line(at, targets, current[0])
    if isinstance(review, Unmet):
        return review
    hold = _hold_line(at, targets, max(review, current[1]), review)
    return hold if isinstance(hold, Unmet) else at.solved(review, hold)


def _review_line(at: "_AtLines", targets: Targets, current: int) -> int | Unmet:
    lowest, is_limited = 0, False
    for name, figures in (("alerts_per_day", at.alerts), ("hours_per_day", at.hours)):
        most = getattr(targets, name)
        if most is None:
            continue
        is_limited = True
        fits = np.flatnonzero(figures <= most)
        if not len(fits):
            return Unmet(name, most, float(figures[-1]))
        lowest = max(lowest, int(fits[0]))
    highest, is_bound = ALWAYS, False
    for name, shares in (("known_bad_recall", at.known_bad), ("recall", at.recall)):
        least = getattr(targets, name)
        if least is None:
            continue
        is_bound = True
        found = shares()
        enough = np.flatnonzero(found >= least)
        if not len(enough) or enough[-1] < lowest:
            return Unmet(name, least, float(found[lowest]))
        highest = min(highest, int(enough[-1]))
    if targets.recall is not None:
        at.measured_recall(highest)
        return highest
    if is_limited:
        return lowest
    return highest if is_bound else current


def _hold_line(at: "_AtLines", targets: Targets, current: int, review: int) -> int | Unmet:
    if targets.precision is None:
        return current
    told = at.closed >= ENOUGH_SEEN
    told[:review] = False
    if not told.any():
        return Unmet("precision", targets.precision, None)
    shares = np.where(told, at.bad / np.maximum(at.closed, 1), -1.0)
    enough = np.flatnonzero(shares >= targets.precision)
    if not len(enough):
        return Unmet("precision", targets.precision, float(shares.max()))
    return int(enough[0])


class _AtLines:
    """(1002,) sums of what lies at or over each line, from one pass over the rows."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        found, days = prepared.snapshot, max(len(prepared.days), 1)
        minutes = minutes_of_rows(prepared, handling_times(prepared))
        over_review, over_hold = prepared.keys
        self.alerts = _at_or_over(over_review) / days
        self.hours = _at_or_over(over_review, minutes) / MINUTES_AN_HOUR / days
        final = found.is_mature & (found.outcome != Outcome.PENDING)
        confirmed = final & (found.outcome == Outcome.CONFIRMED)
        self.closed = _at_or_over(over_hold[final])
        self.bad = _at_or_over(over_hold[confirmed])
        self._listed = _at_or_over(over_review[prepared.known_bad_rows])

    def known_bad(self) -> Floats:
        """Return the share of known bad cases at or over each line."""
        if not self._listed[0]:
            raise NotEstimable("no known bad case is in the snapshot")
        return np.asarray(self._listed / self._listed[0])

    def recall(self) -> Floats:
        """Return the weighted recall at each line; whether it may be told is another question."""
        inspected, rows = self._prepared.inspected, self._prepared.inspected_rows
        positive = inspected.positive
        self.measured_recall(ALWAYS)
        weights = 1 / inspected.odds[positive]
        totals = _at_or_over(self._prepared.keys[0][rows[positive]], weights)
        return np.asarray(totals / totals[0])

    def measured_recall(self, line: int) -> Estimate:
        """Return the recall at `line`; raises NotEstimable where it is not measured."""
        found = recall(self._prepared.inspected, self._is_over(line))
        if found.status is not Status.MEASURED:
            message = (
                f"recall is {found.status} at {line}: found {found.positives_below_line} positives "
                f"below the line in the random stratum, wanted 10"
            )
            raise NotEstimable(message)
        return found

    def solved(self, review: int, hold: int) -> Solved:
        """Return the lines with what they come to."""
        estimate = recall(self._prepared.inspected, self._is_over(review))
        beside = estimate.positives_below_line
        listed = self._listed[[review, 0]].astype(int).tolist()
        held = int(self.bad[hold]), int(self.closed[hold])
        return Solved(
            review_at=review,
            hold_at=hold,
            hours_per_day=float(self.hours[review]),
            alerts_per_day=float(self.alerts[review]),
            known_bad_recall=proportion(*listed, positives_below_line=beside),
            recall=estimate,
            precision=proportion(*held, positives_below_line=beside),
        )

    def _is_over(self, line: int) -> Mask:
        return self._prepared.keys[0][self._prepared.inspected_rows] >= line


def _at_or_over(key: NDArray[np.int16], weights: Floats | None = None) -> Floats:
    """Return (1002,) the sum of `weights`, or the count, of keys at or over each line."""
    sums = np.bincount(key, weights, LINES)
    return np.cumsum(sums[::-1])[::-1].astype(np.float64)


def as_lines(found: Solved) -> Lines:
    """Return the lines of a solution, to be compared with the current ones."""
    return Lines(found.review_at, found.hold_at)
