"""Entries out of a file: JSON, NDJSON, or CSV by a mapping."""

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from app.cli.terminal import say
from app.core.document import Submission, submission_document
from app.core.entry import Intent
from app.core.errors import DataRefused, RequestRefused
from app.core.json_text import parse_json
from app.core.mapping import MappedRow, Mapping, Quarantined, join, load_mapping

NDJSON = {".ndjson", ".jsonl"}


def read_entries(file: Path, mapping: str) -> list[Any]:
    """Return the entries of `file` as documents of the wire contract, at least one.

    Malformed CSV rows are left out, each told on stderr with row, field and reason. Raises
    DataRefused where the file can't be read or holds no entry.
    """
    try:
        entries = list(_read(file, mapping))
    except OSError as error:
        raise DataRefused(f"{file.name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataRefused(f"{file.name}: found bytes that are not UTF-8") from None
    if not entries:
        raise DataRefused(f"{file.name}: found no entry")
    return entries


def _read(file: Path, mapping: str) -> Iterator[Any]:
    kind = file.suffix.lower()
    if kind == ".csv":
        yield from _csv(file, load_mapping(mapping))
    elif kind in NDJSON:
        for number, row in enumerate(file.read_bytes().splitlines(), 1):
            if row.strip():
                yield _parsed(row, f"{file.name} line {number}")
    elif kind == ".json":
        found = _parsed(file.read_bytes(), file.name)
        yield from found if isinstance(found, list) else [found]
    else:
        raise DataRefused(f"{file.name}: wanted .json, .ndjson or .csv")


def _parsed(data: bytes, where: str) -> Any:
    try:
        parse_json(data)  # refuses what the service refuses: repeated keys, NaN, depth
        return json.loads(data)
    except RequestRefused as error:
        faults = [f"{each.pointer} {each.message}" for each in error.problems]
        raise DataRefused(f"{where}: {'; '.join(faults) or error.detail}") from None


def _csv(file: Path, mapping: Mapping) -> Iterator[Any]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened, restval="")
        header = reader.fieldnames or ()
        if missing := mapping.missing_columns(header):
            raise DataRefused(f"{file.name}: columns missing: {', '.join(missing)}")
        if absent := mapping.absent_columns(header):
            say(f"{file.name}: not declared, for want of a column: {', '.join(absent)}")
        numbered = ((reader.line_num, row) for row in reader)
        for _, rows in groupby(numbered, key=lambda each: mapping.group(each[1]) or each[0]):
            mapped = [mapping.to_entry(row, number) for number, row in rows]
            entry = _joined(mapped)
            if isinstance(entry, Quarantined):
                say(f"row {entry.row_number} left out: {entry.field}: {entry.reason}")
            else:
                yield submission_document(Submission(entry.entry, Intent.DRAFT))


def _joined(mapped: Sequence[MappedRow | Quarantined]) -> MappedRow | Quarantined:
    good: list[MappedRow] = []
    for each in mapped:
        if isinstance(each, Quarantined):
            return each
        good.append(each)
    return join(good)
