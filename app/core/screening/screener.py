"""Exact screening: folded names of every party against the lists in force on a date."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from app.core.entry import Entry, EntryLine, Party
from app.core.reference import ListedEntity, ReferencePack
from app.core.reference.folding import drop_legal_forms, fold_text, has_han

MEMO_SIZE = 65_536  # party names kept; about 15 MB at most, a large broker's suppliers
LEGAL_FORM_MATCH = 0.95  # equal once legal forms are left out; 1.0 is equal with them
_SHORTEST_LATIN = 4  # letters of a key; JWD or GCL alone is too many firms
_SHORTEST_HAN = 2
# A firm of the People's Republic often sells through Hong Kong or Macao: no contradiction.
_ONE_CHINA = frozenset({"CN", "HK", "MO"})


class HitStrength(StrEnum):
    """How far a hit may be relied on.

    `strong` sets the hold floor. `weak` (a MID alone, a short name, a name many firms share) is
    shown and counted by the model, and sets none. `past` is an order that ended before the date:
    shown, never counted.
    """

    STRONG = "strong"
    WEAK = "weak"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Hit:
    """One party that has the name of a listed entity, on one line or, as None, on all.

    `order` names the order or list section, `how` the ways in which the names differ (legal form,
    word order, spelling, transliteration, abbreviation, subsidiary, mid, place). `match` is 1.0
    for the same name, LEGAL_FORM_MATCH where only legal forms differ; `effective_from` None is an
    unknown start. `why` states facts and never accuses.
    """

    line_number: int | None
    role: str
    list: str
    entity: str
    entity_id: str
    regime: str
    match: float
    effective_from: date | None
    why: str
    strength: HitStrength = HitStrength.STRONG
    effective_to: date | None = None
    order: str = ""
    how: tuple[str, ...] = ()

    def concerns(self, line_number: int) -> bool:
        """Whether the hit is on that line: its own, or one of the whole entry."""
        return self.line_number is None or self.line_number == line_number


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One name of an entity: its folded form with legal forms, and what kind of name it is."""

    entity: ListedEntity
    folded: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Match:
    """An entity that a name leads to, and how well."""

    entity: ListedEntity
    kind: str
    degree: float


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one party name was looked up as, and what was found."""

    key: str
    matches: tuple[_Match, ...]


class Screener:
    """Finds listed entities by exact folded name; near spellings are not matched.

    The memo of folded names is bounded and lives with the object, so a new pack starts clean.
    Safe to share between threads.
    """

    __slots__ = ("_index", "_look")

    def __init__(self, pack: ReferencePack) -> None:
        """Index every name of the pack's listed entities."""
        index: dict[str, list[_Spelling]] = {}
        for entity in pack.listed:
            for name, kind in _names(entity):
                folded = fold_text(name)
                key = drop_legal_forms(folded)
                if len(key) >= (_SHORTEST_HAN if has_han(key) else _SHORTEST_LATIN):
                    index.setdefault(key, []).append(_Spelling(entity, folded, kind))
        self._index = index
        self._look: Callable[[str], _Looked] = lru_cache(MEMO_SIZE)(self._look_up)

    def screen(self, entry: Entry, on: date) -> tuple[Hit, ...]:
        """Return the hits in force on a date, importer first, then in line order.

        An order for certain goods hits only lines of such goods; a party known to be in another
        country than the entity is another firm.
        """
        hits: list[Hit] = []
        if entry.importer is not None:
            for match in self._of(entry.importer, on):
                hits.extend(_importer_hits(match, entry))
        for line in entry.lines:
            for role, party in (("manufacturer", line.manufacturer), ("seller", line.seller)):
                if party is not None:
                    hits.extend(
                        _hit(match, role, line.line_number)
                        for match in self._of(party, on)
                        if _in_scope(match.entity, line)
                    )
        return tuple(hits)

    def keys(self, entry: Entry) -> tuple[str, ...]:
        """Return the folded names that were looked up, each once, in order."""
        names = (party.name for party in _parties(entry) if party.name)
        return tuple(dict.fromkeys(self._look(name).key for name in names))

    def _of(self, party: Party, on: date) -> list[_Match]:
        if party.name is None:
            return []
        return [
            match
            for match in self._look(party.name).matches
            if match.entity.in_force(on) and _same_country(match.entity, party)
        ]

    def _look_up(self, name: str) -> _Looked:
        folded = fold_text(name)
        key = drop_legal_forms(folded)
        best: dict[str, _Match] = {}
        for spelling in self._index.get(key, ()):
            degree = 1.0 if spelling.folded == folded else LEGAL_FORM_MATCH
            known = best.get(spelling.entity.entity_id)
            if known is None or degree > known.degree:
                best[spelling.entity.entity_id] = _Match(spelling.entity, spelling.kind, degree)
        return _Looked(key, tuple(best.values()))


def _names(entity: ListedEntity) -> Iterator[tuple[str, str]]:
    yield entity.name, "name"
    for alias in entity.aliases:
        yield alias, "other name"
    if entity.chinese_name:
        yield entity.chinese_name, "Chinese name, unverified,"


def _parties(entry: Entry) -> Iterator[Party]:
    if entry.importer is not None:
        yield entry.importer
    for line in entry.lines:
        for party in (line.manufacturer, line.seller):
            if party is not None:
                yield party


def _same_country(entity: ListedEntity, party: Party) -> bool:
    """Whether the countries do not contradict; one that is unknown contradicts nothing."""
    country = party.country or (party.mid.country if party.mid else None)
    if country is None or entity.country is None or country == entity.country:
        return True
    return country in _ONE_CHINA and entity.country in _ONE_CHINA


def _in_scope(entity: ListedEntity, line: EntryLine) -> bool:
    return not entity.hs_prefixes or line.hts.startswith(entity.hs_prefixes)


def _importer_hits(match: _Match, entry: Entry) -> list[Hit]:
    """Return one hit for the whole entry where every good is meant, else one for each line."""
    if not match.entity.hs_prefixes:
        return [_hit(match, "importer", None)]
    return [
        _hit(match, "importer", line.line_number)
        for line in entry.lines
        if _in_scope(match.entity, line)
    ]


def _hit(match: _Match, role: str, line_number: int | None) -> Hit:
    entity = match.entity
    since = f"since {entity.effective_from}" if entity.effective_from else "since an unknown day"
    goods = f", for goods of HS {', '.join(entity.hs_prefixes)}" if entity.hs_prefixes else ""
    forms = "" if match.degree == 1.0 else " but for the legal form"
    why = (
        f"The {role} has the {match.kind} of an entry of the list {entity.list}{forms}; "
        f"in force {since}{goods}."
    )
    return Hit(
        line_number=line_number,
        role=role,
        list=str(entity.list),
        entity=entity.name,
        entity_id=entity.entity_id,
        regime=entity.regime,
        match=match.degree,
        effective_from=entity.effective_from,
        why=why,
    )
