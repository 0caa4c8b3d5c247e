"""Tuples of numbers, and the keys they make, as small dense numbers that stay the same."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.history_columns.compiled import compiled

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

_EMPTY = -1  # a free place in a table of pairs; pairs are never below 0
_UNMET = -2  # a tuple whose key was not asked for yet
_LOW = 0xFFFFFFFF
_MIX_LOW, _MIX_HIGH = 0x9E3779B1, 0x85EBCA6B  # odd and near 2**32: products stay below 2**63


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

    def numbers(self, columns: tuple[Ints | None, ...], rows: int) -> Ints:
        """Return the number of each row's key (rows,), -1 where there is none.

        A column that is None is missing throughout, in this and every other call.
        """
        given = [column for column in columns if column is not None]
        if not given:
            return np.full(rows, -1, np.int32)
        tuples = given[0]
        for pairs, column in zip(self._pairs, given[1:], strict=False):
            tuples = pairs.numbers(tuples, column)
        self._make_room(int(tuples.max(initial=-1)) + 1)
        unmet = np.flatnonzero(self._of_tuple[tuples] == _UNMET)
        _, firsts = np.unique(tuples[unmet], return_index=True)
        for row in unmet[firsts].tolist():
            key = self._key_of(tuple(0 if each is None else int(each[row]) for each in columns))
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
