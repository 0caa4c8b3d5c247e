"""Screening: every party and all goods of an entry against the lists, read as of a date."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from app.core.entry import Entry, EntryLine, Party
from app.core.reference import ListedEntity, ReferencePack
from app.core.reference.folding import fold_text, has_han
from app.core.reference.lookalikes import as_latin, with_gaps
from app.core.screening.descriptions import DescriptionIndex
from app.core.screening.han_index import HanIndex
from app.core.screening.hits import Hit, differences, in_words, order_of
from app.core.screening.latin_index import LatinIndex
from app.core.screening.matches import HitStrength, NameMatch, best_of_each
from app.core.screening.mids import MidIndex
from app.core.screening.names import without_forms, without_town, without_vessel
from app.core.screening.place_orders import PlaceMatch, PlaceOrders, country_of

_MOST_FIRMS = 4  # firms of one field that are looked up apart
MEMO_SIZE = 65_536  # party names kept; about 20 MB at most, a large broker's suppliers
# A firm of the People's Republic often sells through Hong Kong or Macao: no contradiction.
_ONE_CHINA = frozenset({"CN", "HK", "MO"})
_SEAFOOD = ("03", "1604", "1605")  # what a vessel named in an order catches, in any form
_VESSEL = ("fishing vessel ", "vessel ", "f/v ")
_FIRMS = re.compile(r"[,;/()]+")  # between firms that one field names


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one party name was looked up as, and what was found."""

    key: str
    matches: tuple[NameMatch, ...]


