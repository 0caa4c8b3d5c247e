"""Outcomes as events in the order they take effect; corrections take back what they correct."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.core.history.state import OUTCOME_KINDS
from training.history_columns.chunks import Chunk
from training.history_columns.layout import EVERYONE
from training.history_columns.walking import Floats, Ints
from training.outcomes import OutcomeRecord, Target, known_outcomes


class _Effect(NamedTuple):
    """One outcome of one kind; days are ordinals, `corrected` 0 where it was right."""

    known: int
    corrected: int
    lines: frozenset[int] | None
    kind: int
    weight: float


@dataclass(frozen=True, slots=True)
class Events:
    """Outcomes and corrections by the day of their effect, e in all.

    `when` (e, 3): day of effect, day known, place of the OutcomeKind; `weights` (e,), below 0 where
    one is taken back; `keys` (9, e) numbers by kind, -1 none, 0 for everyone.
    """

    when: Ints
    weights: Floats
    keys: Ints

    def split(self, day: int) -> "tuple[Events, Events]":
        """Return those that take effect before entries of `day` are read, and the others."""
        at = int(np.searchsorted(self.when[:, 0], day))
        return self._part(slice(None, at)), self._part(slice(at, None))

    def _part(self, which: slice) -> "Events":
        return Events(self.when[which], self.weights[which], self.keys[:, which])

    def with_more(self, more: "Events") -> "Events":
        """Return both, those of one day in the order they came."""
        when = np.concatenate((self.when, more.when))
        order = np.argsort(when[:, 0], kind="stable")
        weights = np.concatenate((self.weights, more.weights))[order]
        keys = np.concatenate((self.keys, more.keys), axis=1)[:, order]
        return Events(when[order], weights, np.ascontiguousarray(keys))


NO_EVENTS = Events(np.zeros((0, 3), np.int32), np.zeros(0), np.zeros((EVERYONE + 1, 0), np.int32))


class OutcomeFile:
    """The outcomes of all entries that have any, looked up by entry number."""

    def __init__(
        self, by_entry: dict[str, list[OutcomeRecord]], taxonomy: dict[str, Target]
    ) -> None:
        """Take outcomes as `read_outcomes` gives them; raise DataRefused for an unknown code."""
        self._numbers = pa.array(list(by_entry), pa.string())
        self._effects = [_effects(records, taxonomy) for records in by_entry.values()]

    def events(self, chunk: Chunk, keys: NDArray[np.int32]) -> Events:
        """Return the events of a chunk's entries, whose lines have the keys (8, n)."""
        found = pc.index_in(chunk.numbers, value_set=self._numbers)
        where = found.fill_null(-1).to_numpy(zero_copy_only=False)
        when: list[tuple[int, int, int]] = []
        weights: list[float] = []
        of_kinds: list[NDArray[np.int32]] = []
        for entry in np.flatnonzero(where >= 0).tolist():
            first, last = int(chunk.starts[entry]), int(chunk.starts[entry + 1])
            day = int(chunk.days[first])
            for effect in self._effects[where[entry]]:
                of_lines = _keys(effect.lines, chunk.line_numbers, keys, first, last)
                known = max(effect.known, day)
                dated = [(known, known, effect.weight)]
                if effect.corrected:
                    dated.append((max(effect.corrected, known), known, -effect.weight))
                for applies, since, weight in dated:
                    for each in of_lines:
                        when.append((applies, since, effect.kind))
                        weights.append(weight)
                        of_kinds.append(each)
        if not when:
            return NO_EVENTS
        everyone = np.zeros((1, len(when)), np.int32)
        made = Events(
            np.array(when, np.int32),
            np.array(weights),
            np.concatenate((np.stack(of_kinds, axis=1), everyone)),
        )
        return NO_EVENTS.with_more(made)


def _effects(records: Sequence[OutcomeRecord], taxonomy: dict[str, Target]) -> list[_Effect]:
    return [
        _Effect(
            known=each.known_at.toordinal(),
            corrected=_ordinal(each.corrected_at),
            lines=None if each.line_numbers is None else frozenset(each.line_numbers),
            kind=OUTCOME_KINDS.index(each.kind),
            weight=each.weight,
        )
        for each in known_outcomes(records, taxonomy)
    ]


def _ordinal(day: date | None) -> int:
    return 0 if day is None else day.toordinal()


def _keys(
    lines: frozenset[int] | None,
    line_numbers: Ints,
    keys: NDArray[np.int32],
    first: int,
    last: int,
) -> list[NDArray[np.int32]]:
    """Return the keys (8,) of each line an outcome names; of a label of the entry those of all."""
    own = keys[:, first:last]
    if last - first == 1:
        return [own[:, 0]] if lines is None or int(line_numbers[first]) in lines else []
    if lines is None:
        return [np.where((own == own[:, :1]).all(axis=1), own[:, 0], np.int32(-1))]
    named = np.flatnonzero(np.isin(line_numbers[first:last], list(lines)))
    return [own[:, each] for each in named]
