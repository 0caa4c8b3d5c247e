import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.errors import BundleIncompatible, BundleUnreadable
from app.core.model.contents import parse_contents
from app.core.model.verify import VerifiedBundle, verify_bundle
from tests.bundles import tiny_bundle, train, trusting


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> VerifiedBundle:
    root = tmp_path_factory.mktemp("bundle")
    return verify_bundle(tiny_bundle(root), trusting(root))


def parse_with(bundle: VerifiedBundle, **changes: bytes) -> None:
    files = {name.replace("__", "."): data for name, data in changes.items()}
    parse_contents(bundle.manifest, {**bundle.files, **files})


def packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    file = io.BytesIO()
    named: dict[str, Any] = arrays
    np.savez(file, **named)
    return file.getvalue()


def bomb() -> bytes:
    """Return a small archive whose directory says that it unpacks to over 2 GB."""
    whole = packed({"raw_score": np.zeros(3)})
    size = whole.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
    return whole[:size] + b"\xff\xff\xff\x7f" + whole[size + 4 :]


def test_every_file_is_parsed(bundle: VerifiedBundle) -> None:
    contents = parse_contents(bundle.manifest, bundle.files)

    assert contents.schema.names == bundle.manifest.feature_names
    assert contents.forest.feature_count == len(contents.schema.names)
    assert contents.calibration.form == "platt"
    assert contents.evaluation["ap"] == 0.5
    assert set(contents.holdout) == {"label", "raw_score"}
    assert contents.model_card_text.startswith("# ")
    assert contents.history is None


@pytest.mark.parametrize(
    "name",
    [
        "baseline_policy__json",
        "calibrator__joblib",
        "canary__json",
        "evaluation__json",
        "feature_schema__json",
        "holdout_scores__npz",
        "lane_priors__json",
        "model__txt",
        "model_card__json",
        "reason_map__json",
        "MODEL_CARD__md",
    ],
)
@pytest.mark.parametrize("damaged", [b"\xff\xfe", b"\x80\x04K\x01."])
def test_a_file_that_is_something_else_is_refused(
    bundle: VerifiedBundle, name: str, damaged: bytes
) -> None:
    with pytest.raises(BundleUnreadable):
        parse_with(bundle, **{name: damaged})


def test_a_booster_of_other_columns_is_refused(bundle: VerifiedBundle) -> None:
    rows = np.random.default_rng(1).normal(size=(100, 2))
    other = train(rows, (rows[:, 0] > 0).astype(int), ["a", "b"]).model_to_string().encode()

    with pytest.raises(BundleUnreadable, match=r"model\.txt: found 2 columns"):
        parse_with(bundle, model__txt=other)


def test_a_schema_of_other_columns_is_refused(bundle: VerifiedBundle, tmp_path: Path) -> None:
    names = bundle.manifest.feature_names[1:]
    other = verify_bundle(tiny_bundle(tmp_path, names=names), trusting(tmp_path))

    with pytest.raises(BundleUnreadable, match=r"feature_schema\.json: other columns"):
        parse_with(bundle, feature_schema__json=other.files["feature_schema.json"])


def test_a_schema_that_means_something_else_by_a_column_is_refused(
    bundle: VerifiedBundle,
) -> None:
    schema = bundle.files["feature_schema.json"].replace(b'"unit":"', b'"unit":"kilo', 1)

    with pytest.raises(BundleIncompatible, match="features"):
        parse_with(bundle, feature_schema__json=schema)


def test_a_calibrator_of_another_form_is_refused(bundle: VerifiedBundle) -> None:
    manifest = bundle.manifest.model_copy(update={"calibration": "isotonic"})

    with pytest.raises(BundleUnreadable, match="found platt, the manifest has isotonic"):
        parse_contents(manifest, bundle.files)


def test_a_column_without_a_reason_is_refused(bundle: VerifiedBundle) -> None:
    with pytest.raises(BundleUnreadable, match="found no reason for"):
        parse_with(bundle, reason_map__json=b"{}")


def test_a_reason_that_is_no_text_is_refused(bundle: VerifiedBundle) -> None:
    with pytest.raises(BundleUnreadable, match="wanted a text for each name"):
        parse_with(bundle, reason_map__json=b'{"a": 1}')


def test_a_policy_that_is_none_is_refused(bundle: VerifiedBundle) -> None:
    with pytest.raises(BundleUnreadable, match="baseline policy"):
        parse_with(bundle, baseline_policy__json=b'{"review_at": 1}')


def test_scores_that_would_unpickle_objects_are_refused(bundle: VerifiedBundle) -> None:
    objects = packed({"raw_score": np.array([{}], dtype=object)})

    with pytest.raises(BundleUnreadable, match=r"holdout_scores\.npz"):
        parse_with(bundle, holdout_scores__npz=objects)


def test_scores_that_unpack_to_too_much_are_refused_packed(bundle: VerifiedBundle) -> None:
    with pytest.raises(BundleUnreadable, match="bytes unpacked, wanted at most"):
        parse_with(bundle, holdout_scores__npz=bomb())
