from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import orjson
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from app.core.errors import BundleUnreadable
from app.core.model.bundle import load_bundle
from app.core.model.files import CAPS, HISTORY, MANIFEST
from app.core.model.manifest import GateResult, Manifest
from app.core.model.runtime import Runtime
from app.core.model.sbom import bill_of_materials
from app.core.model.signing import dev_signer
from app.core.model.writing import calibrator_bytes, write_bundle
from tests.bundles import TRAINED_AT, tiny_bundle, tiny_contents, trusting

RAW = np.linspace(-3, 3, 500)
LABELS = (np.sin(RAW * 9) + RAW > 0).astype(int)


def manifest_of(folder: Path) -> Manifest:
    return Manifest.from_bytes((folder / MANIFEST).read_bytes())


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    signer = dev_signer(tmp_path / "keys")
    first = tiny_bundle(tmp_path / "first", signer)
    second = tiny_bundle(tmp_path / "second", signer)

    assert first.name == second.name
    assert {each.name: each.read_bytes() for each in first.iterdir()} == {
        each.name: each.read_bytes() for each in second.iterdir()
    }


def test_a_calibrator_gives_the_same_bytes_for_each_fit() -> None:
    fits = [IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS) for _ in range(10)]
    slopes = [LogisticRegression().fit(RAW[:, np.newaxis], LABELS) for _ in range(10)]

    assert len({calibrator_bytes(each) for each in fits}) == 1
    assert len({calibrator_bytes(each) for each in slopes}) == 1


def test_a_calibrator_that_was_written_before_stays_the_same_bytes() -> None:
    written = calibrator_bytes(LogisticRegression().fit(RAW[:, np.newaxis], LABELS))

    assert calibrator_bytes(written) == written
    with pytest.raises(BundleUnreadable):
        calibrator_bytes(written[:-9])


def test_a_bundle_holds_every_file_and_no_other(tmp_path: Path) -> None:
    with_history = tiny_bundle(tmp_path, history=b"{}")
    without = tiny_bundle(tmp_path)

    assert {each.name for each in with_history.iterdir()} == set(CAPS)
    assert {each.name for each in without.iterdir()} == set(CAPS) - {HISTORY}


def test_a_bundle_written_twice_is_one(tmp_path: Path) -> None:
    folders = {tiny_bundle(tmp_path) for _ in range(2)}

    assert {each.name for each in tmp_path.iterdir()} == {"keys", *(each.name for each in folders)}
    assert len(folders) == 1


def test_the_manifest_says_when_and_with_what_it_was_made(tmp_path: Path) -> None:
    gate = GateResult(name="ap", limit=">= 0.80", value="0.83", verdict="pass")
    abroad = TRAINED_AT.astimezone(timezone(timedelta(hours=14)))
    manifest = manifest_of(tiny_bundle(tmp_path, gates=(gate,), trained_at=abroad))

    assert manifest.trained_at == "2026-03-01T12:00:00Z"
    assert manifest.libraries == Runtime.current().libraries
    assert manifest.gates == (gate,)
    assert manifest.signer.dev


def test_a_moment_without_time_zone_is_refused(tmp_path: Path) -> None:
    naive = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="without time zone"):
        tiny_bundle(tmp_path, trained_at=naive)


def test_without_a_sequence_a_bundle_gets_the_next_of_its_folder(tmp_path: Path) -> None:
    sequences = [
        manifest_of(tiny_bundle(tmp_path, sequence=sequence)).sequence
        for sequence in (None, 7, None)
    ]

    assert sequences == [1, 7, 8]


def test_a_bundle_that_would_not_load_is_not_written(tmp_path: Path) -> None:
    signer = dev_signer(tmp_path / "keys")
    good = tiny_contents()
    tree = DecisionTreeClassifier().fit(RAW[:, np.newaxis], LABELS)

    for unusable in (replace(good, reason_map={}), replace(good, calibrator=tree)):
        with pytest.raises(BundleUnreadable):
            write_bundle(tmp_path / "models", unusable, signer)

    assert not (tmp_path / "models").exists()


def test_every_calibration_form_is_written_and_loaded(tmp_path: Path) -> None:
    raw = tiny_contents().holdout["raw_score"]
    labels = tiny_contents().holdout["label"]
    stepped = IsotonicRegression(out_of_bounds="clip").fit(raw, labels)
    folder = tiny_bundle(tmp_path, calibrator=stepped)

    bundle = load_bundle(folder, trusted=trusting(tmp_path), canary=False)

    assert bundle.manifest.calibration == "isotonic"


def test_the_bill_of_materials_names_what_the_bundle_depends_on() -> None:
    document = orjson.loads(bill_of_materials())
    versions = {each["name"]: each["version"] for each in document["components"]}

    assert document["bomFormat"] == "CycloneDX"
    assert versions.items() >= dict(Runtime.current().libraries).items()
    assert "scipy" in versions  # scikit-learn needs it
    assert bill_of_materials() == bill_of_materials()


def test_a_library_that_is_not_installed_is_left_out() -> None:
    assert orjson.loads(bill_of_materials(("no-such-library",)))["components"] == []
