"""LightGBM's shared library by itself: its Python package would load scikit-learn, SciPy and more.

Source: LightGBM's C API (docs: C-API.html); what is called here is the same code that
`lightgbm.Booster` calls, so answers are the same bits.
"""

import ctypes
import weakref
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]


LIBRARY_NAMES = ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")
FOLDERS = ("lib", "bin", ".")  # of the package, as its own libpath.py looks
RAW_SCORE, CONTRIBUTIONS = 1, 3  # C_API_PREDICT_RAW_SCORE, C_API_PREDICT_CONTRIB
_FLOAT64, _ALL_TREES, _BY_ROW = 1, -1, 1  # C_API_DTYPE_FLOAT64; rows one after the other
_ONE_THREAD = b"num_threads=1"  # OpenMP's own make it slower and, after a fork, hang it (#6137)


class LightGBMError(Exception):
    """LightGBM refused a call, with its own words."""


class Loaded:
    """A booster in LightGBM's memory, freed with this object; for one thread at a time."""

    def __init__(self, text: bytes) -> None:
        """Parse LightGBM's text format; raise LightGBMError where it holds no booster."""
        self._library = library()
        handle, trees = ctypes.c_void_p(), ctypes.c_int()
        self._call("LGBM_BoosterLoadModelFromString", text, ctypes.byref(trees), _out(handle))
        weakref.finalize(self, self._library.LGBM_BoosterFree, handle).atexit = False
        self._handle = handle
        self.feature_count = self._whole("LGBM_BoosterGetNumFeature")
        self.scores_a_row = self._whole("LGBM_BoosterNumModelPerIteration")
        self._columns = {RAW_SCORE: 1, CONTRIBUTIONS: self.feature_count + 1}
        self._one_row = {kind: self._prepare_one_row(kind) for kind in self._columns}
        self._written = ctypes.c_int64()

    def predict_one(self, row: Rows, kind: int) -> Rows:
        """Return the numbers of one row (1, f), C-contiguous: 1 score, or f + 1 contributions."""
        found = np.empty(self._columns[kind])
        self._check(
            self._library.LGBM_BoosterPredictForMatSingleRowFast(
                self._one_row[kind],
                ctypes.c_void_p(row.ctypes.data),
                ctypes.byref(self._written),
                ctypes.c_void_p(found.ctypes.data),
            )
        )
        return found

    def predict_many(self, rows: Rows, kind: int) -> Rows:
        """Return the numbers of `rows` (n, f), C-contiguous, one row after the other, flat."""
        found = np.empty(len(rows) * self._columns[kind])
        self._call(
            "LGBM_BoosterPredictForMat",
            self._handle,
            ctypes.c_void_p(rows.ctypes.data),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(rows.shape[0]),
            ctypes.c_int32(rows.shape[1]),
            ctypes.c_int(_BY_ROW),
            ctypes.c_int(kind),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_TREES),
            _ONE_THREAD,
            ctypes.byref(ctypes.c_int64()),
            ctypes.c_void_p(found.ctypes.data),
        )
        return found

    def _prepare_one_row(self, kind: int) -> ctypes.c_void_p:
        """Set up LightGBM's call for single rows: 17 µs where the call for many takes 60."""
        prepared = ctypes.c_void_p()
        self._call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._handle,
            ctypes.c_int(kind),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_TREES),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.feature_count),
            _ONE_THREAD,
            _out(prepared),
        )
        weakref.finalize(self, self._library.LGBM_FastConfigFree, prepared).atexit = False
        return prepared

    def _whole(self, name: str) -> int:
        number = ctypes.c_int()
        self._call(name, self._handle, ctypes.byref(number))
        return number.value

    def _call(self, name: str, *arguments: Any) -> None:
        self._check(getattr(self._library, name)(*arguments))

    def _check(self, code: int) -> None:
        if code:
            said: bytes = self._library.LGBM_GetLastError()
            raise LightGBMError(said.decode("utf-8", "replace"))


@cache
def library() -> ctypes.CDLL:
    """Return LightGBM's library, loaded once; raise ImportError where it is not installed."""
    spec = find_spec("lightgbm")  # finds the package without importing it
    roots = None if spec is None else spec.submodule_search_locations
    loaded = ctypes.CDLL(str(find_library(roots or ())))
    loaded.LGBM_GetLastError.restype = ctypes.c_char_p
    return loaded


def find_library(roots: Iterable[str]) -> Path:
    """Return the shared library in the first of the packages at `roots` that has one.

    Raises ImportError where none has.
    """
    for root in roots:
        for path in (Path(root, folder, name) for folder in FOLDERS for name in LIBRARY_NAMES):
            if path.is_file():
                return path
    raise ImportError("lightgbm: found no shared library of it")


def _out(handle: ctypes.c_void_p) -> Any:
    return ctypes.byref(handle)
