"""What a mapping file says, read from TOML and checked: docs/mapping.md describes each key."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core.entry import SCHEDULE_D, US_CBP, Party, text
from app.core.errors import InvalidField, MappingRefused
from app.core.features.lane import Cross
from app.core.features.schema import AttributeRole

PARTIES = ("importer", "manufacturer", "seller")
ENTRY_FIELDS = (
    "entry_number",
    "revision",
    "entry_type",
    "filer_code",
    "port_of_entry",
    "mode_of_transport",
    "export_country",
    "export_date",
    "arrival_date",
    "entry_date",
    "carrier_scac",
    "bills_of_lading",
    "containers",
    "route",
)
LINE_FIELDS = (
    "line_number",
    "hts",
    "description",
    "origin_country",
    "entered_value_usd",
    "quantity",
    "quantity_unit",
    "gross_weight_kg",
    "duty_rate_percent",
    "preference",
)
PARTY_FIELDS = tuple(f"{party}.{name}" for party in PARTIES for name in Party.__dataclass_fields__)
FIELDS = (*ENTRY_FIELDS, *LINE_FIELDS, *PARTY_FIELDS)
REQUIRED = ("hts", "origin_country", "entered_value_usd")
TABLES = {  # docs/mapping.md
    "title",
    "source",
    "entry",
    "money",
    "dates",
    "hts",
    "columns",
    "translate",
    "attributes",
    "lanes",
    "labels",
}


@dataclass(frozen=True, slots=True)
class AttributeColumn:
    """A foreign column that becomes an attribute of the line."""

    name: str
    column: str
    role: AttributeRole


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column of outcomes and how it is read.

    A value in `positive` is True, one in `negative` False (with no `negative` given: any other),
    a blank None. `known_after_days` is how long after the entry date it became known. `related`
    labels teach the lanes too, because their outcomes are more frequent.
    """

    name: str
    column: str
    positive: frozenset[str]
    negative: frozenset[str]
    known_after_days: int
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """A checked mapping file; `columns` maps a field of FIELDS to the foreign column's name."""

    title: str
    source: str
    identifier_scheme: str
    port_scheme: str
    group_by: str | None
    currency: str
    usd_per_unit: Decimal
    money_decimals: int
    date_formats: tuple[str, ...]
    hts_digits: int
    columns: Mapping[str, str]
    translate: Mapping[str, Mapping[str, str]]
    attributes: tuple[AttributeColumn, ...]
    lanes: tuple[Cross, ...]
    labels: Mapping[str, LabelColumn]


def parse(data: bytes) -> MappingFile:
    """Return the mapping that `data` (TOML) declares; raise MappingRefused naming the key."""
    try:
        document = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MappingRefused(f"not TOML: {error}") from error
    unknown = sorted(set(document) - TABLES)
    if unknown:
        raise MappingRefused(f"found tables {unknown}, wanted {sorted(TABLES)}")
    try:
        return _checked(document)
    except KeyError as error:
        raise MappingRefused(f"key {error} is missing") from error
    except (InvalidField, ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise MappingRefused(str(error)) from error


def _checked(document: Mapping[str, Any]) -> MappingFile:
    entry, money = document.get("entry", {}), document.get("money", {})
    made = MappingFile(
        title=document["title"],
        source=document.get("source", ""),
        identifier_scheme=text("identifier_scheme", entry.get("identifier_scheme", US_CBP), 40),
        port_scheme=text("port_scheme", entry.get("port_scheme", SCHEDULE_D), 40),
        group_by=entry.get("group_by"),
        currency=text("currency", money.get("currency", "USD"), 3),
        usd_per_unit=Decimal(money.get("usd_per_unit", "1")),
        money_decimals=int(money.get("decimals", 2)),
        date_formats=_formats(document.get("dates", {}).get("format", "%Y-%m-%d")),
        hts_digits=int(document.get("hts", {}).get("digits", 0)),
        columns=_columns(document["columns"]),
        translate=document.get("translate", {}),
        attributes=_attributes(document.get("attributes", {})),
        lanes=_lanes(document.get("lanes", [])),
        labels=_labels(document.get("labels", {})),
    )
    if not made.usd_per_unit.is_finite() or made.usd_per_unit <= 0:
        raise MappingRefused(f"money.usd_per_unit: found {made.usd_per_unit}, wanted above 0")
    if made.currency == "USD" and made.usd_per_unit != 1:
        raise MappingRefused("money.usd_per_unit: a rate needs money.currency")
    return made


def _formats(found: str | list[str]) -> tuple[str, ...]:
    forms = [found] if isinstance(found, str) else found
    return tuple(text("dates.format", form, 40) for form in forms)


def _columns(found: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, column in found.items():
        if isinstance(column, dict):
            flat |= {f"{name}.{part}": each for part, each in column.items()}
        else:
            flat[name] = column
    unknown = sorted(set(flat) - set(FIELDS))
    if unknown:
        raise MappingRefused(f"columns: found fields {unknown}, wanted some of {list(FIELDS)}")
    absent = [name for name in REQUIRED if name not in flat]
    if absent:
        raise MappingRefused(f"columns: {absent} must be mapped")
    return {name: text(name, column, 100) for name, column in flat.items()}


def _attributes(found: Mapping[str, Mapping[str, str]]) -> tuple[AttributeColumn, ...]:
    return tuple(
        AttributeColumn(name, text(name, each["column"], 100), AttributeRole(each["role"]))
        for name, each in found.items()
    )


def _lanes(found: list[Mapping[str, Any]]) -> tuple[Cross, ...]:
    # a parent may be a lane that training brings, so whether it exists is training's to say
    return tuple(
        Cross(each["name"], tuple(each["fields"]), each.get("parent"), float(each["smoothing"]))
        for each in found
    )


def _labels(found: Mapping[str, Mapping[str, Any]]) -> dict[str, LabelColumn]:
    labels = {
        name: LabelColumn(
            name=name,
            column=text(name, each["column"], 100),
            positive=frozenset(each["positive"]),
            negative=frozenset(each.get("negative", ())),
            known_after_days=int(each.get("known_after_days", 0)),
            related=tuple(each.get("related", ())),
        )
        for name, each in found.items()
    }
    for label in labels.values():
        strangers = [name for name in label.related if name not in labels]
        if strangers or not label.positive or label.known_after_days < 0:
            message = "wanted positive values, days not below 0, and related labels that exist"
            raise MappingRefused(f"labels.{label.name}: {message}")
    return labels
