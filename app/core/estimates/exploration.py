"""Whether the random draw did what it was meant to: shares, budget, caps, and who was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import BandCode, Category, Outcome
from app.core.estimates.estimate import Estimate, proportion
from app.core.estimates.limits import LEVEL, binomial_range
from app.core.estimates.snapshot import Snapshot

ALL = "all"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws of one group: `drawn` of `eligible`, beside what the stored odds lead to expect.

    `low` to `high` hold the draws 95 % of the time, all groups asked about together; outside
    them the draw, or the odds stored with it, are not what they say. `share` as drawn.
    """

    group: str
    eligible: int
    drawn: int
    expected: float
    low: int
    high: int
    is_within: bool
    share: Estimate


_NOTHING = Drawn(ALL, 0, 0, 0.0, 0, 0, True, proportion(0, 0, positives_below_line=0))


@dataclass(frozen=True, slots=True)
class Exploration:
    """The draw over a window.

    `closed` of the matured draws have an outcome, `found` of those are confirmed bad. `days` is
    the length of the window; `per_day` draws. `importers_over_cap` counts importers with more
    draws than `importer_cap`, None without a cap; `most_of_one_importer` is the largest count.
    """

    whole: Drawn
    by_size: tuple[Drawn, ...]
    by_segment: tuple[Drawn, ...]
    days: int
    per_day: float
    budget_used: float | None
    importers_over_cap: int | None
    most_of_one_importer: int
    matured: int
    closed: int
    found: int


def exploration(
    snapshot: Snapshot,
    *,
    segment: str = "hs_chapter",
    budget: float | None = None,
    importer_cap: float | None = None,
) -> Exploration:
    """Return how the draw went; `budget` and `importer_cap` are draws over the window.

    Only released rows with odds above 0 were in the draw.
    """
    eligible = np.flatnonzero((snapshot.odds > 0) & (snapshot.old_band == BandCode.RELEASE))
    drawn = snapshot.is_drawn[eligible]
    rows = eligible[drawn]
    by_importer = np.bincount(snapshot.importer.codes[rows], minlength=1)
    matured = rows[snapshot.is_mature[rows]]
    outcome = snapshot.outcome[matured]
    found = int(np.count_nonzero(outcome == Outcome.CONFIRMED))
    groups: list[Category] = [
        Category(np.zeros(len(snapshot), np.int32), (ALL,)),
        snapshot.importer_size,
        getattr(snapshot, segment),
    ]
    whole, by_size, by_segment = (
        within_limits(
            each.names, each.codes[eligible], drawn, snapshot.odds[eligible], found_below=found
        )
        for each in groups
    )
    days = _days(snapshot)
    return Exploration(
        whole=whole[0] if whole else _NOTHING,
        by_size=by_size,
        by_segment=by_segment,
        days=days,
        per_day=len(rows) / days if days else 0.0,
        budget_used=len(rows) / budget if budget else None,
        importers_over_cap=(
            int(np.count_nonzero(by_importer > importer_cap)) if importer_cap is not None else None
        ),
        most_of_one_importer=int(by_importer.max()),
        matured=len(matured),
        closed=int(np.count_nonzero(outcome != Outcome.PENDING)),
        found=found,
    )


def within_limits(
    names: Sequence[str],
    group: NDArray[np.int32],
    drawn: NDArray[np.bool_],
    odds: NDArray[np.float64],
    *,
    found_below: int,
) -> tuple[Drawn, ...]:
    """Return the draws of each group against their stored odds; groups without rows are left out.

    `group` (m,) into `names`, `drawn` (m,), `odds` (m,) above 0; `found_below` positives that all
    of the draw found. Where odds differ within a group the limits are those of their mean, which
    are the wider ones (Hoeffding 1956).
    """
    size = len(names)
    counts = np.bincount(group, minlength=size)
    hits = np.bincount(group[drawn], minlength=size)
    sums = np.bincount(group, odds, size)
    asked = np.flatnonzero(counts).tolist()
    level = 1 - (1 - LEVEL) / max(len(asked), 1)
    told = []
    for code in asked:
        n, hit = int(counts[code]), int(hits[code])
        low, high = binomial_range(n, float(sums[code]) / n, level)
        share = proportion(hit, n, positives_below_line=found_below)
        is_within = low <= hit <= high
        told.append(Drawn(names[code], n, hit, float(sums[code]), low, high, is_within, share))
    return tuple(told)


def _days(snapshot: Snapshot) -> int:
    if not len(snapshot):
        return 0
    days = snapshot.decided_at.astype("datetime64[D]").astype(np.int64)
    return int(days.max() - days.min()) + 1
