"""The columns of a snapshot: names, types, and what each must hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.core.errors import DataRefused
from app.core.scale import MAX_SCORE

Ints = NDArray[np.int32]

REASONS = 3  # top reasons kept of each row


class Outcome(IntEnum):
    """What became of a row: pending is neither good nor bad."""

    PENDING = 0
    CLEARED = 1
    CONFIRMED = 2


class LabelSource(IntEnum):
    """Who said so: nobody yet, a government body, or the tenant's own review."""

    NONE = 0
    GOVERNMENT = 1
    REVIEW = 2


class BandCode(IntEnum):
    """Bands as numbers, in order of strictness; `Band.strictness` of the policy."""

    RELEASE = 0
    REVIEW = 1
    HOLD = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One numeric column: dtype, closed range, and whether missing (NaN, NaT) may stand in it."""

    name: str
    dtype: str
    least: float | None = None
    most: float | None = None
    may_be_missing: bool = False


NUMBERS = (
    Column("score", "int16", 0, MAX_SCORE),
    Column("decided_at", "datetime64[s]"),  # by the desk's clock, so that hours mean its hours
    Column("arrival_at", "datetime64[s]", may_be_missing=True),
    Column("value_usd", "float64", 0, may_be_missing=True),
    Column("outcome", "int8", 0, max(Outcome)),
    Column("is_mature", "bool"),  # old enough for its outcome to be final, if it has one
    Column("label_source", "int8", 0, max(LabelSource)),
    Column("is_drawn", "bool"),  # by the exploration draw
    Column("odds", "float64", 0, 1),  # of that draw, as stored; 0 where it was not in the draw
    Column("old_band", "int8", 0, max(BandCode)),
    Column("floor", "int8", 0, max(BandCode)),  # the strictest floor, 0 where there was none
    Column("case_minutes", "float64", 0, may_be_missing=True),
    Column("hold_hours", "float64", 0, may_be_missing=True),
    Column("is_list_sensitive", "bool"),
)
NAMED = (
    "hs_chapter",
    "origin",
    "route_class",
    "port",
    "entry_type",
    "importer",  # an index or digest, never a name
    "importer_size",
    "broker",
    "known_bad",  # the list of known bad cases it is on, "" where on none
    "known_bad_id",  # its identifier there
    "reasons",  # (n, 3) codes, strongest first, "" where there are fewer
)


@dataclass(frozen=True, slots=True, eq=False)
class Category:
    """A column of names: `codes` (n,) or (n, 3) int32 into `names`."""

    codes: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str]) -> Self:
        """Return names as codes, in the order of their first appearance."""
        index: dict[str, int] = {}
        codes = [index.setdefault(value, len(index)) for value in values]
        return cls(np.array(codes, np.int32), tuple(index))

    def take(self, rows: NDArray[np.intp]) -> Ints:
        """Return the codes of `rows`."""
        return self.codes[rows]

    def is_named(self) -> NDArray[np.bool_]:
        """Return (n,) which rows have a name that is not empty."""
        empty = np.array([not name for name in self.names] or [True])
        return np.asarray(~empty[self.codes])


def numbers(column: Column, values: Any) -> NDArray[Any]:
    """Return `values` as a frozen array of the column's type.

    Raises DataRefused, naming the column, for another shape, a fraction where an integer is
    wanted, a value out of range, or a missing one where none may be.
    """
    found = np.asarray(values)
    if found.ndim != 1:
        raise _refused(column.name, f"{found.ndim} dimensions", "one")
    try:
        kept = found.astype(
            column.dtype, casting="same_kind" if found.dtype.kind in "fM" else "unsafe"
        )
    except (TypeError, ValueError) as error:
        raise _refused(column.name, str(found.dtype), column.dtype) from error
    if column.dtype.startswith(("int", "bool")) and not np.array_equal(kept, found):
        raise _refused(column.name, f"values that {column.dtype} does not hold", column.dtype)
    _check_range(column, kept)
    kept.setflags(write=False)
    return kept


def _check_range(column: Column, kept: NDArray[Any]) -> None:
    missing = np.isnat(kept) if kept.dtype.kind == "M" else np.isnan(kept.astype(np.float64))
    if missing.any() and not column.may_be_missing:
        raise _refused(column.name, f"{int(missing.sum())} missing", "none")
    for limit, is_out, wanted in (
        (column.least, np.less, "at least"),
        (column.most, np.greater, "at most"),
    ):
        if limit is not None and (out := is_out(kept, limit)).any():
            raise _refused(column.name, str(kept[out][0]), f"{wanted} {limit}")
    if kept.dtype.kind == "f" and np.isinf(kept).any():
        raise _refused(column.name, "an infinite value", "finite ones")


def category(name: str, values: Any, *, width: int | None = None) -> Category:
    """Return `values`, a Category or names, as a frozen Category; raises DataRefused."""
    if not isinstance(values, Category):
        named = np.asarray(values, dtype=object)
        flat = Category.of([str(each) for each in named.ravel()])
        values = Category(flat.codes.reshape(named.shape), flat.names)
    codes = np.array(values.codes)
    if codes.ndim != (1 if width is None else 2) or (width and codes.shape[1] != width):
        raise _refused(name, f"shape {codes.shape}", "(n,)" if width is None else f"(n, {width})")
    if codes.dtype.kind not in "iu":
        raise _refused(name, str(codes.dtype), "int32")
    if codes.size and (codes.min() < 0 or codes.max() >= len(values.names)):
        raise _refused(name, f"code {codes.max()} or below 0", f"0 to {len(values.names) - 1}")
    codes = codes.astype(np.int32)
    codes.setflags(write=False)
    return Category(codes, tuple(values.names))


def check_names(columns: Mapping[str, Any]) -> None:
    """Raise DataRefused where a column is missing or unknown."""
    wanted = {column.name for column in NUMBERS} | set(NAMED)
    if missing := sorted(wanted - set(columns)):
        raise DataRefused(f"snapshot: found no column {missing}, wanted all of {sorted(wanted)}")
    if unknown := sorted(set(columns) - wanted):
        raise DataRefused(f"snapshot: found columns {unknown} that are not known")


def _refused(name: str, found: str, wanted: str) -> DataRefused:
    return DataRefused(f"column {name}: found {found}, wanted {wanted}")
