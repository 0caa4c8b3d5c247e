"""Rows of CSV and Parquet files as text, streamed; "NA" is Namibia, never missing."""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from app.core.errors import DataRefused

_EXTRA = "\x00extra"  # where csv puts cells beyond the header
_BATCH_ROWS = 8192
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row as text: `number` is the line of a CSV file, the row of a Parquet file, from 1.

    `problem` says what is wrong with the row itself; then `cells` may be incomplete.
    """

    number: int
    cells: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of rows: its column names, and how many rows it has (an estimate for CSV)."""

    path: Path
    header: tuple[str, ...]
    rows: int

    def read(self) -> Iterator[FileRow]:
        """Yield the rows in file order; raise DataRefused where the file breaks off."""
        return _read_parquet(self.path) if _is_parquet(self.path) else _read_csv(self.path)


def open_data(path: Path) -> DataFile:
    """Return what is known of the file at `path` before its rows are read.

    Raises DataRefused where it is missing, empty, or neither CSV nor Parquet.
    """
    try:
        if _is_parquet(path):
            found = pq.ParquetFile(path)
            return DataFile(path, tuple(found.schema_arrow.names), found.metadata.num_rows)
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            header = tuple(next(csv.reader(lines), ()))
    except (OSError, ValueError, csv.Error) as error:
        raise DataRefused(f"{path.name}: {error}") from error
    repeated = {name for name in header if header.count(name) > 1}
    if not header or repeated:
        raise DataRefused(f"{path.name}: found columns {sorted(repeated)} repeated or no header")
    return DataFile(path, header, _count_lines(path) - 1)


def file_digest(path: Path) -> str:
    """Return "sha256:" and the hex digest of the file's bytes."""
    digest = sha256()
    with path.open("rb") as data:
        while chunk := data.read(_CHUNK_BYTES):
            digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _count_lines(path: Path) -> int:
    with path.open("rb") as data:
        chunks = iter(lambda: data.read(_CHUNK_BYTES), b"")
        return sum(chunk.count(b"\n") for chunk in chunks)


def _read_csv(path: Path) -> Iterator[FileRow]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        reader = csv.DictReader(lines, restkey=_EXTRA, restval=None)
        width = len(reader.fieldnames or ())
        try:
            for cells in reader:
                problem = None
                if _EXTRA in cells or None in cells.values():
                    problem = f"the row does not have {width} cells"
                yield FileRow(reader.line_num, cells, problem)
        except csv.Error as error:
            raise DataRefused(f"{path.name} line {reader.line_num}: {error}") from error


def _read_parquet(path: Path) -> Iterator[FileRow]:
    number = 0
    for batch in pq.ParquetFile(path).iter_batches(batch_size=_BATCH_ROWS):
        names = batch.schema.names
        columns = [batch.column(place).to_pylist() for place in range(len(names))]
        for values in zip(*columns, strict=True):
            number += 1
            yield FileRow(number, {n: as_text(v) for n, v in zip(names, values, strict=True)})


def as_text(value: Any) -> str:
    """Return a typed cell as the text a CSV file would hold; None is "", a list "a|b"."""
    if isinstance(value, (list, tuple)):
        return "|".join(as_text(each) for each in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()[:10]  # a moment counts for its day
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write `data` to `path` as a whole or not at all, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data.encode() if isinstance(data, str) else data)
    beside.replace(path)
