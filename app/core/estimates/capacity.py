"""Whether the desk can do it: backlog, time to first touch, and what is decided before arrival."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.lines import Prepared, Rows
from app.core.estimates.queueing import DAY_HOURS, WEEK_DAYS, Floats, calendars, simulate
from app.core.estimates.workload import TRIMMED, WORKED_SHARE, handling_times, minutes_of_rows

RUNS = 200  # simulated futures
WORKING_DAYS = 10  # after which the backlog is told; specs of thresholds, section 2
MOST_WEEKS = 26  # looked ahead for what is not done by then
_RANGE = (0.05, 0.95)  # of the runs


@dataclass(frozen=True, slots=True)
class Ranged:
    """The mean of `n` simulated futures, and the range that 90 % of them stay in."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the next 10 working days bring.

    `backlog` cases not done at their end; `p95_first_touch_hours` of the desk's clock from
    decision to first touch; None where a twentieth is not touched in half a year.
    `decided_before_arrival` the share of cases done before the goods arrive, of those whose
    arrival is known; None where none is. `cases` is how many come in a future, on average.
    """

    backlog: Ranged
    p95_first_touch_hours: Ranged | None
    decided_before_arrival: Ranged | None
    cases: float


@dataclass(frozen=True, slots=True)
class Opening:
    """How the future begins: on which weekday (Monday 0), and with how many cases open."""

    first_weekday: int = 0
    backlog: int = 0


MONDAY_WITHOUT_BACKLOG = Opening()


@dataclass(frozen=True, slots=True, eq=False)
class _Futures:
    """(r, k) cases of simulated futures: arrival, hours of work, arrival of the goods.

    Arrivals are infinite where there are no more cases, goods where theirs is not known; `is_new`
    is a case that comes, not one of the backlog.
    """

    arrivals: Floats
    work: Floats
    goods: Floats
    is_new: NDArray[np.bool_]


def capacity(
    prepared: Prepared,
    rows: Rows,
    roster_hours: tuple[float, ...],
    *,
    seed: int,
    opening: Opening = MONDAY_WITHOUT_BACKLOG,
) -> Capacity:
    """Return what `rows`, the alerts of a line, would do to a desk with `roster_hours`.

    Each future day is a past day of its weekday, drawn with all that came on it, so that hours,
    chapters and busy days stay together. Cases take what those of their chapter take, spread as
    all do. The same `seed` gives the same futures.
    """
    days = _days_ahead(roster_hours, opening.first_weekday)
    futures = _futures(prepared, rows, np.random.default_rng(seed), opening, days)
    needed = float(np.where(np.isfinite(futures.arrivals), futures.work, 0).sum(axis=1).max())
    weekly = sum(roster_hours)
    weeks = math.ceil(needed / weekly) if weekly else 0
    officers = calendars(
        roster_hours,
        days=days + WEEK_DAYS * (min(weeks, MOST_WEEKS) + 1),
        first_weekday=opening.first_weekday,
    )
    begun, done = simulate(futures.arrivals, futures.work, officers)
    real = np.isfinite(futures.arrivals)
    left = (real & (done > days * DAY_HOURS)).sum(axis=1).astype(np.float64)
    return Capacity(
        backlog=_ranged(left),
        p95_first_touch_hours=_p95(begun, futures),
        decided_before_arrival=_in_time(done, futures),
        cases=float(futures.is_new.sum(axis=1).mean()),
    )


def _days_ahead(roster_hours: tuple[float, ...], first_weekday: int) -> int:
    """Return the days until the end of the tenth working day; two weeks where nobody works."""
    working = [hours > 0 for hours in roster_hours]
    if not any(working):
        return 2 * WEEK_DAYS
    day = seen = 0
    while seen < WORKING_DAYS:
        seen += working[(first_weekday + day) % WEEK_DAYS]
        day += 1
    return day


def _futures(
    prepared: Prepared,
    rows: Rows,
    rng: np.random.Generator,
    opening: Opening,
    days: int,
) -> _Futures:
    """Return the cases of `RUNS` futures, those of the backlog first."""
    backlog = opening.backlog
    row, day = _drawn_days(prepared, rows, rng, (opening.first_weekday, days))
    snapshot, is_real = prepared.snapshot, row >= 0
    minutes = minutes_of_rows(prepared, handling_times(prepared))
    arrivals, work, goods = np.full((3, RUNS, backlog + row.shape[1]), np.inf)
    new = (slice(None), slice(backlog, None))
    if len(rows):
        seconds = snapshot.decided_at.astype(np.int64)[row] % 86_400
        arrivals[new] = np.where(is_real, day * DAY_HOURS + seconds / 3_600, np.inf)
        lead = (snapshot.arrival_at - snapshot.decided_at).astype(np.float64) / 3_600
        lead[np.isnat(snapshot.arrival_at)] = np.inf
        goods[new] = arrivals[new] + lead[row]
        work[:] = minutes[rows].mean()
        work[new] = minutes[row]
    arrivals[:, :backlog] = 0.0
    work *= rng.choice(_spread(snapshot.case_minutes), work.shape) / 60 / WORKED_SHARE
    is_new = np.zeros(work.shape, bool)
    is_new[new] = is_real
    return _Futures(arrivals, np.where(np.isfinite(work), np.maximum(work, 1e-9), 0), goods, is_new)


def _drawn_days(
    prepared: Prepared, rows: Rows, rng: np.random.Generator, ahead: tuple[int, int]
) -> tuple[NDArray[np.intp], Floats]:
    """Return (r, k) row numbers in order of time, -1 for none, and the day each comes on.

    `ahead` is the first weekday and the number of days.
    """
    first_weekday, days = ahead
    ordered = rows[np.argsort(prepared.snapshot.decided_at[rows], kind="stable")]
    starts = np.searchsorted(prepared.day[ordered], np.arange(len(prepared.days) + 1))
    past = [np.flatnonzero(prepared.weekday == weekday) for weekday in range(WEEK_DAYS)]
    runs = []
    for _ in range(RUNS):
        parts = [(np.empty(0, np.intp), 0)]
        for day in range(days):
            choice = past[(first_weekday + day) % WEEK_DAYS]
            if len(choice):
                drawn = choice[rng.integers(len(choice))]
                parts.append((ordered[starts[drawn] : starts[drawn + 1]], day))
        runs.append(parts)
    size = max(sum(len(part) for part, _ in parts) for parts in runs)
    row, day_of = np.full((RUNS, size), -1, np.intp), np.zeros((RUNS, size))
    for run, parts in enumerate(runs):
        found = np.concatenate([part for part, _ in parts])
        row[run, : len(found)] = found
        day_of[run, : len(found)] = np.repeat(
            [day for _, day in parts], [len(part) for part, _ in parts]
        )
    return row, day_of


def _spread(case_minutes: Floats) -> Floats:
    """Return what cases take beside their mean, without the ends; 1 where none is known."""
    ordered = np.sort(case_minutes[~np.isnan(case_minutes)])
    cut = int(len(ordered) * TRIMMED)
    kept = ordered[cut : len(ordered) - cut]
    return kept / kept.mean() if len(kept) and kept.mean() else np.ones(1)


def _p95(begun: Floats, futures: _Futures) -> Ranged | None:
    found = []
    for run in range(len(begun)):
        chosen = futures.is_new[run]
        if chosen.any():
            waits = np.sort(begun[run, chosen] - futures.arrivals[run, chosen])
            found.append(waits[math.ceil(0.95 * len(waits)) - 1])
    values = np.array(found)
    return _ranged(values) if len(values) and np.isfinite(values).all() else None


def _in_time(done: Floats, futures: _Futures) -> Ranged | None:
    known = np.isfinite(futures.goods)
    counts = known.sum(axis=1)
    hits = (known & (done <= futures.goods)).sum(axis=1)
    return _ranged(hits[counts > 0] / counts[counts > 0]) if counts.any() else None


def _ranged(values: Floats) -> Ranged:
    low, high = np.quantile(values, _RANGE)
    return Ranged(float(values.mean()), float(low), float(high), len(values))
