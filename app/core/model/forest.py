"""The booster: raw scores and contributions, the same bits for one row as for many."""

import ctypes
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue
from typing import Any

import lightgbm
import numpy as np
from lightgbm.basic import _LIB, _safe_call  # type: ignore[attr-defined]  # the C API itself
from numpy.typing import NDArray

from app.core.errors import BundleUnreadable

Rows = NDArray[np.float64]

COPIES = (
    2  # boosters parsed, so rows scored at the same time in one process; more processes for more
)
_ONE_THREAD = 1  # OpenMP's own threads make it slower and, after a fork, hang it (LightGBM #6137)
_FLOAT64, _RAW_SCORE, _ALL_TREES = 1, 1, -1  # C_API_DTYPE_FLOAT64, C_API_PREDICT_RAW_SCORE


class Forest:
    """LightGBM trees for one raw score a row; safe to share between threads.

    Each call has a booster to itself: LightGBM's `pred_contrib` is not safe to share (#5482).
    """

    def __init__(self, text: bytes, *, copies: int = COPIES) -> None:
        """Parse LightGBM's text format; raise BundleUnreadable where it does not hold one booster.

        Damaged text can crash the process: it comes from verified bytes, after the canary.
        """
        boosters = [_Booster(text) for _ in range(copies)]
        self.feature_count = boosters[0].feature_count
        self._free: LifoQueue[_Booster] = LifoQueue()
        for booster in boosters:
            self._free.put(booster)

    def predict(self, rows: Rows) -> Rows:
        """Return raw scores (n,), log-odds, of `rows` (n, f); NaN in a row is unknown."""
        kept = self._checked(rows)
        if not len(kept):
            return np.empty(0)
        with self._booster() as booster:
            return booster.predict_one(kept) if len(kept) == 1 else booster.predict_many(kept)

    def contributions(self, rows: Rows) -> Rows:
        """Return SHAP values (n, f + 1), log-odds, base value last; a row adds up to its score."""
        kept = self._checked(rows)
        if not len(kept):
            return np.empty((0, self.feature_count + 1))
        with self._booster() as booster:
            return booster.contributions(kept)

    def _checked(self, rows: Rows) -> Rows:
        kept = np.ascontiguousarray(rows, dtype=np.float64)
        if kept.ndim != 2 or kept.shape[1] != self.feature_count:
            message = f"found rows of shape {kept.shape}, wanted (n, {self.feature_count})"
            raise ValueError(message)
        return kept

    @contextmanager
    def _booster(self) -> Iterator["_Booster"]:
        booster = self._free.get()
        try:
            yield booster
        finally:
            self._free.put(booster)


class _Booster:
    """One parsed booster, used by one thread at a time."""

    def __init__(self, text: bytes) -> None:
        try:
            self._booster: Any = lightgbm.Booster(model_str=text.decode("utf-8"))
        except (lightgbm.basic.LightGBMError, ValueError) as error:
            raise BundleUnreadable(f"model.txt: {type(error).__name__} while reading") from error
        self.feature_count = int(self._booster.num_feature())
        if self._booster.num_model_per_iteration() != 1:
            raise BundleUnreadable("model.txt: found more than one score a row")
        self._one_row = self._prepare_one_row()
        self._score = ctypes.c_double()
        self._written = ctypes.c_int64()

    def _prepare_one_row(self) -> ctypes.c_void_p:
        """Set up LightGBM's call for single rows: 17 µs where its Python wrapper takes 125."""
        prepared = ctypes.c_void_p()
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                self._booster._handle,
                ctypes.c_int(_RAW_SCORE),
                ctypes.c_int(0),
                ctypes.c_int(_ALL_TREES),
                ctypes.c_int(_FLOAT64),
                ctypes.c_int32(self.feature_count),
                ctypes.c_char_p(b"num_threads=1"),
                ctypes.byref(prepared),
            )
        )
        weakref.finalize(self, _LIB.LGBM_FastConfigFree, prepared).atexit = False
        return prepared

    def predict_one(self, row: Rows) -> Rows:
        _safe_call(
            _LIB.LGBM_BoosterPredictForMatSingleRowFast(
                self._one_row,
                ctypes.c_void_p(row.ctypes.data),
                ctypes.byref(self._written),
                ctypes.byref(self._score),
            )
        )
        return np.array([self._score.value])

    def predict_many(self, rows: Rows) -> Rows:
        scores = self._booster.predict(rows, raw_score=True, num_threads=_ONE_THREAD)
        return np.asarray(scores, dtype=np.float64)

    def contributions(self, rows: Rows) -> Rows:
        values = self._booster.predict(rows, pred_contrib=True, num_threads=_ONE_THREAD)
        return np.asarray(values, dtype=np.float64)