class Screener:
    """Finds the listed entities that the parties and the goods of an entry lead to.

    Names are matched by their words (docs/screening.md), goods of a region by place. The memo of
    names is bounded and lives with the object, so a new pack starts clean. Safe to share between
    threads.
    """

    __slots__ = ("_descriptions", "_han", "_latin", "_look", "_mids", "_places", "_said", "_scopes")

    def __init__(self, pack: ReferencePack) -> None:
        """Index every name of the pack's listed entities."""
        self._places = PlaceOrders(pack)
        parties = [each for each in pack.listed if each.entity_id not in self._places.regions]
        names = [each for entity in parties for each in _folded_names(entity)]
        latin = [each for each in names if not has_han(each[1])]
        self._latin = LatinIndex(latin)
        self._descriptions = DescriptionIndex(latin, self._latin.read)
        self._han = HanIndex(each for each in names if has_han(each[1]))
        self._mids = MidIndex(parties)
        self._scopes = {each.entity_id: _scope(each) for each in parties}
        self._look: Callable[[str], _Looked] = lru_cache(MEMO_SIZE)(self._look_up)
        self._said: Callable[[str], tuple[NameMatch, ...]] = lru_cache(MEMO_SIZE)(
            self._descriptions.find
        )

    def screen(self, entry: Entry, on: date) -> tuple[Hit, ...]:
        """Return the hits of a date, importer first, then line by line.

        An order for certain goods hits only lines of such goods; one that has ended is shown as
        past; one that has not begun is not shown. A party known to be in another country than the
        entity is another firm, unless its name has what is nearly a mark: then the hit is weak.
        """
        hits: list[Hit] = []
        if entry.importer is not None:
            for match in self._of(entry.importer, on):
                hits.extend(self._importer_hits(match, entry, on))
        for line in entry.lines:
            hits.extend(self._line_hits(line, on))
        return tuple(hits)

    def keys(self, entry: Entry) -> tuple[str, ...]:
        """Return the folded names that were looked up, each once, in order."""
        names = (party.name for party in _parties(entry) if party.name)
        return tuple(dict.fromkeys(self._look(name).key for name in names))

    def _line_hits(self, line: EntryLine, on: date) -> Iterator[Hit]:
        met: dict[str, HitStrength] = {}
        for hit in self._party_hits(line, on):
            if met.get(hit.entity_id) is not HitStrength.STRONG:
                met[hit.entity_id] = hit.strength
            yield hit
        for hit in self._other_hits(line, on):
            # What is said otherwise is news, or stronger than a name that may be another firm's.
            is_stronger = hit.strength is HitStrength.STRONG is not met.get(hit.entity_id)
            if hit.entity_id not in met or is_stronger:
                met[hit.entity_id] = hit.strength
                yield hit

    def _party_hits(self, line: EntryLine, on: date) -> Iterator[Hit]:
        for role, party in (("manufacturer", line.manufacturer), ("seller", line.seller)):
            if party is not None:
                for match in self._of(party, on):
                    if self._in_scope(match.entity, line):
                        yield _name_hit(match, role, line.line_number, on)

    def _other_hits(self, line: EntryLine, on: date) -> Iterator[Hit]:
        """Yield what description, MID and place say, in this order."""
        for match in () if line.description is None else self._said(line.description):
            if _begun(match.entity, on) and self._in_scope(match.entity, line):
                yield _said_hit(match, line.line_number, on)
        maker = line.manufacturer
        if maker is not None and maker.mid is not None:
            for of_mid in self._mids.find(maker.mid):
                entity = of_mid.entity
                if entity.in_force(on) and self._in_scope(entity, line):
                    yield _mid_hit(entity, of_mid.degree, line.line_number, on)
        for place in self._places.find(line):
            if _begun(place.entity, on):
                strength = place.strength if place.entity.in_force(on) else HitStrength.PAST
                yield _place_hit(place, strength, line.line_number, on)

    def _of(self, party: Party, on: date) -> list[NameMatch]:
        """Return the matches of a party that count or are past, as strong as they are then."""
        if party.name is None:
            return []
        matches = self._look(party.name).matches
        if not matches:
            return []
        seen = (_as_of(match, party, on) for match in matches)
        return [match for match in seen if match is not None]

    def _look_up(self, name: str) -> _Looked:
        folded = fold_text(name)
        matches: list[NameMatch] = []
        if has_han(folded):
            matches.extend(self._han.find(folded))
            latin = fold_text("".join(each for each in name if not has_han(each)))
            if latin:
                matches.extend(self._latin.find(latin))
        else:
            matches.extend(self._latin.find(folded))
            for other in (without_vessel(folded), without_town(folded)):
                if other != folded:
                    matches.extend(self._latin.find(other))
            for part in _FIRMS.split(name)[: _MOST_FIRMS + 1]:
                matches.extend(self._latin.find_named(fold_text(part)))
            matches.extend(self._latin.find_run_together(folded))
            gaps = with_gaps(name)
            if gaps is not None:
                # A reading among others: less than certain, it is noise.
                read = self._latin.find(fold_text(gaps))
                matches.extend(each for each in read if each.strength is HitStrength.STRONG)
            looks = as_latin(name)
            if looks is not None:
                matches.extend(self._latin.find(fold_text(looks)))
        return _Looked(without_forms(folded), best_of_each(matches))

    def _in_scope(self, entity: ListedEntity, line: EntryLine) -> bool:
        scope = self._scopes.get(entity.entity_id, ())
        return not scope or line.hts.startswith(scope)

    def _importer_hits(self, match: NameMatch, entry: Entry, on: date) -> list[Hit]:
        """Return one hit for the whole entry where every good is meant, else one for each line."""
        if not self._scopes.get(match.entity.entity_id):
            return [_name_hit(match, "importer", None, on)]
        return [
            _name_hit(match, "importer", line.line_number, on)
            for line in entry.lines
            if self._in_scope(match.entity, line)
        ]


def _folded_names(entity: ListedEntity) -> Iterator[tuple[ListedEntity, str, str]]:
    """Yield the names of an entity, and those without the town that follows a legal form."""
    towns = fold_text(entity.location or "").split()
    for name, kind in _names(entity):
        folded = fold_text(name)
        yield entity, folded, kind
        shorter = folded if has_han(folded) else without_town(folded, towns)
        if shorter != folded:
            yield entity, shorter, kind


def _names(entity: ListedEntity) -> Iterator[tuple[str, str]]:
    yield _vessel_name(entity.name), "name"
    for alias in entity.aliases:
        yield _vessel_name(alias), "other name"
    if entity.chinese_name:
        yield entity.chinese_name, "Chinese name, unverified,"


