"""What a reference table holds: ports, places, goods at risk, listed entities, and where from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ANY_COUNTRY = ""  # country of a goods row that holds whatever the origin


class HtsStatus(StrEnum):
    """What the tables know of a tariff code on a date."""

    VALID = "valid"
    OBSOLETE = "obsolete"  # known, but not in force on that date
    UNKNOWN = "unknown"  # never in our tables; it may still have existed


class ListName(StrEnum):
    """Whose list a listed entity is on."""

    WRO = "WRO"
    FINDING = "FINDING"
    UFLPA = "UFLPA"
    CAATSA_321 = "CAATSA-321"
    OFAC_NK = "OFAC-NK"


REGIMES = {  # law that a list stands for, by the tags of docs/glossary.md
    ListName.WRO: "TA-307",
    ListName.FINDING: "TA-307",
    ListName.UFLPA: "UFLPA",
    ListName.CAATSA_321: "CAATSA-321",
    ListName.OFAC_NK: "OFAC-NK",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row comes from; `as_of` is the date of the source, `licence` its terms."""

    source_id: str
    text: str
    licence: str
    as_of: date


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table of a pack: rows, newest `as_of`, its sources by id, digest of its bytes."""

    name: str
    rows: int
    as_of: date
    sources: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Port:
    """A port, or as much as a code tells of it.

    `unlocode` is empty where only a Schedule D or K code is known; latitude and longitude are
    degrees of the town, None where unknown. The gateway fields are None for a port that is
    no signal; `gateway_risk` is low, medium, high or prohibited and never counts without goods.
    """

    unlocode: str
    name: str
    country: str
    lat: float | None
    lon: float | None
    schedule_k: str | None
    schedule_d: str | None
    is_seaport: bool
    gateway_type: str | None
    gateway_risk: str | None
    gateway_reason: str | None
    source: str


@dataclass(frozen=True, slots=True)
class GatewayPlace:
    """A town whose name in a manufacturer's address is a signal, together with the goods.

    `gateway_risk` is high, or low where another town has the same name. `homonym`: other places
    are spelt the same, so that a province or a postal code that begins with one of `postal` must
    say which is meant. `provinces` are folded names.
    """

    name: str
    country: str
    gateway_type: str
    gateway_risk: str
    gateway_reason: str
    verified: bool
    source: str
    as_of: date
    homonym: bool = False
    provinces: tuple[str, ...] = ()
    postal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoodsRisk:
    """Goods that a list names, by HS prefixes and origin.

    `list` is DOL_TVPRA, UFLPA_SECTOR, DPRK_SECTOR or CBP_ACTION. `country` is alpha-2 or "" for
    any. `effective_to` is the first day it no longer held; an `effective_from` of None is an
    unknown start, read as always. `source` is the text of its source, for a person to read.
    """

    list: str
    good: str
    sector: str
    country: str | None
    forced_labour: bool
    child_labour: bool
    hs_prefixes: tuple[str, ...]
    confidence: str
    verified: bool
    effective_from: date | None
    effective_to: date | None
    as_of: date
    source: str

    def holds_on(self, on: date) -> bool:
        """Whether the row is in force on a date."""
        return _holds(self.effective_from, self.effective_to, on)


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """A party named by an order or list, as far as the list says.

    `hs_prefixes` empty means every good. `effective_to` is the first day the order no longer
    held. `status` is active, or ended; an ended order whose end is unknown holds on no date.
    """

    entity_id: str
    list: ListName
    regime: str
    name: str
    aliases: tuple[str, ...]
    chinese_name: str | None
    country: str | None
    location: str | None
    merchandise: str | None
    hs_prefixes: tuple[str, ...]
    effective_from: date | None
    effective_to: date | None
    status: str
    confidence: str
    verified: bool
    source: str
    as_of: date

    def in_force(self, on: date) -> bool:
        """Whether the order is in force on a date; an unknown start is read as always."""
        if self.status == "ended" and self.effective_to is None:
            return False
        return _holds(self.effective_from, self.effective_to, on)


@dataclass(frozen=True, slots=True)
class OrderByPlace:
    """Where the goods of an order come from that names a region, a field or a whole country.

    `entity_id` is the order among the listed entities; its goods and dates stand there. `area` is
    a kind of gateway place (Xinjiang), `towns` further names in an address; `country_alone` says
    what the country of origin alone is worth: "strong" where the order is on all such goods of the
    country, "weak" where on those of one field, "" nothing. `also_party` where it is a firm too;
    `excepted` are firms whose goods an amendment let in.
    """

    entity_id: str
    country: str
    area: str | None
    towns: tuple[str, ...]
    country_alone: str
    also_party: bool
    excepted: tuple[str, ...]
    source: str


def _holds(start: date | None, end: date | None, on: date) -> bool:
    return (start is None or start <= on) and (end is None or on < end)
