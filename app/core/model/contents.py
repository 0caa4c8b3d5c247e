"""Every file of a bundle parsed from its verified bytes: in the child first, then in serving."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import BundleUnreadable
from app.core.features.lane import FittedLanes
from app.core.features.schema import FeatureSchema
from app.core.model.calibration import Calibration, calibration_of
from app.core.model.calibrator_file import read_calibrator
from app.core.model.canary_rows import CanaryRows
from app.core.model.files import HISTORY
from app.core.model.forest import Forest
from app.core.model.manifest import Manifest
from app.core.model.strict_json import parse_strict
from app.core.policy import Policy

MAX_HOLDOUT_BYTES = 512 << 20  # unpacked; a packed file says how large it will be


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a bundle holds, parsed.

    `history` stays bytes: `app.core.history` restores it. `holdout` are the scores, labels and
    values of the test block by name, for what-if tables.
    """

    forest: Forest
    calibration: Calibration
    schema: FeatureSchema
    lanes: FittedLanes
    history: bytes | None
    reason_map: Mapping[str, str]
    baseline_policy: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    holdout: Mapping[str, NDArray[Any]]
    model_card: Mapping[str, Any]
    model_card_text: str
    canary: CanaryRows


def parse_contents(manifest: Manifest, files: Mapping[str, bytes]) -> Contents:
    """Return the contents in verified `files`.

    Raises BundleUnreadable (or BundleIncompatible) for any file that is not what it should be, or
    where booster, schema, lanes and manifest disagree about the columns.
    """
    contents = Contents(
        forest=Forest(files["model.txt"]),
        calibration=calibration_of(read_calibrator(files["calibrator.joblib"])),
        schema=FeatureSchema.from_bytes(files["feature_schema.json"]),
        lanes=FittedLanes.from_bytes(files["lane_priors.json"]),
        history=files.get(HISTORY),
        reason_map=_texts(files, "reason_map.json"),
        baseline_policy=parse_strict(files["baseline_policy.json"], "baseline_policy.json"),
        evaluation=parse_strict(files["evaluation.json"], "evaluation.json"),
        holdout=_arrays(files["holdout_scores.npz"]),
        model_card=parse_strict(files["model_card.json"], "model_card.json"),
        model_card_text=_text(files, "MODEL_CARD.md"),
        canary=CanaryRows.from_bytes(files["canary.json"]),
    )
    _agree(manifest, contents)
    return contents


def _agree(manifest: Manifest, contents: Contents) -> None:
    Policy.from_bundle(contents.baseline_policy)
    contents.schema.check(contents.lanes.feature_names)
    names = manifest.feature_names
    if contents.schema.names != names:
        raise BundleUnreadable("feature_schema.json: other columns than the manifest's")
    if contents.forest.feature_count != len(names):
        found = contents.forest.feature_count
        raise BundleUnreadable(f"model.txt: found {found} columns, the manifest has {len(names)}")
    if contents.calibration.form != manifest.calibration:
        form = contents.calibration.form
        raise BundleUnreadable(f"calibrator: found {form}, the manifest has {manifest.calibration}")
    if unexplained := [name for name in names if name not in contents.reason_map]:
        raise BundleUnreadable(f"reason_map.json: found no reason for {unexplained[0][:80]}")


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return files[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleUnreadable(f"{name}: wanted UTF-8") from error


def _texts(files: Mapping[str, bytes], name: str) -> dict[str, str]:
    document = parse_strict(files[name], name)
    if not all(isinstance(value, str) for value in document.values()):
        raise BundleUnreadable(f"{name}: wanted a text for each name")
    return document


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
        if unpacked > MAX_HOLDOUT_BYTES:
            message = f"found {unpacked} bytes unpacked, wanted at most {MAX_HOLDOUT_BYTES}"
            raise BundleUnreadable(f"holdout_scores.npz: {message}")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (
        ValueError,
        OSError,
        EOFError,
        KeyError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as error:
        raise BundleUnreadable(f"holdout_scores.npz: {type(error).__name__}") from error
