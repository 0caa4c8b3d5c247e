"""One immutable set of reference tables with its lookups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.core.codes import HtsCode
from app.core.reference.geography import PortIndex, PostalIndex
from app.core.reference.goods import GoodsIndex
from app.core.reference.kinds import (
    GatewayPlace,
    GoodsRisk,
    HtsStatus,
    ListedEntity,
    OrderByPlace,
    Port,
    Source,
    TableInfo,
)
from app.core.reference.localities import PlaceIndex
from app.core.reference.physics import Physics
from app.core.reference.tariff import TariffIndex
from app.core.reference.ways import Ways


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Indexes:
    """The lookups of a pack, built by the loader."""

    tariff: TariffIndex
    goods: GoodsIndex
    ports: PortIndex
    towns: PlaceIndex
    postal: PostalIndex
    ways: Ways
    physics: Physics
    countries: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferencePack:
    """Everything dated that scoring reads; built by load_reference, never changed.

    `version` is the ISO date of the newest `as_of`; `digest` is over the bytes of all tables in
    the order of TABLES.
    """

    version: str
    digest: str
    tables: tuple[TableInfo, ...] = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
    listed: tuple[ListedEntity, ...] = field(repr=False)
    orders_by_place: tuple[OrderByPlace, ...] = field(repr=False)
    indexes: Indexes = field(repr=False)

    def hts_status(self, hts: HtsCode, on: date) -> HtsStatus:
        """Return what the tables know of a code on a date: 6 digits by HS edition, more by HTS."""
        return self.indexes.tariff.status(hts, on)

    def goods_risks(self, hts: str, origin: str, on: date) -> tuple[GoodsRisk, ...]:
        """Return the rows that name these goods from this origin, longest prefix first."""
        return self.indexes.goods.find(hts, origin, on)

    def port(
        self,
        *,
        unlocode: str | None = None,
        schedule_k: str | None = None,
        schedule_d: str | None = None,
    ) -> Port | None:
        """Return the port of the first code given that is known, or None."""
        found = self.indexes.ports.by_unlocode(unlocode) if unlocode else None
        if found is None and schedule_k:
            found = self.indexes.ports.by_schedule_k(schedule_k)
        if found is None and schedule_d:
            found = self.indexes.ports.by_schedule_d(schedule_d)
        return found

    def place(self, city: str, country: str) -> Port | GatewayPlace | None:
        """Return what a manufacturer's town signals, or None; never counted without goods."""
        return self.indexes.towns.find(city, country)

    @property
    def places(self) -> PlaceIndex:
        """Places that are a signal where a party is, found in texts."""
        return self.indexes.towns

    @property
    def ways(self) -> Ways:
        """Known chains of places, and the highest speeds."""
        return self.indexes.ways

    @property
    def physics(self) -> Physics:
        """What goods can weigh, cost, contain and be made of where."""
        return self.indexes.physics

    def postal_area(self, country: str, postal_code: str) -> str | None:
        """Return the area a postal code is in, as xinjiang or dandong, or None."""
        return self.indexes.postal.find(country, postal_code)

    def country_name(self, alpha2: str) -> str:
        """Return the English short name of a country, or the code itself where unknown."""
        return self.indexes.countries.get(alpha2, alpha2)

    def table(self, name: str) -> TableInfo:
        """Return what is known of one table; raises KeyError for a name not in TABLES."""
        for info in self.tables:
            if info.name == name:
                return info
        raise KeyError(name)
