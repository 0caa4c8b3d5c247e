"""The past replayed: what each entry would have read on its day, and the memory left at the cut."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.history.line_history import LineHistory
from app.core.history.memory import History


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """What became of an entry, or of the lines named, and the day that became known."""

    positive: bool
    known_at: date
    line_numbers: tuple[int, ...] | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A filed entry, the day it was read as of, and all that is known of it by now."""

    entry: Entry
    at: date
    outcomes: tuple[KnownOutcome, ...] = ()


def replay(
    past: Iterable[PastEntry], history: History, cut: date | None = None
) -> Iterator[tuple[LineHistory, ...]]:
    """Yield, for each entry in order, what its lines read before it was observed.

    `past` comes in the order of its days; another order raises DataRefused. `history` is moved on
    and is, once all is yielded, the memory at `cut`: outcomes known on that day or later are left
    out, for they were not known by its morning, and entries of that day or later are read but not
    observed. An outcome is registered beside its entry and takes effect from the day after it
    became known, which is what a service that learns of it on that day gets. The ledger number of
    `history` does not move: a replay of files is no ledger. An outcome dated before its entry
    counts as known on the entry's day.
    """
    latest = date.min
    for each in past:
        if each.at < latest:
            raise DataRefused(f"replay: found an entry of {each.at} after one of {latest}")
        latest = each.at
        yield history.read(each.entry, each.at)
        if cut is None or each.at < cut:
            history.observe(each.entry, each.at, seq=history.seq)
            _settle(each, history, cut)


def _settle(past: PastEntry, history: History, cut: date | None) -> None:
    for outcome in past.outcomes:
        if cut is None or outcome.known_at < cut:
            history.settle(
                past.entry,
                outcome.line_numbers,
                outcome.positive,
                outcome.weight,
                max(outcome.known_at, past.at),
                seq=history.seq,
            )
