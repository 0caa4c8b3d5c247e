"""The parameters in a joblib file of a stock calibrator, read without scikit-learn or joblib.

Serving applies a handful of numbers; importing the libraries that fitted them would cost seconds
at start and a third of the memory. Nothing
but a stock calibrator and plain arrays of numbers is made of it.
"""

import io
import pickle
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np

from app.core.errors import BundleIncompatible, BundleUnreadable

_PICKLE = b"\x80"  # a plain pickle starts so; a compressed one, a possible bomb, does not
_SCALAR = np.float64(0).__reduce__()[0]  # the function a pickled NumPy scalar calls


class _Fitted:
    """Stands for a stock calibrator: its attributes, without its methods."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes; raise BundleIncompatible for those of another scikit-learn."""
        kept = dict(state)
        made_with, here = kept.pop("_sklearn_version", "unknown"), version("scikit-learn")
        if made_with != here:
            message = f"made with scikit-learn {str(made_with)[:20]}, this server has {here}"
            raise BundleIncompatible(f"calibrator: {message}")
        self.__dict__.update(kept)


class FittedLogistic(_Fitted):
    """Stands for a fitted LogisticRegression: `coef_`, `intercept_`, `classes_`."""

    stands_for = "LogisticRegression"
    coef_: Any
    intercept_: Any
    classes_: Any


class FittedIsotonic(_Fitted):
    """Stands for a fitted IsotonicRegression: `X_thresholds_`, `y_thresholds_`."""

    stands_for = "IsotonicRegression"
    X_thresholds_: Any
    y_thresholds_: Any


class _PlainArray:
    """Where joblib put an array: its numbers follow in the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def read(self, file: io.BytesIO) -> Any:
        """Return the array; raise BundleUnreadable for one of objects or of a subclass."""
        state = self.__dict__
        if self.dtype.hasobject or state["subclass"] is not np.ndarray:
            raise BundleUnreadable("calibrator: found an array of objects, wanted numbers")
        if state.get("numpy_array_alignment_bytes") is not None:
            file.read(file.read(1)[0])  # how much was left empty before the numbers
        count = 1
        for length in self.shape:
            count *= int(length)
        data = file.read(count * self.dtype.itemsize)
        numbers = np.frombuffer(data, self.dtype, count)
        if state["order"] == "F":
            return numbers.reshape(self.shape[::-1]).transpose()
        return numbers.reshape(self.shape)


_ALLOWED = MappingProxyType(
    {
        ("joblib.numpy_pickle", "NumpyArrayWrapper"): _PlainArray,
        ("numpy", "dtype"): np.dtype,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy._core.multiarray", "scalar"): _SCALAR,
        ("sklearn.isotonic", "IsotonicRegression"): FittedIsotonic,
        ("sklearn.linear_model._logistic", "LogisticRegression"): FittedLogistic,
    }
)


class _Reader(pickle._Unpickler):
    """An unpickler that makes nothing but what `_ALLOWED` names, and reads joblib's arrays."""

    dispatch = pickle._Unpickler.dispatch.copy()
    stack: list[Any]

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._source = file

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for an allowed class; raise BundleUnreadable for any other."""
        allowed = _ALLOWED.get((module, name))
        if allowed is None:
            message = f"calibrator: found {module[:60]}.{name[:60]}, which is not allowed"
            raise BundleUnreadable(message)
        return allowed

    def load_build(self) -> None:
        """Build as pickle does, and put an array where joblib left its place."""
        super().load_build()  # type: ignore[misc]  # there, but not in typeshed
        if isinstance(self.stack[-1], _PlainArray):
            self.stack.append(self.stack.pop().read(self._source))

    dispatch[pickle.BUILD[0]] = load_build  # type: ignore[assignment]  # of this very class


def read_calibrator(data: bytes) -> FittedLogistic | FittedIsotonic:
    """Return the parameters of the calibrator in `data`, an uncompressed joblib file.

    Raises BundleUnreadable for anything but a stock calibrator of numbers, BundleIncompatible
    where another scikit-learn made it.
    """
    if not data.startswith(_PICKLE):
        raise BundleUnreadable("calibrator: wanted an uncompressed joblib file")
    try:
        found = _Reader(io.BytesIO(data)).load()
    except (BundleUnreadable, BundleIncompatible):
        raise
    except Exception as error:  # a malformed pickle can raise anything at all
        raise BundleUnreadable(f"calibrator: {type(error).__name__} while reading") from error
    if not isinstance(found, FittedLogistic | FittedIsotonic):
        raise BundleUnreadable(f"calibrator: found {type(found).__name__}, which is none of ours")
    return found
