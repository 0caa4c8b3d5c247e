"""Stages card, report and register: what is said of the model, the signed bundle, its candidacy."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.model.bundle import load_bundle
from app.core.model.signing import dev_signer
from app.core.model.writing import BundleContents, write_bundle
from app.core.reasons import reason_of
from training.card import CardFacts, card_text, model_card
from training.encode import lanes_for
from training.files import write_atomically
from training.job.artefacts import read_json, write_json
from training.job.features import HISTORY, encoded
from training.job.features import NOTE as FEATURES
from training.job.fitting import calibrator_of, fitted, probabilities
from training.job.job import ACCEPTED, Job
from training.job.judging import NOTE as EVALUATION
from training.job.judging import POLICY, gates_of
from training.job.mature import NOTE as MATURITY
from training.job.snapshot import NOTE as SNAPSHOT
from training.job.trigger import NOTE as TRIGGER
from training.job.validate import LABELS, PROFILE
from training.job.validate import NOTE as VALIDATION
from training.scored import TRAINING_PRINTS
from training.sources import snapshot_digest
from training.train import CANARY_ROWS

CARD, CARD_TEXT = "model_card.json", "MODEL_CARD.md"
CANDIDATE = "CANDIDATE.json"  # beside the bundles: what was registered last, and by which run
REGISTERED = "registered.json"
_SAME = 1e-9


def write_card(job: Job, out: Path) -> None:
    """Write the model card and its machine-readable twin."""
    evaluation = job.read("evaluate", EVALUATION)
    note, mapping = job.read("features", FEATURES), job.mapping()
    validation, maturity = job.read("validate", VALIDATION), job.read("mature", MATURITY)
    card = model_card(
        CardFacts(
            label=job.config.label,
            source=f"{mapping.file.title}. {mapping.file.source}".strip(),
            window=tuple(note["train_window"]),
            held_out_window=tuple(note["held_window"]),
            notes=tuple(_notes(validation, maturity)),
            evaluation=evaluation,
            judged_apart=True,
        )
    )
    card |= {
        "trigger": job.read("trigger", TRIGGER)["reasons"],
        "maturity_days": maturity["gap_days"],
        "outcomes_by_fiscal_year": maturity["fiscal_years"],
        "blocks": evaluation["blocks"],
        "counts": evaluation["counts"],
        "against_the_champion": evaluation.get("against"),
        "gates": [each.model_dump(mode="json") for each in gates_of(job)],
    }
    write_json(out / CARD, card)
    write_atomically(out / CARD_TEXT, card_text(card) + _gate_table(card))


def _notes(validation: Mapping[str, Any], maturity: Mapping[str, Any]) -> list[str]:
    outcomes = validation["outcomes"]
    return [
        f"{outcomes['kept']} outcomes believed, {outcomes['set_aside']} set aside, "
        f"{outcomes['later']} not known yet",
        f"A line's outcome is waited for {maturity['gap_days']} days",
        "2 % of labels flipped at random are not detected by any check of this run",
        *validation["notes"],
    ]


def _gate_table(card: Mapping[str, Any]) -> str:
    rows = [
        f"| {each['name']} | {each['limit']} | {each['value']} | {each['verdict']} |"
        for each in card["gates"]
    ]
    return "\n".join(
        ["", "## Gates", "", "| gate | limit | value | verdict |", "|---|---|---|---|", *rows, ""]
    )


def package(job: Job, out: Path) -> None:
    """Write, sign and try the bundle in the run folder; nothing else knows of it yet."""
    found, model = encoded(job), fitted(job)
    schema = model.schema(found)
    rows = found.held.columns(model.names)
    contents = BundleContents(
        label=job.config.label,
        trained_at=job.now,
        model_text=model.text,
        calibrator=calibrator_of(job),
        schema=schema,
        lanes=lanes_for(found.lanes, schema.names),
        reason_map={name: reason_of(name) for name in schema.names},
        baseline_policy=job.read("evaluate", POLICY),
        evaluation=job.read("evaluate", EVALUATION),
        holdout=_holdout(job),
        model_card=read_json(job.path("card", CARD)),
        model_card_text=job.path("card", CARD_TEXT).read_text("utf-8"),
        canary_rows=rows[:: max(1, len(rows) // CANARY_ROWS)][:CANARY_ROWS],
        reference_digest=found.note["reference"],
        snapshot_digest=_snapshot_digest(job),
        history=job.path("features", HISTORY).read_bytes(),
        gates=gates_of(job),
        sequence=job.read("trigger", TRIGGER)["sequence"],
    )
    bundle = write_bundle(out, contents, dev_signer(job.keys))
    loaded = load_bundle(bundle, trusted=job.trusted())
    gap = float(np.max(np.abs(loaded.predict(rows) - model.raw)))
    if gap > _SAME:
        raise DataRefused(f"the bundle's scores differ from the run's by {gap}")


def _snapshot_digest(job: Job) -> str:
    folder = job.path("snapshot", SNAPSHOT).parent
    return snapshot_digest([folder / name for name in job.read("snapshot", SNAPSHOT)["files"]])


def _holdout(job: Job) -> dict[str, NDArray[Any]]:
    """Return the test block: what the figures of the evaluation can be computed from again."""
    found, model = encoded(job), fitted(job)
    test, arrays = found.block("test"), found.arrays
    return {
        "raw": model.raw[test],
        "probability": probabilities(job)[test],
        "label": found.held.labels[test],
        "weight": found.held.weights[test],
        "value_usd": arrays["held_values"][test],
        "entry": arrays["held_entries"][test],
        "day": arrays["held_days"][test],
        "unseen_lane": arrays["held_unseen"][test],
        TRAINING_PRINTS: arrays[TRAINING_PRINTS],
    }


def bundle_of(job: Job) -> Path:
    """Return the bundle in the run folder."""
    folder = sorted(job.room.glob("[0-9][0-9]-package"))[0]
    return next(path for path in sorted(folder.iterdir()) if path.is_dir())


def register(job: Job, out: Path) -> None:
    """Add the bundle to the registry as the candidate, and accept the snapshot; promote nothing."""
    version = job.registry().add(bundle_of(job))
    note = {
        "version": version,
        "as_of": job.as_of.isoformat(),
        "trigger": job.read("trigger", TRIGGER)["reasons"],
        "gates": [each.model_dump(mode="json") for each in gates_of(job)],
    }
    write_json(job.models / CANDIDATE, note)
    _accept(job)
    write_json(out / REGISTERED, note)


def _accept(job: Job) -> None:
    """Keep what this run saw for the next one to compare with: all of it, or nothing."""
    fresh = job.runs / f".{ACCEPTED}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in (PROFILE, LABELS):
        shutil.copyfile(job.path("validate", name), fresh / name)
    write_json(fresh / "accepted.json", {"as_of": job.as_of.isoformat()})
    accepted = job.runs / ACCEPTED
    shutil.rmtree(accepted, ignore_errors=True)
    fresh.rename(accepted)
