"""Orders on the goods of a region, a field or a whole country: met by place and goods, not name."""

from collections.abc import Iterator
from typing import NamedTuple

from app.core.entry import EntryLine, Party
from app.core.reference import GatewayPlace, ListedEntity, OrderByPlace, ReferencePack
from app.core.reference.folding import fold_text
from app.core.screening.descriptions import is_denied
from app.core.screening.matches import HitStrength
from app.core.screening.names import without_forms

PLACE_MATCH = 1.0
WEAK_PLACE_MATCH = 0.6  # the town may be another, or the goods from another field of the country
# What a description calls goods of a country or an area besides its name.
_CALLED = {"TM": ("turkmen",), "MW": ("malawian",), "Xinjiang": ("xuar", "sinkiang")}
_MID_TOWN = 3  # letters of a town that end a MID


class PlaceMatch(NamedTuple):
    """An order that the place and the goods of a line lead to, and by which sign."""

    entity: ListedEntity
    degree: float
    strength: HitStrength
    sign: str


class PlaceOrders:
    """Finds the orders on goods of a place."""

    def __init__(self, pack: ReferencePack) -> None:
        """Take the orders whose entity is listed."""
        listed = {entity.entity_id: entity for entity in pack.listed}
        self._places = pack.places
        self._postal_area = pack.postal_area
        self._country_name = pack.country_name
        self._by_country: dict[str, list[_Order]] = {}
        for order in pack.orders_by_place:
            entity = listed.get(order.entity_id)
            if entity is not None:
                known = _Order(order, entity, pack.country_name(order.country))
                self._by_country.setdefault(order.country, []).append(known)
        self._stated = [each for orders in self._by_country.values() for each in orders]
        self.regions = frozenset(
            order.entity_id for order in pack.orders_by_place if not order.also_party
        )

    def find(self, line: EntryLine) -> list[PlaceMatch]:
        """Return the orders on goods such as these from where they were made, whatever the day."""
        maker = line.manufacturer
        made_in = None if maker is None else country_of(maker)
        there = maker if made_in == line.origin_country else None
        found = self._in_country(line, line.origin_country, there)
        if made_in is not None and made_in != line.origin_country:
            found.extend(self._in_country(line, made_in, maker))
        if line.description is not None:
            known = {match.entity.entity_id for match in found}
            said = self._said_in(line, line.description)
            found.extend(match for match in said if match.entity.entity_id not in known)
        return found

    def _said_in(self, line: EntryLine, text: str) -> Iterator[PlaceMatch]:
        """Yield the orders on such goods of a place that the description itself names."""
        orders = [each for each in self._stated if each.is_of(line)]
        words = tuple(fold_text(text).split()) if orders else ()
        for order in orders:
            if not order.excepts(line.manufacturer):
                spans = [
                    (at, at + len(name))
                    for name in order.stated
                    for at in range(len(words))
                    if words[at : at + len(name)] == name
                ]
                if spans:
                    denied = all(is_denied(words, *span) for span in spans)
                    strength = HitStrength.WEAK if denied else HitStrength.STRONG
                    degree = WEAK_PLACE_MATCH if denied else PLACE_MATCH
                    sign = "the description of the goods names a place of it"
                    yield PlaceMatch(order.entity, degree, strength, sign)

    def _in_country(self, line: EntryLine, country: str, maker: Party | None) -> list[PlaceMatch]:
        """Return the orders on goods of a country; `maker` where it is there."""
        found = []
        for order in self._by_country.get(country, ()):
            if order.is_of(line) and not order.excepts(line.manufacturer):
                sign = self._sign(order, maker)
                if sign is not None:
                    found.append(PlaceMatch(order.entity, *sign))
        return found

    def _sign(self, known: "_Order", maker: Party | None) -> tuple[float, HitStrength, str] | None:
        order = known.order
        strong = (PLACE_MATCH, HitStrength.STRONG)
        weak = (WEAK_PLACE_MATCH, HitStrength.WEAK)
        if order.country_alone == HitStrength.STRONG:
            country = self._country_name(order.country)
            return (*strong, f"the origin or the manufacturer's country is {country}")
        if maker is not None and known.names_town(maker):
            return (*strong, "the manufacturer's address names a place of it")
        if maker is not None and order.area is not None:
            sign = self._sign_of_area(order, order.area, maker)
            if sign is not None:
                return (*(strong if sign[0] else weak), sign[1])
        if order.country_alone == HitStrength.WEAK:
            country = self._country_name(order.country)
            return (*weak, f"the country is {country}, and from which part of it is not said")
        return None

    def _sign_of_area(
        self, order: OrderByPlace, area: str, maker: Party
    ) -> tuple[bool, str] | None:
        """Return whether the maker is surely in the area, and by which sign; None for no sign."""
        code = maker.postal_code
        if code is not None and self._postal_area(order.country, code) == area.casefold():
            return True, f"the manufacturer's postal code is one of {area}"
        weaker = None
        for word, text in (("town", maker.city), ("address", maker.address)):
            for named in () if text is None else self._places.read(text, order.country).places:
                if not _is_in(named.place, area):
                    continue
                if named.plain and not _is_homonym(named.place):
                    return True, f"the manufacturer's {word} names {named.place.name}"
                weaker = f"the manufacturer's {word} may name {named.place.name}"
        if weaker is None and maker.mid is not None and not (maker.city or maker.postal_code):
            towns = self._places.by_letters(maker.mid[-_MID_TOWN:], order.country)
            if towns and all(_is_in(town, area) for town in towns):
                weaker = f"the MID ends as one of {towns[0].name} would"
        return None if weaker is None else (False, weaker)


