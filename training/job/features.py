"""Stage features: lines as they looked on their day, encoded by the one encoder.

One replay of all entries up to the day of the run gives what each line read of its parties, and the
memory that goes into the bundle. Lane priors are learned from the training block alone. Where the
snapshot is a canonical Parquet file, history in columns has to give the same features.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.core.document.entry_document import read_submission
from app.core.features import Encoder, FeatureSchema, FittedLanes
from app.core.features.schema import AttributeRole, AttributeSpec
from app.core.history import History
from app.core.mapping import MappedRow
from app.core.model.bundle import Bundle
from app.core.reference import load_reference
from training.baseline import is_held_by_law
from training.dataset import LineHistories, Lines, gather, read_frozen, replay_past
from training.encode import Prepared, encode, prepare
from training.fit import Table
from training.history_columns import FEATURE_NAMES, HistoryColumns, OutcomeFile
from training.ingest import Ingested, day_of
from training.job.artefacts import read_arrays, read_json, write_arrays, write_json
from training.job.config import place_of
from training.job.declared import line_ids
from training.job.job import Job
from training.job.mature import records_of
from training.job.snapshot import ENTRIES, entries_of, frozen
from training.job.split import BLOCKS, Chosen, chosen_of
from training.job.stages import Stopped
from training.job.trigger import NOTE as TRIGGERED
from training.job.verdicts import REFUSED
from training.labels import Labels
from training.outcomes import known_outcomes
from training.scored import TRAINING_PRINTS, familiarity, prints, route_class

NOTE, ARRAYS, SLICES = "features.json", "features.npz", "slices.json"
LANES, HISTORY = "lanes.json", "history.json"
_TABLE = ("rows", "labels", "weights", "weeks")
SAME = 1e-9  # specs: training, stage 4
_SIZES = ((10, "fewer than 10 lines"), (100, "10 to 99 lines"))
BIGGEST = "100 lines or more"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Lines that are labelled, and where the lines of each block are among them."""

    lines: Lines
    places: Mapping[str, Ints]


def features(job: Job, out: Path) -> None:
    """Write tables of all blocks, what was fitted on the way, and what the champion says."""
    found, chosen = entries_of(job), chosen_of(job)
    reference, history = load_reference(), History(job.config.data.tenant)
    reads = _replayed(job, found, history)
    gathered = _gather(found, reads, chosen)
    train = gathered.lines.take(gathered.places["train"])
    later = gathered.lines.take(
        np.concatenate([gathered.places["validation"], gathered.places["test"]])
    )
    prepared = _prepared(job, train, later, chosen)
    labelled = np.concatenate([chosen[name].places for name in BLOCKS])
    gap = _parity(job, found, labelled, prepared, len(train.facts))
    held = {
        "held_ids": np.array(later.ids),
        "held_entries": later.entry_of,
        "held_days": later.days,
        "held_values": later.values,
        "held_by_law": np.array([is_held_by_law(each) for each in later.facts], dtype=np.bool_),
        TRAINING_PRINTS: prints(train),
        **_familiar(prepared, train, later),
    }
    golden = _golden(job, reference, prepared)
    champion = _champion(job, later)
    arrays = {**_table("train", prepared.train), **_table("held", prepared.held_out)}
    write_arrays(out / ARRAYS, {**arrays, **held, **golden, **champion})
    write_json(out / SLICES, _slices(found, later))
    (out / LANES).write_bytes(prepared.lanes.to_bytes())
    (out / HISTORY).write_bytes(history.snapshot())
    document = {
        "names": list(prepared.train.names),
        "attributes": [_spec(each) for each in prepared.attributes],
        "validation_lines": len(gathered.places["validation"]),
        "parity_gap": gap,
        "train_window": _window(train),
        "held_window": _window(later),
        "reference": reference.digest,
    }
    write_json(out / NOTE, document)


def _spec(spec: AttributeSpec) -> dict[str, str]:
    return {"name": spec.name, "role": str(spec.role)}


def _familiar(prepared: Prepared, train: Lines, later: Lines) -> dict[str, NDArray[np.bool_]]:
    names, lanes = prepared.train.names, prepared.lanes
    schema = FeatureSchema.of(names, prepared.attributes, lanes.feature_names)
    found = familiarity(lanes, later, schema.treatment_attributes, prints(train))
    return {"held_unseen": found.unseen, "held_alike": found.alike}


