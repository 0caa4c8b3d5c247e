"""A data file read through a mapping: entries in file order, and every row that was set aside."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.core.entry import Entry
from app.core.errors import DataRefused
from app.core.mapping import MappedRow, Mapping, Quarantined, join
from training.files import DataFile, FileRow, open_data
from training.progress import Steps

QUARANTINE_LIMIT = 0.005  # share of malformed rows that stops a run (specs: training, stage 2)
_SHOWN = 5  # quarantined rows that are printed
_NO_DATE = "found neither entry date nor arrival date, wanted one to read history as of"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a file held: `rows` are entries in file order, `quarantined` rows set aside.

    `total` counts data rows of the file, `flags` entries that were kept although odd, by flag.
    `order` gives, for each data row of the file, its place among all lines of `rows`, or -1.
    """

    path: Path
    rows: tuple[MappedRow, ...]
    quarantined: tuple[Quarantined, ...]
    total: int
    flags: Counter[str]
    order: tuple[int, ...]

    @property
    def share_quarantined(self) -> float:
        """Rows set aside over all rows, in [0, 1]."""
        return len(self.quarantined) / self.total if self.total else 0.0


def ingest(
    path: Path, mapping: Mapping, steps: Steps, *, allowed: float = QUARANTINE_LIMIT
) -> Ingested:
    """Read the file at `path` whole; print what was set aside.

    Raises DataRefused where columns are missing, no row is an entry, or more than the `allowed`
    share of rows was quarantined.
    """
    found = open_data(path)
    missing = mapping.missing_columns(found.header)
    if missing:
        raise DataRefused(f"{path.name}: lacks the columns {missing} that the mapping names")
    if absent := mapping.absent_columns(found.header):
        steps.say(f"{path.name}: not declared, for want of a column: {', '.join(absent)}")
    reading = _Reading(mapping)
    for row in steps.track(found.read(), f"Read {path.name}", total=found.rows):
        reading.take(row)
    ingested = reading.finish(found)
    _report(ingested, steps)
    if not ingested.rows:
        raise DataRefused(f"{path.name}: no row is an entry")
    if ingested.share_quarantined > allowed:
        raise DataRefused(
            f"{path.name}: {len(ingested.quarantined)} of {ingested.total} rows are malformed "
            f"({ingested.share_quarantined:.2%}), wanted at most {allowed:.2%}; "
            f"--allow-quarantine raises the limit"
        )
    return ingested


class _Reading:
    """Rows on their way: lines of one entry are held back until the next entry starts."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.rows: list[MappedRow] = []
        self.quarantined: list[Quarantined] = []
        self.numbers: list[int] = []
        self._held: list[MappedRow] = []
        self._group: str | None = None

    def take(self, row: FileRow) -> None:
        """Map one row, or set it aside."""
        self.numbers.append(row.number)
        if row.problem is not None:
            self.quarantined.append(Quarantined(row.number, "row", "", row.problem))
            return
        mapped = self.mapping.to_entry(row.cells, row.number)
        if isinstance(mapped, Quarantined):
            self.quarantined.append(mapped)
            return
        if mapped.entry.moment is None:
            self.quarantined.append(Quarantined(row.number, "entry_date", "", _NO_DATE))
            return
        group = self.mapping.group(row.cells)
        if group is None or group != self._group:
            self._release()
        self._group = group
        self._held.append(mapped)

    def _release(self) -> None:
        if self._held:
            joined = join(self._held)
            if isinstance(joined, Quarantined):
                self.quarantined.extend(
                    Quarantined(number, joined.field, joined.column, joined.reason)
                    for row in self._held
                    for number in row.row_numbers
                )
            else:
                self.rows.append(joined)
        self._held = []

    def finish(self, found: DataFile) -> Ingested:
        """Return all that was read."""
        self._release()
        line_of = {
            number: line
            for line, number in enumerate(n for row in self.rows for n in row.row_numbers)
        }
        return Ingested(
            path=found.path,
            rows=tuple(self.rows),
            quarantined=tuple(self.quarantined),
            total=len(self.numbers),
            flags=Counter(flag for row in self.rows for flag in row.flags),
            order=tuple(line_of.get(number, -1) for number in self.numbers),
        )


def _report(ingested: Ingested, steps: Steps) -> None:
    for line in describe(ingested):
        steps.say(line)


def describe(ingested: Ingested) -> Iterator[str]:
    """Yield what a person should know of the file: counts, then the first rows set aside."""
    lines = sum(len(row.entry.lines) for row in ingested.rows)
    yield (
        f"{ingested.path.name}: {ingested.total} rows, {len(ingested.rows)} entries, "
        f"{lines} lines, {len(ingested.quarantined)} quarantined ({ingested.share_quarantined:.2%})"
    )
    for each in ingested.quarantined[:_SHOWN]:
        column = f" ({each.column})" if each.column else ""
        yield f"  line {each.row_number}: {each.field}{column}: {each.reason}"
    if len(ingested.quarantined) > _SHOWN:
        yield f"  and {len(ingested.quarantined) - _SHOWN} more"
    for flag, count in sorted(ingested.flags.items()):
        yield f"  kept and flagged {flag}: {count}"


def day_of(entry: Entry) -> date:
    """Return the day an ingested entry is read as of; raise DataRefused where it has none."""
    if entry.moment is None:
        raise DataRefused(f"entry_date: {_NO_DATE}")
    return entry.moment