class _Order:
    """An order by place with its entity, its names folded once."""

    __slots__ = ("entity", "excepted", "order", "prefixes", "stated", "towns")

    def __init__(self, order: OrderByPlace, entity: ListedEntity, country: str) -> None:
        """Fold the names of towns, of excepted firms and of the place as texts call it."""
        self.order = order
        self.entity = entity
        self.prefixes = entity.hs_prefixes
        self.towns = tuple(f" {fold_text(town)} " for town in order.towns)
        self.stated = _stated(order, country)
        self.excepted = frozenset(without_forms(fold_text(each)) for each in order.excepted)

    def is_of(self, line: EntryLine) -> bool:
        """Whether the goods of a line are those of the order."""
        return not self.prefixes or line.hts.startswith(self.prefixes)

    def excepts(self, maker: Party | None) -> bool:
        """Whether an amendment let the maker's goods in."""
        if maker is None or maker.name is None or not self.excepted:
            return False
        return without_forms(fold_text(maker.name)) in self.excepted

    def names_town(self, maker: Party) -> bool:
        """Whether town or address of the maker name one of the order's."""
        if not self.towns:
            return False
        said = " ".join(f" {fold_text(text)} " for text in (maker.city, maker.address) if text)
        return any(town in said for town in self.towns)


def _stated(order: OrderByPlace, country: str) -> tuple[tuple[str, ...], ...]:
    """Return what a text calls the place, as words: area or towns, else the whole country."""
    names = [*order.towns, *([order.area] if order.area else ())]
    if order.country_alone == HitStrength.STRONG:
        names.append(country)
    key = order.area or order.country
    called = _CALLED.get(key, ()) if order.area or not order.towns else ()
    return tuple(tuple(fold_text(name).split()) for name in (*names, *called))


def country_of(party: Party) -> str | None:
    """Return the country of a party's address, else of its MID."""
    return party.country or (party.mid.country if party.mid else None)


def _is_in(place: object, area: str) -> bool:
    return area in (getattr(place, "gateway_type", None) or "")


def _is_homonym(place: object) -> bool:
    return isinstance(place, GatewayPlace) and place.homonym
