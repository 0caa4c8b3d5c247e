"""Writing a bundle: the same inputs give the same bytes, all of them or nothing on disk."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from app.core.canonical import canonical_json
from app.core.features.lane import FittedLanes
from app.core.features.schema import FeatureSchema
from app.core.model.calibration import calibration_of
from app.core.model.calibrator_file import read_calibrator
from app.core.model.canary_rows import CanaryRows
from app.core.model.contents import parse_contents
from app.core.model.files import HISTORY, MANIFEST, SIGNATURE, write_folder
from app.core.model.forest import Forest
from app.core.model.lightgbm_library import Rows
from app.core.model.manifest import (
    FORMAT,
    MOMENT,
    FileNote,
    GateResult,
    Manifest,
    SignerNote,
    version_of,
)
from app.core.model.registry import Registry
from app.core.model.runtime import Runtime, feature_digest
from app.core.model.sbom import bill_of_materials
from app.core.model.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContents:
    """What a training run hands over.

    `model_text` is LightGBM's text format. `calibrator` is a fitted stock scikit-learn object (see
    `calibration_of`), or what `calibrator_bytes` gave
    for one. `canary_rows` (n, f) are a few dozen encoded rows. `trained_at` is aware.
    `sequence` None takes the next of the registry the bundle is written to. Digests are
    `sha256:...`.
    """

    label: str
    trained_at: datetime
    model_text: str
    calibrator: object
    schema: FeatureSchema
    lanes: FittedLanes
    reason_map: Mapping[str, str]
    baseline_policy: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    holdout: Mapping[str, NDArray[Any]]
    model_card: Mapping[str, Any]
    model_card_text: str
    canary_rows: Rows
    reference_digest: str
    snapshot_digest: str
    history: bytes | None = None
    gates: tuple[GateResult, ...] = ()
    sequence: int | None = None


def write_bundle(directory: Path, contents: BundleContents, signer: Signer) -> Path:
    """Write, sign and return the new folder `<directory>/<day>-<6 hex digits>`.

    Complete and on disk, or not there; the same bundle written twice is one. Raises BundleRefused
    where it could not be loaded again, FileExistsError where another has its name, ValueError for
    a `trained_at` without time zone.
    """
    if contents.trained_at.tzinfo is None:
        raise ValueError("found trained_at without time zone, wanted an aware moment")
    files = _files(contents)
    sequence = contents.sequence or Registry(directory).next_sequence()
    manifest = _manifest(contents, files, sequence, signer)
    data = manifest.to_bytes()
    parse_contents(manifest, files)
    target = directory / version_of(manifest, data)
    write_folder(target, {**files, MANIFEST: data, SIGNATURE: signer.sign(data)})
    return target


def _files(contents: BundleContents) -> dict[str, bytes]:
    text = contents.model_text.encode()
    calibrator = calibrator_bytes(contents.calibrator)
    calibration = calibration_of(read_calibrator(calibrator))
    files = {
        "MODEL_CARD.md": contents.model_card_text.encode(),
        "baseline_policy.json": canonical_json(dict(contents.baseline_policy)),
        "calibrator.joblib": calibrator,
        "canary.json": CanaryRows.of(contents.canary_rows, Forest(text), calibration).to_bytes(),
        "evaluation.json": canonical_json(dict(contents.evaluation)),
        "feature_schema.json": contents.schema.to_bytes(),
        "holdout_scores.npz": _packed(contents.holdout),
        "lane_priors.json": contents.lanes.to_bytes(),
        "model.txt": text,
        "model_card.json": canonical_json(dict(contents.model_card)),
        "reason_map.json": canonical_json(dict(contents.reason_map)),
        "sbom.json": bill_of_materials(),
    }
    return files if contents.history is None else {**files, HISTORY: contents.history}


def calibrator_bytes(fitted: object) -> bytes:
    """Return a fitted calibrator as joblib bytes, the same for equal parameters.

    Dumped, read and dumped again: what a fit shares in memory by accident would show in the first.
    Bytes that it gave before are given back: read into another process and dumped there they might
    not be the same. Raises BundleUnreadable for what serving would not read.
    """
    if isinstance(fitted, bytes):
        read_calibrator(fitted)
        return fitted
    first = _dumped(fitted)
    read_calibrator(first)
    return _dumped(joblib.load(io.BytesIO(first)))  # what was written on the line above


def _dumped(fitted: object) -> bytes:
    file = io.BytesIO()
    joblib.dump(fitted, file)
    return file.getvalue()


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    file = io.BytesIO()
    named: dict[str, Any] = dict(sorted(arrays.items()))
    np.savez_compressed(file, **named)
    return file.getvalue()


def _manifest(
    contents: BundleContents, files: Mapping[str, bytes], sequence: int, signer: Signer
) -> Manifest:
    runtime = Runtime.current()
    key = signer.public_key
    notes = {
        name: FileNote(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for name, data in files.items()
    }
    return Manifest(
        format=FORMAT,
        label=contents.label,
        trained_at=contents.trained_at.astimezone(UTC).strftime(MOMENT),
        sequence=sequence,
        files=notes,
        libraries=dict(runtime.libraries),
        python=runtime.python,
        feature_names=contents.schema.names,
        feature_digest=feature_digest(contents.schema.names),
        reference_digest=contents.reference_digest,
        snapshot_digest=contents.snapshot_digest,
        calibration=calibration_of(read_calibrator(files["calibrator.joblib"])).form,
        gates=contents.gates,
        signer=SignerNote(key_id=key.key_id, dev=key.dev),
    )
