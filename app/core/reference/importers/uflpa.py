"""The UFLPA Entity List as DHS publishes it: the page with its tables, or a CSV copy of them.

Assumed form (as public readers of the page describe it, unverified against the live page): one
HTML table for each section of the list, header cells "Name of Entity" or "Entity Name" and
"Effective Date" ("June 21, 2022"); aliases and subsidiaries stand inside the name cell. A CSV
copy has the same columns. The section (i, ii, iv or v) is not kept: all have the same effect.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from app.core.errors import ReferenceRefused
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
from app.core.reference.tables import decode, join_list

_FILE = "uflpa-entity-list"
_NAME_COLUMNS = ("name of entity", "entity name", "entity", "name")
_DATE_COLUMN = "effective date"


def import_uflpa(data: bytes, base: Path, as_of: date) -> Imported:
    """Read the whole list; an entity in several sections begins on its first date."""
    html = data.lstrip()[:1] == b"<"
    records = _html_records(data) if html else read_records(data, _FILE, required=())
    source = Source(
        f"uflpa-list-{as_of.isoformat()}",
        f"UFLPA Entity List, dhs.gov, as of {as_of}",
        "US government work",
        as_of,
    )
    rows: dict[str, Cells] = {}
    rejects: list[Reject] = []
    for number, record in records:
        named = {key.strip().casefold(): value for key, value in record.items()}
        cell = next((named[column] for column in _NAME_COLUMNS if named.get(column)), "")
        start = listed_date(named.get(_DATE_COLUMN, ""))
        if not cell or start is None:
            wanted = "a name" if not cell else "a date such as June 21, 2022"
            rejects.append(Reject(number, f"wanted {wanted}"))
            continue
        row = _row(cell, start, source)
        known = rows.setdefault(row["entity_id"], row)
        known["effective_from"] = min(known["effective_from"], row["effective_from"])
    refuse_wrong_form(_FILE, len(records), rejects)
    merged = merge_entities(
        base, list(rows.values()), lists=frozenset({ListName.UFLPA}), as_of=as_of
    )
    return Imported({"entities": merged}, (source,), len(records), tuple(rejects))


def _row(cell: str, start: date, source: Source) -> Cells:
    names = published_name(cell)
    return {
        "entity_id": entity_key(ListName.UFLPA, names.name),
        "list": ListName.UFLPA,
        "name": names.name,
        "aliases": join_list(names.aliases),
        "chinese_name": "",
        "country": "CN",
        "location": "",
        "merchandise": "",
        "hs_prefixes": "",
        "status": "active",
        "confidence": "high",
        **tail(source.source_id, source.as_of, verified=True, start=start),
    }


class _Tables(HTMLParser):
    """Collects the cells of every table row of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep the text of the open cell."""
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in {"td", "th"} and self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None


def _html_records(data: bytes) -> list[tuple[int, Cells]]:
    parser = _Tables()
    parser.feed(decode(data, _FILE))
    parser.close()
    lists = [rows for rows in parser.tables if rows and _is_list(rows[0])]
    if not lists:
        raise ReferenceRefused(f"{_FILE}: no table with a name and an effective date")
    return list(enumerate(_records(lists), start=1))


def _is_list(header: Sequence[str]) -> bool:
    folded = {cell.casefold() for cell in header}
    return _DATE_COLUMN in folded and any(column in folded for column in _NAME_COLUMNS)


def _records(lists: Sequence[Sequence[Sequence[str]]]) -> Iterator[Cells]:
    for header, *rows in lists:
        for cells in rows:
            if cells:  # a row of nothing is layout
                yield dict(zip(header, (*cells, *("",) * len(header)), strict=False))
