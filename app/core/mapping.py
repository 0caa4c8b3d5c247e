"""Foreign columns to entries, row by row, as a mapping file declares; docs/mapping.md."""

import dataclasses
from collections import abc
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from app.core.cell import READERS, money, non_negative, padded
from app.core.entry import Entry, EntryLine, Party
from app.core.errors import InvalidField, MappingRefused
from app.core.mapping_file import LINE_FIELDS, PARTIES, LabelColumn, MappingFile, parse

SHIPPED = Path(__file__).parent / "mappings"
WEIGHT_NOT_POSITIVE = "weight_not_positive"
VALUE_IS_ZERO = "value_is_zero"
REQUIRED = ("hts", "origin_country", "entered_value_usd")  # of every line; docs/api.md

Row = abc.Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that is no entry: where it stands, which field, and why.

    `row_number` is the line of a CSV file, the row of a Parquet file, counted from 1. `outcomes`
    are what became of it as far as that can be read.
    """

    row_number: int
    field: str
    column: str
    reason: str
    outcomes: abc.Mapping[str, bool | None] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One entry as mapped, and what became of each of its lines.

    `outcomes` has one table a line: label to True, False or None (unknown). `flags` are what is
    odd but kept; `row_numbers` are the rows it came from, one a line.
    """

    entry: Entry
    outcomes: tuple[abc.Mapping[str, bool | None], ...]
    flags: tuple[str, ...]
    row_numbers: tuple[int, ...]


class _Cell(NamedTuple):
    """Where one field comes from and goes to: `owner` is entry, line or a party's role."""

    field: str
    column: str
    owner: str
    attribute: str
    read: abc.Callable[[str], Any]
    translate: abc.Mapping[str, str]


