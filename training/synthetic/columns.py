"""Columns of text and numbers as Arrow arrays, pooled so that a million rows stay cheap."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.core.codes import check_digit
from training.synthetic.draws import Flags, Floats, Ints, Strings

CENTS = pa.decimal128(18, 2)
MILLIS = pa.decimal128(18, 3)
EPOCH = 719_163  # ordinal of 1970-01-01


def pooled(pool: Sequence[str | None], which: Ints, missing: Flags | None = None) -> pa.Array:
    """Return the text `pool[which]` of each row (n,); null where `missing`, None or ""."""
    values = pa.array([each or None for each in pool], pa.string())
    return values.take(pa.array(which, pa.int64(), mask=missing))


def texts(values: Strings, missing: Flags | None = None) -> pa.Array:
    """Return the text of each row (n,); null where `missing` or "".

    Equal texts are stored once on the way, which is what makes long columns fast.
    """
    found = pa.array(values, pa.string(), from_pandas=True)
    empty = values == ""
    hidden = empty if missing is None else empty | missing
    return pc.if_else(pa.array(~hidden), found, pa.scalar(None, pa.string()))


def money(values: Floats) -> pa.Array:
    """Return amounts rounded to cents."""
    return pa.array(np.round(values, 2)).cast(CENTS, safe=False)


def measure(values: Floats, missing: Flags | None = None) -> pa.Array:
    """Return weights or quantities rounded to thousandths; null where `missing`."""
    return pa.array(np.round(values, 3), mask=missing).cast(MILLIS, safe=False)


def days(ordinals: Ints, missing: Flags | None = None) -> pa.Array:
    """Return ordinals as dates."""
    return pa.array((ordinals - EPOCH).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def entry_numbers(filers: Sequence[str], filer: Ints) -> Strings:
    """Return an entry number for each entry (n,): its filer's code, a running number, check digit.

    Numbers run on for each filer, so that none is used twice.
    """
    order = np.argsort(filer, kind="stable")
    counts = np.bincount(filer, minlength=len(filers))
    running = np.empty(len(filer), dtype=np.int64)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    running[order] = np.arange(len(filer)) - starts
    serial = running + 100_000
    digits = _check_digits(filers, filer, serial)
    numbers = zip(filer.tolist(), serial.tolist(), digits.tolist(), strict=True)
    return np.array([f"{filers[f]}{s:07d}{d}" for f, s, d in numbers], dtype=object)


def _check_digits(filers: Sequence[str], filer: Ints, serial: Ints) -> Ints:
    """Return the check digits (n,), as app.core.codes.check_digit gives one by one."""
    # The filer's part of the sum follows from the digit of the filer with number 0000000.
    of_filer = np.array([(10 - int(check_digit(f"{code}0000000"))) % 10 for code in filers])
    total = of_filer[filer]
    for place in range(7):  # from the right; every other digit is doubled, starting with the last
        digit = serial // 10**place % 10
        doubled = np.where(digit * 2 > 9, digit * 2 - 9, digit * 2)
        total = total + (doubled if place % 2 == 0 else digit)
    return (10 - total % 10) % 10


def containers(owners: Sequence[str], owner: Ints, serial: Ints) -> Strings:
    """Return ISO 6346 container numbers with their check digit (n,)."""
    letters = [c for c in range(10, 39) if c % 11]  # values of A to Z skip multiples of 11
    fixed = np.array(
        [sum(letters[ord(c) - 65] * 2**at for at, c in enumerate(code)) for code in owners]
    )
    total = fixed[owner]
    for place in range(6):
        total = total + (serial // 10 ** (5 - place) % 10) * 2 ** (4 + place)
    digit = total % 11 % 10
    found = zip(owner.tolist(), serial.tolist(), digit.tolist(), strict=True)
    return np.array([f"{owners[o]}{s:06d}{d}" for o, s, d in found], dtype=object)


def repeated(column: pa.Array, entry: NDArray[np.int64]) -> pa.Array:
    """Return a column of entries as one of lines: `entry` (l,) is the entry of each line."""
    return column.take(pa.array(entry))
