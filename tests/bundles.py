"""A real bundle, small and fast to make: for tests that need one to load, serve or damage."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from app.core.canonical import canonical_json, sha256_hex
from app.core.features import FEATURES, Cross, FeatureSchema, FittedLanes
from app.core.model.canary import Limits, check
from app.core.model.files import MANIFEST, SIGNATURE, read_files
from app.core.model.signing import Signer, TrustedKeys, dev_signer
from app.core.model.verify import VerifiedBundle
from app.core.model.writing import BundleContents, write_bundle
from app.core.reasons import default_reason_map

TRAINED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROWS = 400


def tiny_bundle(
    root: Path, signer: Signer | None = None, *, names: Sequence[str] | None = None, **changes: Any
) -> Path:
    """Write a bundle of 10 trees under `root` and return its folder; well under a second.

    Signed by the dev signer of `root / "keys"` where none is given. `names` are the columns (all
    the code has, where not given); `changes` replace fields of BundleContents.
    """
    contents = replace(tiny_contents(None if names is None else tuple(names)), **changes)
    return write_bundle(root, contents, signer or dev_signer(root / "keys"))


def trusting(root: Path) -> TrustedKeys:
    """Return the keys that believe what `tiny_bundle` signs by itself."""
    return TrustedKeys([dev_signer(root / "keys").public_key], allow_dev=True)


@cache
def tiny_contents(names: tuple[str, ...] | None = None) -> BundleContents:
    """Return what a training run on random rows would hand over."""
    lanes = tiny_lanes()
    schema = tiny_schema(names, lanes)
    rows, labels = random_rows(len(schema.names))
    booster = train(rows, labels, schema.names)
    raw = booster.predict(rows, raw_score=True)
    return BundleContents(
        label="nexus",
        trained_at=TRAINED_AT,
        model_text=booster.model_to_string(),
        calibrator=LogisticRegression().fit(raw[:, np.newaxis], labels),
        schema=schema,
        lanes=lanes,
        reason_map=default_reason_map(schema.names),
        baseline_policy={"review_at": 900, "hold_at": 960},
        evaluation={"ap": 0.5, "n": ROWS},
        holdout={"raw_score": raw, "label": labels},
        model_card={"purpose": "tests"},
        model_card_text="# A model for tests\n",
        canary_rows=rows[:24],
        reference_digest="sha256:" + "0" * 64,
        snapshot_digest="sha256:" + "1" * 64,
        sequence=1,
    )


def tiny_lanes() -> FittedLanes:
    """Return lane priors of one cross that has seen one chapter."""
    chapter = Cross("hs2", ("hs2",), None, 10.0)
    return FittedLanes(
        crosses=[chapter], targets=["nexus"], root=[100.0, 5.0], counts=[{"09": (20.0, 4.0)}]
    )


def tiny_schema(names: Sequence[str] | None, lanes: FittedLanes) -> FeatureSchema:
    """Return a schema of `names`, or of every feature of the code and every lane column."""
    coded = [feature.name for feature in FEATURES]
    return FeatureSchema.of(
        names or [*coded, *lanes.feature_names], fitted_names=lanes.feature_names
    )


def random_rows(columns: int, count: int = ROWS) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return rows (count, columns) with unknowns, and labels (count,) that depend on them."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(count, columns))
    rows[random.random(rows.shape) < 0.1] = np.nan
    labels = np.nan_to_num(rows[:, 0]) + random.normal(size=count) > 1
    return rows, labels.astype(np.int64)


def train(rows: NDArray[Any], labels: NDArray[Any], names: Sequence[str], trees: int = 10) -> Any:
    """Return a LightGBM booster, the same each time."""
    settings = {
        "objective": "binary",
        "num_leaves": 7,
        "num_threads": 1,
        "deterministic": True,
        "seed": 7,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(rows, labels, feature_name=list(names))
    return lightgbm.train(settings, data, trees)


def damaged_but_signed(
    folder: Path,
    signer: Signer,
    files: Mapping[str, bytes] | None = None,
    /,
    **manifest_changes: Any,
) -> Path:
    """Replace `files` and manifest fields in a bundle and sign it anew, as a stolen key would."""
    changed = {**read_files(folder), **(files or {})}
    document = json.loads(changed.pop(MANIFEST))
    changed.pop(SIGNATURE)
    document["files"] = {
        name: {"sha256": sha256_hex(data), "size": len(data)} for name, data in changed.items()
    }
    key = signer.public_key
    document["signer"] = {"key_id": key.key_id, "dev": key.dev}
    data = canonical_json(document | manifest_changes)
    for name, content in {**changed, MANIFEST: data, SIGNATURE: signer.sign(data)}.items():
        (folder / name).write_bytes(content)
    return folder


def try_in_process(verified: VerifiedBundle, _limits: Limits) -> float:
    """Run the canary in this process: the same check without the seconds a child takes."""
    return check({MANIFEST: verified.manifest_bytes, **verified.files})


def other_bundle(**changes: Any) -> dict[str, Any]:
    """Return what makes `tiny_bundle` another model under another policy: other trees, cut points.

    It is later than the first (`sequence` 2), and `changes` replace fields once more.
    """
    schema = tiny_contents().schema
    rows, labels = random_rows(len(schema.names))
    booster = train(-rows, labels, schema.names, trees=15)
    raw = booster.predict(rows, raw_score=True)
    return {
        "model_text": booster.model_to_string(),
        "calibrator": LogisticRegression().fit(raw[:, np.newaxis], 1 - labels),
        "holdout": {"raw_score": raw, "label": labels},
        "baseline_policy": {"review_at": 100, "hold_at": 300},
        "sequence": 2,
    } | changes
