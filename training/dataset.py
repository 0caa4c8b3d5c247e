"""Lines with all that was known of each on its day: what is encoded, in file order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from app.core.features.facts import EntryFacts, LineFacts
from app.core.features.lane import lane_fields, value_per_kg
from app.core.history import History, KnownOutcome, LineHistory, PastEntry, replay
from app.core.mapping import MappedRow
from app.core.reference import ReferencePack
from app.core.screening import Screener
from training.ingest import day_of
from training.progress import Steps

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LineHistories = Sequence[tuple[LineHistory, ...]]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a set of entries, n in all; every array is (n,) in file order.

    `ids` are entry number (else row number) and line number; `entry_of` numbers the entry, `days`
    are ordinals, `values` USD.
    """

    facts: tuple[LineFacts, ...]
    ids: tuple[str, ...]
    entry_of: Ints
    days: Ints
    values: Floats

    def as_strangers(self) -> "Lines":
        """Return the same lines as a desk reads them that has seen nobody yet."""
        facts = tuple(
            LineFacts(
                each.entry, each.line, LineHistory(each.history.keys), each.hits, each.reference,
                each.at, each.of_entry,
            )
            for each in self.facts
        )  # fmt: skip
        return replace(self, facts=facts)

    @property
    def weeks(self) -> Ints:
        """The filing week of each line."""
        return self.days // 7

    def fields(self, treatment_attributes: tuple[str, ...]) -> list[dict[str, str]]:
        """Return the lane fields of each line."""
        return [lane_fields(each.entry, each.line, treatment_attributes) for each in self.facts]

    def per_kg(self) -> list[float]:
        """Return value per kilogram of each line, USD/kg; NaN where unknown."""
        return [value_per_kg(each.line) for each in self.facts]

    def take(self, rows: Ints) -> "Lines":
        """Return some of the lines, by position."""
        return Lines(
            tuple(self.facts[row] for row in rows),
            tuple(self.ids[row] for row in rows),
            self.entry_of[rows],
            self.days[rows],
            self.values[rows],
        )


def gather(rows: Sequence[MappedRow], histories: LineHistories, reference: ReferencePack) -> Lines:
    """Return the lines of `rows` with what each read of its parties."""
    facts: list[LineFacts] = []
    ids: list[str] = []
    entry_of: list[int] = []
    screener = Screener(reference)
    for place, (row, read) in enumerate(zip(rows, histories, strict=True)):
        entry, at = row.entry, day_of(row.entry)
        shared = EntryFacts(entry, reference, at)
        hits = screener.screen(entry, at)
        for line, history in zip(entry.lines, read, strict=True):
            facts.append(LineFacts(entry, line, history, hits, reference, at, shared))
            ids.append(f"{entry.entry_number or row.row_numbers[0]}#{line.line_number}")
            entry_of.append(place)
    return Lines(
        tuple(facts),
        tuple(ids),
        np.array(entry_of, dtype=np.int64),
        np.array([each.day for each in facts], dtype=np.int64),
        np.array([float(each.line.entered_value_usd) for each in facts], dtype=np.float64),
    )


def replay_past(
    rows: Sequence[MappedRow],
    known: Sequence[tuple[KnownOutcome, ...]],
    history: History,
    cut: date,
    steps: Steps,
) -> LineHistories:
    """Return what each entry read on its day, in the order of `rows`; `history` is left at `cut`.

    Entries of one day are observed in file order.
    """
    past = [
        PastEntry(row.entry, day_of(row.entry), outcomes)
        for row, outcomes in zip(rows, known, strict=True)
    ]
    order = sorted(range(len(past)), key=lambda place: past[place].at)
    reads = replay((past[place] for place in order), history, cut)
    numbered = zip(order, steps.track(reads, "Replay history", total=len(past)), strict=True)
    return [read for _, read in sorted(numbered, key=itemgetter(0))]


def read_frozen(rows: Sequence[MappedRow], history: History) -> LineHistories:
    """Return what each entry reads of a memory that stands still."""
    return [history.read(row.entry, day_of(row.entry)) for row in rows]


def day_after(rows: Sequence[MappedRow]) -> date:
    """Return the day after the last entry: where a training window is cut."""
    return max(day_of(row.entry) for row in rows) + timedelta(days=1)