class _CellRefused(Exception):
    """A cell's refusal on its way to becoming Quarantined."""

    def __init__(self, field: str, column: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.column = column
        self.reason = reason


class Mapping:
    """How rows of one foreign format become entries; pure, one row at a time."""

    def __init__(self, file: MappingFile) -> None:
        """Prepare the readers of every mapped column."""
        self.file = file
        self._cells = tuple(_cell(file, name, column) for name, column in file.columns.items())

    @classmethod
    def load(cls, data: bytes) -> "Mapping":
        """Return the mapping that `data` (TOML) declares; raise MappingRefused naming the key."""
        return cls(parse(data))

    @property
    def labels(self) -> abc.Mapping[str, LabelColumn]:
        """The outcome columns by label."""
        return self.file.labels

    def absent_columns(self, header: abc.Collection[str]) -> list[str]:
        """Return mapped columns of entries that a file's header lacks, in the mapping's order.

        Outcome columns are not among them: a file to be scored has none.
        """
        wanted = [*self.file.columns.values(), *(each.column for each in self.file.attributes)]
        return [column for column in dict.fromkeys(wanted) if column not in header]

    def missing_columns(self, header: abc.Collection[str]) -> list[str]:
        """Return the absent columns that a file can't do without.

        A foreign form has all its columns. One whose lines are grouped by entry is flat and wide,
        as our own is: there only what groups the lines and what every line must have is needed.
        """
        absent = self.absent_columns(header)
        if not self.file.group_by:
            return absent
        needed = {self.file.group_by, *(self.file.columns[name] for name in REQUIRED)}
        return [column for column in absent if column in needed]

    def group(self, row: Row) -> str | None:
        """Return what consecutive rows of one entry share; None where each row is an entry."""
        return (row.get(self.file.group_by) or None) if self.file.group_by else None

    def to_entry(self, row: Row, row_number: int) -> MappedRow | Quarantined:
        """Return the row as an entry of one line with its outcomes, or why it is none."""
        outcomes: dict[str, bool | None] = {}
        try:
            for name, label in self.labels.items():
                outcomes[name] = self._outcome(label, row)
            values = self._read(row)
        except _CellRefused as refused:
            return Quarantined(row_number, refused.field, refused.column, refused.reason, outcomes)
        flags: list[str] = []
        line = values["line"]
        weight = line.get("gross_weight_kg")
        if weight is not None and weight <= 0:
            flags.append(WEIGHT_NOT_POSITIVE)
            line["gross_weight_kg"] = weight if weight == 0 else None
        if line["entered_value_usd"] == 0:
            flags.append(VALUE_IS_ZERO)
        try:
            entry = self._build(values)
        except InvalidField as error:
            column = self.file.columns.get(error.field, "")
            return Quarantined(row_number, error.field, column, error.message, outcomes)
        return MappedRow(entry, (outcomes,), tuple(flags), (row_number,))

    def _read(self, row: Row) -> dict[str, dict[str, Any]]:
        values: dict[str, dict[str, Any]] = {owner: {} for owner in ("entry", "line", *PARTIES)}
        for cell in self._cells:
            raw = row.get(cell.column, "").strip()
            raw = cell.translate.get(raw, raw)
            if not raw:
                continue
            try:
                values[cell.owner][cell.attribute] = cell.read(raw)
            except InvalidField as error:
                raise _CellRefused(cell.field, cell.column, error.message) from error
        for name in REQUIRED:
            if name not in values["line"]:
                raise _CellRefused(name, self.file.columns[name], "found nothing, wanted a value")
        values["line"]["attributes"] = {
            each.name: row[each.column].strip()
            for each in self.file.attributes
            if row.get(each.column, "").strip()
        }
        return values

    def _build(self, values: abc.Mapping[str, dict[str, Any]]) -> Entry:
        party = {role: Party(**values[role]) if values[role] else None for role in PARTIES}
        line = EntryLine(
            **({"line_number": 1} | values["line"]),
            manufacturer=party["manufacturer"],
            seller=party["seller"],
        )
        return Entry(
            lines=(line,),
            identifier_scheme=self.file.identifier_scheme,
            port_scheme=self.file.port_scheme,
            importer=party["importer"],
            **values["entry"],
        )

    def _outcome(self, label: LabelColumn, row: Row) -> bool | None:
        found = row.get(label.column, "").strip()
        if not found:
            return None
        if found in label.positive:
            return True
        if label.negative and found not in label.negative:
            wanted = sorted(label.positive | label.negative)
            reason = f"found {found[:24]!r}, wanted one of {wanted}"
            raise _CellRefused(f"labels.{label.name}", label.column, reason)
        return False


def _cell(file: MappingFile, name: str, column: str) -> _Cell:
    owner, _, attribute = name.rpartition(".")
    if not owner:
        owner, attribute = ("line" if name in LINE_FIELDS else "entry"), name
    reader = READERS[name if owner in ("line", "entry") else f"party.{attribute}"]
    if name == "entered_value_usd":
        reader = partial(money, rate=file.usd_per_unit, decimals=file.money_decimals)
    elif name == "hts" and file.hts_digits:
        reader = partial(padded, digits=file.hts_digits)
    elif name.endswith("_date"):
        reader = partial(read_date, name, file.date_formats)
    elif name in ("quantity", "duty_rate_percent"):
        reader = partial(non_negative, name)
    return _Cell(name, column, owner, attribute, reader, file.translate.get(name, {}))


@lru_cache(maxsize=4096)
def read_date(name: str, forms: tuple[str, ...], raw: str) -> date:
    """Return the day that `raw` means in the first of `forms` it fits; else raise InvalidField."""
    for form in forms:
        try:
            return datetime.strptime(raw, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    message = f"found {raw[:24]!r}, wanted a date as {' or '.join(forms)}"
    raise InvalidField(name, "invalid_date", message)


def join(rows: abc.Sequence[MappedRow]) -> MappedRow | Quarantined:
    """Return one entry with the lines of all `rows`, which share everything but their lines.

    Lines without numbers of their own are numbered in order. Rows that disagree about the entry
    quarantine it: the answer names the first row that differs.
    """
    first = rows[0]
    if len(rows) == 1:
        return first
    for row in rows[1:]:
        if replace(row.entry, lines=first.entry.lines) != first.entry:
            differing = _differing_field(first.entry, row.entry)
            reason = f"differs from row {first.row_numbers[0]} of the same entry"
            return Quarantined(row.row_numbers[0], differing, "", reason)
    lines = [line for row in rows for line in row.entry.lines]
    if len({line.line_number for line in lines}) == 1:
        lines = [replace(line, line_number=place) for place, line in enumerate(lines, 1)]
    try:
        entry = replace(first.entry, lines=tuple(lines))
    except InvalidField as error:
        return Quarantined(rows[-1].row_numbers[-1], error.field, "", error.message)
    return MappedRow(
        entry,
        tuple(outcome for row in rows for outcome in row.outcomes),
        tuple(dict.fromkeys(flag for row in rows for flag in row.flags)),
        tuple(number for row in rows for number in row.row_numbers),
    )


def _differing_field(one: Entry, other: Entry) -> str:
    names = [name for name in Entry.__dataclass_fields__ if name != "lines"]
    return next(name for name in names if getattr(one, name) != getattr(other, name))


def shipped_mappings() -> list[str]:
    """Return the names of the mappings that ship with the product, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_mapping(name: str) -> Mapping:
    """Return a shipped mapping by name, or the one in the file at that path.

    Raises MappingRefused where there is neither.
    """
    path = SHIPPED / f"{name}.toml" if name in shipped_mappings() else Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"found no mapping {name}, wanted one of {shipped_mappings()} or a TOML file"
        raise MappingRefused(message) from error
    return Mapping.load(data)
