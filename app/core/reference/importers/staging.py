"""What an importer hands over, and how it becomes a complete new pack on disk."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from app.core.errors import ReferenceRefused
from app.core.reference.kinds import Source
from app.core.reference.loading import build_pack
from app.core.reference.tables import TABLES, decode, file_name, parse_table, render_table

Cells = dict[str, str]  # one row of a table by column

MAX_REJECTED_SHARE = 0.05  # above it the file is in another form than the importer knows
KEYS: Mapping[str, tuple[str, ...]] = {  # what makes two rows the same row
    "sources": ("source_id",),
    "hs6": ("hs6", "effective_from"),
    "hts": ("hts8", "effective_from"),
    "ports": ("unlocode",),
    "gateways": ("unlocode",),
    "schedule_d": ("schedule_d",),
    "goods": ("list", "good", "country", "effective_from"),
    "entities": ("entity_id",),
}
_CONFIRMATION = frozenset({"as_of", "source"})  # a row only confirmed again is not changed
MAX_CHANGES = 1000  # rows of a report that are named; docs/reference.md
_NOTES = frozenset(
    {"verified", "coordinates", "licence", "text", "reason", "gateway_reason", "title"}
)
_NOTES_OF = {"entities": frozenset({"confidence", "merchandise"})}  # of goods, confidence is read


def is_note(table: str, column: str) -> bool:
    """Say whether a column is a note: shown at most, never read where an entry is decided."""
    return column in _CONFIRMATION | _NOTES | _NOTES_OF.get(table, frozenset())


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the published file that was left out: its number in the file and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an importer read: whole new tables, the sources they name, and what it left out."""

    tables: Mapping[str, Sequence[Cells]]
    sources: Sequence[Source]
    rows_read: int
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that says something else than before: its key, and which of its columns differ."""

    table: str
    row: str
    fields: tuple[str, ...]

    @property
    def decisive(self) -> bool:
        """Whether it can alter a decision: anything but notes and sources differs."""
        return not all(is_note(self.table, column) for column in self.fields)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would change against the pack it began from.

    `removed` counts rows the publication no longer has; they stay in the table with an end date
    where the table keeps history. Of the `changed` rows, `decisive` can alter a decision, the rest
    are other notes or sources; the first MAX_CHANGES are named in `changes`, decisive ones first.
    `directory` is where the pack was written; it is not kept.
    """

    kind: str
    tables: tuple[str, ...]
    rows_read: int
    added: int
    removed: int
    changed: int
    rejects: tuple[Reject, ...]
    version: str
    digest: str
    decisive: int = 0
    changes: tuple[RowChange, ...] = ()
    directory: Path = field(default=Path(), compare=False)


def read_records(data: bytes, name: str, *, required: Iterable[str]) -> list[tuple[int, Cells]]:
    """Return numbered rows of a CSV file with a header; columns beyond `required` are kept.

    A short row has empty cells. Raises ReferenceRefused naming the file and missing columns.
    """
    reader = csv.DictReader(io.StringIO(decode(data, name), newline=""), restval="", strict=True)
    try:
        missing = sorted(set(required) - set(reader.fieldnames or ()))
        if missing:
            raise ReferenceRefused(f"{name} row 1: columns missing: {', '.join(missing)}")
        return [
            (reader.line_num, {key: (value or "").strip() for key, value in row.items() if key})
            for row in reader
        ]
    except csv.Error as error:
        raise ReferenceRefused(f"{name} row {reader.reader.line_num}: {error}") from None


def tail(
    source: str,
    as_of: date,
    *,
    verified: bool,
    start: date | None = None,
    end: date | None = None,
) -> Cells:
    """Return the cells every row ends with."""
    return {
        "effective_from": start.isoformat() if start else "",
        "effective_to": end.isoformat() if end else "",
        "verified": "1" if verified else "0",
        "source": source,
        "as_of": as_of.isoformat(),
    }


