"""Columns that know the answer: named after it, or telling it alone."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.job.declared import Declared
from training.metrics import auroc, tie_keys

Floats = NDArray[np.float64]

FOLDS = 5
LEAST = 20  # positives and negatives each, without which one column proves nothing
# words of what is known only after the decision; a column of entries has none of them
AFTERWARDS = (
    "outcome",
    "denied",
    "denial",
    "detained",
    "detention",
    "seized",
    "seizure",
    "excluded",
    "exclusion",
    "released",
    "examined",
    "abandoned",
    "fraud",
    "label",
    "target",
    "disposition",
    "nexus",
)


def named_afterwards(header: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Return columns named after what comes later; `allowed` are outcome columns of the mapping."""
    words = re.compile("|".join(AFTERWARDS))
    return [name for name in header if name not in allowed and words.search(name.lower())]


def telling(found: Declared, labels: Floats, bar: float) -> dict[str, float]:
    """Return columns that alone have an AUROC of `bar` or more over the labelled lines.

    Codes are read as their rate on other lines (folds of whole entries), so that a number of its
    own on every line tells nothing. `labels` (n,) are 1, 0 or NaN.
    """
    kept = np.flatnonzero(~np.isnan(labels))
    known = labels[kept]
    if min(known.sum(), len(known) - known.sum()) < LEAST:
        return {}
    folds = (tie_keys([found.entries[at] for at in kept]) % FOLDS).astype(np.int64)
    return {name: area for name, area in _areas(found, kept, known, folds).items() if area >= bar}


def _areas(
    found: Declared, kept: NDArray[np.int64], known: Floats, folds: NDArray[np.int64]
) -> Mapping[str, float]:
    return dict(_each_area(found, kept, known, folds))


def _each_area(
    found: Declared, kept: NDArray[np.int64], known: Floats, folds: NDArray[np.int64]
) -> Iterator[tuple[str, float]]:
    for name, texts in found.texts.items():
        yield name, auroc(known, fold_rates(texts[kept], known, folds))
    for name, numbers in found.numbers.items():
        area = auroc(known, np.nan_to_num(numbers[kept], nan=-1.0))
        yield name, max(area, 1 - area)


def fold_rates(texts: NDArray[np.str_], known: Floats, folds: NDArray[np.int64]) -> Floats:
    """Return for each line the rate of its code on lines of other folds, one line of trust in 1/2
    of nothing: a code not seen elsewhere has the rate of all.
    """
    values, codes = np.unique(texts, return_inverse=True)
    rates = np.empty(len(known))
    for fold in range(FOLDS):
        inside = folds == fold
        lines = np.bincount(codes[~inside], minlength=len(values))
        positives = np.bincount(codes[~inside], known[~inside], minlength=len(values))
        whole = known[~inside].mean() if (~inside).any() else 0.0
        rates[inside] = ((positives + whole) / (lines + 1))[codes[inside]]
    return rates
