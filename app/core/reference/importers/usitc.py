"""The HTS as the USITC exports it: CSV or JSON of the whole schedule.

Assumed form (hts.usitc.gov export, read by public tools; the revision is not in the file): CSV
with a column "HTS Number" (0101.21.00.10, blank for headings without a number), or a JSON array
of objects with "htsno". Only the codes are read: descriptions, rates and units are left.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from app.core.errors import ReferenceRefused
from app.core.reference.importers.facts_codes import merge_hts
from app.core.reference.importers.staging import Imported, read_records
from app.core.reference.tables import decode

_FILE = "hts export"
_CSV_COLUMN, _JSON_KEY = "HTS Number", "htsno"


def import_hts(data: bytes, base: Path, as_of: date) -> Imported:
    """Read a whole edition in force on `as_of`; an export of one chapter is refused."""
    read = _json_codes if data.lstrip()[:1] == b"[" else _csv_codes
    codes = ((number, code.replace(".", "").strip()) for number, code in read(data))
    return merge_hts([(number, code) for number, code in codes if code], base, as_of)


def _csv_codes(data: bytes) -> Iterator[tuple[int, str]]:
    for number, record in read_records(data, _FILE, required=(_CSV_COLUMN,)):
        yield number, record[_CSV_COLUMN]


def _json_codes(data: bytes) -> Iterator[tuple[int, str]]:
    try:
        items: Any = json.loads(decode(data, _FILE))
    except (ValueError, RecursionError):
        raise ReferenceRefused(f"{_FILE}: not JSON") from None
    for number, item in enumerate(items, start=1):
        code = item.get(_JSON_KEY) if isinstance(item, dict) else None
        if code is not None and not isinstance(code, str):
            raise ReferenceRefused(f"{_FILE} item {number}: {_JSON_KEY} is not a text")
        yield number, code or ""
