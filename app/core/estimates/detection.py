"""What a line finds: precision of what is held, and recall as far as it can be known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.estimates.columns import BandCode, Outcome
from app.core.estimates.estimate import (
    ENOUGH_SEEN,
    Estimate,
    Status,
    estimated,
    proportion,
    unknown,
)
from app.core.estimates.limits import effective_n, wilson
from app.core.estimates.lines import Prepared, Rows
from app.core.estimates.recall import miss_rate, recall, value_recall

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Precision:
    """Confirmed bad among matured rows with a final outcome, and what stands beside it.

    `label_coverage`: share of the matured that are closed; `maturity`: share of all that are
    matured. `pending` (matured, not closed) and `unmatured` are counted beside, never inside.
    """

    precision: Estimate
    label_coverage: Estimate
    maturity: Estimate
    pending: int
    unmatured: int


@dataclass(frozen=True, slots=True)
class Detection:
    """What is found at a pair of lines; `share` of all rows is alerted, the n of Pre@n."""

    held: Precision
    alerted: Precision
    recall: Estimate
    miss_rate_per_10000: Estimate
    share: float
    precision_at: Estimate
    recall_at: Estimate
    value_recall_at: Estimate


def detection(prepared: Prepared, alerted: Rows, held: Rows, is_alerted: Mask) -> Detection:
    """Return what is found; `is_alerted` (n,) is `alerted` as a mask."""
    inspected, rows = prepared.inspected, prepared.inspected_rows
    above = is_alerted[rows]
    found = inspected.found_below(above)
    mature = prepared.snapshot.is_mature
    over = alerted[mature[alerted]]
    unseen = (
        float(len(over) - np.count_nonzero(above)),
        float(np.count_nonzero(mature) - len(over) - np.count_nonzero(~above)),
    )
    usd = prepared.value_usd
    over_usd = float(usd[over].sum())
    seen_usd = float(inspected.value_usd[above].sum()), float(inspected.value_usd[~above].sum())
    unseen_usd = (
        max(over_usd - seen_usd[0], 0.0),
        max(prepared.mature_usd - over_usd - seen_usd[1], 0.0),
    )
    at_line = recall(inspected, above, unseen)
    return Detection(
        held=precision(prepared, held, found),
        alerted=precision(prepared, alerted, found),
        recall=at_line,
        miss_rate_per_10000=miss_rate(inspected, above),
        share=len(alerted) / len(prepared) if len(prepared) else 0.0,
        precision_at=_precision_at(prepared, alerted, above, found),
        recall_at=at_line,
        value_recall_at=value_recall(inspected, above, unseen_usd),
    )


def precision(prepared: Prepared, rows: Rows, positives_below_line: int) -> Precision:
    """Return how many of `rows` were bad, of those whose outcome is final."""
    outcome, mature = prepared.snapshot.outcome[rows], prepared.snapshot.is_mature[rows]
    n_mature = int(np.count_nonzero(mature))
    bad = int(np.count_nonzero(mature & (outcome == Outcome.CONFIRMED)))
    closed = bad + int(np.count_nonzero(mature & (outcome == Outcome.CLEARED)))
    return Precision(
        precision=proportion(bad, closed, positives_below_line=positives_below_line),
        label_coverage=proportion(closed, n_mature, positives_below_line=positives_below_line),
        maturity=proportion(n_mature, len(rows), positives_below_line=positives_below_line),
        pending=n_mature - closed,
        unmatured=len(rows) - n_mature,
    )


def _precision_at(prepared: Prepared, alerted: Rows, above: Mask, found: int) -> Estimate:
    """Return Pre@n: the positives among all that is over the line, weighted to the unseen.

    Not estimable where rows that were released come under review and none of them was drawn.
    """
    inspected = prepared.inspected
    n = int(np.count_nonzero(above))
    newly = prepared.snapshot.old_band[alerted] == BandCode.RELEASE
    if n == 0 or (newly.any() and not (above & inspected.drawn).any()):
        return unknown(n, found)
    weights = 1 / inspected.odds[above]
    share = float(weights[inspected.positive[above]].sum() / weights.sum())
    enough = effective_n(weights)
    return estimated(
        share,
        wilson(share, enough),
        status=Status.MEASURED if enough >= ENOUGH_SEEN else Status.PROVISIONAL,
        n=n,
        positives_below_line=found,
    )
