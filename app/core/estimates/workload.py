"""Hours of work a day: alerts times what a case of their kind takes, against the roster."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.limits import BAND_LEVEL, binomial_range, normal_quantile
from app.core.estimates.lines import Prepared, Rows

Floats = NDArray[np.float64]

SEGMENT = "hs_chapter"  # cases of a chapter take alike long
ENOUGH_CASES = 30  # fewer are pooled with all; specs of thresholds, section 2
TRIMMED = 0.05  # of the cases, at each end: a case left open over night is no night of work
WORKED_SHARE = 0.8  # of roster hours that cases can have; the same


@dataclass(frozen=True, slots=True)
class HandlingTime:
    """Minutes of a case of one segment, its shortest and longest twentieth left out.

    `n` cases it is from; `is_pooled` where the segment's own were fewer than 30 and those of all
    segments stand for them.
    """

    segment: str
    mean: float
    median: float
    p95: float
    n: int
    is_pooled: bool


@dataclass(frozen=True, slots=True)
class Workload:
    """Hours of work a day with the band that 90 % of days stay in, from `n` days.

    `utilisation` is of 0.8 of the roster's hours, None without a roster. `cases` is how many
    handling times are known; without any, hours are 0 and mean nothing.
    """

    hours_per_day: float
    low: float
    high: float
    n: int
    cases: int
    utilisation: float | None


def handling_times(prepared: Prepared) -> tuple[HandlingTime, ...]:
    """Return the handling time of each segment, in the order of the snapshot's names."""
    minutes, segment = prepared.snapshot.case_minutes, getattr(prepared.snapshot, SEGMENT)
    cases = np.flatnonzero(~np.isnan(minutes))
    pooled = _trimmed(np.sort(minutes[cases]))
    order = cases[np.lexsort((minutes[cases], segment.codes[cases]))]
    starts = np.searchsorted(segment.codes[order], np.arange(len(segment.names) + 1))
    found = []
    for code, name in enumerate(segment.names):
        own = minutes[order[starts[code] : starts[code + 1]]]
        is_pooled = len(own) < ENOUGH_CASES
        times = pooled if is_pooled else _trimmed(own)
        found.append(HandlingTime(name, *times, len(own), is_pooled))
    return tuple(found)


def _trimmed(ordered: Floats) -> tuple[float, float, float]:
    """Return mean, median and 95th percentile without the ends; 0 of none."""
    cut = int(len(ordered) * TRIMMED)
    kept = ordered[cut : len(ordered) - cut]
    if not len(kept):
        return 0.0, 0.0, 0.0
    median, p95 = np.quantile(kept, (0.5, 0.95))
    return float(kept.mean()), float(median), float(p95)


def minutes_of_rows(prepared: Prepared, times: tuple[HandlingTime, ...]) -> Floats:
    """Return (n,) the minutes that a case of each row is expected to take."""
    means = np.array([time.mean for time in times])
    codes = getattr(prepared.snapshot, SEGMENT).codes
    return means[codes] if len(means) else np.zeros(len(codes))


def workload(
    prepared: Prepared, rows: Rows, minutes: Floats, roster_hours: tuple[float, ...] | None
) -> Workload:
    """Return the work that `rows` bring, `minutes` (n,) as `minutes_of_rows`.

    `roster_hours` are the hours on duty by weekday, Monday first; None where it is not known.
    """
    days = len(prepared.days)
    hours = np.bincount(prepared.day[rows], minutes[rows] / 60, days)
    cases = int(np.count_nonzero(~np.isnan(prepared.snapshot.case_minutes)))
    if not days:
        return Workload(0.0, 0.0, 0.0, 0, cases, None)
    mean = float(hours.mean())
    reach = normal_quantile(BAND_LEVEL) * float(hours.std()) * (1 + 1 / days) ** 0.5
    utilisation = None
    if roster_hours is not None:
        worked = WORKED_SHARE * float(np.array(roster_hours)[prepared.weekday].mean())
        utilisation = mean / worked if worked else None
    return Workload(mean, max(mean - reach, 0.0), mean + reach, days, cases, utilisation)


def median_limits(values: Floats) -> tuple[float, float, float]:
    """Return median and its 95 % interval by order statistics; `values` (k,), k > 0."""
    ordered = np.sort(values)
    low, high = binomial_range(len(ordered), 0.5)
    last = len(ordered) - 1
    return (
        float(np.median(ordered)),
        float(ordered[max(low - 1, 0)]),
        float(ordered[min(high, last)]),
    )
