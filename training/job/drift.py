"""How declarations moved since the last accepted snapshot: a profile of columns, and PSI.

The population stability index of a column is the sum of (a - b) ln(a / b) over its parts, a and b
their shares now and then. Of two samples of one population it is about (parts - 1)(1/n + 1/m): that
much is taken off, so that a small file is not called drifted for being small.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.job.declared import Declared

Floats = NDArray[np.float64]

PARTS = 10  # of numbers, at the deciles of the profile
TOP = 20  # of codes; all others are one part
LEAST = 200  # new lines without which nothing is said
# made of other columns, or of values that are new by nature
_UNWATCHED = frozenset({"chapter_origin", "heading"})


def profile(found: Declared) -> dict[str, Any]:
    """Return how the columns of `found` are spread, as JSON."""
    numbers = {}
    for name, values in found.numbers.items():
        known = values[~np.isnan(values)]
        edges = [] if not len(known) else np.unique(np.quantile(known, _inner())).tolist()
        numbers[name] = {"edges": edges, "counts": _binned(values, edges)}
    texts = {
        name: dict(Counter(values.tolist()).most_common(TOP))
        for name, values in found.texts.items()
        if name not in _UNWATCHED
    }
    return {"lines": len(found), "numbers": numbers, "texts": texts}


def _inner() -> list[float]:
    return [part / PARTS for part in range(1, PARTS)]


def _binned(values: Floats, edges: list[float]) -> list[int]:
    """Return counts between edges, the last one of missing values."""
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return [*counts.tolist(), len(values) - len(known)]


def drift(before: Mapping[str, Any], found: Declared) -> dict[str, float]:
    """Return the PSI of each column of the profile against the lines of `found`, noise taken off.

    Nothing where `found` has fewer than LEAST lines: of so few nothing can be told.
    """
    if len(found) < LEAST:
        return {}
    psi: dict[str, float] = {}
    for name, each in before["numbers"].items():
        now = _binned(found.numbers[name], each["edges"])
        psi[name] = stability(np.array(each["counts"], float), np.array(now, float))
    for name, counts in before["texts"].items():
        values = Counter(found.texts[name].tolist() if name in found.texts else [""] * len(found))
        then = [*counts.values(), before["lines"] - sum(counts.values())]
        at = [values[value] for value in counts]
        psi[name] = stability(np.array(then, float), np.array([*at, len(found) - sum(at)], float))
    return psi


def stability(then: Floats, now: Floats) -> float:
    """Return the PSI of counts (k,) now against then, less what chance alone gives; not below 0."""
    kept = (then + now) > 0
    then, now = then[kept], now[kept]
    # half a line where there is none: a part that is new, or gone, counts and does not explode
    first, second = np.maximum(then, 0.5), np.maximum(now, 0.5)
    first, second = first / first.sum(), second / second.sum()
    raw = float(np.sum((second - first) * np.log(second / first)))
    noise = (len(then) - 1) * (1 / then.sum() + 1 / now.sum())
    return max(0.0, raw - float(noise))


def missing_rates(found: Declared) -> dict[str, float]:
    """Return the share of lines that do not declare a column, in [0, 1]."""
    rates = {name: float(np.isnan(values).mean()) for name, values in found.numbers.items()}
    return rates | {name: float((values == "").mean()) for name, values in found.texts.items()}
