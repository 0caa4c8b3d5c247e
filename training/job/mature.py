"""Stage mature: how long outcomes take, by regime and fiscal year, and from when a line is old."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from training.ingest import day_of
from training.job.artefacts import write_json
from training.job.job import Job
from training.job.snapshot import entries_of
from training.job.validate import BELIEVED
from training.outcomes import (
    MATURITY_FLOOR_DAYS,
    OutcomeRecord,
    Target,
    maturity_days,
    read_outcomes,
)

NOTE = "maturity.json"
LEAST = 20  # outcomes that label, without which a regime has no horizon of its own
CURVE = (30, 60, 90, 120, 180, 270, 360)  # days at which the curve is printed

Records = Mapping[str, list[OutcomeRecord]]


def mature(job: Job, out: Path) -> None:
    """Write the horizon after which a line's outcome is final enough to learn from."""
    found, records, taxonomy = entries_of(job), records_of(job), job.taxonomy()
    entered = {row.entry.entry_number or "": day_of(row.entry) for row in found.rows}
    overall = maturity_days(entered, records, taxonomy, job.as_of)
    regimes = dict(sorted(_by_regime(entered, records, taxonomy, job.as_of)))
    document = {
        "floor_days": MATURITY_FLOOR_DAYS,
        "overall_days": overall,
        "by_regime": regimes,
        "gap_days": max([overall, *regimes.values()]),
        "still_open": list(still_open(entered, records, taxonomy, job.as_of)),
        "fiscal_years": fiscal_years(records, taxonomy),
    }
    write_json(out / NOTE, document)


def records_of(job: Job) -> Records:
    """Return the outcomes that were believed, by entry."""
    return job.once("records", lambda: read_outcomes(job.path("validate", BELIEVED), job.steps))


def gap_of(job: Job) -> timedelta:
    """Return how long a line has to wait for its outcome."""
    return timedelta(days=job.read("mature", NOTE)["gap_days"])


def _by_regime(
    entered: Mapping[str, date], records: Records, taxonomy: Mapping[str, Target], before: date
) -> Iterator[tuple[str, int]]:
    """Yield the horizon of each regime that has outcomes enough for one."""
    for regime in sorted({each.regime for every in records.values() for each in every} - {""}):
        own = {
            number: [each for each in every if each.regime == regime]
            for number, every in records.items()
        }
        labelled = sum(
            taxonomy[each.code].positive is not None for every in own.values() for each in every
        )
        if labelled >= LEAST:
            yield regime, maturity_days(entered, own, taxonomy, before)


def still_open(
    entered: Mapping[str, date],
    records: Records,
    taxonomy: Mapping[str, Target],
    as_of: date,
) -> Iterator[dict[str, float]]:
    """Yield the share of cases without an outcome that labels, by days since entry.

    Kaplan and Meier's estimate over entries with any outcome, a pending one too; cases open on the
    day of the run are censored then.
    """
    waits = [
        _wait(entered[number], every, taxonomy, as_of)
        for number, every in records.items()
        if number in entered
    ]
    at_risk, share, left = len(waits), 1.0, sorted(waits)
    place = 0
    for days in CURVE:
        while place < len(left) and left[place][0] <= days:
            _, is_open = left[place]
            if not is_open:
                share *= 1 - 1 / at_risk
            at_risk -= 1
            place += 1
        yield {"days": days, "share": share, "at_risk": at_risk}


def _wait(
    day: date, records: Sequence[OutcomeRecord], taxonomy: Mapping[str, Target], as_of: date
) -> tuple[int, bool]:
    known = [each.known_at for each in records if taxonomy[each.code].positive is not None]
    return ((min(known) - day).days, False) if known else ((as_of - day).days, True)


def fiscal_year(day: date) -> int:
    """Return the United States fiscal year of a day: it starts in October before."""
    return day.year + (day.month >= 10)


def fiscal_years(records: Records, taxonomy: Mapping[str, Target]) -> list[dict[str, Any]]:
    """Return counts of outcomes by fiscal year of the event, regime and source.

    `release_share` is the part of positives and negatives that are negative; null of none.
    """
    counts: defaultdict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
    meant = {True: "positive", False: "negative", None: "open"}
    for every in records.values():
        wrong = {each.corrects for each in every} - {""}
        for each in every:
            if each.outcome_id not in wrong:
                key = (fiscal_year(each.event_at), each.regime, each.source)
                counts[key][meant[taxonomy[each.code].positive]] += 1
    return [
        {"fiscal_year": year, "regime": regime, "source": source, **_shares(count)}
        for (year, regime, source), count in sorted(counts.items())
    ]


def _shares(count: Counter[str]) -> dict[str, Any]:
    final = count["positive"] + count["negative"]
    share = count["negative"] / final if final else math.nan
    return {
        **{name: count[name] for name in ("positive", "negative", "open")},
        "release_share": None if math.isnan(share) else share,
    }
