"""Documented cases, benign neighbours and lone tells, as entries (tests/golden/cases.csv).

`kind` is listed (names a listed party), place (an order on a region's goods, or Xinjiang), nexus
(documented without a listed party), benign (the neighbour of a case: same goods, port or country;
or the same party once its order had ended), or tell (one sign alone). Firms marked (invented) are
made up where the sources name none that may be repeated, or to be benign.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "golden" / "cases.csv"
BAD = frozenset({"listed", "place", "nexus"})
_DAYS = {"40": 3, "30": 1}  # under way by mode; by sea 26
_IMPORTERS = (
    ("12-3456789AB", "Harbor Outfitters LLC"),
    ("34-5678901AB", "Prairie Home Supply Inc."),
    ("56-7890123AB", "Atlas Trading Partners LLC"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what is expected of it at least (bad) or at most (benign, tell), and the entry."""

    id: str
    kind: str
    expect: str
    source: str
    entry: dict[str, Any]

    @property
    def is_bad(self) -> bool:
        """Whether it is a documented case, not a neighbour or a tell."""
        return self.kind in BAD


@cache
def cases() -> tuple[Case, ...]:
    """Return all cases in file order."""
    with CASES.open(encoding="utf-8", newline="") as file:
        return tuple(_cases(csv.DictReader(file, delimiter="|")))


def _cases(rows: Iterable[dict[str, str]]) -> Iterator[Case]:
    for place, row in enumerate(rows):
        yield Case(row["id"], row["kind"], row["expect"], row["source"], _entry(row, place))


def _entry(row: dict[str, str], place: int) -> dict[str, Any]:
    arrival = date.fromisoformat(row["on"])
    export = arrival - timedelta(days=_DAYS.get(row["mode"], 26))
    number, name = _IMPORTERS[place % len(_IMPORTERS)]
    return {
        "intent": "draft",
        "entry_type": "01",
        "mode_of_transport": row["mode"],
        "importer": {"number": number, "name": name, "country": "US"},
        "export_country": row["export"],
        "export_date": export.isoformat(),
        "arrival_date": arrival.isoformat(),
        "bills_of_lading": [f"OOLU{2_634_000_000 + place}"],
        "route": _route(row["route"].split()),
        "lines": [_line(row)],
    }


def _route(places: list[str]) -> list[dict[str, str]]:
    legs = []
    laden = False
    for at, place in enumerate(places):
        code, _, role = place.partition("@")
        if not role:
            role = "transshipment" if laden else "lading"
            role = "unlading" if at == len(places) - 1 else role
            laden = True
        legs.append({"unlocode": code, "country": code[:2], "role": role})
    return legs


def _line(row: dict[str, str]) -> dict[str, Any]:
    name = row["maker"].replace(" (invented)", "")
    maker = {
        "mid": mid_of(name, row["maker_country"], row["city"]),
        "name": name,
        "address": row["address"],
        "city": row["city"],
        "postal_code": row["postal"],
        "country": row["maker_country"],
    }
    line: dict[str, Any] = {
        "line_number": 1,
        "hts": row["hts"],
        "description": row["goods"],
        "origin_country": row["origin"],
        "manufacturer": {key: value for key, value in maker.items() if value},
        "entered_value_usd": f"{row['value']}.00",
        "quantity": int(row["quantity"]),
        "quantity_unit": row["unit"],
        "gross_weight_kg": int(row["kg"]),
    }
    if row["seller"]:
        seller = row["seller"].replace(" (invented)", "")
        line["seller"] = {"name": seller, "country": row["seller_country"]}
    return line


def mid_of(name: str, country: str, city: str) -> str:
    """Return the MID of a firm by CBP's rule, without a street number."""
    words = [re.sub(r"[^A-Z0-9]", "", word) for word in name.upper().split()]
    letters = "".join(word[:3] for word in [word for word in words if word][:2])
    return f"{country}{letters}{re.sub(r'[^A-Z]', '', city.upper())[:3]}"[:15]
