"""What a broker files: entry, line, party and route leg, whole and checked when made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.core.codes import (
    CountryCode,
    EntryNumber,
    EntryType,
    FilerCode,
    HtsCode,
    Mid,
    Scac,
    ScheduleD,
    ScheduleK,
    TransportMode,
    Unlocode,
)
from app.core.errors import InvalidField

__all__ = [
    "US_CBP",
    "CountryCode",
    "Entry",
    "EntryLine",
    "EntryNumber",
    "EntryType",
    "FilerCode",
    "HtsCode",
    "Intent",
    "LegRole",
    "Mid",
    "Party",
    "RouteLeg",
    "Scac",
    "ScheduleD",
    "ScheduleK",
    "TransportMode",
    "Unlocode",
    "text",
]

US_CBP = "us-cbp"  # identifier scheme in which entry numbers and filer codes are CBP's
SCHEDULE_D = "schedule-d"  # port scheme in which a port of entry is 4 digits
MAX_LINES = 999  # docs/api.md
MAX_TEXT = 500  # characters of any free text
MAX_MONEY = Decimal("1e13")  # USD; above every entry ever filed, below float trouble
MAX_MEASURE = Decimal("1e12")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Intent(StrEnum):
    """Why it was asked: a draft is recorded but never observed as history."""

    DRAFT = "draft"
    FILED = "filed"


class LegRole(StrEnum):
    """What happens at a place on the way, in the order of travel."""

    ORIGIN = "origin"
    STUFFING = "stuffing"
    LADING = "lading"
    TRANSSHIPMENT = "transshipment"
    UNLADING = "unlading"
    ENTRY = "entry"


def text(name: str, raw: object, longest: int = MAX_TEXT) -> str:
    """Return `raw` if it is a short text without control characters; never repeat it in an error.

    Raises InvalidField with the field `name`.
    """
    # what is printable and no blank is clean; for all else the rules below say what is wrong
    if type(raw) is str and raw.isprintable() and len(raw) <= longest and not raw.isspace() and raw:
        return raw
    if not isinstance(raw, str) or not raw.strip():
        raise InvalidField(name, "invalid_text", "wanted a text that is not blank")
    if len(raw) > longest:
        message = f"found {len(raw)} characters, wanted at most {longest}"
        raise InvalidField(name, "text_too_long", message)
    if _CONTROL.search(raw):
        raise InvalidField(name, "control_character", "found a control character, wanted none")
    return raw


def _decimal_within(name: str, value: Decimal | None, ceiling: Decimal) -> None:
    if value is None:
        return
    if not value.is_finite() or value < 0 or value > ceiling:
        message = f"wanted a number from 0 to {ceiling:f}"
        raise InvalidField(name, "out_of_range", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party by what is known of it: number, name, MID, place; None is not declared.

    `number` is in the entry's identifier scheme (an importer number with us-cbp).
    """

    name: str | None = None
    number: str | None = None
    mid: Mid | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: CountryCode | None = None

    def __post_init__(self) -> None:
        """Refuse blank or dirty texts, naming the field."""
        for name, longest in _PARTY_TEXTS:
            value = getattr(self, name)
            if value is not None:
                text(name, value, longest)


