"""The same goods declared again: whether they are the same, and what was changed materially.

Goods are the same where two submissions share a bill, a container or the entry number, their
importers do not contradict, and their values and quantities agree. A change is material where it
replaces or withdraws what was declared: origin, HS subheading, maker, a foreign place on the way.
What completes a declaration, or corrects a spelling, is none (docs/resubmission.md).
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from math import floor, log
from typing import Final, NamedTuple

from app.core.entry import Entry, EntryLine, Party, RouteLeg
from app.core.history import fold_number
from app.core.likeness import is_same_importer, is_same_maker

WINDOW_DAYS: Final = 180  # decisions older than this are not compared (docs/resubmission.md)
MAX_SHIPMENT_KEYS: Final = 64  # bills and containers of one entry that are looked up
VOYAGE_DAYS: Final = 30  # a container alone, seen again later than this, sails with other goods
BUCKET_RATIO: Final = 1.1  # amounts within this ratio agree, beyond its square they do not
_CANDIDATES: Final = 32  # lines of about the same value that one line is held against
_FUZZY_MAKERS: Final = 40  # makers without an exact twin that are compared by spelling
_CONTAINER: Final = 10  # characters of ISO 6346 before the check digit
_SCAC: Final = range(2, 5)  # letters a carrier's code before a bill number may have
_BILL_TAIL: Final = 6  # characters of a bill number that tell it apart without that code
_HOME: Final = "US"


class Changed(StrEnum):
    """What of a declaration was changed, by its wire name."""

    ORIGIN = "origin_country"
    HTS = "hts"
    MANUFACTURER = "manufacturer"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between lines of an earlier submission and `lines` of this one (numbers)."""

    changed: tuple[Changed, ...]
    earlier_lines: tuple[int, ...]
    lines: tuple[int, ...]


def shipment_keys(entry: Entry) -> tuple[str, ...]:
    """Return the opaque keys that submissions of the same goods share; () for a sparse entry.

    One for the entry number, each bill of lading (without its carrier's code) and each container
    (without its check digit), at most MAX_SHIPMENT_KEYS. Another tenant's are never looked at.
    """
    named = {("bill", _bill_number(each)) for each in entry.bills_of_lading}
    named |= {("container", fold_number(each)[:_CONTAINER]) for each in entry.containers}
    kept = sorted(named)[: MAX_SHIPMENT_KEYS - 1]
    if entry.entry_number is not None:
        kept.insert(0, ("entry", fold_number(entry.entry_number)))
    return tuple(_key(kind, value) for kind, value in kept)


@lru_cache(maxsize=8192)
def _key(kind: str, value: str) -> str:
    identity = f"{kind}\x1f{value}".encode()
    return f"shipment:{blake2b(identity, digest_size=16).hexdigest()}"


