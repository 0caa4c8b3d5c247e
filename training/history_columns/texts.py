"""Texts as small dense numbers that stay the same from chunk to chunk; exact, no text confused."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.core.errors import DataRefused, InvalidField
from training.history_columns.compiled import compiled

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
T = TypeVar("T")

_FREE: Final = -1  # a place in the table that holds no text
_POSITIVE: Final = (1 << 63) - 1
_PRIME: Final = 0x100000001B3  # of FNV-1a, 64 bits
_FEW: Final = 1024  # places and texts to begin with


@compiled
def hash_of(data: Bytes, first: int, last: int) -> int:
    """Return a number from 0 to 2**63 - 1 for the bytes from `first` to before `last`."""
    mixed = 0x4BF29CE484222325 ^ (last - first)
    for at in range(first, last):
        mixed = ((mixed ^ int(data[at])) * _PRIME) & _POSITIVE
    return mixed ^ (mixed >> 29)


@compiled
def is_same(  # noqa: PLR0913, PLR0917 - two stretches, as compiled code wants them
    data: Bytes, first: int, last: int, texts: Bytes, start: int, end: int
) -> bool:
    """Say whether bytes of `data` are those of `texts` from `start` to before `end`."""
    if last - first != end - start:
        return False
    for at in range(last - first):  # noqa: SIM110 - a loop is what compiles to machine code
        if data[first + at] != texts[start + at]:
            return False
    return True


@compiled
def number_texts(  # noqa: PLR0913, PLR0917 - arrays, as compiled code wants them
    offsets: Ints,
    data: Bytes,
    is_valid: Flags,
    table: Ints,
    hashes: Longs,
    ends: Longs,
    texts: Bytes,
    known: int,
    out: Ints,
) -> int:
    """Fill out (n,) with the number of each text; return how many texts are known then.

    offsets (n + 1,) into data as Arrow has them; 0 stands for what is not valid. `table` holds
    numbers by hash; text number k lies in `texts` from ends[k - 1] to ends[k], its hash in
    hashes[k]. All must have room.
    """
    for row in range(len(out)):
        if not is_valid[row]:
            out[row] = 0
            continue
        first, last = offsets[row], offsets[row + 1]
        mixed = hash_of(data, first, last)
        place = mixed & (len(table) - 1)
        while table[place] != _FREE:
            number = table[place]
            if hashes[number] == mixed and is_same(
                data, first, last, texts, ends[number - 1], ends[number]
            ):
                break
            place = (place + 1) & (len(table) - 1)
        if table[place] == _FREE:
            start = ends[known - 1]
            texts[start : start + last - first] = data[first:last]
            ends[known], hashes[known], table[place] = start + last - first, mixed, known
            known += 1
        out[row] = table[place]
    return known


@compiled
def placed(hashes: Longs, known: int, size: int) -> Ints:
    """Return a table of `size` places, a power of two, for the texts from 1 to before `known`."""
    table = np.full(size, _FREE, np.int32)
    for number in range(1, known):
        place = hashes[number] & (size - 1)
        while table[place] != _FREE:
            place = (place + 1) & (size - 1)
        table[place] = number
    return table


class Texts(Generic[T]):
    """The distinct values of one column: number 0 is missing, others in the order first seen.

    `values[number]` is what `read` made of the text, None for missing. Two texts that `read` makes
    the same have one number; a blank one is missing. Raises DataRefused for a text that `read`
    refuses.
    """

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        """Read the texts of the column `name` with `read`."""
        self._name = name
        self._read = read
        self._of_value: dict[T, int] = {}
        self.values: list[T | None] = [None]
        self._known = 1  # texts as they are written, the missing one first
        self._of_text: Ints = np.zeros(_FEW, np.int32)  # their numbers
        self._table: Ints = np.full(_FEW, _FREE, np.int32)
        self._hashes: Longs = np.zeros(_FEW, np.int64)
        self._ends: Longs = np.zeros(_FEW, np.int64)
        self._texts: Bytes = np.zeros(_FEW, np.uint8)

    def numbers(self, column: pa.Array) -> Ints:
        """Return the number of each row's value (n,)."""
        if isinstance(column, pa.DictionaryArray):
            column = column.dictionary_decode()
        column = column.cast(pa.string())
        _, offsets, data = column.buffers()
        rows = len(column)
        where = np.frombuffer(offsets, np.int32)[column.offset : column.offset + rows + 1]
        contents = np.frombuffer(data or b"", np.uint8)
        self._make_room(rows, int(where[-1] - where[0]))
        is_valid = column.is_valid().to_numpy(zero_copy_only=False)
        out = np.empty(rows, np.int32)
        before = self._known
        self._known = number_texts(
            where, contents, is_valid, self._table, self._hashes, self._ends, self._texts,
            before, out,
        )  # fmt: skip
        for number in range(before, self._known):
            self._of_text[number] = self._number(number)
        return self._of_text[out]

    def _make_room(self, rows: int, size: int) -> None:
        texts, used = self._known + rows + 1, int(self._ends[self._known - 1])
        if texts > len(self._ends):
            self._of_text, self._hashes, self._ends = (
                _longer(each, 2 * texts) for each in (self._of_text, self._hashes, self._ends)
            )
        if used + size > len(self._texts):
            self._texts = _longer(self._texts, 2 * (used + size))
        if 2 * texts > len(self._table):
            self._table = placed(self._hashes, self._known, 1 << (2 * texts).bit_length())

    def _number(self, number: int) -> int:
        start, end = self._ends[number - 1 : number + 1].tolist()
        text = self._texts[start:end].tobytes().decode().strip()
        if not text:
            return 0
        try:
            value = self._read(text)
        except InvalidField as error:
            message = f"{self._name}: {error.message}; train shows every such row"
            raise DataRefused(message) from error
        found = self._of_value.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


def _longer(array: NDArray, size: int) -> NDArray:  # type: ignore[type-arg]  # of the same type
    return np.concatenate((array, np.zeros(size - len(array), array.dtype)))
