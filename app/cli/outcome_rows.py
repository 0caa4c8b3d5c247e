"""Outcomes out of a file: CSV as training reads it, or lines of JSON as the service takes them."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli.entries import NDJSON
from app.core.errors import DataRefused, RequestRefused
from app.core.json_text import parse_json
from app.core.outcome_claim import CLAIM_FIELDS
from app.core.outcomes import OutcomeCode

_NEEDED = ("code", "event_at", "known_at")
_WHOLE = ("revision",)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One row: its number in the file, what to send, or why it cannot be sent."""

    number: int
    document: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None

    @property
    def name(self) -> str:
        """The entry or decision it speaks of, as far as it says so."""
        found = self.document.get("entry_number") or self.document.get("decision_id") or ""
        return str(found)


def read_outcome_rows(file: Path) -> list[OutcomeRow]:
    """Return the rows of `file` in order, at least one; malformed ones with their fault.

    Raises DataRefused where the file can't be read, lacks a column, or holds no row.
    """
    kind = file.suffix.lower()
    try:
        if kind == ".csv":
            rows = list(_csv_rows(file))
        elif kind in NDJSON:
            lines = enumerate(file.read_bytes().splitlines(), 1)
            rows = [_json_row(number, line) for number, line in lines if line.strip()]
        else:
            raise DataRefused(f"{file.name}: wanted .csv or .ndjson")
    except OSError as error:
        raise DataRefused(f"{file.name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataRefused(f"{file.name}: found bytes that are not UTF-8") from None
    if not rows:
        raise DataRefused(f"{file.name}: found no outcome")
    return rows


def _csv_rows(file: Path) -> Iterator[OutcomeRow]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened, restval="")
        header = reader.fieldnames or ()
        missing = [name for name in _NEEDED if name not in header]
        if not {"entry_number", "decision_id"} & set(header):
            missing.append("entry_number or decision_id")
        if missing:
            raise DataRefused(f"{file.name}: columns missing: {', '.join(missing)}")
        for cells in reader:
            given = {name: cells[name].strip() for name in CLAIM_FIELDS if cells.get(name)}
            yield _row(reader.line_num, {name: text for name, text in given.items() if text})


def _row(number: int, given: dict[str, Any]) -> OutcomeRow:
    document = {"line_numbers": None, **given}
    try:
        if "line_numbers" in given:
            document["line_numbers"] = [int(each) for each in given["line_numbers"].split("|")]
        document.update({name: int(given[name]) for name in _WHOLE if name in given})
    except ValueError:
        return OutcomeRow(number, given, "line_numbers, revision: wanted numbers, as 1|2")
    return _coded(number, document)


def _coded(number: int, document: dict[str, Any]) -> OutcomeRow:
    """Return the row; one whose code is none has that one fault, for its source is not known."""
    code = document.get("code")
    if isinstance(code, str) and code not in OutcomeCode.__members__.values():
        return OutcomeRow(number, document, f"code: wanted one of {', '.join(OutcomeCode)}")
    return OutcomeRow(number, _with_source(document))


def _json_row(number: int, line: bytes) -> OutcomeRow:
    try:
        parse_json(line)  # refuses what the service refuses: repeated keys, NaN, depth
    except RequestRefused as error:
        return OutcomeRow(number, fault=error.detail)
    document = json.loads(line)
    if not isinstance(document, dict):
        return OutcomeRow(number, fault="wanted an object")
    return _coded(number, document)


def _with_source(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the source that its code has, where it says none."""
    if "source" in document or document.get("code") not in OutcomeCode.__members__.values():
        return document
    return {**document, "source": OutcomeCode(document["code"]).source.value}
