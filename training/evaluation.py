"""Every figure of one set of scored lines: overall, by slice, by entry, with intervals."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import LEVEL, interval, week_samples
from training.metrics import (
    auroc,
    average_precision,
    calibration_bins,
    log_loss,
    precision_at,
    ranking,
    recall_at,
    summary,
    tie_keys,
)
from training.scored import Scored, worst_lines

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLICE_LINES = 100  # a slice of fewer lines is not shown
SLICES_SHOWN = 12  # of each slicing, the largest


def figures(found: Scored, seed: int = 0, *, intervals: bool = True) -> dict[str, Any]:
    """Return the figures of `found` as a JSON object; one that is not defined is null.

    Top level: lines. `slices` the same of lanes seen and never seen in training, and of lines
    without a near-duplicate there; `slices.by` the largest by chapter, origin and route; `entries`
    ranks each entry as its worst line; `intervals` are central 90 % intervals, whole filing weeks
    resampled.
    """
    ties = tie_keys(found.ids)
    order = ranking(found.probabilities, ties)
    document: dict[str, Any] = dict(_summary(found, ties))
    document["calibration"] = calibration_bins(
        found.labels, found.probabilities, order, found.weights
    )
    document["slices"] = {
        "unseen_lane": _part(found, ties, found.unseen),
        "seen_lane": _part(found, ties, ~found.unseen),
        "no_near_duplicate": _part(found, ties, ~found.alike),
        "by": {name: _by(found, ties, name) for name in found.slices},
    }
    if len(set(found.entry_of.tolist())) < len(found.labels):
        document["entries"] = _entries(found, ties, order)
    if intervals and len(found.labels):
        document["intervals"] = _intervals(found, ties, seed)
    return {key: _without_nan(each) for key, each in document.items()}


def _summary(found: Scored, ties: NDArray[np.uint64]) -> dict[str, float | int]:
    return summary(found.labels, found.probabilities, ties, found.values, weights=found.weights)


def _part(
    found: Scored, ties: NDArray[np.uint64], chosen: NDArray[np.bool_]
) -> dict[str, float | int]:
    rows = np.flatnonzero(chosen)
    return _summary(found.take(rows), ties[rows])


def _by(found: Scored, ties: NDArray[np.uint64], name: str) -> dict[str, Any]:
    column = np.array(found.slices[name], dtype=object)
    values, counts = np.unique(column.astype(str), return_counts=True)
    largest = sorted(zip(-counts, values, strict=True))[:SLICES_SHOWN]
    return {
        str(value): _part(found, ties, column == value)
        for count, value in largest
        if -count >= SLICE_LINES
    }


def _entries(found: Scored, ties: NDArray[np.uint64], order: Ints) -> dict[str, float | int]:
    """Figures of entries: each its worst line's probability, positive if any line is."""
    worst = worst_lines(found, order.tolist())
    positive = set(found.entry_of[found.labels > 0].tolist())
    labels = np.array([float(entry in positive) for entry in found.entry_of[worst].tolist()])
    totals = np.bincount(found.entry_of, weights=found.values).astype(np.float64)
    values = totals[found.entry_of[worst]]
    return summary(labels, found.probabilities[worst], ties[worst], values)


def _intervals(found: Scored, ties: NDArray[np.uint64], seed: int) -> dict[str, Any]:
    samples = week_samples(found.weeks, seed)
    labels, scores = found.labels, found.probabilities

    def ranked(rows: Ints) -> Ints:
        return ranking(scores[rows], ties[rows])

    kinds = {
        "ap": lambda rows: average_precision(labels[rows], scores[rows]),
        "auroc": lambda rows: auroc(labels[rows], scores[rows]),
        "p_at_10": lambda rows: precision_at(10, labels[rows], ranked(rows)),
        "r_at_5": lambda rows: recall_at(5, labels[rows], ranked(rows)),
        "log_loss": lambda rows: log_loss(labels[rows], scores[rows], found.weights[rows]),
    }
    return {"level": LEVEL} | {name: interval(samples, kind) for name, kind in kinds.items()}


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(each) for each in value]
    return value
