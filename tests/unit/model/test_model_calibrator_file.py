import io
import os
import pickle
import subprocess
import sys
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
from app.core.model.calibration import beta_features, calibration_of
from app.core.model.calibrator_file import read_calibrator

RAW = np.linspace(-3, 3, 200)
LABELS = (np.sin(RAW * 9) + RAW > 0).astype(int)
FORMS: dict[str, Any] = {
    "platt": LogisticRegression().fit(RAW[:, np.newaxis], LABELS),
    "beta": LogisticRegression().fit([beta_features(float(raw)) for raw in RAW], LABELS),
    "isotonic": IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS),
}


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


@pytest.mark.parametrize("form", FORMS)
def test_the_file_says_the_same_as_the_object_it_was_written_from(form: str) -> None:
    read = calibration_of(read_calibrator(dumped(FORMS[form])))

    assert read == calibration_of(FORMS[form])
    assert read.form == form


def test_arrays_come_back_bit_for_bit_in_either_order() -> None:
    fitted = LogisticRegression().fit(RAW[:, np.newaxis], LABELS)
    fitted.coef_ = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    read = read_calibrator(dumped(fitted))

    assert np.array_equal(read.coef_, fitted.coef_)  # type: ignore[union-attr]  # a logistic one


@pytest.mark.parametrize(
    "payload",
    [
        lambda target: Calls(os.system, f"touch {target}"),
        lambda target: Calls(subprocess.check_call, ["touch", str(target)]),
        lambda target: Calls(eval, f"open({str(target)!r}, 'w')"),
        lambda target: Calls(os.mkdir, str(target)),
        lambda target: Calls(joblib.load, str(target)),
        lambda target: Calls(getattr, FORMS["platt"], "fit"),
        lambda target: [FORMS["platt"], Calls(os.mkdir, str(target))],
    ],
)
def test_a_planted_call_is_refused_and_never_made_by_serving(tmp_path: Path, payload: Any) -> None:
    target = tmp_path / "planted"

    with pytest.raises(BundleUnreadable, match="which is not allowed"):
        read_calibrator(pickle.dumps(payload(target)))

    assert not target.exists()


@pytest.mark.parametrize(
    "array",
    [
        NumpyArrayWrapper(np.dtype, (1,), "C", np.dtype("f8")),
        NumpyArrayWrapper(np.ndarray, (1,), "C", np.dtype("O")),
    ],
)
def test_an_array_of_objects_or_of_another_class_is_refused_unread(array: Any) -> None:
    with pytest.raises(BundleUnreadable, match="array of objects"):
        read_calibrator(pickle.dumps(array) + b"\0" * 8)


def test_a_call_planted_in_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    fitted = LogisticRegression().fit(RAW[:, np.newaxis], LABELS)
    fitted.coef_ = np.array([Calls(os.mkdir, str(tmp_path / "planted"))], dtype=object)

    with pytest.raises(BundleUnreadable, match="array of objects"):
        read_calibrator(dumped(fitted))

    assert not (tmp_path / "planted").exists()


def test_an_array_that_claims_to_be_huge_is_refused_by_serving() -> None:
    huge = NumpyArrayWrapper(np.ndarray, (1 << 60,), "C", np.dtype("f8"))

    with pytest.raises(BundleUnreadable, match="while reading"):
        read_calibrator(pickle.dumps(huge) + b"\0" * 64)


def test_an_array_without_alignment_is_read() -> None:
    plain = NumpyArrayWrapper(
        np.ndarray, (2,), "C", np.dtype("f8"), numpy_array_alignment_bytes=None
    )

    with pytest.raises(BundleUnreadable, match="ndarray, which is none of ours"):
        read_calibrator(pickle.dumps(plain) + np.array([1.0, 2.0]).tobytes() + b".")


def test_any_other_object_is_refused_by_serving() -> None:
    tree = DecisionTreeClassifier().fit(RAW[:, np.newaxis], LABELS)

    with pytest.raises(BundleUnreadable, match="DecisionTreeClassifier, which is not allowed"):
        read_calibrator(dumped(tree))
    with pytest.raises(BundleUnreadable, match="dict, which is none of ours"):
        read_calibrator(pickle.dumps({}))


def test_a_compressed_or_shortened_file_is_refused_by_serving() -> None:
    whole = dumped(FORMS["isotonic"])

    for method in ("zlib", "gzip", "bz2", "lzma", "xz"):
        with pytest.raises(BundleUnreadable, match="uncompressed"):
            read_calibrator(dumped(FORMS["platt"], compress=(method, 3)))
    for length in range(0, len(whole), 7):
        with pytest.raises(BundleUnreadable):
            read_calibrator(whole[:length])


def test_a_calibrator_of_another_scikit_learn_is_refused_by_serving() -> None:
    made_with = sklearn.__version__.encode()
    other = dumped(FORMS["platt"]).replace(made_with, b"0" * len(made_with))

    with pytest.raises(BundleIncompatible, match="made with scikit-learn 0"):
        read_calibrator(other)


def test_a_server_never_imports_what_only_training_needs() -> None:
    heavy = (
        *("sklearn", "scipy", "joblib", "lightgbm", "pandas", "numba", "matplotlib", "pyarrow"),
        *("redis", "alembic", "holidays"),  # where there is Redis, an old schema, a dossier
    )
    code = f"import sys, app.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