def _window(lines: Lines) -> list[str]:
    days = [each.at.isoformat() for each in lines.facts]
    return [min(days), max(days)]


def _replayed(job: Job, found: Ingested, history: History) -> LineHistories:
    records, taxonomy = records_of(job), job.taxonomy()
    known = [
        known_outcomes(records.get(row.entry.entry_number or "", ()), taxonomy)
        for row in found.rows
    ]
    return replay_past(found.rows, known, history, job.as_of, job.steps)


def _gather(found: Ingested, reads: LineHistories, chosen: Mapping[str, Chosen]) -> Gathered:
    """Return the lines of entries that have a labelled one; others were only replayed."""
    entry_of = np.repeat(np.arange(len(found.rows)), [len(row.entry.lines) for row in found.rows])
    wanted = np.unique(entry_of[np.concatenate([each.places for each in chosen.values()])])
    lines = gather(
        [found.rows[at] for at in wanted], [reads[at] for at in wanted], load_reference()
    )
    kept = np.flatnonzero(np.isin(entry_of, wanted))
    place = {int(at): here for here, at in enumerate(kept)}
    return Gathered(
        lines,
        {
            name: np.array([place[at] for at in each.places.tolist()], dtype=np.int64)
            for name, each in chosen.items()
        },
    )


def _prepared(job: Job, train: Lines, later: Lines, chosen: Mapping[str, Chosen]) -> Prepared:
    label, mapping = job.config.label, job.mapping()
    held = [chosen[name] for name in ("validation", "test")]
    later_labels = Labels(
        (label,),
        np.concatenate([each.labels for each in held])[:, None],
        np.concatenate([each.weights for each in held]),
        (),
    )
    return prepare(
        train=train,
        train_labels=chosen["train"].as_labels(label),
        held_out=later,
        held_out_labels=later_labels,
        attributes=mapping.file.attributes,
        more_lanes=mapping.file.lanes,
        reference=load_reference(),
        seed=job.config.train.seed,
        steps=job.steps,
        strangers=True,
    )


def _parity(
    job: Job, found: Ingested, labelled: Ints, prepared: Prepared, trained: int
) -> float | None:
    """Return the largest gap between replayed history features and those in columns.

    None where the snapshot is no canonical Parquet file, or has entries that were left out. Stops
    where the gap is above SAME: then one of the two reads the future, or the past wrongly.
    """
    path = frozen(job, ENTRIES)
    if path.suffix != ".parquet" or job.config.data.mapping != "canonical":
        return None
    ids = [each for row in found.rows for each in line_ids(row)]
    place = {ids[at]: here for here, at in enumerate(labelled.tolist())}
    columns = _in_columns(job, path, place)
    rows = np.concatenate([prepared.train.rows[:trained], prepared.held_out.rows])
    names = prepared.train.names
    replayed = rows[:, [names.index(name) for name in FEATURE_NAMES]]
    same = (np.isnan(replayed) & np.isnan(columns)) | (replayed == columns)
    gap = float(np.max(np.abs(np.where(same, 0.0, replayed - columns)), initial=0.0))
    if not gap <= SAME:
        raise Stopped(REFUSED, [f"parity: history features differ by {gap}, wanted {SAME}"])
    return gap


def _in_columns(job: Job, path: Path, place: Mapping[str, int]) -> Floats:
    wanted = np.full((len(place), len(FEATURE_NAMES)), np.nan)
    file = pq.ParquetFile(path)
    outcomes = OutcomeFile(dict(records_of(job)), job.taxonomy())
    for computed in HistoryColumns(outcomes).features(file.iter_batches()):
        chunk = computed.chunk
        entries = np.repeat(np.arange(len(chunk.numbers)), np.diff(chunk.starts))
        numbers = chunk.numbers.take(entries).to_pylist()
        for at, (number, line) in enumerate(zip(numbers, chunk.line_numbers.tolist(), strict=True)):
            here = place.get(f"{number}#{line}")
            if here is not None:
                wanted[here] = computed.features[:, at]
    return wanted


def _table(name: str, table: Table) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_rows": table.rows,
        f"{name}_labels": table.labels,
        f"{name}_weights": table.weights,
        f"{name}_weeks": table.weeks,
    }


