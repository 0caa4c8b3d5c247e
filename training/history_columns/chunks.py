"""Lines of a file as arrays, chunk by chunk: entries whole, texts as numbers, days in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.core.cell import READERS
from app.core.errors import DataRefused
from training.history_columns.texts import Flags, Ints, Texts
from training.history_columns.walking import Floats

EPOCH: Final = 719_163  # ordinal of 1970-01-01, from which Arrow counts days
_CODES: Final = {  # columns that identify something, and the reader of each (mapping canonical)
    "filer_code": "filer_code",
    "export_country": "export_country",
    "route": "route",
    "hts": "hts",
    "origin_country": "origin_country",
    "importer_name": "party.name",
    "importer_number": "party.number",
    "manufacturer_name": "party.name",
    "manufacturer_number": "party.number",
    "manufacturer_mid": "party.mid",
    "manufacturer_city": "party.city",
    "manufacturer_country": "party.country",
    "seller_name": "party.name",
    "seller_number": "party.number",
    "seller_mid": "party.mid",
    "seller_country": "party.country",
}
CODED: Final = tuple(_CODES)
_NEEDED: Final = ("entry_number", "hts", "origin_country", "entered_value_usd")
_OTHERS: Final = (
    "entry_number", "line_number", "entry_date", "arrival_date", "entered_value_usd",
    "gross_weight_kg",
)  # fmt: skip
FILER_OF_NUMBER: Final = "filer_of_number"  # the filer part of an entry number


def wanted_columns(header: Sequence[str]) -> list[str]:
    """Return the columns of a file that history needs; raise DataRefused where it can't be read."""
    missing = [name for name in _NEEDED if name not in header]
    if missing or not {"entry_date", "arrival_date"} & set(header):
        missing = missing or ["entry_date or arrival_date"]
        raise DataRefused(f"history: lacks the columns {missing}")
    return [name for name in (*_OTHERS, *CODED) if name in header]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole entries in filing order, n lines and m entries.

    `numbers` are entry numbers (m,) as text; `starts` (m + 1,) where entries begin among the
    lines; `days` (n,) ordinals; `values` (n,) USD; `kilos` (n,) kg, NaN unknown; `line_numbers`
    (n,); `codes` the number of each text by column (n,), 0 missing, None where the file lacks it.
    """

    numbers: pa.Array
    starts: NDArray[np.int64]
    days: Ints
    values: Floats
    kilos: Floats
    line_numbers: Ints
    codes: Mapping[str, Ints | None]

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.days)

    @property
    def is_named(self) -> Flags:
        """Whether the name of each line's manufacturer is declared (n,)."""
        names = self.codes["manufacturer_name"]
        return np.zeros(len(self), np.bool_) if names is None else names > 0


