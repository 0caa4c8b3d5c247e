"""The one transition of history: what a filing, an outcome and its correction change; all pure.

Memory, Redis and replay move on by these functions alone; columns are proven equal to them
(docs/history.md). `records` hold what is known before, by key; a missing key is NOTHING.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from app.core.entry import Entry, EntryLine
from app.core.history.identity import HistoryKeys, keys_of_lines, signature, way_of
from app.core.history.line_history import LineHistory
from app.core.history.record import NOTHING, Record
from app.core.history.sketch import bit_of
from app.core.history.state import OUTCOME_KINDS, Deed, PartyState, Weights, with_deed
from app.core.outcomes import OutcomeKind

__all__ = [
    "EVERYONE",
    "NOTHING",
    "LineNumbers",
    "Record",
    "after_filing",
    "after_outcome",
    "keys_of_entry",
    "keys_of_outcome",
    "read_lines",
    "without_outcome",
]

EVERYONE: Final = "everyone"  # the key of all outcomes together
_DEALING_WITH_BUYERS: Final = (0, 2)  # supplier and filer among HistoryKeys; others with suppliers
LineNumbers = Sequence[int] | None  # None is a label of the entry as a whole


def keys_of_entry(entry: Entry) -> tuple[str, ...]:
    """Return all keys that reading or filing `entry` needs, each once, `everyone` first."""
    return _distinct(keys_of_lines(entry))


def keys_of_outcome(entry: Entry, line_numbers: LineNumbers) -> tuple[str, ...]:
    """Return all keys that an outcome of these lines touches, each once, `everyone` first."""
    return tuple(_counted(entry, line_numbers))


def read_lines(entry: Entry, at: date, records: Mapping[str, Record]) -> tuple[LineHistory, ...]:
    """Return for each line what is known by the morning of `at`."""
    day = at.toordinal()
    found: dict[str | None, PartyState | None] = {None: None}
    lines = keys_of_lines(entry)
    for key in _distinct(lines):
        found[key] = records.get(key, NOTHING).folded(day).state
    everyone = found[EVERYONE]
    return tuple(
        LineHistory._make((keys, *[found[key] for key in keys], everyone)) for keys in lines
    )


def after_filing(entry: Entry, at: date, records: Mapping[str, Record]) -> dict[str, Record]:
    """Return the new records of every key that filing `entry` on `at` changes."""
    day = at.toordinal()
    moved = {}
    for key, deed in _deeds(entry, day).items():
        state, due = records.get(key, NOTHING).folded(day)
        moved[key] = Record(with_deed(state, deed), due)
    everyone = records.get(EVERYONE, NOTHING)
    folded = everyone.folded(day)
    if folded is not everyone:
        moved[EVERYONE] = folded
    return moved


def after_outcome(  # noqa: PLR0913, PLR0917 - an outcome is read aloud in this order everywhere
    entry: Entry,
    line_numbers: LineNumbers,
    kind: OutcomeKind,
    weight: float,
    known_at: date,
    records: Mapping[str, Record],
) -> dict[str, Record]:
    """Return the new records of every key that an outcome of `entry`, known on `known_at`, changes.

    Each line named counts under its keys. None on an entry of several lines is a label of the
    entry: it counts once for importer, filer and everyone, and under a key of lines only where all
    lines have the same one. A line number the entry lacks is passed over.
    """
    day = known_at.toordinal()
    weights: dict[int, Weights] = {}
    moved = {}
    for key, lines in _counted(entry, line_numbers).items():
        if lines not in weights:
            weights[lines] = Weights(*[weight * lines * (each == kind) for each in OUTCOME_KINDS])
        moved[key] = records.get(key, NOTHING).with_due(day, weights[lines])
    return moved


def without_outcome(  # noqa: PLR0913, PLR0917 - the same order as after_outcome
    entry: Entry,
    line_numbers: LineNumbers,
    kind: OutcomeKind,
    weight: float,
    known_at: date,
    records: Mapping[str, Record],
) -> dict[str, Record]:
    """Return the new records after an outcome is taken back, as if it had never been applied.

    Its arguments are those it was applied with. What is left of its weight goes, decayed or still
    due, for every entry of a day after `known_at`; a correction then applies what is right.
    """
    return after_outcome(entry, line_numbers, kind, -weight, known_at, records)


def _distinct(lines: Sequence[HistoryKeys]) -> tuple[str, ...]:
    found: dict[str | None, None] = {EVERYONE: None}
    for keys in lines:
        found.update(dict.fromkeys(keys))
    return tuple(key for key in found if key is not None)


def _counted(entry: Entry, line_numbers: LineNumbers) -> Counter[str]:
    """Return how many lines of an outcome count under each key; `everyone` first."""
    named = [
        keys
        for line, keys in zip(entry.lines, keys_of_lines(entry), strict=True)
        if line_numbers is None or line.line_number in line_numbers
    ]
    if line_numbers is None:
        shared = (set(kind) for kind in zip(*named, strict=True))
        named = [HistoryKeys(*(kind.pop() if len(kind) == 1 else None for kind in shared))]
    counted = Counter({EVERYONE: len(named)} if named else {})
    for keys in named:
        counted.update(key for key in keys if key is not None)
    return counted


def _deeds(entry: Entry, day: int) -> dict[str, Deed]:
    """Return what the entry adds under each of its keys; lines of one key are added up."""
    way = way_of(entry)
    deeds: dict[str, Deed] = {}
    for line, keys in zip(entry.lines, keys_of_lines(entry), strict=True):
        maker = 0 if keys.supplier is None else bit_of(keys.supplier)
        buyer = 0 if keys.importer is None else bit_of(keys.importer)
        of_maker = _of_line(line, day, way, maker)
        of_buyer = _of_line(line, day, way, buyer)
        for place, key in enumerate(keys):
            if key is not None:
                deed = of_buyer if place in _DEALING_WITH_BUYERS else of_maker
                deeds[key] = deed if key not in deeds else _together(deeds[key], deed)
    return deeds


def _of_line(line: EntryLine, day: int, way: tuple[str, ...] | None, partner: int) -> Deed:
    return Deed(
        day,
        1,
        float(line.entered_value_usd),
        float(line.gross_weight_kg or 0),
        bit_of(line.hts[:4]),
        bit_of(line.origin_country),
        0 if way is None else bit_of(signature(line.origin_country, way)),
        partner,
    )


def _together(one: Deed, other: Deed) -> Deed:
    return Deed(
        one.day,
        one.lines + other.lines,
        one.value + other.value,
        one.kg + other.kg,
        one.goods | other.goods,
        one.origins | other.origins,
        one.routes | other.routes,
        one.partners | other.partners,
    )
