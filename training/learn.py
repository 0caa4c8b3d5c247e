"""What a run learns: history replayed, lines encoded, a candidate chosen, scores calibrated."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.features import FeatureSchema
from app.core.history import History
from app.core.mapping import Mapping
from app.core.reference import ReferencePack, load_reference
from training.calibrate import Calibrated, apply, calibrate
from training.dataset import Lines, gather, read_frozen, replay_past
from training.encode import Prepared, prepare
from training.evaluation import figures
from training.fit import Choice, choose
from training.labels import MINIMUM_HELD_OUT, MINIMUM_TRAINING, require_positives
from training.progress import Steps
from training.recipe import CANDIDATES, Candidate
from training.scored import Scored, familiarity, prints, scored
from training.sources import Split

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOptions:
    """What shapes the model besides its data.

    `tenant` owns the history (None: a seed for all). `minimum_positives` lowers the number of
    matured positives asked for, for demonstrations only. Of `candidates` the first is the default.
    """

    label: str
    seed: int = 7
    tenant: str | None = None
    minimum_positives: int | None = None
    candidates: tuple[Candidate, ...] = CANDIDATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model before it is packed: what it is made of, and how it did on held-out lines.

    `probabilities` (n,) are of the held-out lines, calibrated.
    """

    schema: FeatureSchema
    reference: ReferencePack
    history: History
    fit_on: Lines
    held_out: Lines
    prepared: Prepared
    choice: Choice
    calibrated: Calibrated
    probabilities: Floats
    scored: Scored
    evaluation: AbstractMapping[str, Any]


def learn(mapping: Mapping, split: Split, options: LearnOptions, steps: Steps) -> Learned:
    """Return what is learned from `split`; raise InsufficientLabels before any work."""
    check_positives(split, options.minimum_positives, steps)
    reference, history = load_reference(), History(options.tenant)
    fit_on, held_out = _lines(split, reference, history, steps)
    prepared = _prepared(mapping, split, (fit_on, held_out), reference, options.seed, steps)
    choice = choose(prepared.train, prepared.held_out, options.candidates, options.seed, steps)
    steps.say(choice.reason)
    held = prepared.held_out
    with steps.step("Calibrate"):
        calibrated = calibrate(choice.chosen.raw, held.labels, held.weights, held.weeks)
        probabilities = apply(calibrated.fitted, choice.chosen.raw)
    schema = FeatureSchema.of(
        choice.chosen.names, prepared.attributes, prepared.lanes.feature_names
    )
    resembles = familiarity(prepared.lanes, held_out, schema.treatment_attributes, prints(fit_on))
    held_labels = split.held_labels.take(split.held_lines)
    judged = scored(held_out, held_labels, probabilities, resembles)
    with steps.step("Evaluate"):
        document = figures(judged, options.seed)
    document = {
        "label": options.label,
        **document,
        "choice": _choice(choice, calibrated),
        "cut": split.cut.isoformat(),
        "gap_days": split.gap_days,
        "training": {
            "n": len(fit_on.facts),
            "positives": int(split.past_labels.label[split.fit_lines].sum()),
        },
    }
    return Learned(
        schema=schema,
        reference=reference,
        history=history,
        fit_on=fit_on,
        held_out=held_out,
        prepared=prepared,
        choice=choice,
        calibrated=calibrated,
        probabilities=probabilities,
        scored=judged,
        evaluation=document,
    )


def check_positives(split: Split, minimum: int | None, steps: Steps) -> None:
    """Raise InsufficientLabels where either side has too few matured positives.

    A `minimum` may lower both bars, never raise them, and is said aloud.
    """
    wanted, held_wanted = MINIMUM_TRAINING, MINIMUM_HELD_OUT
    if minimum is not None:
        wanted, held_wanted = min(wanted, minimum), min(held_wanted, minimum)
        steps.say(f"For demonstration only: {wanted} positives are taken as enough")
    require_positives(split.past_labels.label[split.fit_lines], wanted, "to train on")
    require_positives(split.held_labels.label[split.held_lines], held_wanted, "held out")


def _lines(
    split: Split, reference: ReferencePack, history: History, steps: Steps
) -> tuple[Lines, Lines]:
    """Return labelled lines before and after the cut; `history` is left at the cut."""
    reads = replay_past(split.past, split.past_labels.known, history, split.cut, steps)
    past = gather(split.past, reads, reference)
    held = gather(split.held, read_frozen(split.held, history), reference)
    return past.take(split.fit_lines), held.take(split.held_lines)


def _prepared(  # noqa: PLR0913, PLR0917 - the pieces learn has just made
    mapping: Mapping,
    split: Split,
    lines: tuple[Lines, Lines],
    reference: ReferencePack,
    seed: int,
    steps: Steps,
) -> Prepared:
    return prepare(
        train=lines[0],
        train_labels=split.past_labels.take(split.fit_lines),
        held_out=lines[1],
        held_out_labels=split.held_labels.take(split.held_lines),
        attributes=mapping.file.attributes,
        more_lanes=mapping.file.lanes,
        reference=reference,
        seed=seed,
        steps=steps,
        strangers=split.is_recorded,
    )


def _choice(choice: Choice, calibrated: Calibrated) -> dict[str, Any]:
    return {
        "candidate": choice.chosen.candidate.name,
        "rounds": choice.chosen.rounds,
        "reason": choice.reason,
        "tried": [
            {"candidate": each.candidate.name, "rounds": each.rounds, "ap": each.average_precision}
            for each in choice.trials
        ],
        "columns": len(choice.chosen.names),
        "calibration": calibrated.form,
        "held_out_log_loss": dict(calibrated.losses),
    }
