"""The booster: raw scores and contributions, the same bits for one row as for many."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue

import numpy as np

from app.core.errors import BundleUnreadable
from app.core.model.lightgbm_library import (
    CONTRIBUTIONS,
    RAW_SCORE,
    LightGBMError,
    Loaded,
    Rows,
)

COPIES = (
    2  # boosters parsed, so rows scored at the same time in one process; more processes for more
)
_LEAVES = re.compile(rb"^num_leaves=(\d{1,9})$", re.MULTILINE)


class Forest:
    """LightGBM trees for one raw score a row; safe to share between threads.

    `leaves` of all trees together say how long contributions take: near 0.25 µs a leaf and row in
    trees 5 deep, more in deeper ones.
    Each call has a booster to itself: LightGBM's `pred_contrib` is not safe to share (#5482).
    """

    def __init__(self, text: bytes, *, copies: int = COPIES) -> None:
        """Parse LightGBM's text format; raise BundleUnreadable where it does not hold one booster.

        Damaged text can crash the process: it comes from verified bytes, after the canary.
        """
        boosters = [_parsed(text) for _ in range(copies)]
        self.feature_count = boosters[0].feature_count
        self.leaves = sum(int(each) for each in _LEAVES.findall(text))
        self._free: LifoQueue[Loaded] = LifoQueue()
        for booster in boosters:
            self._free.put(booster)

    def predict(self, rows: Rows) -> Rows:
        """Return raw scores (n,), log-odds, of `rows` (n, f); NaN in a row is unknown."""
        kept = self._checked(rows)
        if not len(kept):
            return np.empty(0)
        with self._booster() as booster:
            return _numbers(booster, kept, RAW_SCORE)

    def contributions(self, rows: Rows) -> Rows:
        """Return SHAP values (n, f + 1), log-odds, base value last; a row adds up to its score."""
        kept = self._checked(rows)
        if not len(kept):
            return np.empty((0, self.feature_count + 1))
        with self._booster() as booster:
            return _numbers(booster, kept, CONTRIBUTIONS).reshape(len(kept), -1)

    def _checked(self, rows: Rows) -> Rows:
        kept = np.ascontiguousarray(rows, dtype=np.float64)
        if kept.ndim != 2 or kept.shape[1] != self.feature_count:
            message = f"found rows of shape {kept.shape}, wanted (n, {self.feature_count})"
            raise ValueError(message)
        return kept

    @contextmanager
    def _booster(self) -> Iterator[Loaded]:
        booster = self._free.get()
        try:
            yield booster
        finally:
            self._free.put(booster)


def _numbers(booster: Loaded, rows: Rows, kind: int) -> Rows:
    if len(rows) == 1:
        return booster.predict_one(rows, kind)
    return booster.predict_many(rows, kind)


def _parsed(text: bytes) -> Loaded:
    try:
        text.decode("utf-8")
        booster = Loaded(text)
    except (LightGBMError, ValueError) as error:
        raise BundleUnreadable(f"model.txt: {type(error).__name__} while reading") from error
    if booster.scores_a_row != 1:
        raise BundleUnreadable("model.txt: found more than one score a row")
    return booster
