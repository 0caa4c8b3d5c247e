"""What the filings of one supplier show: spellings, goods, ways, months, and what has changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final

from app.core.entry import Entry, EntryLine, Party
from app.core.history import keys_of_lines, route_signature

MAX_MONTHS: Final = 24  # of a picture, ending with the month it is of
RECENT_DAYS: Final = 30  # what is called new or sudden
DORMANT_DAYS: Final = 180  # of silence before what is called dormant
NORMAL_DAYS: Final = 180  # before the recent ones, that a sudden volume is held against
SURGE: Final = 3  # times the normal value of as many days
_NAMED: Final = 3  # new goods, origins or ways that a signal names


@dataclass(frozen=True, slots=True)
class Supplied:
    """The lines of one entry that are one supplier's, and the day that the entry counts for."""

    on: date
    entry: Entry
    lines: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a supplier was declared, in how many entries, and when; newest `last`."""

    party: Party
    entries: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Share:
    """What came under one name (an HS heading, an origin, a way), and on which days."""

    name: str
    lines: int
    value_usd: Decimal
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Month:
    """What was filed in one month, as 2026-11; zero where nothing was."""

    month: str
    entries: int
    lines: int
    value_usd: Decimal


@dataclass(frozen=True, slots=True)
class Signal:
    """A change of late: a stable code and a sentence with its figures."""

    code: str
    text: str


def supplier_keys(entry: Entry) -> tuple[str | None, ...]:
    """Return the history key of each line's supplier, in order; None where it names none."""
    return tuple(keys.supplier for keys in keys_of_lines(entry))


def supplied_lines(entry: Entry, key: str) -> tuple[EntryLine, ...]:
    """Return the lines of an entry whose supplier has the history key `key`."""
    lines = zip(entry.lines, supplier_keys(entry), strict=True)
    return tuple(line for line, each in lines if each == key)


def supplier_of(line: EntryLine) -> Party | None:
    """Return the party that history takes for the supplier of a line."""
    for party in (line.manufacturer, line.seller):
        if party is not None and (party.name or party.number or party.mid):
            return party
    return None


def spellings_of(supplied: Iterable[Supplied], most: int) -> tuple[Spelling, ...]:
    """Return how the supplier was declared, the last used first, at most `most`.

    Streets and postal codes are left out: with them nearly every entry would be a spelling.
    """
    found: dict[Party, Spelling] = {}
    for each in supplied:
        parties = {_spelt(party) for line in each.lines if (party := supplier_of(line))}
        for party in parties:
            known = found.get(party)
            found[party] = (
                Spelling(party, 1, each.on, each.on)
                if known is None
                else Spelling(
                    party, known.entries + 1, min(known.first, each.on), max(known.last, each.on)
                )
            )
    newest = sorted(found.values(), key=lambda each: (each.last, each.entries), reverse=True)
    return tuple(newest[:most])


def _spelt(party: Party) -> Party:
    return Party(
        name=party.name, number=party.number, mid=party.mid, city=party.city, country=party.country
    )


def _heading(_entry: Entry, line: EntryLine) -> str | None:
    return line.hts[:4]


def _origin(_entry: Entry, line: EntryLine) -> str | None:
    return line.origin_country


_Named = Callable[[Entry, EntryLine], str | None]


def goods_of(supplied: Iterable[Supplied], most: int) -> tuple[Share, ...]:
    """Return the HS headings of the supplier's goods, the most valuable first."""
    return _shares(supplied, _heading, most)


def origins_of(supplied: Iterable[Supplied], most: int) -> tuple[Share, ...]:
    """Return the declared origins, the most valuable first."""
    return _shares(supplied, _origin, most)


def routes_of(supplied: Iterable[Supplied], most: int) -> tuple[Share, ...]:
    """Return the ways as countries passed (CN>KR>US), the most valuable first."""
    return _shares(supplied, route_signature, most)


def _shares(supplied: Iterable[Supplied], named: _Named, most: int) -> tuple[Share, ...]:
    found: dict[str, Share] = {}
    for each in supplied:
        for line in each.lines:
            name = named(each.entry, line)
            if name is None:
                continue
            old = found.get(name) or Share(name, 0, Decimal(0), each.on, each.on)
            found[name] = Share(
                name,
                old.lines + 1,
                old.value_usd + line.entered_value_usd,
                min(old.first, each.on),
                max(old.last, each.on),
            )
    ranked = sorted(found.values(), key=lambda share: (-share.value_usd, share.name))
    return tuple(islice(ranked, most))


def months_of(supplied: Sequence[Supplied], at: date) -> tuple[Month, ...]:
    """Return each month from the first filing to that of `at`, none left out, 24 at most."""
    if not supplied:
        return ()
    last = _month_number(at)
    first = max(min(_month_number(each.on) for each in supplied), last - MAX_MONTHS + 1)
    return tuple(_month(number, supplied) for number in range(first, last + 1))


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(number: int, supplied: Sequence[Supplied]) -> Month:
    own = [each for each in supplied if _month_number(each.on) == number]
    return Month(
        month=f"{number // 12:04}-{number % 12 + 1:02}",
        entries=len(own),
        lines=sum(len(each.lines) for each in own),
        value_usd=_value(own),
    )


def _value(supplied: Iterable[Supplied]) -> Decimal:
    return sum((line.entered_value_usd for each in supplied for line in each.lines), Decimal(0))


def signals_of(supplied: Sequence[Supplied], at: date) -> tuple[Signal, ...]:
    """Return what changed in the last 30 days against all before; () without either."""
    recent = [each for each in supplied if (at - each.on).days < RECENT_DAYS]
    before = [each for each in supplied if (at - each.on).days >= RECENT_DAYS]
    if not recent or not before:
        return ()
    found = []
    for code, what, named in (
        ("NEW_GOODS", "HS headings", _heading),
        ("NEW_ORIGIN", "Origins", _origin),
        ("NEW_ROUTE", "Ways", route_signature),
    ):
        new = sorted(_names(recent, named) - _names(before, named))
        if new:
            more = f" and {len(new) - _NAMED} more" if len(new) > _NAMED else ""
            listed = ", ".join(new[:_NAMED])
            text = f"{what} first seen in the last {RECENT_DAYS} days: {listed}{more}."
            found.append(Signal(code, text))
    silent = (min(each.on for each in recent) - max(each.on for each in before)).days
    if silent >= DORMANT_DAYS:
        found.append(Signal("DORMANT_THEN_ACTIVE", f"Filed again after {silent} days of none."))
    elif (times := _times_normal(recent, before, at)) >= SURGE:
        text = f"The last {RECENT_DAYS} days have {times:.1f} times the value of as many before."
        found.append(Signal("SUDDEN_VOLUME", text))
    return tuple(found)


def _names(supplied: Iterable[Supplied], named: _Named) -> set[str]:
    names = (named(each.entry, line) for each in supplied for line in each.lines)
    return {name for name in names if name is not None}


def _times_normal(recent: Sequence[Supplied], before: Sequence[Supplied], at: date) -> float:
    """Return how many times the normal value of 30 days the last 30 have; 0 without a normal."""
    since = RECENT_DAYS + NORMAL_DAYS
    normal = [each for each in before if (at - each.on).days < since]
    days = min(NORMAL_DAYS, max(((at - each.on).days for each in before), default=0) - RECENT_DAYS)
    value = _value(normal)
    if value <= 0 or days < RECENT_DAYS:
        return 0.0
    return float(_value(recent) / (value * RECENT_DAYS / days))
