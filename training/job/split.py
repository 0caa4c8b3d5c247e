"""Stage split: blocks in order of filing, each judged by what was known when the next began.

train | gap | validation | gap | test | gap | the day of the run. A gap is the horizon of maturity:
no label of a block was open when the next one began. Nothing of the test block chooses anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.ingest import Ingested
from training.job.artefacts import read_arrays, write_arrays, write_json
from training.job.declared import Declared, declared
from training.job.job import Job
from training.job.mature import gap_of, records_of
from training.job.snapshot import entries_of
from training.job.stages import Stopped
from training.job.verdicts import INSUFFICIENT_LABELS
from training.labels import Labels, recorded_labels

NOTE, ARRAYS = "split.json", "split.npz"
BLOCKS = ("train", "validation", "test")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of filing days: from `first` to before `end`, labels as known before `known`."""

    first: date
    end: date
    known: date

    def to_json(self) -> dict[str, str]:
        """Return the days as ISO 8601."""
        return {name: getattr(self, name).isoformat() for name in ("first", "end", "known")}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Lines of a block (n,): positions among all lines, labels, weights, whether drawn by odds."""

    places: Ints
    labels: Floats
    weights: Floats
    drawn: NDArray[np.bool_]

    def as_labels(self, name: str) -> Labels:
        """Return the labels in the form that encoding takes."""
        return Labels((name,), self.labels[:, None], self.weights, ())


def blocks(as_of: date, gap: timedelta, validation_days: int, test_days: int) -> dict[str, Block]:
    """Return the three blocks that end at a day less the gap."""
    test_end = as_of - gap
    test = test_end - timedelta(days=test_days)
    validation_end = test - gap
    validation = validation_end - timedelta(days=validation_days)
    return {
        "train": Block(date.min, validation - gap, validation),
        "validation": Block(validation, validation_end, test),
        "test": Block(test, test_end, as_of),
    }


def split(job: Job, out: Path) -> None:
    """Write which lines are in which block; stop where too few of them are positive."""
    found, bars = entries_of(job), job.config.split
    columns = declared(found.rows)
    plan = blocks(job.as_of, gap_of(job), bars.validation_days, bars.test_days)
    chosen = {name: _take(job, found, columns, block) for name, block in plan.items()}
    chosen, repeated = _once(found, chosen)
    counts = {name: _counts(each) for name, each in chosen.items()}
    document = {
        "blocks": {name: block.to_json() for name, block in plan.items()},
        "counts": counts,
        "left_out_as_repeated": repeated,
    }
    write_json(out / NOTE, document)
    write_arrays(out / ARRAYS, _arrays(chosen) | {"new_party": new_party(columns, chosen)})
    short = list(_short(job, counts))
    if short:
        raise Stopped(INSUFFICIENT_LABELS, short)


def _take(job: Job, found: Ingested, columns: Declared, block: Block) -> Chosen:
    labels = recorded_labels(
        found.rows, job.config.label, records_of(job), job.taxonomy(), block.known
    )
    first = max(block.first.toordinal(), 1)
    inside = (columns.days >= first) & (columns.days < block.end.toordinal())
    places = np.flatnonzero(inside & labels.is_labelled)
    drawn = _drawn(job, found, block.known)
    return Chosen(places, labels.label[places], labels.weights[places], drawn[places])


def _drawn(job: Job, found: Ingested, known: date) -> NDArray[np.bool_]:
    """Return whether each line's entry was picked by a draw whose odds are on record."""
    records = records_of(job)
    flags = [
        any(
            each.odds is not None and each.known_at < known
            for each in records.get(row.entry.entry_number or "", ())
        )
        for row in found.rows
        for _ in row.entry.lines
    ]
    return np.array(flags, dtype=np.bool_)


def _once(found: Ingested, chosen: Mapping[str, Chosen]) -> tuple[dict[str, Chosen], int]:
    """Return the blocks without lines whose shipment stands in an earlier one, and how many."""
    prints = fingerprints(found)
    seen: set[str] = set()
    kept, repeated = {}, 0
    for name, block in chosen.items():
        own = [prints[at] for at in block.places.tolist()]
        fresh = np.array([each == "" or each not in seen for each in own], dtype=np.bool_)
        repeated += int((~fresh).sum())
        kept[name] = Chosen(
            block.places[fresh], block.labels[fresh], block.weights[fresh], block.drawn[fresh]
        )
        seen.update(own)
    return kept, repeated


def fingerprints(found: Ingested) -> list[str]:
    """Return what tells the shipment of each line: bills or containers, goods, weight and value.

    "" where no bill of lading or container is declared: goods, weight and value alone prove no
    shipment.
    """
    prints = []
    for row in found.rows:
        shipped = "|".join(sorted((*row.entry.bills_of_lading, *row.entry.containers)))
        for line in row.entry.lines:
            amounts = f"{line.hts}|{line.gross_weight_kg}|{line.entered_value_usd}"
            prints.append(f"{shipped}|{amounts}" if shipped else "")
    return prints


def new_party(columns: Declared, chosen: Mapping[str, Chosen]) -> NDArray[np.bool_]:
    """Return which lines of the test block (n,) name a supplier that no earlier line does."""
    supplier, test = columns.parties["supplier"], chosen["test"].places
    order: dict[str, int] = {}
    for at, name in enumerate(supplier.tolist()):
        order.setdefault(name, at)
    first_test = int(test.min()) if len(test) else 0
    return np.array([order[supplier[at]] >= first_test for at in test.tolist()], dtype=np.bool_)


def _counts(block: Chosen) -> dict[str, int]:
    return {
        "lines": len(block.places),
        "positives": int(block.labels.sum()),
        "drawn": int(block.drawn.sum()),
    }


def _short(job: Job, counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return what is missing of each block."""
    wanted = dict.fromkeys(BLOCKS, job.config.labels.minimum_held_out)
    wanted["train"] = job.config.labels.minimum_training
    said = []
    for name, count in counts.items():
        if count["positives"] < wanted[name]:
            said.append(
                f"{name}: {count['positives']} matured positives among {count['lines']} labelled "
                f"lines, wanted at least {wanted[name]}"
            )
        elif count["positives"] == count["lines"]:
            said.append(f"{name}: all {count['lines']} labelled lines are positive")
    return said


def _arrays(chosen: Mapping[str, Chosen]) -> dict[str, NDArray[Any]]:
    return {
        f"{name}_{part}": getattr(each, part)
        for name, each in chosen.items()
        for part in ("places", "labels", "weights", "drawn")
    }


def chosen_of(job: Job) -> dict[str, Chosen]:
    """Return the lines of each block."""
    arrays = read_arrays(job.path("split", ARRAYS))
    return {
        name: Chosen(
            *(arrays[f"{name}_{part}"] for part in ("places", "labels", "weights", "drawn"))
        )
        for name in BLOCKS
    }
