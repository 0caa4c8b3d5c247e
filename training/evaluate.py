"""A bundle judged on a file: the scores it would serve, and what became of the lines."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import BundleUnreadable, DataRefused
from app.core.features import Encoder
from app.core.history import History
from app.core.mapping import Mapping, load_mapping
from app.core.model.bundle import Bundle, load_bundle
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from app.core.reference import load_reference
from training.dataset import LineHistories, day_after, gather, read_frozen, replay_past
from training.encode import encode
from training.evaluation import figures
from training.files import write_atomically
from training.ingest import Ingested, ingest
from training.labels import Labels
from training.progress import Steps
from training.scored import TRAINING_PRINTS, Scored, familiarity, scored
from training.sources import DataOptions, labels_of, read_records

Floats = NDArray[np.float64]

FROZEN, REPLAY = "frozen", "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """What to judge on what.

    `bundle` is a bundle, or a folder of bundles: its live one, else the newest. `history` frozen
    reads the memory the bundle came with, as it stood at the training cut; replay lets entries and
    outcomes of the file move it on, each as it became known. `scores` takes one probability a row.
    """

    bundle: Path
    mapping: str
    data: DataOptions
    keys: Path
    history: str = FROZEN
    scores: Path | None = None
    seed: int = 7


def evaluate(options: EvaluateOptions, steps: Steps) -> dict[str, Any]:
    """Return the figures of the bundle on the file as a JSON object.

    Rows that are no entry rank with the base rate of training: they were filed too, and count
    where their outcome can be read. Raises the BundleRefused family and DataRefused.
    """
    with steps.step("Verify and load the bundle"):
        bundle = open_bundle(options.bundle, options.keys)
    mapping = load_mapping(options.mapping)
    check_attributes(bundle, mapping)
    found = ingest(options.data.data, mapping, steps, allowed=options.data.allow_quarantine)
    records = read_records(options.data, steps)
    labels = labels_of(found.rows, mapping, options.data, records)
    reference = load_reference()
    histories = _histories(bundle, found, labels, options.history, steps)
    lines = gather(found.rows, histories, reference)
    encoder = Encoder(bundle.schema, reference, bundle.lanes)
    raw = bundle.predict(encode(encoder, lines, steps, "Encode lines"))
    probabilities = np.array([bundle.probability(each) for each in raw.tolist()])
    if options.scores is not None:
        write_scores(options.scores, found, probabilities, base_rate(bundle))
    known = bundle.holdout.get(TRAINING_PRINTS, np.empty(0, dtype=np.uint64))
    resembles = familiarity(bundle.lanes, lines, bundle.schema.treatment_attributes, known)
    judged = scored(lines, labels, probabilities, resembles)
    judged = with_quarantined(judged, found, options.data.label, base_rate(bundle))
    with steps.step("Evaluate"):
        document = figures(judged, options.seed)
    return {
        "label": options.data.label,
        **document,
        "rows": found.total,
        "quarantined": len(found.quarantined),
        "flags": dict(sorted(found.flags.items())),
        "history": options.history,
        "model": {"version": bundle.version, "digest": bundle.digest},
    }


def open_bundle(directory: Path, keys: Path) -> Bundle:
    """Return the bundle in `directory`, or the live, else the newest of the bundles in it.

    Keys of a development signer are believed here. Raises the BundleRefused family.
    """
    trusted = TrustedKeys.load(keys, allow_dev=True)
    if (directory / "manifest.json").is_file():
        return load_bundle(directory, trusted=trusted)
    registry = Registry(directory, trusted)
    live = registry.live()
    if live is None:
        rows = [row for row in registry.rows() if row.manifest is not None]
        if not rows:
            reasons = "; ".join(f"{row.version}: {row.refused}" for row in registry.rows())
            raise BundleUnreadable(f"found no bundle in {directory.name} {reasons}".strip())
        live = max(rows, key=lambda row: row.manifest.sequence if row.manifest else 0).version
    return load_bundle(registry.path(live), trusted=trusted)


def check_attributes(bundle: Bundle, mapping: Mapping) -> None:
    """Raise DataRefused where the mapping lacks an attribute the bundle's lanes are made of."""
    have = {each.name for each in mapping.file.attributes}
    missing = [each.name for each in bundle.schema.attributes if each.name not in have]
    if missing:
        raise DataRefused(f"the mapping lacks attributes {missing} that the bundle was trained on")


def base_rate(bundle: Bundle) -> float:
    """Return the rate of positives among the training lines."""
    lines, positives, *_ = bundle.lanes.root
    return positives / lines


def _histories(
    bundle: Bundle, found: Ingested, labels: Labels, kind: str, steps: Steps
) -> LineHistories:
    history = History() if bundle.history is None else History.restore(bundle.history)
    if kind == FROZEN:
        return read_frozen(found.rows, history)
    cut = day_after(found.rows)
    return replay_past(found.rows, labels.known, history.fork(), cut, steps)


def with_quarantined(judged: Scored, found: Ingested, label: str, probability: float) -> Scored:
    """Return `judged` with the quarantined rows whose outcome is known, at one probability."""
    rows = [each for each in found.quarantined if each.outcomes.get(label) is not None]
    if not rows:
        return judged
    count = len(rows)
    fill = np.full(count, probability)
    first = int(judged.entry_of.max(initial=-1)) + 1
    week = int(np.median(judged.weeks)) if len(judged.weeks) else 0
    return replace(
        judged,
        ids=(*judged.ids, *(f"row {each.row_number}" for each in rows)),
        labels=np.append(judged.labels, [float(bool(each.outcomes[label])) for each in rows]),
        probabilities=np.append(judged.probabilities, fill),
        values=np.append(judged.values, np.zeros(count)),
        weights=np.append(judged.weights, np.ones(count)),
        weeks=np.append(judged.weeks, np.full(count, week)),
        entry_of=np.append(judged.entry_of, np.arange(first, first + count)),
        unseen=np.append(judged.unseen, np.ones(count, dtype=np.bool_)),
        alike=np.append(judged.alike, np.zeros(count, dtype=np.bool_)),
        slices={name: (*each, *("unreadable",) * count) for name, each in judged.slices.items()},
    )


def write_scores(path: Path, found: Ingested, probabilities: Floats, otherwise: float) -> None:
    """Write one probability a data row in file order, exact to the last bit.

    A quarantined row gets the base rate.
    """
    scores = probabilities.tolist()
    lines = [repr(scores[place]) if place >= 0 else repr(otherwise) for place in found.order]
    write_atomically(path, "".join(f"{line}\n" for line in lines))