def _bill_number(bill: str) -> str:
    folded = fold_number(bill)
    letters = len(folded) - len(folded.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    tail = folded[letters:]
    return tail if letters in _SCAC and len(tail) >= _BILL_TAIL else folded


def differences(before: Entry, now: Entry) -> tuple[Difference, ...] | None:
    """Return what `now` changes of `before`; () for nothing material, None for other goods."""
    if not _is_same_shipment(before, now):
        return None
    groups = _groups(before, now)
    if groups is None:
        return None
    rerouted = _is_rerouted(before, now)
    found = []
    for old, new in groups:
        changed = (*_changed(old, new), *([Changed.ROUTE] if rerouted else []))
        if changed:
            found.append(Difference(changed, _numbers(old), _numbers(new)))
    return tuple(found)


def is_same_declaration(one: Entry, other: Entry) -> bool:
    """Whether neither changes anything material of the other, nor completes it."""
    return differences(one, other) == () and differences(other, one) == ()


def _numbers(lines: Sequence[EntryLine]) -> tuple[int, ...]:
    return tuple(line.line_number for line in lines)


def _is_same_shipment(before: Entry, now: Entry) -> bool:
    if not is_same_importer(before.importer, now.importer):
        return False
    shared = set(shipment_keys(before)) & set(shipment_keys(now))
    if not shared:
        return False
    boxes = {_key("container", fold_number(each)[:_CONTAINER]) for each in now.containers}
    return not shared <= boxes or not _is_another_voyage(before, now)


def _is_another_voyage(before: Entry, now: Entry) -> bool:
    """Whether two submissions that share nothing but a container are known to lie far apart."""
    if not before.bills_of_lading or not now.bills_of_lading:
        return False
    then, later = _sailed(before), _sailed(now)
    return then is not None and later is not None and abs((later - then).days) > VOYAGE_DAYS


def _sailed(entry: Entry) -> date | None:
    return entry.arrival_date or entry.export_date


def _bucket(amount: Decimal) -> int:
    return floor(log(max(float(amount), 1e-6)) / log(BUCKET_RATIO))


def _agree(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts lie in the same or neighbouring buckets."""
    return abs(_bucket(one) - _bucket(other)) <= 1


def _quantities_agree(before: Sequence[EntryLine], now: Sequence[EntryLine]) -> bool | None:
    """Whether the quantities agree; None where one is unknown or the units differ."""
    lines = (*before, *now)
    units = {(line.quantity_unit or "").strip().upper() for line in lines} - {""}
    if len(units) > 1 or any(line.quantity is None for line in lines):
        return None
    first, second = (sum((line.quantity or Decimal(0)) for line in each) for each in (before, now))
    return _agree(Decimal(first), Decimal(second))


class _Pair(NamedTuple):
    """One line then and the one that has its goods now."""

    old: EntryLine
    new: EntryLine


Group = tuple[Sequence[EntryLine], Sequence[EntryLine]]


def _groups(before: Entry, now: Entry) -> list[Group] | None:
    """Return lines held against each other: pairs, and what was split or joined; None: others.

    The goods are the same in whole (the totals agree) or in part (each line of one side has its
    twin of the same value and known quantity on the other: a bill entered in several entries).
    """
    pairs, old, new = _paired(before.lines, now.lines)
    groups: list[Group] = [([pair.old], [pair.new]) for pair in pairs]
    values = (
        sum((line.entered_value_usd for line in each.lines), Decimal(0)) for each in (before, now)
    )
    if _agree(*values) and _quantities_agree(before.lines, now.lines) is not False:
        return [*groups, (old, new)] if old and new else groups
    is_part = bool(pairs) and (not old or not new)
    known = all(_quantities_agree([pair.old], [pair.new]) for pair in pairs)
    return groups if is_part and known else None


def _paired(
    before: Sequence[EntryLine], now: Sequence[EntryLine]
) -> tuple[list[_Pair], list[EntryLine], list[EntryLine]]:
    """Return pairs of lines of one value and quantity, and the rest of both sides.

    Lines declared alike are paired first, then those without a material change, then any.
    """
    pairs: list[_Pair] = []
    old, new = list(before), list(now)
    for places, is_twin in _STEPS:
        found = _twins(old, new, places, is_twin)
        pairs += found
        paired = {id(line) for pair in found for line in pair}
        old = [line for line in old if id(line) not in paired]
        new = [line for line in new if id(line) not in paired]
    return pairs, old, new


Places = Callable[[EntryLine], tuple[Hashable, ...]]
IsTwin = Callable[[EntryLine, EntryLine], bool]


def _twins(
    before: Sequence[EntryLine], now: Sequence[EntryLine], places: Places, is_twin: IsTwin
) -> list[_Pair]:
    """Return for lines of `now` a twin that waits in one of its places, each old line once."""
    waiting: dict[Hashable, list[EntryLine]] = {}
    for line in before:
        waiting.setdefault(places(line)[0], []).append(line)
    pairs = []
    for line in now:
        near = (old for place in places(line) for old in waiting.get(place, ())[:_CANDIDATES])
        twin = next((old for old in near if is_twin(old, line)), None)
        if twin is not None:
            waiting[places(twin)[0]].remove(twin)
            pairs.append(_Pair(twin, line))
    return pairs


def _as_declared(line: EntryLine) -> tuple[Hashable, ...]:
    return ((line.hts[:6], line.origin_country, line.manufacturer, line.seller),)


def _by_value(line: EntryLine) -> tuple[Hashable, ...]:
    bucket = _bucket(line.entered_value_usd)
    return (bucket, bucket - 1, bucket + 1)


def _is_as_much(old: EntryLine, new: EntryLine) -> bool:
    values = _agree(old.entered_value_usd, new.entered_value_usd)
    return values and _quantities_agree([old], [new]) is not False


def _is_unchanged(old: EntryLine, new: EntryLine) -> bool:
    return _is_as_much(old, new) and not _changed([old], [new])


_STEPS: Final[tuple[tuple[Places, IsTwin], ...]] = (
    (_as_declared, _is_as_much),
    (_by_value, _is_unchanged),
    (_by_value, _is_as_much),
)


def _changed(before: Sequence[EntryLine], now: Sequence[EntryLine]) -> tuple[Changed, ...]:
    changed = []
    if {line.origin_country for line in before} != {line.origin_country for line in now}:
        changed.append(Changed.ORIGIN)
    # ten digits of one subheading are a statistical matter, six are other goods
    if {line.hts[:6] for line in before} != {line.hts[:6] for line in now}:
        changed.append(Changed.HTS)
    if _is_made_elsewhere(before, now):
        changed.append(Changed.MANUFACTURER)
    return tuple(changed)


def _is_made_elsewhere(before: Sequence[EntryLine], now: Sequence[EntryLine]) -> bool:
    by_maker = any(line.manufacturer is not None for line in before)
    if not by_maker and any(line.manufacturer is not None for line in now):
        return False  # the maker was added: a completion
    old, new = _parties(before, by_maker=by_maker), _parties(now, by_maker=by_maker)
    gone = [each for each in old if each is not None and each not in new]
    came = [each for each in new if each is not None and each not in old]
    if len(gone) > _FUZZY_MAKERS or len(came) > _FUZZY_MAKERS:
        return True
    if any(not any(is_same_maker(each, other) for other in new) for each in gone):
        return True
    return any(not any(is_same_maker(other, each) for other in old) for each in came)


def _parties(lines: Iterable[EntryLine], *, by_maker: bool) -> Collection[Party | None]:
    return {line.manufacturer if by_maker else line.seller for line in lines}


def _is_rerouted(before: Entry, now: Entry) -> bool:
    """Whether a foreign place or country declared before is no longer on the way."""
    countries = set(_countries(now))
    if any(country not in countries for country in _countries(before)):
        return True
    here = list(_abroad(now))
    return any(not _is_passed(leg, here) for leg in _abroad(before))


def _countries(entry: Entry) -> Iterator[str]:
    legs = (_country(leg) for leg in entry.route)
    for country in (entry.export_country, *legs):
        if country is not None and country != _HOME:
            yield country


def _country(leg: RouteLeg) -> str | None:
    return leg.country or (leg.unlocode[:2] if leg.unlocode else None)


def _abroad(entry: Entry) -> Iterator[RouteLeg]:
    for leg in entry.route:
        if leg.schedule_d is None and _country(leg) != _HOME:
            yield leg


def _is_passed(leg: RouteLeg, legs: Sequence[RouteLeg]) -> bool:
    """Whether the place of `leg` is among `legs`; in another scheme its country will do."""
    if leg.unlocode is not None:
        return any(
            leg.unlocode == other.unlocode if other.unlocode else other.schedule_k is not None
            for other in legs
        )
    if leg.schedule_k is not None:
        return any(
            leg.schedule_k == other.schedule_k if other.schedule_k else other.unlocode is not None
            for other in legs
        )
    return True  # a country alone: its country was looked for already
