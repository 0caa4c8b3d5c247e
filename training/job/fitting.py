"""Stages train and calibrate: a booster chosen on the validation block, its scores made chances."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.features import FeatureSchema
from app.core.model.calibrator_file import read_calibrator
from app.core.model.forest import Forest
from app.core.model.writing import calibrator_bytes
from training.calibrate import apply, calibrate
from training.files import write_atomically
from training.fit import Choice, choose
from training.job.artefacts import read_arrays, read_json, write_arrays, write_json
from training.job.features import Encoded, encoded
from training.job.job import Job
from training.job.stages import Stopped
from training.job.tuning import tune
from training.job.verdicts import REFUSED
from training.recipe import CANDIDATES, Candidate

MODEL, CHOICE, RAW = "model.txt", "choice.json", "raw.npz"
CALIBRATOR, CALIBRATION, PROBABILITIES = "calibrator.joblib", "calibration.json", "calibrated.npz"

Floats = NDArray[np.float64]


def train(job: Job, out: Path) -> None:
    """Fit the candidates; write the model that was chosen, and its raw scores of later lines."""
    found = encoded(job)
    options = job.config.train
    validation = found.table("validation")
    choice = choose(found.train, validation, candidates_of(job), options.seed, job.steps)
    job.steps.say(choice.reason)
    tuning = None
    if options.tune_trials:
        limits = (options.seed, options.tune_trials, options.tune_seconds)
        tuned = tune(found.train, validation, choice, *limits, job.steps)
        choice, tuning = tuned.choice, dict(tuned.said)
        job.steps.say(tuning["reason"])
    chosen = choice.chosen
    write_atomically(out / MODEL, chosen.model_text)
    # the trees that serve score, not those that were fitted: one code for both
    raw = Forest(chosen.model_text.encode()).predict(found.held.columns(chosen.names))
    write_arrays(out / RAW, {"raw": raw})
    write_json(out / CHOICE, {**_said(choice), "names": list(chosen.names), "tuning": tuning})


def candidates_of(job: Job) -> tuple[Candidate, ...]:
    """Return what is tried, in order; raise DataRefused for a name that is no candidate."""
    options = job.config.train
    known = {each.name: each for each in CANDIDATES}
    unknown = [name for name in options.candidates if name not in known]
    if unknown:
        raise DataRefused(f"train.candidates: found {unknown}, wanted some of {list(known)}")
    names = options.candidates or tuple(known)
    return tuple(
        replace(known[name], without=(*known[name].without, *options.without)) for name in names
    )


def _said(choice: Choice) -> dict[str, Any]:
    chosen = choice.chosen
    return {
        "candidate": chosen.candidate.name,
        "rounds": chosen.rounds,
        "reason": choice.reason,
        "tried": [
            {"candidate": each.candidate.name, "rounds": each.rounds, "ap": each.average_precision}
            for each in choice.trials
        ],
        "importance": dict(chosen.importance),
    }


@dataclass(frozen=True, slots=True)
class Fitted:
    """The chosen model: its text, columns, and raw scores (n,) of both later blocks."""

    text: str
    names: tuple[str, ...]
    raw: Floats
    choice: dict[str, Any]

    def schema(self, found: Encoded) -> FeatureSchema:
        """Return the schema of the model's columns."""
        return FeatureSchema.of(self.names, found.attributes, found.lanes.feature_names)


def fitted(job: Job) -> Fitted:
    """Return what stage train wrote."""
    choice = read_json(job.path("train", CHOICE))
    names = tuple(choice.pop("names"))
    text = job.path("train", MODEL).read_text("utf-8")
    return Fitted(text, names, read_arrays(job.path("train", RAW))["raw"], choice)


def calibrate_scores(job: Job, out: Path) -> None:
    """Fit a calibrator on the validation block; write it and the chances of both later blocks."""
    found, model = encoded(job), fitted(job)
    block = found.table("validation")
    raw = model.raw[found.block("validation")]
    try:
        calibrated = calibrate(raw, block.labels, block.weights, block.weeks)
    except DataRefused as error:
        raise Stopped(REFUSED, [error.detail]) from error
    write_atomically(out / CALIBRATOR, calibrator_bytes(calibrated.fitted))
    write_arrays(out / PROBABILITIES, {"probability": apply(calibrated.fitted, model.raw)})
    document = {"calibration": calibrated.form, "held_out_log_loss": dict(calibrated.losses)}
    write_json(out / CALIBRATION, document)


def probabilities(job: Job) -> Floats:
    """Return the calibrated chances (n,) of both later blocks."""
    return read_arrays(job.path("calibrate", PROBABILITIES))["probability"]


def calibrator_of(job: Job) -> bytes:
    """Return the calibrator as it goes into the bundle."""
    return job.path("calibrate", CALIBRATOR).read_bytes()


def chances_of(job: Job, raw: Floats) -> Floats:
    """Return the calibrated chances (n,) of raw scores."""
    return apply(read_calibrator(calibrator_of(job)), raw)
