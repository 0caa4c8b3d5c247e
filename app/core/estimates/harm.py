"""What a line holds and lets go, in money and hours: value, false holds, harm, known bad cases."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import Outcome
from app.core.estimates.estimate import Estimate, Status, estimated, unknown
from app.core.estimates.limits import effective_n, wilson
from app.core.estimates.lines import Cuts, Prepared, Rows
from app.core.estimates.workload import median_limits
from app.core.scale import POINTS_TO_DOUBLE_THE_ODDS

Mask = NDArray[np.bool_]

ZERO_TOLERANCE = frozenset({"golden"})  # lists of which none may be missed; specs, section 5
SHOWN = 100  # identifiers shown of each list
NEAR_POINTS = 10  # of the 1000, each way; specs of thresholds, section 2
DENSE = 0.02  # share of rows near a line from which small changes move much; the same
ENOUGH_POSITIVES = 5  # seen near the line, below which calibration there says nothing


@dataclass(frozen=True, slots=True)
class ValueHeld:
    """Entered USD a day of what is held, by outcome, and as a share of all that was entered."""

    confirmed: float
    cleared: float
    pending: float
    share: float
    n: int


@dataclass(frozen=True, slots=True)
class FalseHolds:
    """Held rows that were cleared, and what holding them cost.

    `hours` = `cleared` x the median hold with its 95 % interval, from `n` known holds; `cost_usd`
    = hours x the tenant's hourly cost. All None but `cleared` and `n` where no hold is known.
    """

    cleared: int
    n: int
    median_hours: float | None = None
    hours: float | None = None
    hours_low: float | None = None
    hours_high: float | None = None
    cost_usd: float | None = None
    cost_low_usd: float | None = None
    cost_high_usd: float | None = None


class Calibration(StrEnum):
    """Whether probabilities near the line are what was seen there, as far as it can be told."""

    CALIBRATED = "calibrated"
    TOO_LOW = "too_low"
    TOO_HIGH = "too_high"
    NOT_ESTIMABLE = "not_estimable"


@dataclass(frozen=True, slots=True)
class HarmReleased:
    """Probability times entered USD, a day, of what is released: as right as the calibration.

    `expected_rate` is the mean probability of the inspected rows within 40 points of the line,
    `seen_rate` how many of them were bad, weighted by odds.
    """

    usd_per_day: float
    n: int
    calibration: Calibration
    expected_rate: float
    seen_rate: Estimate


@dataclass(frozen=True, slots=True)
class MissedList:
    """Known bad cases of one list that the line releases; the first 100 identifiers."""

    name: str
    count: int
    of: int
    value_usd: float
    identifiers: tuple[str, ...]
    is_zero_tolerance: bool


@dataclass(frozen=True, slots=True)
class Density:
    """How many rows lie within 10 points of a line; `is_dense` over 2 %."""

    n: int
    share: float
    is_dense: bool


def value_held(prepared: Prepared, held: Rows) -> ValueHeld:
    """Return the entered value of `held` by what became of it."""
    value = prepared.value_usd[held]
    by_outcome = np.bincount(prepared.snapshot.outcome[held], value, len(Outcome))
    days = max(len(prepared.days), 1)
    total = prepared.total_usd
    confirmed, cleared, pending = (
        float(by_outcome[each]) / days
        for each in (Outcome.CONFIRMED, Outcome.CLEARED, Outcome.PENDING)
    )
    share = float(by_outcome.sum()) / total if total else 0.0
    return ValueHeld(confirmed, cleared, pending, share, len(held))


def false_holds(prepared: Prepared, held: Rows, hourly_cost_usd: float) -> FalseHolds:
    """Return what the held rows that were cleared cost; matured ones only."""
    found = prepared.snapshot
    cleared = held[found.is_mature[held] & (found.outcome[held] == Outcome.CLEARED)]
    hours = found.hold_hours[cleared]
    known = hours[~np.isnan(hours)]
    if not len(known):
        return FalseHolds(len(cleared), 0)
    median, low, high = (float(each) for each in median_limits(known))
    all_hours = [len(cleared) * each for each in (median, low, high)]
    return FalseHolds(
        len(cleared),
        len(known),
        median,
        *all_hours,
        *(hourly_cost_usd * each for each in all_hours),
    )


def harm_released(prepared: Prepared, alerted: Rows, is_alerted: Mask, cuts: Cuts) -> HarmReleased:
    """Return the expected harm of what lies under the line `cuts`."""
    harm = prepared.total_harm_usd - float(prepared.harm_usd[alerted].sum())
    inspected, rows = prepared.inspected, prepared.inspected_rows
    at = cuts if isinstance(cuts, int) else cuts[rows]
    near = np.abs(prepared.snapshot.score[rows] - at) <= POINTS_TO_DOUBLE_THE_ODDS
    found = inspected.found_below(is_alerted[rows])
    seen = _seen_rate(prepared, near, found)
    weights = 1 / inspected.odds[near]
    expected = prepared.probability[rows][near]
    mean = float((weights * expected).sum() / weights.sum()) if len(weights) else 0.0
    return HarmReleased(
        usd_per_day=max(harm, 0.0) / max(len(prepared.days), 1),
        n=len(prepared) - len(alerted),
        calibration=_calibration(seen, mean),
        expected_rate=mean,
        seen_rate=seen,
    )


def _seen_rate(prepared: Prepared, near: Mask, found: int) -> Estimate:
    inspected = prepared.inspected
    positive, weights = inspected.positive[near], 1 / inspected.odds[near]
    n = len(positive)
    if np.count_nonzero(positive) < ENOUGH_POSITIVES:
        return unknown(n, found)
    share = float(weights[positive].sum() / weights.sum())
    limits = wilson(share, effective_n(weights))
    return estimated(share, limits, status=Status.MEASURED, n=n, positives_below_line=found)


def _calibration(seen: Estimate, expected: float) -> Calibration:
    if seen.low is None or seen.high is None:
        return Calibration.NOT_ESTIMABLE
    if expected < seen.low:
        return Calibration.TOO_LOW
    return Calibration.TOO_HIGH if expected > seen.high else Calibration.CALIBRATED


def missed_known_bad(prepared: Prepared, is_alerted: Mask) -> tuple[MissedList, ...]:
    """Return, list by list, the known bad cases that would be released."""
    known, ids = prepared.snapshot.known_bad, prepared.snapshot.known_bad_id
    rows = prepared.known_bad_rows
    found = []
    for code, name in enumerate(known.names):
        listed = rows[known.codes[rows] == code]
        missed = listed[~is_alerted[listed]]
        if not len(listed):
            continue
        found.append(
            MissedList(
                name=name,
                count=len(missed),
                of=len(listed),
                value_usd=float(prepared.value_usd[missed].sum()),
                identifiers=tuple(ids.names[ids.codes[row]] for row in missed[:SHOWN]),
                is_zero_tolerance=name in ZERO_TOLERANCE,
            )
        )
    return tuple(found)


def density(prepared: Prepared, cuts: Cuts) -> Density:
    """Return how many rows lie within 10 points of the line: how far its place is luck."""
    if isinstance(cuts, int):
        last = len(prepared.near) - 1
        over = prepared.near[min(cuts + NEAR_POINTS + 1, last)]
        n = int(over - prepared.near[min(max(cuts - NEAR_POINTS, 0), last)])
    else:
        n = int(np.count_nonzero(np.abs(prepared.snapshot.score - cuts) <= NEAR_POINTS))
    share = n / len(prepared) if len(prepared) else 0.0
    return Density(n, share, share > DENSE)
