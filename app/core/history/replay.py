"""The past replayed: what each entry would have read on its day, and the memory left at the cut."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush

from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.history.line_history import LineHistory
from app.core.history.memory import History
from app.core.outcomes import OutcomeKind


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """What became of an entry, or of the lines named, and the day that became known.

    `corrected_at` is the day it was found to be wrong, if ever: the correction itself is another
    outcome.
    """

    kind: OutcomeKind
    known_at: date
    line_numbers: tuple[int, ...] | None = None
    weight: float = 1.0
    corrected_at: date | None = None


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

    `past` comes in the order of its days; another order raises DataRefused. Outcomes and
    corrections are applied in the order of their days, at the end of the day, which is what a
    service gets that learns of them then. `history` is moved on and is, once all is yielded, the
    memory at `cut`: what became known on that day or later is left out, for it was not known by
    its morning, and entries of that day or later are read but not observed. The ledger number of
    `history` does not move: a replay of files is no ledger. An outcome dated before its entry
    counts as known on the entry's day, a correction before its outcome as made on that day.
    """
    latest, pending = date.min, _Pending(history)
    for each in past:
        if each.at < latest:
            raise DataRefused(f"replay: found an entry of {each.at} after one of {latest}")
        latest = each.at
        pending.apply(each.at if cut is None else min(each.at, cut))
        yield history.read(each.entry, each.at)
        if cut is None or each.at < cut:
            history.observe(each.entry, each.at, seq=history.seq)
            pending.add(each)
    pending.apply(date.max if cut is None else cut)


class _Pending:
    """Outcomes and corrections not known yet, by day and then in the order they were added."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._waiting: list[tuple[date, int, bool, PastEntry, KnownOutcome]] = []
        self._added = 0

    def add(self, past: PastEntry) -> None:
        for outcome in past.outcomes:
            known_at = max(outcome.known_at, past.at)
            self._push(known_at, False, past, outcome)
            if outcome.corrected_at is not None:
                self._push(max(outcome.corrected_at, known_at), True, past, outcome)

    def apply(self, before: date) -> None:
        while self._waiting and self._waiting[0][0] < before:
            _, _, is_wrong, past, outcome = heappop(self._waiting)
            move_on = self._history.take_back if is_wrong else self._history.settle
            move_on(
                past.entry,
                outcome.line_numbers,
                outcome.kind,
                outcome.weight,
                max(outcome.known_at, past.at),
                seq=self._history.seq,
            )

    def _push(self, day: date, is_wrong: bool, past: PastEntry, outcome: KnownOutcome) -> None:
        self._added += 1
        heappush(self._waiting, (day, self._added, is_wrong, past, outcome))
