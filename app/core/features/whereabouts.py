"""Where a party is, as far as its data say: the signs of a place, and whether they suffice."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from app.core.entry import Party
from app.core.features.gateways import Gateway, gateway_of
from app.core.features.once import KEPT
from app.core.reference import GatewayPlace, Port, ReferencePack
from app.core.reference.geography import is_cn_postal_code, plain_postal_code
from app.core.reference.localities import NOTHING_READ, Reading

# Postal areas that speak as their towns do; Dalian is a hub that also handles normal trade.
AREAS = {
    "xinjiang": Gateway.XINJIANG,
    "dandong": Gateway.BORDER,
    "hunchun": Gateway.BORDER,
    "yanbian": Gateway.BORDER,
    "jian": Gateway.BORDER,
    "changbai": Gateway.BORDER,
    "linjiang": Gateway.BORDER,
    "pingdu": Gateway.CLUSTER,
    "dalian": Gateway.HUB,
}
_GRAVEST = (
    *(Gateway.NORTH_KOREA, Gateway.XINJIANG, Gateway.BORDER),
    *(Gateway.FAR_EAST, Gateway.CLUSTER, Gateway.HUB),
)
_CODE_IN_TEXT = re.compile(r"(?<!\d)\d{6}(?!\d)")

Place = GatewayPlace | Port


class Whereabouts(NamedTuple):
    """What a party's data say of where it is.

    `kind` and `place` only where the signs suffice: a postal code of the area, a name of the town
    that can mean no other, or two weaker signs that agree. `signs` names them (postal code, town,
    address, MID, name, province). `unclear` is the kind that weaker signs point to, so that the
    place is UNKNOWN. `declared`: whether town, address or postal code and a country were declared.
    """

    kind: Gateway | None = None
    place: Place | None = None
    signs: tuple[str, ...] = ()
    unclear: Gateway | None = None
    declared: bool = False

    @property
    def known(self) -> bool:
        """Whether it can be told where the party is."""
        return self.kind is not None or (self.declared and self.unclear is None)


class _Signs:
    """The signs of one party, gathered."""

    def __init__(self, party: Party, country: str, reference: ReferencePack) -> None:
        self.reference, self.country, self.party = reference, country, party
        self.town = _read(party.city, country, reference)
        self.address = _read(party.address, country, reference)
        self.provinces = self.town.provinces | self.address.provinces
        self.codes = tuple(_codes(party))
        self.letters = None if party.mid is None else str(party.mid)[-3:]
        self.begins = None if party.name is None else reference.places.begins(party.name, country)

    def of(self, place: Place) -> tuple[bool, tuple[str, ...]]:
        """Return whether the party is at `place` for sure, and the signs of it."""
        signs = []
        plain = False
        for word, reading in (("town", self.town), ("address", self.address)):
            named = [each for each in reading.places if each.place == place]
            if named:
                signs.append(word)
                plain = plain or named[0].plain
        if self.letters is not None and place in self._by_letters():
            signs.append("MID")
        if self.begins == place:
            signs.append("name")
        return self._weighed(place, plain=plain, signs=signs)

    def candidates(self) -> Iterable[Place]:
        """Return every place that a sign other than the MID names, each once."""
        named = [each.place for each in (*self.town.places, *self.address.places)]
        if self.begins is not None:
            named.append(self.begins)
        return dict.fromkeys(named)

    def _weighed(
        self, place: Place, *, plain: bool, signs: list[str]
    ) -> tuple[bool, tuple[str, ...]]:
        provinces, postal, homonym = _marks(place)
        if any(code.startswith(postal) for code in self.codes if postal):
            signs.append("postal code")
        if self.provinces.intersection(provinces) and not _is_province(place):
            signs.append("province")
        elsewhere = bool(self.provinces - set(provinces)) or (
            bool(postal) and any(not code.startswith(postal) for code in self.codes)
        )
        confirmed = "postal code" in signs or "province" in signs
        if homonym and elsewhere and not confirmed:
            return False, ()
        named = "town" in signs or "address" in signs
        if plain and not homonym:
            return True, tuple(signs)
        if named:
            return confirmed or (len(signs) > 1 and not homonym), tuple(signs)
        # a name and three letters of a MID may be chance: they never bring a presumption of law
        presumed = gateway_of(place) is Gateway.XINJIANG
        nowhere = not (self.party.city or self.party.address or presumed)
        return nowhere and not homonym and len(signs) > 1, tuple(signs)

    def _by_letters(self) -> tuple[Place, ...]:
        return self.reference.places.by_letters(self.letters or "", self.country)


@lru_cache(KEPT)  # most makers come again; a new pack is another key
def whereabouts(party: Party | None, country: str | None, reference: ReferencePack) -> Whereabouts:
    """Return where a party in `country` is, as far as its data say."""
    if party is None:
        return Whereabouts()
    if country is None:
        return Whereabouts()
    signs = _Signs(party, country, reference)
    told = signs.address.places or signs.address.provinces
    declared = bool(party.city or party.postal_code or told)
    sure: list[Whereabouts] = []
    unclear: list[Gateway] = []
    area = None
    if party.postal_code is not None:
        area = AREAS.get(reference.postal_area(country, party.postal_code) or "")
    for place in signs.candidates():
        kind = gateway_of(place) or Gateway.HUB
        found, of_place = signs.of(place)
        if found:
            sure.append(Whereabouts(kind, place, of_place, None, declared))
        elif of_place and (of_place != ("name",) or not declared):
            unclear.append(kind)
    if area is not None:
        sure.append(Whereabouts(area, None, ("postal code",), None, declared))
    if sure:
        return min(sure, key=lambda each: _GRAVEST.index(each.kind or Gateway.HUB))
    return Whereabouts(None, None, (), min(unclear, key=_GRAVEST.index, default=None), declared)


def _read(text: str | None, country: str, reference: ReferencePack) -> Reading:
    return NOTHING_READ if text is None else reference.places.read(text, country)


def _codes(party: Party) -> Iterable[str]:
    """Return the Chinese postal codes of a party: its own, else those in town and address."""
    if party.postal_code is not None:
        code = plain_postal_code(party.postal_code)
        if is_cn_postal_code(code):
            yield code
        return
    for text in (party.city, party.address):
        if text is not None:
            yield from _CODE_IN_TEXT.findall(text)


def _is_province(place: Place) -> bool:
    return isinstance(place, GatewayPlace) and place.name.casefold() in place.provinces


def _marks(place: Place) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    if isinstance(place, Port):
        return (), (), False
    return place.provinces, place.postal, place.homonym and bool(place.provinces)
