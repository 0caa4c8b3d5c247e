"""CBP's Withhold Release Orders and Findings as the CSV data set that CBP publishes.

Assumed form (as public readers of the file describe it, unverified against the live file): a
header with at least Entity, Country, Status, "WRO/Finding" and "Effective Date"; Status is
Active, Partially Active or Inactive; dates as 11/30/2020 or November 30, 2020. Industry and
Remarks are read where present. The file has no HS codes: an order known before keeps the codes
of the base, a new one holds for every good of the entity until codes are added. It has no end
dates either: an order found inactive ends on the day of the import, if it was in force before.
"""

from datetime import date
from pathlib import Path

import pycountry

from app.core.codes import iso_countries
from app.core.reference.importers.lists import entity_key, listed_date, merge_entities
from app.core.reference.importers.names import published_name
from app.core.reference.importers.staging import (
    Cells,
    Imported,
    Reject,
    read_records,
    refuse_wrong_form,
    tail,
)
from app.core.reference.kinds import ListName, Source
from app.core.reference.tables import join_list

_FILE = "withhold-release-orders-findings.csv"
_COLUMNS = ("Entity", "Country", "Status", "WRO/Finding", "Effective Date")
_ACTIVE = {"active": True, "partially active": True, "inactive": False}
_OTHER_COUNTRY_NAMES = {  # as US agencies write them; the rest is ISO
    "burma": "MM",
    "democratic republic of the congo": "CD",
    "drc": "CD",
    "turkey": "TR",
    "russia": "RU",
    "north korea": "KP",
    "south korea": "KR",
}


def import_cbp_orders(data: bytes, base: Path, as_of: date) -> Imported:
    """Read the whole list of orders and Findings."""
    source = Source(
        f"cbp-orders-{as_of.isoformat()}",
        f"CBP Withhold Release Orders and Findings data set as of {as_of}",
        "US government work",
        as_of,
    )
    records = read_records(data, _FILE, required=_COLUMNS)
    rows: dict[str, Cells] = {}
    rejects: list[Reject] = []
    for number, record in records:
        reason = _problem(record)
        if reason:
            rejects.append(Reject(number, reason))
            continue
        row = _row(record, source)
        rows[row["entity_id"]] = row
    refuse_wrong_form(_FILE, len(records), rejects)
    merged = merge_entities(
        base,
        list(rows.values()),
        lists=frozenset({ListName.WRO, ListName.FINDING}),
        as_of=as_of,
    )
    return Imported({"entities": merged}, (source,), len(records), tuple(rejects))


def country_of(name: str) -> str:
    """Return the alpha-2 code of a country as US agencies write it, or "" where unknown."""
    text = name.strip()
    if text in iso_countries():
        return text
    known = _OTHER_COUNTRY_NAMES.get(text.casefold())
    if known:
        return known
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return ""


def _problem(record: Cells) -> str | None:
    if not published_name(record["Entity"]).name:
        return "Entity is empty"
    if record["Status"].casefold() not in _ACTIVE:
        return f"Status is {record['Status'][:30]!r}, wanted one of {', '.join(sorted(_ACTIVE))}"
    if record["Effective Date"] and listed_date(record["Effective Date"]) is None:
        return f"Effective Date is {record['Effective Date'][:30]!r}, wanted a date"
    return None


def _row(record: Cells, source: Source) -> Cells:
    finding = "finding" in record["WRO/Finding"].casefold()
    listed = ListName.FINDING if finding else ListName.WRO
    names = published_name(record["Entity"])
    return {
        "entity_id": entity_key(listed, names.name),
        "list": listed,
        "name": names.name,
        "aliases": join_list(names.aliases),
        "chinese_name": "",
        "country": country_of(record["Country"]),
        "location": "",
        "merchandise": record.get("Merchandise", "") or record.get("Industry", ""),
        "hs_prefixes": "",
        "status": "active" if _ACTIVE[record["Status"].casefold()] else "ended",
        "confidence": "high",
        **tail(
            source.source_id,
            source.as_of,
            verified=True,
            start=listed_date(record["Effective Date"]),
        ),
    }
