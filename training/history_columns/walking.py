"""The transition in columns: one pass over lines in filing order moves states on and reads them.

The same rules as app/core/history/transition.py, kept in one table of states for each kind of key;
tests hold the two equal. Functions take arrays and change `state`, `sketches` and `out` in place.
"""

import math

import numpy as np
from numpy.typing import NDArray

from app.core.history import ACTIVITY_HALF_LIFE, OUTCOME_HALF_LIFE, RECENT_HALF_LIFE
from app.core.history.state import LEAST_OUTCOME
from training.history_columns.compiled import compiled
from training.history_columns.layout import (
    DAYS_KNOWN,
    FIRST,
    LAST,
    MEAN,
    NEW_GOODS,
    NO_BIT,
    OUTCOMES,
    PARTNERS,
    PAUSE,
    PREVIOUS,
    READ_PARTNERS,
    READING,
    SEEN,
    SINCE_LAST,
    SUMS,
    UPDATED,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

_RECENT, _ACTIVITY, _OUTCOME = 0, 1, 2  # rows of the table of decays
_REMEMBERED_DAYS = 4096  # eleven years; what is older is worked out


def decay_table() -> Floats:
    """Return what is left of 1 after each number of days (3, days), by half-life."""
    halves = (RECENT_HALF_LIFE, ACTIVITY_HALF_LIFE, OUTCOME_HALF_LIFE)
    return np.array(
        [[2.0 ** (-days / half) for days in range(_REMEMBERED_DAYS)] for half in halves]
    )


@compiled
def left(decays: Floats, which: int, days: int) -> float:
    """Return what is left of 1 after `days`; 1 for days that lie ahead."""
    if days <= 0:
        return 1.0
    if days < decays.shape[1]:
        return float(decays[which, days])
    half_life = ACTIVITY_HALF_LIFE
    if which == _RECENT:
        half_life = RECENT_HALF_LIFE
    elif which == _OUTCOME:
        half_life = OUTCOME_HALF_LIFE
    return float(2.0 ** (-days / half_life))


@compiled
def age(state: Floats, day: int, decays: Floats) -> None:
    """Decay the sums of one state (16,) to `day` where that is later, and say so in it."""
    since = day - int(state[UPDATED])
    if since <= 0:
        return
    if state[UPDATED] > 0:
        recent, activity = left(decays, _RECENT, since), left(decays, _ACTIVITY, since)
        outcome = left(decays, _OUTCOME, since)
        state[0] *= recent
        state[1] *= activity
        state[2] *= recent
        state[3] *= activity
        state[4] *= activity
        for place in range(OUTCOMES, SUMS):
            state[place] *= outcome
    state[UPDATED] = day


@compiled
def learn(state: Floats, known: int, kind: int, weight: float, decays: Floats) -> None:
    """Add an outcome known on day `known` to one state (16,); below 0 takes one back."""
    age(state, known, decays)
    behind = int(state[UPDATED]) - known
    place = OUTCOMES + kind
    after = state[place] + weight * left(decays, _OUTCOME, behind)
    state[place] = after if after > LEAST_OUTCOME else 0.0


@compiled
def file(state: Floats, day: int, value: float, kilos: float, decays: Floats) -> None:
    """Add one line filed on `day`, worth USD and weighing kg, to one state (16,)."""
    age(state, day, decays)
    behind = int(state[UPDATED]) - day
    recent, activity = left(decays, _RECENT, behind), left(decays, _ACTIVITY, behind)
    state[0] += recent
    state[1] += activity
    state[2] += value * recent
    state[3] += value * activity
    if not math.isnan(kilos):
        state[4] += kilos * activity
    if state[FIRST] == 0 or day < state[FIRST]:
        state[FIRST] = day
    if day > state[LAST]:
        state[PREVIOUS] = state[LAST]
        state[LAST] = day
    elif day < state[LAST] and day > state[PREVIOUS]:
        state[PREVIOUS] = day


@compiled
def mark(sketches: Words, marks: Bytes) -> bool:
    """Set the bits of one line (4,) in the sketches of one key (8,); say if a partner was new."""
    new = False
    for which in range(4):
        bit = marks[which]
        if bit != NO_BIT:
            word, mask = which * 2 + (bit >> 6), np.uint64(1) << np.uint64(bit & 63)
            if which == 3 and not sketches[word] & mask:
                new = True
            sketches[word] |= mask
    return new


@compiled
def look(sketches: Words, marks: Bytes, out: Floats) -> None:
    """Read which marks of a line (4,) are new in the sketches of one key (8,)."""
    for which in range(4):
        bit = marks[which]
        if bit == NO_BIT:
            out[NEW_GOODS + which] = np.nan
        else:
            word, mask = which * 2 + (bit >> 6), np.uint64(1) << np.uint64(bit & 63)
            out[NEW_GOODS + which] = 0.0 if sketches[word] & mask else 1.0


@compiled
def read(state: Floats, day: int, decays: Floats, out: Floats) -> None:
    """Read one state (16,) as of `day` into one reading (20,), sketches apart."""
    since = day - int(state[UPDATED])
    recent, activity = left(decays, _RECENT, since), left(decays, _ACTIVITY, since)
    outcome = left(decays, _OUTCOME, since)
    out[0] = state[0] * recent
    out[1] = state[1] * activity
    out[2] = state[2] * recent
    out[3] = state[3] * activity
    out[4] = state[4] * activity
    for place in range(OUTCOMES, SUMS):
        out[place] = state[place] * outcome
    out[SEEN] = 1.0 if state[FIRST] > 0 else 0.0
    out[DAYS_KNOWN] = max(0.0, day - state[FIRST])
    out[SINCE_LAST] = max(0.0, day - state[LAST])
    out[PAUSE] = state[LAST] - state[PREVIOUS] if state[PREVIOUS] > 0 else np.nan
    out[MEAN] = state[3] / state[1] if state[1] > 0 else 0.0
    out[READ_PARTNERS] = state[PARTNERS]


@compiled
def walk(  # noqa: PLR0913, PLR0917 - arrays, as compiled code wants them
    keys: Ints,
    starts: NDArray[np.int64],
    days: Ints,
    values: Floats,
    kilos: Floats,
    marks: Bytes,
    events: Ints,
    weights: Floats,
    event_keys: Ints,
    state: Floats,
    sketches: Words,
    decays: Floats,
    has_sketches: bool,
    is_filed: bool,
    out: Floats,
) -> None:
    """Move the states of one kind of key through a chunk of entries; read each line before.

    keys (n,) of lines, -1 none; starts (m + 1,) of entries among lines; days, values (USD), kilos
    (NaN unknown), marks (n, 4) of lines; events (e, 3) day of effect, day known, outcome kind, by
    day and all before the last day, with weights (e,) and event_keys (e,); state (k, 16),
    sketches (k, 8); out (n, 20).
    """
    at = 0
    for entry in range(len(starts) - 1):
        first, last = starts[entry], starts[entry + 1]
        day = days[first]
        while at < len(events) and events[at, 0] < day:
            key = event_keys[at]
            if key >= 0:
                learn(state[key], events[at, 1], events[at, 2], weights[at], decays)
            at += 1
        for line in range(first, last):
            key = keys[line]
            if key < 0:
                out[line, :READING] = 0.0
                out[line, SEEN] = np.nan
                continue
            read(state[key], day, decays, out[line])
            if has_sketches:
                look(sketches[key], marks[line], out[line])
        if is_filed:
            for line in range(first, last):
                key = keys[line]
                if key >= 0:
                    file(state[key], day, values[line], kilos[line], decays)
                    if has_sketches and mark(sketches[key], marks[line]):
                        state[key, PARTNERS] += 1
