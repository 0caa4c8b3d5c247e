"""What a moved line does to each segment, flagged only where it is more than chance."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import Category, Outcome
from app.core.estimates.estimate import Estimate, proportion
from app.core.estimates.limits import discoveries, sign_test
from app.core.estimates.lines import OVERRIDABLE, Prepared, Rows

Counts = NDArray[np.int64]

LARGE_CHANGE = 0.25  # specs of thresholds, section 2
ENOUGH_ALERTS = 30  # the same


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment under both lines; alerts are over the whole window.

    `change` is the share by which its alerts grow or shrink, None from 0. `p_value` is of the
    sign test of those gained against those lost; `is_flagged`: over 25 %, from 30 alerts on, and
    still standing when false flags among all segments are held at 5 %.
    """

    dimension: str
    segment: str
    alerts_now: int
    alerts_then: int
    gained: int
    lost: int
    change: float | None
    precision_now: Estimate
    precision_then: Estimate
    false_hold_hours_now: float
    false_hold_hours_then: float
    p_value: float
    is_flagged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Banded:
    """The rows of one pair of lines, in no order, and the positives the draw found below it."""

    alerted: Rows
    held: Rows
    found_below: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """(k,) sums by segment of one pair of lines."""

    alerts: Counts
    bad: Counts
    closed: Counts
    hours: NDArray[np.float64]
    found_below: int


def segment_changes(
    prepared: Prepared, current: Banded, proposed: Banded, gained: Rows, lost: Rows
) -> tuple[SegmentChange, ...]:
    """Return every segment that has alerts under either pair of lines, flags set across all.

    `gained` and `lost` are the rows that come under and out of review.
    """
    found = [
        change
        for dimension in OVERRIDABLE
        for change in _of_dimension(prepared, dimension, current, proposed, (gained, lost))
    ]
    tested = [
        index
        for index, each in enumerate(found)
        if max(each.alerts_now, each.alerts_then) >= ENOUGH_ALERTS
    ]
    stands = discoveries(np.array([found[index].p_value for index in tested]))
    for index, is_real in zip(tested, stands, strict=True):
        each = found[index]
        is_large = each.change is None or abs(each.change) > LARGE_CHANGE
        if is_real and is_large:
            found[index] = replace(each, is_flagged=True)
    return tuple(found)


def _of_dimension(
    prepared: Prepared,
    dimension: str,
    current: Banded,
    proposed: Banded,
    swapped: tuple[Rows, Rows],
) -> Iterator[SegmentChange]:
    segment: Category = getattr(prepared.snapshot, dimension)
    now, then = (_counted(prepared, segment, each) for each in (current, proposed))
    up, down = (np.bincount(segment.codes[rows], minlength=len(segment.names)) for rows in swapped)
    for code in np.flatnonzero(now.alerts + then.alerts).tolist():
        before, after = int(now.alerts[code]), int(then.alerts[code])
        yield SegmentChange(
            dimension=dimension,
            segment=segment.names[code],
            alerts_now=before,
            alerts_then=after,
            gained=int(up[code]),
            lost=int(down[code]),
            change=(after - before) / before if before else None,
            precision_now=_precision(now, code),
            precision_then=_precision(then, code),
            false_hold_hours_now=float(now.hours[code]),
            false_hold_hours_then=float(then.hours[code]),
            p_value=sign_test(int(up[code]), int(down[code])),
        )


def _counted(prepared: Prepared, segment: Category, rows: Banded) -> _Counted:
    found, size = prepared.snapshot, len(segment.names)
    held = rows.held[found.is_mature[rows.held]]
    closed = held[found.outcome[held] != Outcome.PENDING]
    is_bad = found.outcome[closed] == Outcome.CONFIRMED
    cleared = closed[~is_bad]
    hours = np.nan_to_num(found.hold_hours[cleared])
    codes = segment.codes
    return _Counted(
        alerts=np.bincount(codes[rows.alerted], minlength=size),
        bad=np.bincount(codes[closed[is_bad]], minlength=size),
        closed=np.bincount(codes[closed], minlength=size),
        hours=np.bincount(codes[cleared], hours, size).astype(np.float64),
        found_below=rows.found_below,
    )


def _precision(counted: _Counted, code: int) -> Estimate:
    bad, closed = int(counted.bad[code]), int(counted.closed[code])
    return proportion(bad, closed, positives_below_line=counted.found_below)