def base_rows(base: Path, table: str) -> list[Cells]:
    """Return the rows of one table of a pack directory; raises ReferenceRefused."""
    path = base / file_name(table)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReferenceRefused(f"{path.name}: {error.strerror}") from None
    return [dict(row.cells) for row in parse_table(table, data)]


def refuse_wrong_form(name: str, rows_read: int, rejects: Sequence[Reject]) -> None:
    """Raise ReferenceRefused with the first row left out, where too many were or none was read."""
    if rows_read == 0:
        raise ReferenceRefused(f"{name}: no rows read, wanted at least one")
    if len(rejects) > rows_read * MAX_REJECTED_SHARE:
        message = f"{len(rejects)} of {rows_read} rows rejected, first row {rejects[0].row}"
        raise ReferenceRefused(f"{name}: {message}: {rejects[0].reason}")


def stage(kind: str, imported: Imported, base: Path, out: Path) -> ImportReport:
    """Write a complete new pack to `out`, which must not exist, and report the difference.

    All or nothing: the pack is built and read back in memory first, then written beside `out`
    and renamed. Raises ReferenceRefused.
    """
    if out.exists():
        raise ReferenceRefused(f"{out.name}: already there, wanted a new directory")
    refuse_wrong_form(kind, imported.rows_read, imported.rejects)
    before = {table: base_rows(base, table) for table in TABLES}
    after = {**before, **{table: list(rows) for table, rows in imported.tables.items()}}
    after["sources"] = _merge_sources(before["sources"], imported.sources, after)
    data = {table: render_table(table, rows) for table, rows in after.items()}
    pack = build_pack(data)
    counts = [_difference(table, before[table], after[table]) for table in imported.tables]
    changes = [each for _, _, changed in counts for each in changed]
    changes.sort(key=lambda each: (not each.decisive, each.table, each.row))
    _write(out, data)
    return ImportReport(
        kind=kind,
        tables=tuple(imported.tables),
        rows_read=imported.rows_read,
        added=sum(added for added, _, _ in counts),
        removed=sum(removed for _, removed, _ in counts),
        changed=len(changes),
        rejects=imported.rejects,
        version=pack.version,
        digest=pack.digest,
        decisive=sum(each.decisive for each in changes),
        changes=tuple(changes[:MAX_CHANGES]),
        directory=out,
    )


def _merge_sources(
    known: Sequence[Cells], new: Sequence[Source], tables: Mapping[str, Sequence[Cells]]
) -> list[Cells]:
    """Return the sources that rows still name, new ones replacing those of the same id."""
    merged = {row["source_id"]: row for row in known}
    for source in new:
        merged[source.source_id] = {
            "source_id": source.source_id,
            "as_of": source.as_of.isoformat(),
            "licence": source.licence,
            "text": source.text,
        }
    named = {row["source"] for table, rows in tables.items() if table != "sources" for row in rows}
    named |= {row["coordinates"] for row in tables["ports"]}
    return [row for key, row in merged.items() if key in named]


def _difference(
    table: str, before: Sequence[Cells], after: Sequence[Cells]
) -> tuple[int, int, list[RowChange]]:
    old, new = _by_key(table, before), _by_key(table, after)
    added = sum(key not in old for key in new)
    removed = sum(key not in new for key in old)
    changed = []
    for key in old.keys() & new.keys():
        was, now = old[key], new[key]
        fields = tuple(column for column in TABLES[table] if was[column] != now[column])
        if not was["effective_to"] and now["effective_to"]:
            removed += 1
        elif not _CONFIRMATION.issuperset(fields):
            changed.append(RowChange(table, " ".join(filter(None, key)), fields))
    return added, removed, changed


def _by_key(table: str, rows: Sequence[Cells]) -> dict[tuple[str, ...], Cells]:
    return {tuple(row[column] for column in KEYS[table]): row for row in rows}


def _write(out: Path, data: Mapping[str, bytes]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".reference-") as scratch:
        staged = Path(scratch) / "pack"
        staged.mkdir()
        for table, content in data.items():
            (staged / file_name(table)).write_bytes(content)
        os.replace(staged, out)
