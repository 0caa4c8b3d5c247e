"""Texts and tuples of texts as small dense numbers that stay the same from chunk to chunk."""

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.core.errors import DataRefused, InvalidField
from training.history_columns.compiled import compiled

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
T = TypeVar("T")

_EMPTY = -1  # a free place in a table of pairs; pairs are never below 0
_UNMET = -2  # a tuple whose key was not asked for yet
_LOW = 0xFFFFFFFF
_MIX_LOW, _MIX_HIGH = 0x9E3779B1, 0x85EBCA6B  # odd and near 2**32: products stay below 2**63


class Texts(Generic[T]):
    """The distinct values of one column: number 0 is missing, others in the order first seen.

    `values[number]` is what `read` made of the text, None for missing. Two texts that `read` makes
    the same have one number. Raises DataRefused for a text that `read` refuses, without repeating
    it.
    """

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        """Read the texts of the column `name` with `read`."""
        self._name = name
        self._read = read
        self._of_text: dict[str | None, int] = {None: 0}
        self._of_value: dict[T, int] = {}
        self.values: list[T | None] = [None]

    def numbers(self, column: pa.Array) -> Ints:
        """Return the number of each row's value (n,)."""
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        ours = np.array([self._number(text) for text in column.dictionary.to_pylist()], np.int32)
        where = column.indices.fill_null(len(ours)).to_numpy(zero_copy_only=False)
        found: Ints = np.append(ours, np.int32(0))[where]
        return found

    def _number(self, text: str | None) -> int:
        known = self._of_text.get(text)
        if known is not None:
            return known
        stripped = (text or "").strip()
        self._of_text[text] = number = self._new(stripped) if stripped else 0
        return number

    def _new(self, text: str) -> int:
        try:
            value = self._read(text)
        except InvalidField as error:
            raise DataRefused(
                f"{self._name}: {error.message}; train shows every such row"
            ) from error
        number = self._of_value.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


@compiled
def grown(pairs: Longs, numbers: Ints, size: int) -> tuple[Longs, Ints]:
    """Return a table of pairs of `size` places, a power of two, that holds the same pairs."""
    new_pairs = np.full(size, _EMPTY, np.int64)
    new_numbers = np.zeros(size, np.int32)
    for at in range(len(pairs)):
        if pairs[at] != _EMPTY:
            place = place_of(new_pairs, pairs[at])
            new_pairs[place], new_numbers[place] = pairs[at], numbers[at]
    return new_pairs, new_numbers


@compiled
def place_of(pairs: Longs, pair: int) -> int:
    """Return where a pair stands in a table, or the free place where it belongs."""
    mixed = ((pair & _LOW) * _MIX_LOW) ^ ((pair >> 32) * _MIX_HIGH)
    place = (mixed >> 20) & (len(pairs) - 1)
    while pairs[place] != _EMPTY and pairs[place] != pair:
        place = (place + 1) & (len(pairs) - 1)
    return int(place)


@compiled
def number_pairs(  # noqa: PLR0913, PLR0917 - arrays, as compiled code wants them
    one: Ints, other: Ints, pairs: Longs, numbers: Ints, known: int, out: Ints
) -> int:
    """Fill out (n,) with the number of each pair; return how many pairs are known then.

    The table must have room.
    """
    for row in range(len(one)):
        pair = (int(one[row]) << 32) | int(other[row])
        place = place_of(pairs, pair)
        if pairs[place] == _EMPTY:
            pairs[place], numbers[place] = pair, known
            known += 1
        out[row] = numbers[place]
    return known


class Pairs:
    """Distinct pairs of numbers, as numbers in the order first seen."""

    def __init__(self) -> None:
        """Start with none."""
        self._pairs = np.full(1024, _EMPTY, np.int64)
        self._numbers = np.zeros(1024, np.int32)
        self._known = 0

    def numbers(self, one: Ints, other: Ints) -> Ints:
        """Return the number of each row's pair (n,)."""
        wanted = 2 * (self._known + len(one))
        if wanted > len(self._pairs):
            size = 1 << (wanted - 1).bit_length()
            self._pairs, self._numbers = grown(self._pairs, self._numbers, size)
        out = np.empty(len(one), np.int32)
        self._known = number_pairs(one, other, self._pairs, self._numbers, self._known, out)
        return out


class Keys:
    """Dense numbers of the opaque keys of one kind, from the numbers of the columns that make one.

    Different columns that make the same key have one number; -1 is no key.
    """

    def __init__(self, columns: int, key_of: Callable[[tuple[int, ...]], str | None]) -> None:
        """`key_of` gives the key of the numbers of `columns` columns, None for none."""
        self._pairs = [Pairs() for _ in range(columns - 1)]
        self._key_of = key_of
        self._number_of: dict[str, int] = {}
        self._of_tuple = np.zeros(0, np.int32)
        self.texts: list[str] = []

    def __len__(self) -> int:
        """Return how many keys are known."""
        return len(self.texts)

    def numbers(self, columns: tuple[Ints, ...]) -> Ints:
        """Return the number of each row's key (n,), -1 where there is none."""
        tuples = columns[0]
        for pairs, column in zip(self._pairs, columns[1:], strict=True):
            tuples = pairs.numbers(tuples, column)
        self._make_room(int(tuples.max(initial=-1)) + 1)
        unmet = np.flatnonzero(self._of_tuple[tuples] == _UNMET)
        _, firsts = np.unique(tuples[unmet], return_index=True)
        for row in unmet[firsts].tolist():
            key = self._key_of(tuple(int(column[row]) for column in columns))
            self._of_tuple[tuples[row]] = -1 if key is None else self._number(key)
        return self._of_tuple[tuples]

    def _make_room(self, wanted: int) -> None:
        if wanted > len(self._of_tuple):
            more = np.full(2 * wanted, _UNMET, np.int32)
            more[: len(self._of_tuple)] = self._of_tuple
            self._of_tuple = more

    def _number(self, key: str) -> int:
        number = self._number_of.setdefault(key, len(self.texts))
        if number == len(self.texts):
            self.texts.append(key)
        return number