class Reading:
    """Reads chunks of one file; remembers every text it met, and the latest day."""

    def __init__(self) -> None:
        """Start with no text and no day."""
        self.texts: dict[str, Texts[Any]] = {
            name: Texts(name, READERS[reader]) for name, reader in _CODES.items()
        }
        self.texts[FILER_OF_NUMBER] = Texts("entry_number", str)
        self._latest = 0

    def chunks(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
        """Yield chunks; an entry that goes on in the next batch waits for it.

        Raises DataRefused where entries are not in the order of their days, or a text is refused.
        """
        held: pa.RecordBatch | None = None
        for batch in batches:
            whole = batch if held is None else _joined(held, batch)
            last = _last_entry(whole)
            if last:
                yield self._chunk(whole.slice(0, last))
            held = whole.slice(last)
        if held is not None and len(held):
            yield self._chunk(held)

    def _chunk(self, batch: pa.RecordBatch) -> Chunk:
        starts = _starts(batch)
        days = _days(batch)
        of_entries = days[starts[:-1]]
        if of_entries[0] < self._latest or (np.diff(of_entries) < 0).any():
            raise DataRefused("history: entries are not in the order of their days; sort the file")
        self._latest = int(of_entries[-1])
        numbers = _plain(batch, "entry_number").take(pa.array(starts[:-1]))
        lines = np.diff(starts)
        codes = {name: self._codes(batch, name) for name in CODED}
        for name in ("hts", "origin_country"):
            if not np.all(codes[name]):
                raise DataRefused(f"history: found a row without {name}")
        filers = codes["filer_code"]
        codes[FILER_OF_NUMBER] = np.zeros(len(batch), np.int32)
        if filers is None or not filers.all():
            of_number = self.texts[FILER_OF_NUMBER].numbers(pc.utf8_slice_codeunits(numbers, 0, 3))
            codes[FILER_OF_NUMBER] = np.repeat(of_number, lines)
        return Chunk(
            numbers=numbers,
            starts=starts,
            days=np.repeat(of_entries, lines),
            values=_amounts(batch, "entered_value_usd"),
            kilos=_weights(batch),
            line_numbers=_line_numbers(batch, starts),
            codes=codes,
        )

    def _codes(self, batch: pa.RecordBatch, name: str) -> Ints | None:
        if name not in batch.schema.names:
            return None
        return self.texts[name].numbers(batch.column(name))


def _joined(one: pa.RecordBatch, other: pa.RecordBatch) -> pa.RecordBatch:
    table = pa.Table.from_batches([one, other]).unify_dictionaries().combine_chunks()
    return table.to_batches()[0]


def _plain(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of entry numbers as trimmed text without the dashes of the printed form."""
    column = _undictionaried(batch.column(name)).cast(pa.string())
    if column.null_count:
        raise DataRefused(f"history: found a row without {name}")
    column = pc.utf8_trim_whitespace(column)
    if pc.any(pc.equal(pc.utf8_length(column), 13)).as_py():
        return pc.replace_substring_regex(column, r"^(.{3})-(.{7})-(.)$", r"\1\2\3")
    return column


def _starts(batch: pa.RecordBatch) -> NDArray[np.int64]:
    numbers = _undictionaried(batch.column("entry_number")).cast(pa.string())
    differs = pc.not_equal(numbers.slice(1), numbers.slice(0, len(numbers) - 1))
    changes = np.flatnonzero(differs.fill_null(True).to_numpy(zero_copy_only=False)) + 1
    return np.concatenate(([0], changes, [len(numbers)]))


def _last_entry(batch: pa.RecordBatch) -> int:
    """Return where the last entry of a batch begins."""
    return int(_starts(batch)[-2]) if len(batch) else 0


def _undictionaried(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _days(batch: pa.RecordBatch) -> Ints:
    found = [
        _as_days(_undictionaried(batch.column(name)))
        for name in ("entry_date", "arrival_date")
        if name in batch.schema.names
    ]
    days = pc.coalesce(*found)
    if days.null_count:
        raise DataRefused("history: found a row with neither entry_date nor arrival_date")
    counted: Ints = days.to_numpy(zero_copy_only=False) + np.int32(EPOCH)
    return counted


def _as_days(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        trimmed = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(column), 0, 10)
        column = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    return _cast(column, pa.date32(), "a day").cast(pa.int32())


def _amounts(batch: pa.RecordBatch, name: str) -> Floats:
    column = _undictionaried(batch.column(name))
    if pa.types.is_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    amounts: Floats = _cast(column, pa.float64(), "a number").to_numpy(zero_copy_only=False)
    if name == "entered_value_usd" and not (amounts >= 0).all():
        raise DataRefused(f"history: found a row without {name}, or below 0")
    return np.round(amounts, 2) if name == "entered_value_usd" else amounts


def _weights(batch: pa.RecordBatch) -> Floats:
    """Return kilograms (n,), NaN where not declared or below 0, which counts as not declared."""
    if "gross_weight_kg" not in batch.schema.names:
        return np.full(len(batch), np.nan)
    weights = _amounts(batch, "gross_weight_kg")
    return np.where(weights >= 0, weights, np.nan)


def _line_numbers(batch: pa.RecordBatch, starts: NDArray[np.int64]) -> Ints:
    """Return line numbers (n,); lines of one entry that all have one number count from 1."""
    counted = np.arange(len(batch)) - np.repeat(starts[:-1], np.diff(starts)) + 1
    if "line_number" not in batch.schema.names:
        return counted.astype(np.int32)
    declared = _amounts(batch, "line_number")
    declared = np.where(np.isnan(declared), 1, declared).astype(np.int32)
    lowest = np.minimum.reduceat(declared, starts[:-1])
    highest = np.maximum.reduceat(declared, starts[:-1])
    is_alike = np.repeat((lowest == highest) & (np.diff(starts) > 1), np.diff(starts))
    return np.where(is_alike, counted, declared).astype(np.int32)


def _cast(column: pa.Array, kind: pa.DataType, wanted: str) -> pa.Array:
    try:
        return column.cast(kind, safe=False)
    except pa.ArrowInvalid as error:
        raise DataRefused(f"history: found something else, wanted {wanted}") from error
