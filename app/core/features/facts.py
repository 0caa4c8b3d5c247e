"""The facts of one line: what was declared, what was known, and what follows from the tables.

Derived facts are worked out when first asked for and kept; those of the entry are shared by its
lines. Nothing here is a feature: features are numbers, these are facts.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from math import nan
from typing import Any, Generic, NamedTuple, TypeVar, overload

from app.core.codes import CANADIAN_MID_PROVINCES
from app.core.entry import Entry, EntryLine, LegRole, Party, RouteLeg
from app.core.features.gateways import Gateway, gateway_of, risk_level
from app.core.features.geodesy import distance_km, path_km
from app.core.features.goods import Goods, goods_of
from app.core.history import LineHistory, bit_of, route_signature
from app.core.reference import GatewayPlace, HtsStatus, Port, ReferencePack
from app.core.screening import Hit

_T = TypeVar("_T")
_AT_DESTINATION = (LegRole.UNLADING, LegRole.ENTRY)  # a tuple: an enum member hashes slowly
_NEAR_KM = 50.0  # ends nearer than this have no meaningful detour


class _Once(Generic[_T]):
    """A derived fact, worked out on first use and kept (functools.cached_property locks)."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "_Once[_T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...

    def __get__(self, instance: object | None, owner: type) -> "_T | _Once[_T]":
        if instance is None:
            return self
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value


class Leg(NamedTuple):
    """One leg as the tables know it: role, country (None if unclear), port (None if unknown)."""

    role: LegRole
    country: str | None
    port: Port | None


class EntryFacts:
    """Facts shared by all lines of an entry, read as of `at`."""

    def __init__(self, entry: Entry, reference: ReferencePack, at: date) -> None:
        """Take the entry; nothing is worked out yet."""
        self.entry = entry
        self.reference = reference
        self.at = at
        self.day = at.toordinal()

    @_Once
    def legs(self) -> tuple[Leg, ...]:
        """The route's legs with their countries and ports."""
        return tuple(_leg(leg, self.reference) for leg in self.entry.route)

    @_Once
    def passed(self) -> frozenset[str]:
        """Countries of all legs, the destination included."""
        return frozenset(leg.country for leg in self.legs if leg.country is not None)

    @_Once
    def on_the_way(self) -> frozenset[str]:
        """Countries the goods passed before the destination, the export country included."""
        passed = {leg.country for leg in self.legs if leg.role not in _AT_DESTINATION}
        passed.add(self.entry.export_country)
        return frozenset(country for country in passed if country is not None)

    @_Once
    def places(self) -> tuple[tuple[Port, Gateway], ...]:
        """Gateway places on the way, in order, with their kind."""
        found = ((leg.port, gateway_of(leg.port)) for leg in self.legs)
        return tuple((port, kind) for port, kind in found if port is not None and kind is not None)

    @_Once
    def gateways(self) -> frozenset[Gateway]:
        """Kinds of gateway on the way."""
        return frozenset(kind for _, kind in self.places)

    @_Once
    def gateway_risk(self) -> int:
        """Highest risk of a gateway on the way, 0 (none) to 4 (prohibited)."""
        return max([risk_level(port) for port, _ in self.places], default=0)

    @_Once
    def knows_places(self) -> bool:
        """Whether any leg names a port the tables know."""
        return any(leg.port is not None for leg in self.legs)

    @_Once
    def points(self) -> tuple[tuple[float, float], ...]:
        """Latitude and longitude of the legs that have them, in order."""
        ports = (leg.port for leg in self.legs if leg.port is not None)
        return tuple(
            (port.lat, port.lon) for port in ports if port.lat is not None and port.lon is not None
        )

    @_Once
    def path_km(self) -> float | None:
        """Length of the way through the points, km; None with fewer than two."""
        return path_km(self.points) if len(self.points) > 1 else None

    @_Once
    def direct_km(self) -> float | None:
        """Distance of first and last point, km; None where there is none or they are near."""
        if len(self.points) < 2:
            return None
        direct = distance_km(self.points[0], self.points[-1])
        return direct if direct >= _NEAR_KM else None

    @_Once
    def transit_days(self) -> int | None:
        """Days from export to arrival; None where a date is missing."""
        entry = self.entry
        if entry.export_date is None or entry.arrival_date is None:
            return None
        return (entry.arrival_date - entry.export_date).days

    @_Once
    def value_usd(self) -> float:
        """Entered value of all lines, USD."""
        return float(sum(line.entered_value_usd for line in self.entry.lines))

    def country_of(self, role: LegRole) -> str | None:
        """Return the country of the first leg of `role`; None where there is none."""
        for leg in self.legs:
            if leg.role is role:
                return leg.country
        return None


class LineFacts:
    """All there is to know of one line when it is encoded."""

    def __init__(  # noqa: PLR0913, PLR0917 - the five things read and the day, in reading order
        self,
        entry: Entry,
        line: EntryLine,
        history: LineHistory,
        hits: Sequence[Hit],
        reference: ReferencePack,
        at: date,
        shared: EntryFacts | None = None,
    ) -> None:
        """Take what was declared, known, screened and tabled as of `at`.

        `hits` are those of the whole entry; `shared` spares work for lines.
        """
        self.entry = entry
        self.line = line
        self.history = history
        self.hits = tuple(hit for hit in hits if hit.concerns(line.line_number))
        self.reference = reference
        self.at = at
        self.day = at.toordinal()
        self.origin: str = line.origin_country
        self.of_entry = EntryFacts(entry, reference, at) if shared is None else shared

    @_Once
    def goods(self) -> Goods:
        """How the goods are listed on the day."""
        return goods_of(self.reference, self.line.hts, self.origin, self.at)

    @_Once
    def hts_status(self) -> HtsStatus:
        """What the tables know of the tariff code on the day."""
        return self.reference.hts_status(self.line.hts, self.at)

    @_Once
    def manufacturer(self) -> Party:
        """The manufacturer, or a party of whom nothing is known."""
        return self.line.manufacturer or _NOBODY

    @_Once
    def seller_country(self) -> str | None:
        """Country of the seller."""
        return None if self.line.seller is None else self.line.seller.country

    @_Once
    def mid_country(self) -> str | None:
        """Country the manufacturer's MID starts with; a Canadian province is CA."""
        mid = self.manufacturer.mid
        if mid is None:
            return None
        return "CA" if mid[:2] in CANADIAN_MID_PROVINCES else mid[:2]

    @_Once
    def lading_country(self) -> str | None:
        """Country where the goods were first laden."""
        return self.of_entry.country_of(LegRole.LADING)

    @_Once
    def stuffing_country(self) -> str | None:
        """Country where the container was stuffed."""
        return self.of_entry.country_of(LegRole.STUFFING)

    @_Once
    def voices(self) -> frozenset[str]:
        """Countries that speak of the origin: of manufacturer, seller, export, MID, lading and
        stuffing, as far as declared."""
        said = {
            self.manufacturer.country,
            self.seller_country,
            self.entry.export_country,
            self.mid_country,
            self.lading_country,
            self.stuffing_country,
        }
        return frozenset(country for country in said if country is not None)

    @_Once
    def route_bit(self) -> int | None:
        """The sketch of this line's route; None where no route or export country is declared."""
        signature = route_signature(self.entry, self.line)
        return None if signature is None else bit_of(signature)

    @_Once
    def value_usd(self) -> float:
        """Entered value, USD."""
        return float(self.line.entered_value_usd)

    @_Once
    def weight_kg(self) -> float:
        """Gross weight, kg; NaN where not declared."""
        return _number(self.line.gross_weight_kg)

    @_Once
    def quantity(self) -> float:
        """Quantity in its own unit; NaN where not declared."""
        return _number(self.line.quantity)

    @_Once
    def maker_country(self) -> str | None:
        """Country of the manufacturer's address, else of its MID."""
        return self.manufacturer.country or self.mid_country

    @_Once
    def maker_place(self) -> Port | GatewayPlace | None:
        """The manufacturer's town where it is a signal, else None."""
        city, country = self.manufacturer.city, self.maker_country
        return self.reference.place(city, country) if city and country else None

    @_Once
    def postal_area(self) -> str | None:
        """The area of the manufacturer's postal code where it is a signal, else None."""
        code, country = self.manufacturer.postal_code, self.maker_country
        return self.reference.postal_area(country, code) if code and country else None

    @_Once
    def maker_gateway(self) -> Gateway | None:
        """What the manufacturer's town or postal code signals, else None."""
        kind = gateway_of(self.maker_place)
        return kind if kind is not None else _AREAS.get(self.postal_area or "")

    @_Once
    def knows_maker_place(self) -> bool:
        """Whether the manufacturer's country and town or postal code were declared."""
        maker = self.manufacturer
        return bool(self.maker_country and (maker.city or maker.postal_code))


_NOBODY = Party()
# Postal areas that speak as their towns do; Dalian is a hub that also handles normal trade.
_AREAS = {
    "xinjiang": Gateway.XINJIANG,
    "dandong": Gateway.BORDER,
    "hunchun": Gateway.BORDER,
    "yanbian": Gateway.BORDER,
    "dalian": Gateway.HUB,
}


def line_facts(
    entry: Entry,
    history: Sequence[LineHistory],
    hits: Sequence[Hit],
    reference: ReferencePack,
    at: date,
) -> tuple[LineFacts, ...]:
    """Return the facts of each line; `history` one a line, `hits` as Screener.screen gave them."""
    shared = EntryFacts(entry, reference, at)
    return tuple(
        LineFacts(entry, line, known, hits, reference, at, shared)
        for line, known in zip(entry.lines, history, strict=True)
    )


def _leg(leg: RouteLeg, reference: ReferencePack) -> Leg:
    port = reference.port(
        unlocode=leg.unlocode, schedule_k=leg.schedule_k, schedule_d=leg.schedule_d
    )
    country: str | None = leg.country
    if country is None and port is not None:
        country = port.country
    elif country is None and leg.unlocode is not None and leg.unlocode[:2] != "XZ":
        country = leg.unlocode[:2]
    return Leg(leg.role, country, port)


def _number(declared: Decimal | None) -> float:
    return nan if declared is None else float(declared)
