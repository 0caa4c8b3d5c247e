"""The shape of the reference tables on disk: names, columns, reading and writing of cells."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.core.errors import ReferenceRefused

# Every row ends with these: half-open dates, 1 or 0, an id of sources.csv, an ISO date.
TAIL = ("effective_from", "effective_to", "verified", "source", "as_of")
TABLES: Mapping[str, tuple[str, ...]] = {
    "sources": ("source_id", "as_of", "licence", "text"),
    "hs6": ("hs6", *TAIL),
    "hts": ("hts8", "suffixes", *TAIL),
    "ports": (
        *("unlocode", "name", "country", "lat", "lon", "coordinates", "schedule_k"),
        *("schedule_d", "is_seaport", *TAIL),
    ),
    "gateways": ("unlocode", "gateway_type", "gateway_risk", "gateway_reason", *TAIL),
    "schedule_d": ("schedule_d", "name", *TAIL),
    "places": (
        *("name", "country", "aliases", "province", "postal", "homonym"),
        *("gateway_type", "gateway_risk", "gateway_reason", *TAIL),
    ),
    "postal": ("country", "prefix", "area", *TAIL),
    "goods": (
        *("list", "good", "sector", "country", "forced_labour", "child_labour"),
        *("hs_prefixes", "confidence", *TAIL),
    ),
    "entities": (
        *("entity_id", "list", "name", "aliases", "chinese_name", "country", "location"),
        *("merchandise", "hs_prefixes", "status", "confidence", *TAIL),
    ),
    "orders_by_place": (
        *("entity_id", "country", "area", "towns", "country_alone", "also_party", "excepted"),
        *TAIL,
    ),
    "chains": ("chain", "title", "hs_prefixes", "origins", "steps", "strength", *TAIL),
    "speeds": ("means", "km_per_day", "reason", *TAIL),
    "bounds": ("measure", "hs_prefixes", "unit", "low", "high", "reason", *TAIL),
    "capacities": ("good", "hs_prefixes", "country", "tonnes_per_year", *TAIL),
    "yields": (
        *("output", "hs_prefixes", "unit", "input", "input_hs", "kg_low", "kg_high", "reason"),
        *TAIL,
    ),
}
MAX_TABLE_BYTES = 32_000_000  # 30 times the shipped tables; a pack is a small thing
_LIST_SEPARATOR = ";"


def file_name(table: str) -> str:
    """Name of the file a table is kept in."""
    return f"{table}.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table with its line number in the file; cells by column."""

    table: str
    number: int
    cells: Mapping[str, str]

    def refusal(self, message: str) -> ReferenceRefused:
        """Return the error that names file, row and what is wrong."""
        return ReferenceRefused(f"{file_name(self.table)} row {self.number}: {message}")

    def text(self, column: str) -> str:
        """Cell that must not be empty."""
        value = self.cells[column]
        if not value:
            raise self.refusal(f"{column} is empty, wanted a text")
        return value

    def optional(self, column: str) -> str | None:
        """Cell, or None where it is empty."""
        return self.cells[column] or None

    def items(self, column: str) -> tuple[str, ...]:
        """Parts of a cell that holds a list separated by semicolons; empty for an empty cell."""
        return split_list(self.cells[column])

    def flag(self, column: str) -> bool:
        """Cell of 1 or 0."""
        value = self.cells[column]
        if value not in {"0", "1"}:
            raise self.refusal(f"{column} is {value[:20]!r}, wanted 0 or 1")
        return value == "1"

    def degrees(self, column: str) -> float | None:
        """Finite number, or None where the cell is empty."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not -180.0 <= number <= 180.0:
            raise self.refusal(f"{column} is {value[:20]!r}, wanted degrees")
        return number

    def amount(self, column: str) -> float | None:
        """Finite number of at least 0, or None where the cell is empty."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            raise self.refusal(f"{column} is {value[:20]!r}, wanted a number of at least 0")
        return number

    def number_above_zero(self, column: str) -> float:
        """Finite number above 0."""
        number = self.amount(column)
        if not number:
            raise self.refusal(f"{column} is {self.cells[column][:20]!r}, wanted a number above 0")
        return number

    def one_of(self, column: str, allowed: frozenset[str]) -> str:
        """Cell that is one of `allowed`."""
        value = self.cells[column]
        if value not in allowed:
            wanted = ", ".join(sorted(allowed)[:10])
            raise self.refusal(f"{column} is {value[:20]!r}, wanted one of {wanted}")
        return value

    def prefixes(self, column: str) -> tuple[str, ...]:
        """HS prefixes of a list cell, each 2 or more digits; empty for an empty cell."""
        prefixes = self.items(column)
        for prefix in prefixes:
            if len(prefix) < 2 or not (prefix.isascii() and prefix.isdigit()):
                raise self.refusal(f"HS prefix is {prefix[:20]!r}, wanted 2 or more digits")
        return prefixes

    def digits(self, column: str, length: int) -> str:
        """Cell of exactly `length` digits."""
        value = self.cells[column]
        if len(value) != length or not (value.isascii() and value.isdigit()):
            raise self.refusal(f"{column} is {value[:20]!r}, wanted {length} digits")
        return value

    def day(self, column: str) -> date:
        """Cell that is an ISO date."""
        try:
            return date.fromisoformat(self.cells[column])
        except ValueError:
            value = self.cells[column][:20]
            raise self.refusal(f"{column} is {value!r}, wanted a date YYYY-MM-DD") from None

    def optional_day(self, column: str) -> date | None:
        """ISO date, or None where the cell is empty."""
        return self.day(column) if self.cells[column] else None


def split_list(cell: str) -> tuple[str, ...]:
    """Return the parts of a list cell, stripped, without empty ones."""
    return tuple(filter(None, map(str.strip, cell.split(_LIST_SEPARATOR))))


def join_list(parts: Iterable[str]) -> str:
    """Return a list cell; a separator inside a part becomes a comma."""
    return _LIST_SEPARATOR.join(part.replace(_LIST_SEPARATOR, ",") for part in parts)


def decode(data: bytes, name: str) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises ReferenceRefused naming the file.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise ReferenceRefused(f"{name}: {len(data)} bytes, wanted at most {MAX_TABLE_BYTES}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReferenceRefused(f"{name}: not UTF-8") from None


def parse_table(table: str, data: bytes) -> list[Row]:
    """Return the rows of a table file; its columns must be those of TABLES, in order.

    Raises ReferenceRefused naming file and row.
    """
    name, columns = file_name(table), TABLES[table]
    reader = csv.reader(io.StringIO(decode(data, name), newline=""), strict=True)
    rows: list[Row] = []
    try:
        header = tuple(next(reader, ()))
        if header != columns:
            found, wanted = ",".join(header)[:120], ",".join(columns)
            raise ReferenceRefused(f"{name} row 1: found columns {found!r}, wanted {wanted!r}")
        for cells in reader:
            if len(cells) != len(columns):
                message = f"found {len(cells)} cells, wanted {len(columns)}"
                raise ReferenceRefused(f"{name} row {reader.line_num}: {message}")
            rows.append(Row(table, reader.line_num, dict(zip(columns, cells, strict=True))))
    except csv.Error as error:
        raise ReferenceRefused(f"{name} row {reader.line_num}: {error}") from None
    return rows


def render_table(table: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a table file as UTF-8 bytes, rows sorted, so that equal rows give equal bytes."""
    columns = TABLES[table]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(sorted(tuple(row[column] for column in columns) for row in rows))
    return out.getvalue().encode()
