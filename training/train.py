"""The training run: files in, a signed bundle and a report out; it promotes nothing."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.mapping import Mapping, load_mapping
from app.core.model.bundle import load_bundle
from app.core.model.signing import TrustedKeys, dev_signer
from app.core.model.writing import BundleContents, write_bundle
from app.core.reasons import reason_of
from training.baseline import HOLD_SHARE, REVIEW_SHARE, baseline_policy, is_held_by_law
from training.card import CardFacts, card_text, model_card
from training.encode import lanes_for
from training.ingest import day_of
from training.learn import Learned, LearnOptions, learn
from training.progress import Steps
from training.report import write_report
from training.scored import TRAINING_PRINTS, prints
from training.sources import DataOptions, Split, read_split

CANARY_ROWS = 48
_SAME = 1e-9  # scores of the bundle as loaded against those of the run


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What a run is told. `now` dates the bundle; `report` defaults to a folder beside it."""

    mapping: str
    data: DataOptions
    learn: LearnOptions
    out: Path
    keys: Path
    now: datetime
    review_share: float = REVIEW_SHARE
    hold_share: float = HOLD_SHARE
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a run: where the bundle and the report are, and the held-out figures."""

    bundle: Path
    report: Path
    evaluation: AbstractMapping[str, Any]


def train(options: TrainOptions, steps: Steps) -> Trained:
    """Run every stage once and return what was written.

    Raises DataRefused, MappingRefused or InsufficientLabels before anything is written.
    """
    mapping = load_mapping(options.mapping)
    split = read_split(mapping, options.data, steps)
    learned = learn(mapping, split, options.learn, steps)
    return keep(learned, mapping, split, options, steps)


def keep(
    learned: Learned, mapping: Mapping, split: Split, options: TrainOptions, steps: Steps
) -> Trained:
    """Write, sign and try the bundle of what was learned, and its report beside it."""
    contents = pack(learned, mapping, split, options)
    with steps.step("Write, sign and try the bundle"):
        bundle = write_bundle(options.out, contents, dev_signer(options.keys))
        _try(bundle, options.keys, learned)
    directory = options.report or options.out / "reports" / bundle.name
    with steps.step("Write the report"):
        report = write_report(
            directory, learned.evaluation, learned.choice, learned.scored, bundle.name
        )
    return Trained(bundle, report, learned.evaluation)


def _try(bundle: Path, keys: Path, learned: Learned) -> None:
    """Load the bundle as a service would; raise DataRefused where it scores otherwise."""
    loaded = load_bundle(bundle, trusted=TrustedKeys.load(keys, allow_dev=True))
    rows = learned.prepared.held_out.columns(loaded.schema.names)
    gap = float(np.max(np.abs(loaded.predict(rows) - learned.choice.chosen.raw)))
    if gap > _SAME:
        raise DataRefused(f"the bundle's scores differ from the run's by {gap}")


def pack(learned: Learned, mapping: Mapping, split: Split, options: TrainOptions) -> BundleContents:
    """Return everything the bundle holds."""
    schema = learned.schema
    card = model_card(
        CardFacts(
            label=options.learn.label,
            source=f"{mapping.file.title}. {mapping.file.source}".strip(),
            window=_window([day_of(row.entry) for row in split.past]),
            held_out_window=_window([day_of(row.entry) for row in split.held]),
            notes=split.notes,
            evaluation=learned.evaluation,
        )
    )
    return BundleContents(
        label=options.learn.label,
        trained_at=options.now,
        model_text=learned.choice.chosen.model_text,
        calibrator=learned.calibrated.fitted,
        schema=schema,
        lanes=lanes_for(learned.prepared.lanes, schema.names),
        reason_map={name: reason_of(name) for name in schema.names},
        baseline_policy=_policy(learned, options),
        evaluation=learned.evaluation,
        holdout=_holdout(learned),
        model_card=card,
        model_card_text=card_text(card),
        canary_rows=_canary(learned.prepared.held_out.columns(schema.names)),
        reference_digest=learned.reference.digest,
        snapshot_digest=split.snapshot_digest,
        history=learned.history.snapshot(),
    )


def _policy(learned: Learned, options: TrainOptions) -> dict[str, Any]:
    """Return cut points from the held-out lines that no law holds anyway: those need no budget."""
    free = np.array([not is_held_by_law(facts) for facts in learned.held_out.facts], dtype=np.bool_)
    if not free.any():
        free[:] = True
    return baseline_policy(
        learned.probabilities[free],
        options.review_share,
        options.hold_share,
        learned.prepared.held_out.weights[free],
    )


def _canary(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a few dozen rows, evenly from all held-out ones."""
    return rows[:: max(1, len(rows) // CANARY_ROWS)][:CANARY_ROWS]


def _holdout(learned: Learned) -> dict[str, NDArray[Any]]:
    held = learned.prepared.held_out
    return {
        "raw": learned.choice.chosen.raw,
        "probability": learned.probabilities,
        "label": held.labels,
        "weight": held.weights,
        "value_usd": learned.held_out.values,
        "entry": learned.held_out.entry_of,
        "day": learned.held_out.days,
        "unseen_lane": learned.scored.unseen,
        TRAINING_PRINTS: prints(learned.fit_on),
    }


def _window(days: list[date]) -> tuple[str, str]:
    return min(days).isoformat(), max(days).isoformat()
