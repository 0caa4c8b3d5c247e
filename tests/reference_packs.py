"""Small reference packs made of rows that show only what a test is about."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core.reference import ReferencePack
from app.core.reference.loading import build_pack
from app.core.reference.tables import TABLES, file_name, render_table

Cells = dict[str, str]

_DEFAULTS: Mapping[str, Cells] = {
    "sources": {
        "source_id": "s1",
        "as_of": "2025-01-01",
        "licence": "facts only",
        "text": "made up for tests",
    },
    "hs6": {"hs6": "610910", "effective_from": "2002-01-01"},
    "hts": {"hts8": "61091000", "suffixes": "04;12", "effective_from": "2025-01-01"},
    "ports": {"unlocode": "CNSHA", "name": "Shanghai", "country": "CN", "is_seaport": "1"},
    "gateways": {
        "unlocode": "CNSHA",
        "gateway_type": "hub",
        "gateway_risk": "low",
        "gateway_reason": "made up",
    },
    "schedule_d": {"schedule_d": "2704", "name": "LOS ANGELES, CALIFORNIA"},
    "places": {
        "name": "Dandong",
        "country": "CN",
        "homonym": "0",
        "gateway_type": "DPRK border town",
        "gateway_risk": "high",
        "gateway_reason": "made up",
    },
    "postal": {"country": "CN", "prefix": "83", "area": "xinjiang"},
    "goods": {
        "list": "DOL_TVPRA",
        "good": "Garments",
        "country": "CN",
        "forced_labour": "1",
        "child_labour": "0",
        "hs_prefixes": "61;62",
        "confidence": "high",
    },
    "entities": {
        "entity_id": "wro-made-up",
        "list": "WRO",
        "name": "Made Up Garments Co., Ltd.",
        "country": "CN",
        "status": "active",
        "confidence": "high",
        "effective_from": "2020-01-01",
    },
}
_DEFAULTS = {
    **_DEFAULTS,
    "orders_by_place": {
        "entity_id": "wro-elsewhere",
        "country": "MW",
        "country_alone": "strong",
        "also_party": "0",
    },
    "chains": {
        "chain": "made-up",
        "title": "Made-up chain",
        "hs_prefixes": "27",
        "steps": "border;CN",
        "strength": "3",
    },
    "speeds": {"means": "vessel", "km_per_day": "1000", "reason": "made up"},
    "bounds": {
        "measure": "kg_per_unit",
        "hs_prefixes": "5208",
        "unit": "M2",
        "high": "0.2",
        "reason": "made up",
    },
    "capacities": {
        "good": "cotton",
        "hs_prefixes": "5201",
        "country": "HK",
        "tonnes_per_year": "0",
    },
    "yields": {
        "output": "yarn",
        "hs_prefixes": "5205",
        "unit": "KG",
        "input": "cotton",
        "input_hs": "5201",
        "kg_low": "1.1",
        "kg_high": "1.5",
        "reason": "made up",
    },
}
_TAIL = {"verified": "1", "source": "s1", "as_of": "2025-01-01"}


def row(table: str, **cells: str) -> Cells:
    """Return a whole row of a table: the given cells over plain ones."""
    plain = dict.fromkeys(TABLES[table], "")
    tail = {} if table == "sources" else _TAIL
    return {**plain, **tail, **_DEFAULTS[table], **cells}


def pack_bytes(**tables: Sequence[Cells]) -> dict[str, bytes]:
    """Return the bytes of every table; one that is not given has its plain row."""
    return {table: render_table(table, tables.get(table, [row(table)])) for table in TABLES}


def small_pack(**tables: Sequence[Cells]) -> ReferencePack:
    """Return a pack of the given rows."""
    return build_pack(pack_bytes(**tables))


def write_pack(directory: Path, **tables: Sequence[Cells]) -> Path:
    """Write a pack of the given rows and return its directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for table, data in pack_bytes(**tables).items():
        (directory / file_name(table)).write_bytes(data)
    return directory
