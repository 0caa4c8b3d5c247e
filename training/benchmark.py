"""The model against a plain lookup table in one run, on the same held-out lines."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.features.lane import Cross
from app.core.mapping import load_mapping
from training.bootstrap import LEVEL, interval, week_samples
from training.lanes import count_lanes, find_keys
from training.learn import Learned, LearnOptions, learn
from training.metrics import average_precision, summary, tie_keys
from training.progress import Steps
from training.sources import DataOptions, read_split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLE = ("hs6", "export", "origin", "treatment", "rate")
SMOOTHINGS = (0.5, 1.0, 2.0, 4.0, 8.0)
# Best of the methods published on the KCS declarations (arXiv 2208.02484), label fraud, on their
# own test period: shown beside, never compared on other rows.
PUBLISHED = {"p_at_5": 0.762, "p_at_10": 0.641}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkOptions:
    """The same data and settings as a training run; nothing is written."""

    mapping: str
    data: DataOptions
    learn: LearnOptions


def benchmark(options: BenchmarkOptions, steps: Steps) -> dict[str, Any]:
    """Return figures of model and lookup table, and the interval of their difference in AP."""
    mapping = load_mapping(options.mapping)
    split = read_split(mapping, options.data, steps)
    learned = learn(mapping, split, options.learn, steps)
    with steps.step("Look up the table"):
        smoothing, rates = lookup(learned)
    found = learned.scored
    ties = tie_keys(found.ids)
    labels, model = found.labels, found.probabilities

    def gap(rows: Ints) -> float:
        return average_precision(labels[rows], model[rows]) - average_precision(
            labels[rows], rates[rows]
        )

    low, high = interval(week_samples(found.weeks, options.learn.seed), gap)
    return {
        "label": options.learn.label,
        "n": len(labels),
        "positives": int(labels.sum()),
        "model": summary(labels, model, ties, found.values),
        "lookup": summary(labels, rates, ties, found.values),
        "lookup_smoothing": smoothing,
        "ap_difference": average_precision(labels, model) - average_precision(labels, rates),
        "ap_difference_interval": [low, high],
        "level": LEVEL,
        "beats_lookup": low > 0,
        "published": {"label": "fraud", "source": "arXiv 2208.02484", **PUBLISHED},
    }


def lookup(learned: Learned) -> tuple[float, Floats]:
    """Return the table's smoothing and its rates (n,) for the held-out lines.

    The smoothing is the one with the best AP on those very lines, which favours the table. A key
    it never saw gets the base rate.
    """
    treatments = learned.schema.treatment_attributes
    cross = Cross("table", TABLE, None, 1.0)
    train, held = learned.prepared.train, learned.prepared.held_out
    keys = find_keys([cross], learned.fit_on.fields(treatments))
    (table,) = count_lanes(keys, train.labels[:, None], train.weights)
    place = {key: at for at, key in enumerate(keys.keys[0])}
    fields = learned.held_out.fields(treatments)
    found = np.array([place.get(cross.key(each), -1) for each in fields])
    counts = np.where(found[:, None] >= 0, table[found], 0.0)
    base = float(np.average(train.labels, weights=train.weights))
    tried = {
        smoothing: (counts[:, 1] + smoothing * base) / (counts[:, 0] + smoothing)
        for smoothing in SMOOTHINGS
    }
    best = max(tried, key=lambda each: average_precision(held.labels, tried[each]))
    return best, tried[best]
