"""Listed entities from the project's fact file, with the dates their orders held."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from app.core.reference.importers.lists import entity_key, slug
from app.core.reference.importers.names import PublishedName, published_name, split_names
from app.core.reference.importers.staging import Cells, Imported, Reject, read_records, tail
from app.core.reference.kinds import ListName, Source
from app.core.reference.tables import join_list, split_list

_LISTS = {
    "CBP_WRO": ListName.WRO,
    "CBP_FINDING": ListName.FINDING,
    "UFLPA_ENTITY": ListName.UFLPA,
    "CAATSA_321_DETENTION": ListName.CAATSA_321,
}
_AS_OF = {  # day up to which the compilation followed the list
    ListName.WRO: date(2026, 8, 22),
    ListName.FINDING: date(2026, 8, 22),
    ListName.UFLPA: date(2025, 8, 31),
    ListName.CAATSA_321: date(2022, 12, 28),
}
# Orders under 19 USC 1307 name goods; UFLPA and CAATSA bind every good of an entity, and what
# it is known for is kept as merchandise only.
_SCOPED = frozenset({ListName.WRO, ListName.FINDING})
_COLUMNS = (
    *("list_type", "entity", "aliases", "chinese_name", "country_iso2", "location"),
    *("merchandise", "hs_guess", "sector", "effective_date", "status", "confidence", "source"),
)
# Cells that name more, or less, than one entity in no regular form.
_CORRECTIONS: Mapping[str, tuple[str, ...]] = {
    "Kumar Carpet, Singhe Carpet, Norsang Carpet, Annapurna Carpet, Everest Carpet, "
    "Valley Carpet, K.K. Carpet (Kathmandu)": (
        *("Kumar Carpet", "Singhe Carpet", "Norsang Carpet", "Annapurna Carpet"),
        *("Everest Carpet", "Valley Carpet", "K.K. Carpet"),
    ),
    "Yili Zhuowan Garment Manufacturing Co., Ltd. and Baoding LYSZD Trade and Business Co., Ltd.": (
        "Yili Zhuowan Garment Manufacturing Co., Ltd.",
        "Baoding LYSZD Trade and Business Co., Ltd.",
    ),
    "Agropecuarios Tom S.A. de C.V. and Horticola Tom S.A. de C.V.": (
        "Agropecuarios Tom S.A. de C.V.",
        "Horticola Tom S.A. de C.V.",
    ),
    "Fishing vessels owned by Dalian Ocean Fishing Co. Ltd.": ("Dalian Ocean Fishing Co. Ltd.",),
    "Yunnan Machinery (Golden Horse/Jinma Diesel; Yunnan 1st Prison)": (
        *("Yunnan Machinery", "Golden Horse Diesel", "Jinma Diesel", "Yunnan 1st Prison"),
    ),
    "Golden Horse (Jinma) Diesel Engine Factory": (
        "Golden Horse (Jinma) Diesel Engine Factory",
        "Golden Horse Diesel Engine Factory",
        "Jinma Diesel Engine Factory",
    ),
}
_NOT_ALIASES = frozenset({"flag Vanuatu, Taiwan-owned", "Rixin Foodstuffs (possibly same)"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ENDED = re.compile(r"(?:revoked|lifted|modified|vacated)[^0-9]*(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_REVOKED = re.compile(r"revoked effective (\d{4}-\d\d-\d\d)")
_DOUBT = ("unverified", "verify", "presumed", "not obtained")


def import_entity_facts(data: bytes, _base: Path, _as_of: date) -> Imported:
    """Read enforcement_lists.csv; a settlement is not a listing and is passed over."""
    records = read_records(data, "enforcement_lists.csv", required=_COLUMNS)
    listed = [item for item in records if item[1]["list_type"] in _LISTS]
    rejects = [
        Reject(number, f"{record['list_type'][:30]} is not a list of entities")
        for number, record in records
        if record["list_type"] not in _LISTS
    ]
    findings = _finding_days([record for _, record in listed])
    texts = sorted({(_LISTS[record["list_type"]], record["source"]) for _, record in listed})
    ids = {key: f"{key[0].lower()}-{number:02}" for number, key in enumerate(texts, start=1)}
    rows = [_row(record, ids, findings) for _, record in listed]
    sources = [Source(ids[key], key[1], "facts only", _AS_OF[key[0]]) for key in texts]
    return Imported({"entities": rows}, sources, len(records), tuple(rejects))


def _row(
    record: Cells, ids: Mapping[tuple[ListName, str], str], findings: Mapping[str, date]
) -> Cells:
    listed = _LISTS[record["list_type"]]
    names = _names(record)
    active, end = _end(record, findings)
    doubts = record["source"] + record["status"] + record["effective_date"]
    verified = record["confidence"] == "high" and not any(word in doubts for word in _DOUBT)
    return {
        "entity_id": entity_key(listed, names.name),
        "list": listed,
        "name": names.name,
        "aliases": join_list(names.aliases),
        "chinese_name": record["chinese_name"],
        "country": record["country_iso2"],
        "location": record["location"],
        "merchandise": record["merchandise"] or record["sector"],
        "hs_prefixes": join_list(split_list(record["hs_guess"])) if listed in _SCOPED else "",
        "status": "active" if active else "ended",
        "confidence": record["confidence"],
        **tail(
            ids[listed, record["source"]],
            _AS_OF[listed],
            verified=verified,
            start=_start(record["effective_date"]),
            end=end,
        ),
    }


def _names(record: Cells) -> PublishedName:
    known = _CORRECTIONS.get(record["entity"])
    names = PublishedName(known[0], known[1:]) if known else published_name(record["entity"])
    more = [
        name
        for alias in split_list(record["aliases"])
        if alias not in _NOT_ALIASES
        for name in split_names(alias)
    ]
    aliases = dict.fromkeys((*names.aliases, *more))
    return PublishedName(names.name, tuple(alias for alias in aliases if alias != names.name))


def _start(text: str) -> date | None:
    """First day; of a year or a span of months the first day, so that no entry escapes."""
    if not text:
        return None
    whole = _DAY.search(text)
    if whole:
        return date.fromisoformat(whole[0])
    month = re.search(r"between (\d{4}-\d\d)", text)
    return date.fromisoformat(f"{month[1]}-01" if month else f"{text[:4]}-01-01")


def _end(record: Cells, findings: Mapping[str, date]) -> tuple[bool, date | None]:
    """Whether the order is in force, and the first day it no longer was.

    Of a month or a year the day after it, so that no entry escapes.
    """
    status = record["status"]
    if status.startswith("superseded"):
        return False, findings.get(_stem(record["entity"]))
    if not status.startswith(("inactive", "vacated")):
        return True, None
    exact = _REVOKED.search(record["source"])
    if exact:
        return False, date.fromisoformat(exact[1])
    found = _ENDED.search(status)
    if found is None:
        return False, None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    if day:
        return False, date(year, month, day)
    after = date(year + month // 12, month % 12 + 1, 1) if month else date(year + 1, 1, 1)
    return False, after


def _finding_days(records: Sequence[Cells]) -> dict[str, date]:
    """Day of each Finding by the beginning of its name; it supersedes the order before it."""
    days: dict[str, date] = {}
    for record in records:
        start = _start(record["effective_date"])
        if record["list_type"] == "CBP_FINDING" and start:
            days[_stem(record["entity"])] = start
    return days


def _stem(name: str) -> str:
    return "-".join(slug(published_name(name).name).split("-")[:4])
