"""A few rows with the answers the trained model gave; a bundle that answers otherwise refuses."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.core.canonical import canonical_json, number_or_null
from app.core.errors import BundleFailedCanary, BundleUnreadable
from app.core.model.calibration import Calibration
from app.core.model.forest import Forest
from app.core.model.lightgbm_library import Rows
from app.core.model.strict_json import parse_strict

TOLERANCE = 1e-9  # scores made elsewhere than trained may differ by this (docs/bundle.md)
SUM_TOLERANCE = 1e-6  # contributions are sums of many terms
_NAMES = ("raw_scores", "contribution_sums", "probabilities")


@dataclass(frozen=True, slots=True)
class CanaryRows:
    """Encoded `rows` (n, f) and the answers (n,): raw score, sum of contributions, probability."""

    rows: Rows
    raw_scores: Rows
    contribution_sums: Rows
    probabilities: Rows

    @classmethod
    def of(cls, rows: Rows, forest: Forest, calibration: Calibration) -> Self:
        """Return `rows` with the answers of a model: the one trained, before it is written."""
        raw = forest.predict(rows)
        sums = forest.contributions(rows).sum(axis=1)
        return cls(
            rows, raw, sums, np.array([calibration.probability(float(each)) for each in raw])
        )

    def to_bytes(self) -> bytes:
        """Return canonical JSON; an unknown value is null."""
        rows = [[number_or_null(float(value)) for value in row] for row in self.rows]
        answers = {name: [float(each) for each in getattr(self, name)] for name in _NAMES}
        return canonical_json({"rows": rows, **answers})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the rows that `to_bytes` wrote; raise BundleUnreadable for anything else."""
        document = parse_strict(data, "canary.json")
        if document.keys() != {"rows", *_NAMES}:
            raise BundleUnreadable(f"canary.json: wanted rows, {', '.join(_NAMES)}")
        made = cls(_array(document["rows"]), *(_array(document[name]) for name in _NAMES))
        count = len(made.rows)
        if made.rows.ndim != 2 or not count:
            raise BundleUnreadable("canary.json: wanted rows of numbers, at least one")
        if any(getattr(made, name).shape != (count,) for name in _NAMES):
            raise BundleUnreadable("canary.json: wanted one answer of each kind a row")
        return made

    def check(self, forest: Forest, calibration: Calibration) -> float:
        """Return the largest difference between these answers and the model's.

        Raises BundleFailedCanary where one is over the tolerance, where contributions do not add
        up to the score, or where a row alone scores otherwise than among others.
        """
        found = CanaryRows.of(self.rows, forest, calibration)
        worst = max(_difference(getattr(self, name), getattr(found, name)) for name in _NAMES)
        if not worst <= TOLERANCE:
            raise BundleFailedCanary(f"found a difference of {worst:.3g}, wanted {TOLERANCE:g}")
        apart = _difference(found.contribution_sums, found.raw_scores)
        if not apart <= SUM_TOLERANCE:
            raise BundleFailedCanary(f"found contributions {apart:.3g} off the score")
        alone = np.concatenate([forest.predict(row[np.newaxis]) for row in self.rows])
        if alone.tobytes() != found.raw_scores.tobytes():
            raise BundleFailedCanary("found a row that scores otherwise alone than among others")
        return worst


def _difference(left: Rows, right: Rows) -> float:
    return float(np.max(np.abs(left - right)))  # NaN where one is, and NaN is within no tolerance


def _array(values: Any) -> NDArray[np.float64]:  # whatever the JSON holds
    try:
        return np.array(values, dtype=np.float64)  # null becomes NaN
    except (TypeError, ValueError) as error:
        raise BundleUnreadable("canary.json: wanted numbers in rows of one length") from error
