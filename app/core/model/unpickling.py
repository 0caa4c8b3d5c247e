"""A joblib file read with an allowlist: stock scikit-learn calibrators and plain arrays."""

import io
import warnings
from types import MappingProxyType
from typing import Any

import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from app.core.errors import BundleIncompatible, BundleUnreadable

_PICKLE = b"\x80"  # a plain pickle starts so; a compressed one, a possible bomb, does not


class PlainArray(NumpyArrayWrapper):  # type: ignore[misc]  # joblib ships no types
    """An array of numbers: one of objects would be a second pickle inside the first."""

    def read(self, unpickler: Any, ensure_native_byte_order: bool) -> Any:
        """Return the array; raise BundleUnreadable for one of objects or of a subclass."""
        if self.dtype.hasobject or self.subclass is not np.ndarray:
            raise BundleUnreadable("calibrator: found an array of objects, wanted numbers")
        return super().read(unpickler, ensure_native_byte_order)


_SCALAR = np.float64(0).__reduce__()[0]  # the function a pickled NumPy scalar calls
_ALLOWED = MappingProxyType(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"): PlainArray,
        ("numpy", "dtype"): np.dtype,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy._core.multiarray", "scalar"): _SCALAR,
        ("sklearn.isotonic", "IsotonicRegression"): IsotonicRegression,
        ("sklearn.linear_model._logistic", "LogisticRegression"): LogisticRegression,
    }
)


class RestrictedUnpickler(NumpyUnpickler):  # type: ignore[misc]  # joblib ships no types
    """joblib's unpickler that imports nothing but what `_ALLOWED` names."""

    def find_class(self, module: str, name: str) -> Any:
        """Return an allowed class or function; raise BundleUnreadable for any other."""
        allowed = _ALLOWED.get((module, name))
        if allowed is None:
            message = f"calibrator: found {module[:60]}.{name[:60]}, which is not allowed"
            raise BundleUnreadable(message)
        return allowed


def unpickle_calibrator(data: bytes) -> object:
    """Return the scikit-learn object in `data`, an uncompressed joblib file.

    Raises BundleUnreadable for anything but allowed classes and numbers, BundleIncompatible where
    scikit-learn says it was made by another version.
    """
    if not data.startswith(_PICKLE):
        raise BundleUnreadable("calibrator: wanted an uncompressed joblib file")
    try:
        with warnings.catch_warnings():
            # only this one: filters are the whole process's, other threads may be serving
            warnings.simplefilter("error", InconsistentVersionWarning)
            file = io.BytesIO(data)
            return RestrictedUnpickler("", file, ensure_native_byte_order=True).load()
    except BundleUnreadable:
        raise
    except InconsistentVersionWarning as error:
        raise BundleIncompatible(f"calibrator: {error}") from error
    except Exception as error:  # a malformed pickle can raise anything at all
        raise BundleUnreadable(f"calibrator: {type(error).__name__} while reading") from error
