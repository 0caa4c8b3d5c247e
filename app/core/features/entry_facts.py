"""The facts that all lines of an entry share: its way, and what the tables know of it."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from app.core.codes import ScheduleD
from app.core.entry import Entry, LegRole, RouteLeg
from app.core.features.gateways import Gateway, gateway_of, risk_level
from app.core.features.geodesy import distance_km, path_km
from app.core.features.once import KEPT, Once, OnceShared
from app.core.reference import Port, ReferencePack

AT_DESTINATION = (LegRole.UNLADING, LegRole.ENTRY)  # a tuple: an enum member hashes slowly
SPARE_DAYS = 2  # a day by two dates without hours, a day by the date line
_NEAR_KM = 50.0  # ends nearer than this have no meaningful detour
_UNDER_WAY = (LegRole.LADING, LegRole.TRANSSHIPMENT)
_BEFORE_LADING = (LegRole.ORIGIN, LegRole.STUFFING)
_WANTED = (
    (LegRole.STUFFING, "stuffing"),
    (LegRole.LADING, "lading"),
    (LegRole.UNLADING, "unlading"),
)


class Leg(NamedTuple):
    """One leg as the tables know it: role, country (None if unclear), port (None if unknown), and
    the kind of gateway it is (None where it is none or unknown)."""

    role: LegRole
    country: str | None
    port: Port | None
    gateway: Gateway | None


class EntryFacts:
    """Facts shared by all lines of an entry, read as of `at`."""

    def __init__(self, entry: Entry, reference: ReferencePack, at: date) -> None:
        """Take the entry; nothing is worked out but what is known of the very same way."""
        port = entry.port_of_entry
        own = isinstance(port, ScheduleD)  # a text of another scheme may read the same
        self.kept = _kept_of(
            (entry.route, entry.export_country, entry.mode_of_transport, port, own), reference
        )
        self.__dict__.update(self.kept)
        self.entry = entry
        self.reference = reference
        self.at = at
        self.day = at.toordinal()

    @OnceShared
    def legs(self) -> tuple[Leg, ...]:
        """The route's legs with their countries and ports."""
        return tuple(_leg(leg, self.reference) for leg in self.entry.route)

    @OnceShared
    def passed(self) -> frozenset[str]:
        """Countries of all legs, the destination included."""
        return frozenset(leg.country for leg in self.legs if leg.country is not None)

    @OnceShared
    def on_the_way(self) -> frozenset[str]:
        """Countries the goods passed before the destination, the export country included."""
        passed = {leg.country for leg in self.legs if leg.role not in AT_DESTINATION}
        passed.add(self.entry.export_country)
        return frozenset(country for country in passed if country is not None)

    @OnceShared
    def places(self) -> tuple[tuple[Port, Gateway], ...]:
        """Gateway places on the way, in order, with their kind."""
        found = ((leg.port, leg.gateway) for leg in self.legs)
        return tuple((port, kind) for port, kind in found if port is not None and kind is not None)

    @OnceShared
    def gateways(self) -> frozenset[Gateway]:
        """Kinds of gateway on the way."""
        return frozenset(kind for _, kind in self.places)

    @OnceShared
    def gateway_risk(self) -> int:
        """Highest risk of a gateway on the way, 0 (none) to 4 (prohibited)."""
        return max([risk_level(port) for port, _ in self.places], default=0)

    @OnceShared
    def knows_places(self) -> bool:
        """Whether any leg names a port the tables know."""
        return any(leg.port is not None for leg in self.legs)

    @OnceShared
    def points(self) -> tuple[tuple[float, float], ...]:
        """Latitude and longitude of the legs that have them, in order."""
        ports = (leg.port for leg in self.legs if leg.port is not None)
        return tuple(
            (port.lat, port.lon) for port in ports if port.lat is not None and port.lon is not None
        )

    @OnceShared
    def path_km(self) -> float | None:
        """Length of the way through the points, km; None with fewer than two."""
        return path_km(self.points) if len(self.points) > 1 else None

    @OnceShared
    def direct_km(self) -> float | None:
        """Distance of first and last point, km; None where there is none or they are near."""
        if len(self.points) < 2:
            return None
        direct = distance_km(self.points[0], self.points[-1])
        return direct if direct >= _NEAR_KM else None

    @Once
    def transit_days(self) -> int | None:
        """Days from export to arrival; None where a date is missing."""
        entry = self.entry
        if entry.export_date is None or entry.arrival_date is None:
            return None
        return (entry.arrival_date - entry.export_date).days

    @OnceShared
    def destination(self) -> Port | None:
        """The port of unlading or entry, of the legs or of the entry itself; None if unknown."""
        for leg in self.legs:
            if leg.role in AT_DESTINATION and leg.port is not None:
                return leg.port
        port = self.entry.port_of_entry
        return self.reference.port(schedule_d=port) if isinstance(port, ScheduleD) else None

    @Once
    def shortfall_days(self) -> float | None:
        """Days by which the transit is shorter than the fastest means can do it, 0 where it is
        possible; None where a date, or the distance of a way that took time, is unknown."""
        days = self.transit_days
        if days is None:
            return None
        least = self.least_days
        if least is None:
            return float(-days - SPARE_DAYS) if days < -SPARE_DAYS else None
        return max(0.0, least - days - SPARE_DAYS)

    @OnceShared
    def least_days(self) -> float | None:
        """Days the fastest means takes from lading to destination along great circles; by air
        unless the mode is a vessel. None where the way has fewer than two known points."""
        ports = [leg.port for leg in self.legs if leg.role in _UNDER_WAY]
        points = [point for port in (*ports, self.destination) if (point := point_of(port))]
        if len(points) < 2:
            return None
        by_vessel = (self.entry.mode_of_transport or "")[:1] == "1"
        speed = self.reference.ways.speeds.get("vessel" if by_vessel else "air")
        return None if speed is None else path_km(points) / speed

    @OnceShared
    def detour_by_lading(self) -> float | None:
        """How much longer the way by the place of lading is than straight from the place before it
        to the destination, as a share of the direct way; None where one of the three is unknown.
        """
        first = next((leg for leg in self.legs if leg.role in _BEFORE_LADING), None)
        lading = next((leg for leg in self.legs if leg.role is LegRole.LADING), None)
        if first is None or lading is None:
            return None
        ends = point_of(first.port), point_of(lading.port), point_of(self.destination)
        start, by, end = ends
        if start is None or by is None or end is None:
            return None
        direct = distance_km(start, end)
        return None if direct < _NEAR_KM else max(0.0, path_km((start, by, end)) / direct - 1)

    @OnceShared
    def legs_missing(self) -> tuple[str, ...]:
        """Which of stuffing, lading and unlading no leg declares."""
        roles = {leg.role for leg in self.legs}
        found = [name for role, name in _WANTED if role not in roles]
        return tuple(found)

    @Once
    def value_usd(self) -> float:
        """Entered value of all lines, USD."""
        return float(sum(line.entered_value_usd for line in self.entry.lines))

    def country_of(self, role: LegRole) -> str | None:
        """Return the country of the first leg of `role`; None where there is none."""
        for leg in self.legs:
            if leg.role is role:
                return leg.country
        return None


def point_of(port: Port | None) -> tuple[float, float] | None:
    """Return latitude and longitude of a port; None where they are unknown."""
    if port is None or port.lat is None or port.lon is None:
        return None
    return port.lat, port.lon


@lru_cache(KEPT)  # entries of a day share their ways; a new pack is another key
def _kept_of(_way: tuple[object, ...], _reference: ReferencePack) -> dict[str, Any]:
    """Return where facts of a way are kept: all that is no date, value or name of an entry."""
    return {}


@lru_cache(KEPT)  # ways have few places
def _leg(leg: RouteLeg, reference: ReferencePack) -> Leg:
    port = reference.port(
        unlocode=leg.unlocode, schedule_k=leg.schedule_k, schedule_d=leg.schedule_d
    )
    country: str | None = leg.country
    if country is None and port is not None:
        country = port.country
    elif country is None and leg.unlocode is not None and leg.unlocode[:2] != "XZ":
        country = leg.unlocode[:2]
    return Leg(leg.role, country, port, gateway_of(port))
