from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import BundleFailedCanary, BundleIncompatible, BundleRolledBack
from app.core.model.bundle import admit, load_bundle
from app.core.model.canary import Limits
from app.core.model.files import MANIFEST
from app.core.model.runtime import Runtime
from app.core.model.signing import dev_signer
from app.core.model.verify import VerifiedBundle, verify_bundle
from app.core.policy import Policy
from tests.bundles import (
    damaged_but_signed,
    random_rows,
    tiny_bundle,
    tiny_contents,
    trusting,
    try_in_process,
)


def load(root: Path, folder: Path, **settings: Any) -> Any:
    return load_bundle(folder, trusted=trusting(root), canary=False, **settings)


def never_tried(_verified: VerifiedBundle, _limits: Limits) -> float:
    raise AssertionError("step 5 was reached")


def test_a_bundle_loads_by_the_whole_order(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    bundle = load_bundle(folder, trusted=trusting(tmp_path))

    assert bundle.version == folder.name
    assert bundle.digest.startswith(f"sha256:{folder.name[-6:]}")
    assert (bundle.sequence, bundle.label, bundle.notes) == (1, "nexus", ())


def test_what_was_handed_over_is_what_is_loaded(tmp_path: Path) -> None:
    given = tiny_contents()
    bundle = load(tmp_path, tiny_bundle(tmp_path, history=b'{"kept": "as bytes"}'))

    assert bundle.schema == given.schema
    assert bundle.lanes.to_bytes() == given.lanes.to_bytes()
    assert bundle.history == b'{"kept": "as bytes"}'
    assert bundle.reason_map == given.reason_map
    assert bundle.evaluation == given.evaluation
    assert Policy.from_bundle(bundle.baseline_policy).hold_at == 960
    assert bundle.holdout["label"].tobytes() == given.holdout["label"].tobytes()


def test_a_bundle_scores_rows_explains_them_and_calibrates(tmp_path: Path) -> None:
    bundle = load(tmp_path, tiny_bundle(tmp_path))
    rows, _ = random_rows(len(bundle.schema.names))
    raw = bundle.predict(rows)

    assert raw.tobytes() == tiny_contents().holdout["raw_score"].tobytes()
    # the promise of the wire contract
    assert np.abs(bundle.contributions(rows).sum(axis=1) - raw).max() <= 1e-6
    assert bundle.probability(raw.max()) > bundle.probability(raw.min())


def test_an_older_sequence_is_refused_before_the_child(tmp_path: Path) -> None:
    verified = verify_bundle(tiny_bundle(tmp_path, sequence=4), trusting(tmp_path))

    with pytest.raises(BundleRolledBack, match="found sequence 4, wanted at least 5"):
        admit(verified, minimum_sequence=5, trial=never_tried)
    assert admit(verified, minimum_sequence=4, trial=try_in_process).sequence == 4


def test_other_libraries_are_refused_before_the_child(tmp_path: Path) -> None:
    verified = verify_bundle(tiny_bundle(tmp_path), trusting(tmp_path))
    current = Runtime.current()
    other = Runtime(current.python, {**current.libraries, "lightgbm": "3.0.0"})

    with pytest.raises(BundleIncompatible, match="lightgbm"):
        admit(verified, trial=never_tried, runtime=other)


def test_another_python_minor_is_noted_on_the_bundle(tmp_path: Path) -> None:
    verified = verify_bundle(tiny_bundle(tmp_path), trusting(tmp_path))
    other = Runtime("3.99.0", Runtime.current().libraries)

    (note,) = admit(verified, trial=None, runtime=other).notes

    assert note.endswith("this server has 3.99.0")


def test_other_features_are_refused_before_the_child(tmp_path: Path) -> None:
    folder = damaged_but_signed(
        tiny_bundle(tmp_path), dev_signer(tmp_path / "keys"), feature_digest="sha256:" + "0" * 64
    )

    with pytest.raises(BundleIncompatible, match="trained on features sha256:0000"):
        admit(verify_bundle(folder, trusting(tmp_path)), trial=never_tried)


def test_a_feature_the_code_does_not_have_is_refused_before_the_child(tmp_path: Path) -> None:
    folder = damaged_but_signed(
        tiny_bundle(tmp_path), dev_signer(tmp_path / "keys"), feature_names=["no.such.feature"]
    )

    with pytest.raises(BundleIncompatible, match=r"no\.such\.feature"):
        admit(verify_bundle(folder, trusting(tmp_path)), trial=never_tried)


def test_a_failed_canary_refuses(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    canary = (
        (folder / "canary.json").read_bytes().replace(b'"probabilities":[0', b'"probabilities":[1')
    )
    damaged_but_signed(folder, dev_signer(tmp_path / "keys"), {"canary.json": canary})

    with pytest.raises(BundleFailedCanary, match="found a difference of 1"):
        admit(verify_bundle(folder, trusting(tmp_path)), trial=try_in_process)


def test_what_is_parsed_is_what_was_verified_and_not_what_lies_there_since(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path)
    verified = verify_bundle(folder, trusting(tmp_path))
    for path in folder.iterdir():
        path.write_bytes(b"replaced")

    assert admit(verified, trial=try_in_process).version == folder.name
    assert (folder / MANIFEST).read_bytes() == b"replaced"
