"""What the text of one cell means: the reader of each field a mapping can fill."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from app.core.codes import Code
from app.core.entry import (
    CountryCode,
    EntryType,
    HtsCode,
    LegRole,
    Mid,
    RouteLeg,
    Scac,
    ScheduleD,
    ScheduleK,
    TransportMode,
    Unlocode,
)
from app.core.errors import InvalidField

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,6}", re.ASCII)


def number(raw: str, name: str = "number") -> Decimal:
    """Return the decimal number `raw`; raise InvalidField for anything else, NaN included."""
    if _NUMBER.fullmatch(raw) is None:
        message = f"found {raw[:24]!r}, wanted a decimal number"
        raise InvalidField(name, "invalid_number", message)
    return Decimal(raw)


def non_negative(name: str, raw: str) -> Decimal:
    """Return a number of the field `name` that must not be below 0."""
    found = number(raw, name)
    if found < 0:
        raise InvalidField(name, "out_of_range", f"found {raw[:24]!r}, wanted 0 or more")
    return found


def money(raw: str, *, rate: Decimal, decimals: int) -> Decimal:
    """Return an amount in USD: `raw` times `rate`, rounded half to even to `decimals` places."""
    amount = non_negative("entered_value_usd", raw)
    return round(amount * rate, decimals)


def padded(raw: str, *, digits: int) -> HtsCode:
    """Return a tariff code that was stored as a number and so lost its leading zeros."""
    return HtsCode(raw.zfill(digits))


def integer(raw: str) -> int:
    """Return a small whole number; raise InvalidField for anything else."""
    if _INTEGER.fullmatch(raw) is None:
        message = f"found {raw[:24]!r}, wanted a whole number"
        raise InvalidField("number", "invalid_number", message)
    return int(raw)


def listed(raw: str) -> tuple[str, ...]:
    """Return the texts between bars: "A|B"."""
    return tuple(part.strip() for part in raw.split("|") if part.strip())


def route(raw: str) -> tuple[RouteLeg, ...]:
    """Return the legs of "stuffing:CNDDG|lading:CNDLC|transshipment:KR|unlading:2704".

    A place of 2 letters is a country, of 5 characters that start with a letter a UN/LOCODE, of 5
    digits Schedule K, of 4 digits Schedule D.
    """
    return tuple(_leg(part) for part in listed(raw))


def _leg(part: str) -> RouteLeg:
    role, _, place = part.partition(":")
    if role not in set(LegRole):
        message = f"found leg {role[:24]!r}, wanted one of {[str(each) for each in LegRole]}"
        raise InvalidField("route", "invalid_leg", message)
    if place.isdigit():
        if len(place) == 4:
            return RouteLeg(role=LegRole(role), schedule_d=ScheduleD(place))
        return RouteLeg(role=LegRole(role), schedule_k=ScheduleK(place))
    if len(place) == 2:
        return RouteLeg(role=LegRole(role), country=CountryCode(place))
    code = Unlocode(place)
    return RouteLeg(role=LegRole(role), unlocode=code, country=code.country)


_REMEMBERED = 65_536  # codes of a kind: they repeat from row to row


def _code(kind: type[Code]) -> Callable[[str], Code]:
    return lru_cache(maxsize=_REMEMBERED)(kind)


READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "entry_number": str,
        "revision": integer,
        "entry_type": _code(EntryType),
        "filer_code": str,
        "port_of_entry": str,
        "mode_of_transport": _code(TransportMode),
        "export_country": _code(CountryCode),
        "export_date": str,
        "arrival_date": str,
        "entry_date": str,
        "carrier_scac": _code(Scac),
        "bills_of_lading": listed,
        "containers": listed,
        "route": route,
        "line_number": integer,
        "hts": _code(HtsCode),
        "description": str,
        "origin_country": _code(CountryCode),
        "entered_value_usd": number,
        "quantity": number,
        "quantity_unit": str,
        "gross_weight_kg": number,
        "duty_rate_percent": number,
        "preference": str,
        "party.name": str,
        "party.number": str,
        "party.mid": _code(Mid),
        "party.address": str,
        "party.city": str,
        "party.postal_code": str,
        "party.country": _code(CountryCode),
    }
)
