"""Goods at risk of forced labour from the project's fact file, one row per origin."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.core.reference.importers.staging import Cells, Imported, Reject, read_records, tail
from app.core.reference.kinds import ANY_COUNTRY, Source
from app.core.reference.tables import join_list, split_list

_DOL_2024 = date(2024, 9, 5)  # publication of the 2024 edition
# A designation is known by year; these are the days the strategy or its update was published
# (background knowledge, unverified), for 2022 the day the law came into force.
_DESIGNATED = {
    "designated 2022": date(2022, 6, 21),
    "designated 2024": date(2024, 7, 9),
    "designated 2025": date(2025, 8, 19),
}
_UNVERIFIED = "background knowledge, unverified"
_COLUMNS = (
    *("list", "good", "sector", "country_iso2", "child_labour", "forced_labour"),
    *("hs_prefixes", "hs_confidence", "notes", "source"),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the rows of one list are kept."""

    list: str
    source: Source
    start: date | None = None
    any_country: bool = False


def _us_work(key: str, text: str, as_of: date) -> Source:
    return Source(key, text, "US government work", as_of)


_KINDS = {
    "DOL_TVPRA": _Kind(
        "DOL_TVPRA", _us_work("dol-2022", "DOL ILAB List of Goods, 2022 edition", date(2022, 9, 28))
    ),
    "DOL_TVPRA_2024_CHINA_XUAR": _Kind(
        "DOL_TVPRA",
        Source("dol-2024", "trade press on the DOL list of 2024", "facts only", _DOL_2024),
        start=_DOL_2024,
    ),
    "UFLPA_HIGH_PRIORITY_SECTOR": _Kind(
        # the strategy names goods, not origins: content from Xinjiang travels through others
        "UFLPA_SECTOR",
        Source(
            "uflpa-strategy",
            "UFLPA strategy of 2025, by trade press; HS prefixes are our mapping",
            "facts only",
            date(2025, 8, 22),
        ),
        any_country=True,
    ),
    "DPRK_CAATSA_SECTOR": _Kind(
        "DPRK_SECTOR",
        _us_work(
            "dprk-advisory",
            "State, Treasury and DHS advisory of 2018-07-23; HS prefixes are our mapping",
            date(2018, 7, 23),
        ),
    ),
    "CBP_ACTION_GOOD": _Kind(
        "CBP_ACTION",
        Source(
            "cbp-goods",
            "goods of the orders in entities.csv; HS prefixes are our mapping",
            "facts only",
            date(2026, 8, 22),
        ),
    ),
}
_OWN_DPRK = Source("own-dprk", f"DPRK sectors, {_UNVERIFIED}", "facts only", date(2026, 8, 22))
_REMOVED = "DOL_TVPRA_2024_REMOVED"
_WITHOUT_COUNTRY = "the 2024 edition names it, but country or good was not obtained"


def import_goods_facts(data: bytes, _base: Path, _as_of: date) -> Imported:
    """Read goods_risk.csv; rows of the 2024 edition without country or good are passed over.

    Goods that left the DOL list in 2024 end on the day of that edition.
    """
    records = read_records(data, "goods_risk.csv", required=_COLUMNS)
    removed = {
        (record["good"], record["country_iso2"])
        for _, record in records
        if record["list"] == _REMOVED
    }
    rows: list[Cells] = []
    rejects: list[Reject] = []
    for number, record in records:
        kind = _KINDS.get(record["list"])
        if kind is None:
            if record["list"] != _REMOVED:
                rejects.append(Reject(number, _WITHOUT_COUNTRY))
            continue
        rows.extend(_rows(record, kind, removed))
    used = {row["source"] for row in rows}
    sources = [kind.source for kind in _KINDS.values()] + [_OWN_DPRK]
    kept = tuple(source for source in sources if source.source_id in used)
    return Imported({"goods": rows}, kept, len(records), tuple(rejects))


def _rows(record: Cells, kind: _Kind, removed: set[tuple[str, str]]) -> list[Cells]:
    countries = split_list(record["country_iso2"]) or (ANY_COUNTRY,)
    if kind.any_country:
        countries = (ANY_COUNTRY,)
    ended = kind.list == "DOL_TVPRA" and (record["good"], record["country_iso2"]) in removed
    own = record["source"] == _UNVERIFIED
    source = _OWN_DPRK if own else kind.source
    start = _DESIGNATED.get(record["notes"], kind.start)
    return [
        {
            "list": kind.list,
            "good": record["good"],
            "sector": record["sector"],
            "country": country,
            "forced_labour": record["forced_labour"] or "0",
            "child_labour": record["child_labour"] or "0",
            "hs_prefixes": join_list(split_list(record["hs_prefixes"])),
            "confidence": record["hs_confidence"] or "low",
            # false throughout: the mapping to HS prefixes is ours and unverified
            **tail(
                source.source_id,
                source.as_of,
                verified=False,
                start=start,
                end=_DOL_2024 if ended else None,
            ),
        }
        for country in countries
    ]