def _slices(found: Ingested, later: Lines) -> dict[str, list[str]]:
    sizes = _lines_by_importer(found.rows)
    return {
        "chapter": [each.line.hts[:2] for each in later.facts],
        "origin": [each.origin for each in later.facts],
        "route": [route_class(each) for each in later.facts],
        "port": [str(each.entry.port_of_entry or "unknown") for each in later.facts],
        "mode": [str(each.entry.mode_of_transport or "unknown") for each in later.facts],
        "entry type": [str(each.entry.entry_type or "unknown") for each in later.facts],
        "importer size": [_size(sizes, _importer(each.entry)) for each in later.facts],
    }


def _importer(entry: Any) -> str:
    importer = entry.importer
    return "" if importer is None else str(importer.number or importer.name or "")


def _lines_by_importer(rows: Sequence[MappedRow]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for row in rows:
        name = _importer(row.entry)
        sizes[name] = sizes.get(name, 0) + len(row.entry.lines)
    return sizes


def _size(sizes: Mapping[str, int], name: str) -> str:
    if not name:
        return "unknown"
    return next((said for bar, said in _SIZES if sizes[name] < bar), BIGGEST)


def _golden(job: Job, reference: Any, prepared: Prepared) -> dict[str, NDArray[Any]]:
    """Return rows of known-bad entries, read as a desk reads them that has seen nobody."""
    path = place_of(job.folder, job.config.gates.golden)
    if path is None:
        return {}
    rows = list(_documents(path))
    lines = gather(rows, read_frozen(rows, History()), reference)
    schema = FeatureSchema.of(
        prepared.train.names, prepared.attributes, prepared.lanes.feature_names
    )
    encoder = Encoder(schema, reference, prepared.lanes)
    return {
        "golden_rows": encode(encoder, lines, job.steps, "Encode golden cases"),
        "golden_entries": lines.entry_of,
        "golden_by_law": np.array([is_held_by_law(each) for each in lines.facts], dtype=np.bool_),
    }


def _documents(path: Path) -> Iterator[MappedRow]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        entry = read_submission(orjson.loads(line)).entry
        day_of(entry)
        yield MappedRow(entry, tuple({} for _ in entry.lines), (), (number,) * len(entry.lines))


def _champion(job: Job, later: Lines) -> dict[str, NDArray[Any]]:
    """Return the rows and raw scores that the champion gives the later lines; none without one."""
    version = job.read("trigger", TRIGGERED)["champion"]
    if version is None:
        return {}
    bundle: Bundle = job.registry().recall(version)
    encoder = Encoder(bundle.schema, load_reference(), bundle.lanes)
    rows = encode(encoder, later, job.steps, "Encode for the champion")
    raw = bundle.predict(rows)
    return {
        "champion_rows": rows,
        "champion_raw": raw,
        "champion_probability": np.array([bundle.probability(each) for each in raw.tolist()]),
    }


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the stage wrote, read back: `train` is what is fitted, `held` both later blocks."""

    train: Table
    held: Table
    validation_lines: int
    arrays: Mapping[str, NDArray[Any]]
    lanes: FittedLanes
    attributes: tuple[AttributeSpec, ...]
    note: Mapping[str, Any]

    def block(self, name: str) -> Ints:
        """Return positions of the validation or the test lines among the held ones."""
        count = len(self.held.labels)
        if name == "validation":
            return np.arange(self.validation_lines)
        return np.arange(self.validation_lines, count)

    def table(self, name: str) -> Table:
        """Return the validation or the test lines as a table."""
        at, held = self.block(name), self.held
        return Table(held.names, held.rows[at], held.labels[at], held.weights[at], held.weeks[at])


def encoded(job: Job) -> Encoded:
    """Return what the stage wrote."""
    return job.once("encoded", lambda: _encoded(job))


def _encoded(job: Job) -> Encoded:
    arrays = read_arrays(job.path("features", ARRAYS))
    note = read_json(job.path("features", NOTE))
    names = tuple(note["names"])
    tables = {
        name: Table(names, *(arrays[f"{name}_{part}"] for part in _TABLE))
        for name in ("train", "held")
    }
    return Encoded(
        train=tables["train"],
        held=tables["held"],
        validation_lines=note["validation_lines"],
        arrays=arrays,
        lanes=FittedLanes.from_bytes(job.path("features", LANES).read_bytes()),
        attributes=tuple(
            AttributeSpec(each["name"], AttributeRole(each["role"])) for each in note["attributes"]
        ),
        note=note,
    )
