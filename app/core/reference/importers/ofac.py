"""OFAC's SDN list in its delimited form, entities of the North Korea programmes only.

Form (OFAC data specification for SDN.CSV and ALT.CSV, seen in public samples): no header; SDN:
number, name, type, programmes ("DPRK3" or "DPRK2] [NPWMD"), title, then eight more; ALT: number,
alternate number, type, name, remarks; "-0-" stands for empty and a line of one control-Z may end
the file. Individuals, vessels and aircraft are passed over: parties of an entry are firms. The
files have neither a country nor a listing date, so start and country are unknown.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from app.core.errors import ReferenceRefused
from app.core.reference.importers.lists import add_aliases, merge_entities
from app.core.reference.importers.staging import Cells, Imported, Reject, refuse_wrong_form, tail
from app.core.reference.kinds import ListName, Source
from app.core.reference.tables import MAX_TABLE_BYTES

_PROGRAMME = "DPRK"  # DPRK, DPRK2, DPRK3, DPRK4, DPRK-NKSPEA
_EMPTY = "-0-"
_SDN_COLUMNS, _ALT_COLUMNS = 4, 4  # as many as are read
_END_OF_FILE = "\x1a"


def import_sdn(data: bytes, base: Path, as_of: date) -> Imported:
    """Read SDN.CSV whole; names of ALT.CSV come by import_alt afterwards."""
    source = Source(
        f"ofac-sdn-{as_of.isoformat()}",
        f"OFAC SDN list, North Korea programmes, as of {as_of}",
        "US government work",
        as_of,
    )
    rows: dict[str, Cells] = {}
    rejects: list[Reject] = []
    read = 0
    for number, cells in _lines(data, "SDN.CSV"):
        read += 1
        if len(cells) < _SDN_COLUMNS or not cells[0].isdigit() or not cells[1]:
            rejects.append(Reject(number, "wanted a number, a name, a type and programmes"))
        elif _PROGRAMME in cells[3] and not cells[2]:
            row = _row(cells[0], cells[1], source)
            rows[row["entity_id"]] = row
    refuse_wrong_form("SDN.CSV", read, rejects)
    firms = list(rows.values())
    merged = merge_entities(base, firms, lists=frozenset({ListName.OFAC_NK}), as_of=as_of)
    return Imported({"entities": merged}, (source,), read, tuple(rejects))


def import_alt(data: bytes, base: Path, _as_of: date) -> Imported:
    """Read ALT.CSV: other names of the entities that import_sdn brought."""
    aliases: dict[str, list[str]] = {}
    rejects: list[Reject] = []
    read = 0
    for number, cells in _lines(data, "ALT.CSV"):
        read += 1
        if len(cells) < _ALT_COLUMNS or not cells[0].isdigit() or not cells[3]:
            rejects.append(Reject(number, "wanted two numbers, a type and a name"))
        else:
            aliases.setdefault(_key(cells[0]), []).append(cells[3])
    return Imported({"entities": add_aliases(base, aliases)}, (), read, tuple(rejects))


def _key(number: str) -> str:
    return f"{ListName.OFAC_NK.lower()}-{number}"


def _row(number: str, name: str, source: Source) -> Cells:
    return {
        "entity_id": _key(number),
        "list": ListName.OFAC_NK,
        "name": name,
        "aliases": "",
        "chinese_name": "",
        "country": "",
        "location": "",
        "merchandise": "",
        "hs_prefixes": "",
        "status": "active",
        "confidence": "high",
        **tail(source.source_id, source.as_of, verified=True),
    }


def _lines(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    if len(data) > MAX_TABLE_BYTES:
        raise ReferenceRefused(f"{name}: {len(data)} bytes, wanted at most {MAX_TABLE_BYTES}")
    text = data.decode("utf-8-sig", errors="replace")  # older files are Latin-1 in a few remarks
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if cells and cells != [""] and not cells[0].startswith(_END_OF_FILE):
                yield reader.line_num, ["" if cell == _EMPTY else cell for cell in cells]
    except csv.Error as error:
        raise ReferenceRefused(f"{name} row {reader.line_num}: {error}") from None