def _vessel_name(name: str) -> str:
    for prefix in _VESSEL:
        if name.casefold().startswith(prefix):
            return name[len(prefix) :]
    return name


def _scope(entity: ListedEntity) -> tuple[str, ...]:
    vessel = entity.name.casefold().startswith(_VESSEL)
    return tuple(dict.fromkeys((*entity.hs_prefixes, *_SEAFOOD))) if vessel else entity.hs_prefixes


def _parties(entry: Entry) -> Iterator[Party]:
    if entry.importer is not None:
        yield entry.importer
    for line in entry.lines:
        for party in (line.manufacturer, line.seller):
            if party is not None:
                yield party


def _as_of(match: NameMatch, party: Party, on: date) -> NameMatch | None:
    """Return a match of a party as it counts on a day; None where it does not."""
    if not _begun(match.entity, on):
        return None
    if not _same_country(match.entity, party):
        if not match.mark:
            return None
        match = match._replace(strength=HitStrength.WEAK)
    if match.entity.in_force(on):
        return match
    is_strong = match.strength is HitStrength.STRONG
    return match._replace(strength=HitStrength.PAST) if is_strong else None


def _begun(entity: ListedEntity, on: date) -> bool:
    return entity.effective_from is None or entity.effective_from <= on


def _same_country(entity: ListedEntity, party: Party) -> bool:
    """Whether the countries do not contradict; one that is unknown contradicts nothing."""
    country = country_of(party)
    if country is None or entity.country is None or country == entity.country:
        return True
    return country in _ONE_CHINA and entity.country in _ONE_CHINA


WEAK_SAID: Final = " The match is weak: it may be another firm or place, and it sets no floor."


def _a(entity: ListedEntity) -> str:
    return f"an entry of the list {entity.list}"


def _name_hit(match: NameMatch, role: str, line_number: int | None, on: date) -> Hit:
    entity = match.entity
    has = "has" if match.degree >= 1.0 else "has nearly"
    if set(match.how) == {"legal form"}:
        has, but = "has", " but for the legal form"
    else:
        but = differences(match.how)
    why = f"The {role} {has} the {match.kind} of {_a(entity)}{but}; {in_words(entity, on)}."
    return _hit(entity, role, line_number, match.degree, match.strength, why, match.how)


def _said_hit(match: NameMatch, line_number: int, on: date) -> Hit:
    entity = match.entity
    strength = match.strength if entity.in_force(on) else HitStrength.PAST
    why = (
        f"The description of the goods has the {match.kind} of {_a(entity)}; "
        f"{in_words(entity, on)}."
    )
    return _hit(entity, "description", line_number, match.degree, strength, why, match.how)


def _place_hit(place: PlaceMatch, strength: HitStrength, line_number: int, on: date) -> Hit:
    entity = place.entity
    are = "may be" if strength is HitStrength.WEAK else "are"
    why = f"The goods {are} of {_a(entity)} by place: {place.sign}; {in_words(entity, on)}."
    return _hit(entity, "goods", line_number, place.degree, strength, why, ("place",))


def _mid_hit(entity: ListedEntity, degree: float, line_number: int, on: date) -> Hit:
    town = "" if degree < 0.6 else " and its town"
    why = (
        f"The manufacturer's MID is what CBP's rule makes of the name of {_a(entity)}{town}; "
        f"firms share MIDs; {in_words(entity, on)}."
    )
    weak = HitStrength.WEAK
    return _hit(entity, "manufacturer", line_number, degree, weak, why, ("mid",))


def _hit(  # noqa: PLR0913, PLR0917 - the parts of a hit, in the order in which they are read
    entity: ListedEntity,
    role: str,
    line_number: int | None,
    degree: float,
    strength: HitStrength,
    why: str,
    how: tuple[str, ...],
) -> Hit:
    return Hit(
        line_number=line_number,
        role=role,
        list=str(entity.list),
        entity=entity.name,
        entity_id=entity.entity_id,
        regime=entity.regime,
        match=degree,
        effective_from=entity.effective_from,
        why=why + (WEAK_SAID if strength is HitStrength.WEAK else ""),
        strength=strength,
        effective_to=entity.effective_to,
        order=order_of(entity),
        how=how,
    )
