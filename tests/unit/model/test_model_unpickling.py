import io
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from joblib.numpy_pickle import NumpyArrayWrapper
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from app.core.errors import BundleIncompatible, BundleUnreadable
from app.core.model.unpickling import unpickle_calibrator

RAW = np.linspace(-3, 3, 200)
LABELS = (np.sin(RAW * 9) + RAW > 0).astype(int)


def dumped(fitted: object, **settings: Any) -> bytes:
    file = io.BytesIO()
    joblib.dump(fitted, file, **settings)
    return file.getvalue()


class Calls:
    """Pickles as a call of `function` with `arguments`: what a planted file does."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def platt() -> LogisticRegression:
    return LogisticRegression().fit(RAW[:, np.newaxis], LABELS)


def test_the_stock_calibrators_come_back_as_they_were() -> None:
    logistic: Any = unpickle_calibrator(dumped(platt()))
    stepped: Any = unpickle_calibrator(
        dumped(IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS))
    )

    assert type(logistic) is LogisticRegression
    assert logistic.coef_.tobytes() == platt().coef_.tobytes()
    assert type(stepped) is IsotonicRegression
    assert stepped.predict([0.5]) == IsotonicRegression().fit(RAW, LABELS).predict([0.5])


@pytest.mark.parametrize(
    "payload",
    [
        lambda target: Calls(os.system, f"touch {target}"),
        lambda target: Calls(subprocess.check_call, ["touch", str(target)]),
        lambda target: Calls(eval, f"open({str(target)!r}, 'w')"),
        lambda target: Calls(os.mkdir, str(target)),
        lambda target: Calls(joblib.load, str(target)),
        lambda target: Calls(getattr, platt(), "fit"),
        lambda target: [platt(), Calls(os.mkdir, str(target))],
    ],
)
def test_a_planted_call_is_refused_and_never_made(tmp_path: Path, payload: Any) -> None:
    target = tmp_path / "planted"

    with pytest.raises(BundleUnreadable, match="which is not allowed"):
        unpickle_calibrator(pickle.dumps(payload(target)))

    assert not target.exists()


def test_a_call_planted_in_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    fitted = platt()
    fitted.coef_ = np.array([Calls(os.mkdir, str(tmp_path / "planted"))], dtype=object)

    with pytest.raises(BundleUnreadable, match="array of objects"):
        unpickle_calibrator(dumped(fitted))

    assert not (tmp_path / "planted").exists()


def test_an_array_of_another_class_is_refused() -> None:
    odd = NumpyArrayWrapper(np.dtype, (1,), "C", np.dtype("f8"))

    with pytest.raises(BundleUnreadable, match="array of objects"):
        unpickle_calibrator(pickle.dumps(odd) + b"\0" * 8)


def test_any_other_estimator_is_refused() -> None:
    tree = DecisionTreeClassifier().fit(RAW[:, np.newaxis], LABELS)

    with pytest.raises(BundleUnreadable, match="DecisionTreeClassifier, which is not allowed"):
        unpickle_calibrator(dumped(tree))


@pytest.mark.parametrize("method", ["zlib", "gzip", "bz2", "lzma", "xz"])
def test_a_compressed_file_is_refused_unread(method: str) -> None:
    with pytest.raises(BundleUnreadable, match="uncompressed"):
        unpickle_calibrator(dumped(platt(), compress=(method, 3)))


def test_every_truncation_is_refused() -> None:
    whole = dumped(platt())

    for length in range(0, len(whole), 7):
        with pytest.raises(BundleUnreadable):
            unpickle_calibrator(whole[:length])


def test_an_array_that_claims_to_be_huge_is_refused() -> None:
    huge = NumpyArrayWrapper(np.ndarray, (1 << 60,), "C", np.dtype("f8"))

    with pytest.raises(BundleUnreadable, match="while reading"):
        unpickle_calibrator(pickle.dumps(huge) + b"\0" * 64)


def test_a_calibrator_of_another_scikit_learn_is_refused() -> None:
    version = sklearn.__version__.encode()
    other = dumped(platt()).replace(version, b"0" * len(version))

    with pytest.raises(BundleIncompatible, match="calibrator"):
        unpickle_calibrator(other)
