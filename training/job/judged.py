"""A model's scores on the test block, and the figures that gates ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from app.core.scale import score_of
from training.bootstrap import interval, week_samples
from training.metrics import (
    average_precision,
    expected_calibration_error,
    ranking,
    tie_keys,
)
from training.scored import Scored

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

SMALL, LARGE = "fewer than 10 lines", "100 lines or more"


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of one model on the test lines (n,), and the cut points it works with.

    `found` has its probabilities; `reasons` (m, 3) the three strongest columns of m lines by name,
    the same lines for every model judged.
    """

    found: Scored
    review_at: int
    reasons: NDArray[np.str_]

    @property
    def scores(self) -> Ints:
        """Scores on the scale of 0 to 1000 (n,)."""
        return np.array([score_of(each) for each in self.found.probabilities.tolist()])

    @property
    def alerts(self) -> Flags:
        """Which lines (n,) the cut point has looked at."""
        return np.asarray(self.scores >= self.review_at)

    def with_cut(self, review_at: int) -> "Judged":
        """Return the same scores at another cut point."""
        return Judged(self.found, review_at, self.reasons)


def ap_gap(
    one: Judged, other: Judged, seed: int, rows: Ints | None = None
) -> tuple[float, float, float]:
    """Return the difference in average precision and its paired 90 % interval, weeks resampled.

    `rows` narrow both to some lines. NaN where there is no positive.
    """
    at = np.arange(len(one.found.labels)) if rows is None else rows
    labels = one.found.labels[at]
    first, second = one.found.probabilities[at], other.found.probabilities[at]

    def gap(drawn: Ints) -> float:
        return average_precision(labels[drawn], first[drawn]) - average_precision(
            labels[drawn], second[drawn]
        )

    samples = week_samples(one.found.weeks[at], seed)
    return (gap(np.arange(len(at))), *interval(samples, gap))  # fmt: skip


def recall_at_budget(judged: Judged, share: float) -> float:
    """Return the positives among the top `share` of lines over all positives; NaN without any."""
    chosen = top_lines(judged, share)
    positives = judged.found.labels.sum()
    return float(judged.found.labels[chosen].sum() / positives) if positives else float("nan")


def top_lines(judged: Judged, share: float) -> Ints:
    """Return the lines that a budget of `share` of all has looked at; at least one."""
    order = ranking(judged.found.probabilities, tie_keys(judged.found.ids))
    return order[: max(1, int(share * len(order)))]


def calibration_slope(found: Scored) -> float:
    """Return the slope of the label's log-odds on the probability's: 1 where calibrated."""
    odds = np.log(found.probabilities / (1 - found.probabilities))
    if len(np.unique(found.labels)) < 2 or odds.std() == 0:
        return float("nan")
    model = LogisticRegression(C=1e6, max_iter=1000)
    fitted = model.fit(odds[:, None], found.labels.astype(np.int64), sample_weight=found.weights)
    return float(fitted.coef_[0][0])


def calibration_figures(judged: Judged) -> dict[str, float]:
    """Return ECE overall and of the top tenth, slope, and observed over expected of the alerts."""
    found = judged.found
    order = ranking(found.probabilities, tie_keys(found.ids))
    tenth = found.take(order[: max(1, len(order) // 10)])
    alerts = found.take(np.flatnonzero(judged.alerts))
    return {
        "ece": expected_calibration_error(found.labels, found.probabilities, order, found.weights),
        "ece_top": gap_of(tenth),
        "slope": calibration_slope(found),
        "observed_over_expected": observed_over_expected(alerts),
    }


def gap_of(found: Scored) -> float:
    """Return the gap between the mean probability and the rate, weighted."""
    rate = np.average(found.labels, weights=found.weights)
    return float(abs(np.average(found.probabilities, weights=found.weights) - rate))


def observed_over_expected(found: Scored) -> float:
    """Return the rate over the mean probability, weighted; NaN of no line."""
    if not len(found.labels):
        return float("nan")
    expected = np.average(found.probabilities, weights=found.weights)
    return float(np.average(found.labels, weights=found.weights) / expected)


def burden(judged: Judged) -> float:
    """Return the rate of false alerts of small importers over that of large ones; NaN if moot."""
    sizes = np.array(judged.found.slices["importer size"])
    negative = judged.found.labels == 0
    rates = {}
    for size in (SMALL, LARGE):
        inside = negative & (sizes == size)
        rates[size] = judged.alerts[inside].mean() if inside.any() else float("nan")
    return float(rates[SMALL] / rates[LARGE]) if rates[LARGE] else float("nan")


def overlap(one: Judged, other: Judged) -> float:
    """Return the mean share of the three strongest reasons that both models give."""
    shared = [
        len(set(a) & set(b)) / 3
        for a, b in zip(one.reasons.tolist(), other.reasons.tolist(), strict=True)
    ]
    return float(np.mean(shared)) if shared else float("nan")


def slice_recall(judged: Judged, share: float, rows: Ints) -> float:
    """Return, of the positives among `rows`, the share that the budget of all lines finds."""
    inside = np.zeros(len(judged.found.labels), dtype=np.bool_)
    inside[top_lines(judged, share)] = True
    positives = rows[judged.found.labels[rows] > 0]
    return float(inside[positives].mean()) if len(positives) else float("nan")


def by_slice(found: Scored, least: int) -> Mapping[str, Ints]:
    """Return the lines of every slice with at least `least` positives, by "slicing value"."""
    slices = {}
    for slicing, values in found.slices.items():
        column = np.array(values)
        for value in np.unique(column):
            rows = np.flatnonzero(column == value)
            if found.labels[rows].sum() >= least:
                slices[f"{slicing} {value}"] = rows
    return slices


def as_json(figures: Mapping[str, float]) -> dict[str, Any]:
    """Return figures with null for what is not defined."""
    return {name: value if np.isfinite(value) else None for name, value in figures.items()}
