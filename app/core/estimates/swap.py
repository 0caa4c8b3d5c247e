"""Who changes sides when a line moves: newly over it, newly under it, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import Category
from app.core.estimates.lines import Prepared, Rows

Mask = NDArray[np.bool_]

TOP_REASONS = 5


@dataclass(frozen=True, slots=True, eq=False)
class SwapSet:
    """Rows that a proposed line adds and drops; `jaccard` 1 where both hold the same, also none.

    `gained_rows` and `lost_rows` are row numbers, worst expected harm first. `gained_reasons` and
    `lost_reasons` count the strongest reason codes of each side, most frequent first.
    """

    gained: int
    lost: int
    unchanged: int
    jaccard: float
    gained_reasons: Mapping[str, int]
    lost_reasons: Mapping[str, int]
    gained_rows: Rows
    lost_rows: Rows


def swap_set(prepared: Prepared, current: Mask, proposed: Mask) -> SwapSet:
    """Return what changes between two masks (n,) of what is over a line."""
    gained, lost = np.flatnonzero(proposed & ~current), np.flatnonzero(current & ~proposed)
    unchanged = int(np.count_nonzero(current & proposed))
    either = len(gained) + len(lost) + unchanged
    reasons = prepared.snapshot.reasons
    return SwapSet(
        gained=len(gained),
        lost=len(lost),
        unchanged=unchanged,
        jaccard=unchanged / either if either else 1.0,
        gained_reasons=_strongest(reasons, gained),
        lost_reasons=_strongest(reasons, lost),
        gained_rows=_by_harm(prepared, gained),
        lost_rows=_by_harm(prepared, lost),
    )


def _strongest(reasons: Category, rows: Rows) -> dict[str, int]:
    counts = np.bincount(reasons.codes[rows, 0], minlength=len(reasons.names))
    order = np.argsort(-counts, kind="stable")
    named = [(reasons.names[code], int(counts[code])) for code in order if counts[code]]
    return dict([each for each in named if each[0]][:TOP_REASONS])


def _by_harm(prepared: Prepared, rows: Rows) -> Rows:
    return np.asarray(rows[np.argsort(-prepared.harm_usd[rows], kind="stable")])
