"""Orders on the goods of a region, a field or a whole country: met by place and goods, not name."""

from collections.abc import Iterator
from typing import NamedTuple

from app.core.entry import EntryLine, Party
from app.core.reference import GatewayPlace, ListedEntity, OrderByPlace, ReferencePack
from app.core.reference.folding import drop_legal_forms, fold_text
from app.core.screening.matches import HitStrength

PLACE_MATCH = 1.0
WEAK_PLACE_MATCH = 0.6  # the town may be another, or the goods from another field of the country
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
                self._by_country.setdefault(order.country, []).append(_Order(order, entity))
        self.regions = frozenset(
            order.entity_id for order in pack.orders_by_place if not order.also_party
        )

    def find(self, line: EntryLine) -> Iterator[PlaceMatch]:
        """Yield the orders on goods such as these from where they were made, whatever the day."""
        maker = line.manufacturer
        made_in = None if maker is None else country_of(maker)
        for country in dict.fromkeys((line.origin_country, made_in)):
            for order in self._by_country.get(country or "", ()):
                if order.is_of(line) and not order.excepts(maker):
                    sign = self._sign(order.order, maker if made_in == country else None)
                    if sign is not None:
                        yield PlaceMatch(order.entity, *sign)

    def _sign(
        self, order: OrderByPlace, maker: Party | None
    ) -> tuple[float, HitStrength, str] | None:
        strong = (PLACE_MATCH, HitStrength.STRONG)
        weak = (WEAK_PLACE_MATCH, HitStrength.WEAK)
        country = self._country_name(order.country)
        if order.country_alone == HitStrength.STRONG:
            return (*strong, f"the origin or the manufacturer's country is {country}")
        if maker is not None and order.towns and _names_town(maker, order.towns):
            return (*strong, "the manufacturer's address names a place of it")
        if maker is not None and order.area is not None:
            sign = self._sign_of_area(order, maker)
            if sign is not None:
                return (*(strong if sign[0] else weak), sign[1])
        if order.country_alone == HitStrength.WEAK:
            said = f"the country is {country}, and from which part of it is not said"
            return (*weak, said)
        return None

    def _sign_of_area(self, order: OrderByPlace, maker: Party) -> tuple[bool, str] | None:
        """Return whether the maker is surely in the area, and by which sign; None for no sign."""
        area = order.area or ""
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


class _Order(NamedTuple):
    """An order by place with its entity."""

    order: OrderByPlace
    entity: ListedEntity

    def is_of(self, line: EntryLine) -> bool:
        return not self.entity.hs_prefixes or line.hts.startswith(self.entity.hs_prefixes)

    def excepts(self, maker: Party | None) -> bool:
        if maker is None or maker.name is None or not self.order.excepted:
            return False
        name = drop_legal_forms(fold_text(maker.name))
        return name in {drop_legal_forms(fold_text(each)) for each in self.order.excepted}


def country_of(party: Party) -> str | None:
    """Return the country of a party's address, else of its MID."""
    return party.country or (party.mid.country if party.mid else None)


def _names_town(maker: Party, towns: tuple[str, ...]) -> bool:
    said = " ".join(f" {fold_text(text)} " for text in (maker.city, maker.address) if text)
    return any(f" {fold_text(town)} " in said for town in towns)


def _is_in(place: object, area: str) -> bool:
    return area in (getattr(place, "gateway_type", None) or "")


def _is_homonym(place: object) -> bool:
    return isinstance(place, GatewayPlace) and place.homonym
