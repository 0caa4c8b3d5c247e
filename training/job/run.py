"""The job from its configuration to its verdict: stages in order, one lock, one result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from training.files import file_digest
from training.job.artefacts import write_json
from training.job.config import place_of, read_config
from training.job.features import features
from training.job.fitting import calibrate_scores, train
from training.job.job import Job
from training.job.judging import evaluate, gates
from training.job.mature import mature
from training.job.packing import bundle_of, package, register, write_card
from training.job.report import PAGE, write_report
from training.job.snapshot import snapshot
from training.job.split import split
from training.job.stages import Stage, Stopped, locked, run_stages
from training.job.trigger import trigger
from training.job.validate import validate
from training.job.verdicts import GATE, REGISTERED
from training.progress import Steps

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its verdict, the reasons, the stages that ran, and the bundle if any."""

    verdict: str
    reasons: tuple[str, ...]
    ran: tuple[str, ...]
    room: Path
    bundle: str | None = None


def parts(*names: str) -> Callable[[Job], Mapping[str, Any]]:
    """Return the key of a stage that depends on parts of the configuration and the day."""

    def key(job: Job) -> Mapping[str, Any]:
        found = {name: job.config.part(name) for name in names}
        return {"as_of": job.as_of.isoformat(), **found}

    return key


def _trigger_key(job: Job) -> Mapping[str, Any]:
    # not what is champion now: a run that resumes goes on from where it began
    return {
        **parts("trigger", "data", "label")(job),
        "force": job.force,
        "data": dict(job.outside()),
    }


def _snapshot_key(job: Job) -> Mapping[str, Any]:
    return {**parts("data")(job), "files": dict(job.outside())}


def _features_key(job: Job) -> Mapping[str, Any]:
    golden = place_of(job.folder, job.config.gates.golden)
    cases = None if golden is None else file_digest(golden)
    return {**parts("label")(job), "seed": job.config.train.seed, "golden": cases}


_FITTED = ("features", "train", "calibrate")
_JUDGED = ("trigger", "split", *_FITTED)
STAGES: tuple[Stage[Job], ...] = (
    Stage("trigger", trigger, (), _trigger_key),
    Stage("snapshot", snapshot, ("trigger",), _snapshot_key),
    Stage("validate", validate, ("trigger", "snapshot"), parts("validation", "label", "data")),
    Stage("mature", mature, ("snapshot", "validate"), parts("label")),
    Stage("split", split, ("snapshot", "validate", "mature"), parts("split", "labels", "label")),
    Stage("features", features, ("trigger", "snapshot", "validate", "split"), _features_key),
    Stage("train", train, ("features",), parts("train")),
    Stage("calibrate", calibrate_scores, ("features", "train"), parts()),
    Stage("evaluate", evaluate, _JUDGED, parts("policy", "label")),
    Stage("gates", gates, (*_JUDGED, "evaluate"), parts("gates", "policy")),
    Stage("card", write_card, ("trigger", "validate", "mature", "evaluate", "gates"), parts()),
    Stage("package", package, ("trigger", "snapshot", *_FITTED, "evaluate", "card"), parts("keys")),
    Stage("register", register, ("validate", "package"), parts("models")),
)


def run_job(
    config: Path,
    as_of: date,
    steps: Steps,
    *,
    force: str | None = None,
    before_commit: Callable[[str], None] = lambda _: None,
) -> Ended:
    """Run what has to be run and return how it ended; the same is left in `result.json`.

    Raises DataRefused for a configuration or data that can't be used, BundleRefused for a champion
    that does not verify.
    """
    job = Job(read_config(config), config.parent, as_of, steps, force)
    with locked(job.room):
        try:
            ran = run_stages(STAGES, job, job.room, steps, before_commit=before_commit)
        except Stopped as stopped:
            ended = Ended(stopped.verdict, stopped.reasons, (), job.room)
            if stopped.verdict == GATE:
                write_report(job, job.room / PAGE, stopped.verdict, stopped.reasons)
        else:
            bundle = bundle_of(job).name
            ended = Ended(REGISTERED, (), ran, job.room, bundle)
            write_report(job, job.room / PAGE, REGISTERED)
        write_json(job.room / RESULT, _said(ended, as_of))
    return ended


def _said(ended: Ended, as_of: date) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "verdict": ended.verdict,
        "reasons": list(ended.reasons),
        "bundle": ended.bundle,
    }
