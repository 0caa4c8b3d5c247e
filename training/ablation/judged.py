"""A world read as a customer would read it, and judged as only its maker can."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from app.core.history import History
from app.core.mapping import load_mapping
from app.core.reference import ReferencePack
from training.ablation.columns import ALL_LINES, REPEAT, TRANSSHIPMENT
from training.dataset import Lines, day_after, gather, replay_past
from training.encode import prepare
from training.fit import Table
from training.labels import Labels
from training.progress import Steps
from training.sources import DataOptions, Split, read_split
from training.synthetic.draws import Flags, Floats, Ints

LABEL = "denied"
SEEN_BEFORE = 3  # lines of a supplier before it counts as one that repeats


@dataclass(frozen=True, slots=True)
class Read:
    """A world as read from its files: all lines with the history each met, and the truth.

    `truth` (n,) is 1 for hidden nexus, and for goods of a party under an order. `fit` are
    positions of lines to learn from, `judged` of all lines filed later, `observed` of those among
    `judged` whose outcome became known.
    """

    split: Split
    lines: Lines
    truth: Floats
    fit: Ints
    judged: Ints
    observed: Ints


@dataclass(frozen=True, slots=True)
class Judged:
    """Encoded tables: `train` is labelled by outcomes, `held` by the truth (n,).

    `slices` are flags (n,) of the held lines; `observed` are positions among them with the labels
    `outcomes` that a customer would know.
    """

    train: Table
    held: Table
    slices: dict[str, Flags]
    observed: Ints
    outcomes: Floats


def read_world(folder: Path, cut: date, reference: ReferencePack, steps: Steps) -> Read:
    """Return the world in `folder`; history is replayed throughout, each fact as it became known.

    Raises InsufficientLabels nowhere: a study may look at worlds that training would refuse.
    """
    options = DataOptions(
        data=folder / "lines.parquet",
        label=LABEL,
        valid_from=cut,
        outcomes=folder / "outcomes.parquet",
    )
    split = read_split(load_mapping("canonical"), options, steps)
    rows = (*split.past, *split.held)
    known = (*split.past_labels.known, *split.held_labels.known)
    reads = replay_past(rows, known, History(), day_after(rows), steps)
    lines = gather(rows, reads, reference)
    first = sum(len(row.entry.lines) for row in split.past)
    return Read(
        split=split,
        lines=lines,
        truth=_truth(folder, lines),
        fit=split.fit_lines,
        judged=np.arange(first, len(lines.ids)),
        observed=split.held_lines,
    )


def _truth(folder: Path, lines: Lines) -> Floats:
    table = pq.read_table(folder / "truth" / "truth.parquet")
    names = ("entry_number", "line_number", "nexus", "barred")
    columns = (table[name].to_pylist() for name in names)
    hidden = {
        f"{entry}#{line}": nexus or barred
        for entry, line, nexus, barred in zip(*columns, strict=True)
    }
    return np.array([float(hidden[each]) for each in lines.ids])


def judge(taught: Read, held: Read, reference: ReferencePack, seed: int, steps: Steps) -> Judged:
    """Return tables to learn from `taught` and to be judged on `held`, often the same world."""
    judged = held.lines.take(held.judged)
    truth = held.truth[held.judged]
    prepared = prepare(
        train=taught.lines.take(taught.fit),
        train_labels=taught.split.past_labels.take(taught.split.fit_lines),
        held_out=judged,
        held_out_labels=Labels((LABEL,), truth[:, None], np.ones(len(truth)), ()),
        attributes=(),
        more_lanes=(),
        reference=reference,
        seed=seed,
        steps=steps,
    )
    return Judged(
        train=prepared.train,
        held=prepared.held_out,
        slices=slices_of(judged),
        observed=held.observed,
        outcomes=held.split.held_labels.label[held.observed],
    )


def slices_of(lines: Lines) -> dict[str, Flags]:
    """Return the slices of lines (n,) by what a declaration shows.

    Transshipment: a country on the way that is not the declared origin. Repeat suppliers: seen
    with at least SEEN_BEFORE lines before.
    """
    facts = lines.facts
    suppliers = [each.history.supplier for each in facts]
    return {
        ALL_LINES: np.ones(len(facts), dtype=np.bool_),
        TRANSSHIPMENT: np.array([bool(each.of_entry.on_the_way - {each.origin}) for each in facts]),
        REPEAT: np.array([each is not None and each.lines >= SEEN_BEFORE for each in suppliers]),
    }
