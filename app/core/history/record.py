"""What is kept under one key: its state, outcomes not folded in yet, and both as few bytes."""

import struct
from bisect import bisect_left
from collections.abc import Iterable
from math import isfinite
from operator import add
from struct import Struct
from typing import Any, Final, NamedTuple, Self

from app.core.errors import DataRefused
from app.core.history.state import FORMAT, PartyState, Weights, with_outcome

MOST_DUE: Final = 16  # days; keeps a record under 1 KB whatever happens (specs: issue 3, line 2)
_NIL: Final = 1e-12  # a weight below this is what rounding left of one taken back
_HEAD = Struct("<BBB")  # format, 1 where a state follows, days due
_STATE = Struct("<10d6Q16s16s16s16s")
_DUE = Struct("<IB")  # day, bits of the kinds whose weights follow
_WEIGHT = Struct("<d")


class Due(NamedTuple):
    """Outcomes that became known on `day`, as weights by kind; seen from the next day on.

    A weight below zero takes back one that was folded in already.
    """

    day: int
    detained: float
    denied: float
    cleared: float
    review_nexus: float
    review_clear: float

    @property
    def weights(self) -> Weights:
        """The weights without the day."""
        return Weights(*self[1:])


class Record(NamedTuple):
    """One key's memory: `state` is None where nothing is folded in; `due` is in order of days."""

    state: PartyState | None
    due: tuple[Due, ...]

    def folded(self, day: int) -> "Record":
        """Return the record as it is read on `day`: outcomes known before that day folded in."""
        state, due = self
        if not due or due[0].day >= day:
            return self
        ready = bisect_left(due, (day,))
        return Record(_with_all(state, due[:ready]), due[ready:])

    def with_due(self, day: int, weights: Weights) -> "Record":
        """Return the record with outcomes known on `day`; days with nothing left are dropped.

        Of more than MOST_DUE days the earliest are folded in at once.
        """
        due = self.due
        place = bisect_left(due, (day,))
        if place < len(due) and due[place].day == day:
            weights = Weights(*map(add, due[place].weights, weights))
            kept = (Due(day, *weights),) if any(abs(each) > _NIL for each in weights) else ()
            due = (*due[:place], *kept, *due[place + 1 :])
        else:
            due = (*due[:place], Due(day, *weights), *due[place:])
        if len(due) <= MOST_DUE:
            return Record(self.state, due)
        return Record(_with_all(self.state, due[:-MOST_DUE]), due[-MOST_DUE:])

    def pack(self) -> bytes:
        """Return the record as bytes, less than 1 KB, all numbers exact."""
        state, due = self
        parts = [_HEAD.pack(FORMAT, state is not None, len(due))]
        if state is not None:
            sketches = (sketch.to_bytes(16, "little") for sketch in state[16:])
            parts.append(_STATE.pack(*state[:16], *sketches))
        for each in due:
            kinds = [place for place, weight in enumerate(each.weights) if weight]
            parts.append(_DUE.pack(each.day, sum(1 << place for place in kinds)))
            parts += [_WEIGHT.pack(each[1 + place]) for place in kinds]
        return b"".join(parts)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return the record that `pack` wrote; raise DataRefused for anything else."""
        try:
            return cls._make(_unpacked(data))
        except (struct.error, ValueError) as error:
            raise DataRefused(f"history record: {error}") from error


NOTHING: Final = Record(None, ())


def _with_all(state: PartyState | None, due: tuple[Due, ...]) -> PartyState | None:
    for each in due:
        state = with_outcome(state, each.day, each.weights)
    return state


def _unpacked(data: bytes) -> tuple[PartyState | None, tuple[Due, ...]]:
    version, has_state, days = _HEAD.unpack_from(data)
    if version != FORMAT or has_state not in {0, 1}:
        raise ValueError(f"found format {version}, wanted {FORMAT}")
    at, state = _HEAD.size, None
    if has_state:
        state = _state(_STATE.unpack_from(data, at))
        at += _STATE.size
    due = []
    for _ in range(days):
        one, at = _due(data, at)
        due.append(one)
    if at != len(data):
        raise ValueError(f"found {len(data)} bytes, wanted {at}")
    return state, tuple(due)


def _state(found: tuple[Any, ...]) -> PartyState:
    _refuse_endless(found[:10])
    return PartyState._make([*found[:16], *(int.from_bytes(each, "little") for each in found[16:])])


def _due(data: bytes, at: int) -> tuple[Due, int]:
    day, bits = _DUE.unpack_from(data, at)
    at += _DUE.size
    if bits >= 1 << len(Weights._fields):
        raise ValueError("found an outcome kind that is none")
    weights = [0.0] * len(Weights._fields)
    for place in range(len(weights)):
        if bits >> place & 1:
            (weights[place],) = _WEIGHT.unpack_from(data, at)
            at += _WEIGHT.size
    _refuse_endless(weights)
    return Due(day, *weights), at


def _refuse_endless(numbers: Iterable[float]) -> None:
    if not all(map(isfinite, numbers)):
        raise ValueError("found a number that is not finite")