_PARTY_TEXTS = (("name", 200), ("number", 64), ("address", 300), ("city", 100), ("postal_code", 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLeg:
    """One place on the way; a country alone will do."""

    role: LegRole
    country: CountryCode | None = None
    unlocode: Unlocode | None = None
    schedule_k: ScheduleK | None = None
    schedule_d: ScheduleD | None = None

    def __post_init__(self) -> None:
        """Refuse a leg that is nowhere."""
        if not (self.country or self.unlocode or self.schedule_k or self.schedule_d):
            message = "wanted a country, unlocode, schedule_k or schedule_d"
            raise InvalidField("route", "leg_without_place", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One line of an entry: goods of one HTS code, origin and value.

    Values are USD, weights kg, rates percent; None is unknown, never zero. `attributes` are
    foreign declaration fields whose names the model bundle declares.
    """

    line_number: int
    hts: HtsCode
    origin_country: CountryCode
    entered_value_usd: Decimal
    description: str | None = None
    manufacturer: Party | None = None
    seller: Party | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    gross_weight_kg: Decimal | None = None
    duty_rate_percent: Decimal | None = None
    preference: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse numbers out of range and dirty texts, naming the field."""
        if not 1 <= self.line_number <= MAX_LINES:
            message = f"found {self.line_number}, wanted 1 to {MAX_LINES}"
            raise InvalidField("line_number", "out_of_range", message)
        _decimal_within("entered_value_usd", self.entered_value_usd, MAX_MONEY)
        _decimal_within("quantity", self.quantity, MAX_MEASURE)
        _decimal_within("gross_weight_kg", self.gross_weight_kg, MAX_MEASURE)
        _decimal_within("duty_rate_percent", self.duty_rate_percent, Decimal(10_000))
        for name, longest in (("description", MAX_TEXT), ("quantity_unit", 10), ("preference", 20)):
            value = getattr(self, name)
            if value is not None:
                text(name, value, longest)
        for key, value in self.attributes.items():
            text("attributes", key, 64)
            text("attributes", value, 100)


def _schedule_d_port(raw: str) -> ScheduleD:
    try:
        return ScheduleD(raw)
    except InvalidField as error:
        raise InvalidField("port_of_entry", error.problem, error.message) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One import entry with its lines, as filed or as drafted; None is not declared.

    `entry_date` is the day it is filed; `moment` is what every dated table is read as of.
    With an `identifier_scheme` other than us-cbp, entry number and filer code are free texts;
    with a `port_scheme` other than schedule-d, so is the port of entry.
    """

    lines: tuple[EntryLine, ...]
    entry_number: EntryNumber | str | None = None
    revision: int = 1
    identifier_scheme: str = US_CBP
    entry_type: EntryType | None = None
    filer_code: FilerCode | str | None = None
    port_of_entry: ScheduleD | str | None = None
    port_scheme: str = SCHEDULE_D
    mode_of_transport: TransportMode | None = None
    importer: Party | None = None
    export_country: CountryCode | None = None
    export_date: date | None = None
    arrival_date: date | None = None
    entry_date: date | None = None
    carrier_scac: Scac | None = None
    bills_of_lading: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    route: tuple[RouteLeg, ...] = ()

    def __post_init__(self) -> None:
        """Refuse no lines, too many, or two of one number; type the scheme-bound codes."""
        if not 1 <= len(self.lines) <= MAX_LINES:
            message = f"found {len(self.lines)} lines, wanted 1 to {MAX_LINES}"
            raise InvalidField("lines", "line_count", message)
        if len({line.line_number for line in self.lines}) != len(self.lines):
            raise InvalidField("lines", "duplicate_line_number", "wanted each line number once")
        if not 1 <= self.revision <= 9999:
            message = f"found {self.revision}, wanted 1 to 9999"
            raise InvalidField("revision", "out_of_range", message)
        self._type_scheme_bound_codes()

    def _type_scheme_bound_codes(self) -> None:
        cbp = self.identifier_scheme == US_CBP
        if self.entry_number is not None:
            number = EntryNumber(self.entry_number) if cbp else self.entry_number
            object.__setattr__(self, "entry_number", text("entry_number", number, 40))
        if self.filer_code is not None:
            filer = FilerCode(self.filer_code) if cbp else self.filer_code
            object.__setattr__(self, "filer_code", text("filer_code", filer, 40))
        if self.port_of_entry is not None:
            port = text("port_of_entry", self.port_of_entry, 40)
            if self.port_scheme == SCHEDULE_D:
                port = _schedule_d_port(port)
            object.__setattr__(self, "port_of_entry", port)

    @property
    def moment(self) -> date | None:
        """The day the entry is read as of: entry date, else arrival date, else unknown."""
        return self.entry_date or self.arrival_date
