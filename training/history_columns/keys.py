"""The keys of lines in columns: the same opaque keys that app.core.history gives, as numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.core.entry import US_CBP
from app.core.history import bit_of
from app.core.history.identity import (
    fold_city,
    importer_identity,
    key_of,
    mid_country,
    signature,
    supplier_identity,
    way_through,
)
from training.history_columns.chunks import FILER_OF_NUMBER, Chunk
from training.history_columns.interning import Ints, Keys
from training.history_columns.layout import (
    CITY,
    FILER,
    GOODS,
    IMPORTER,
    LANE,
    MID,
    NO_BIT,
    ROUTE,
    SUPPLIER,
)
from training.history_columns.texts import Texts
from training.history_columns.walking import Bytes

Texted = Mapping[str, Texts[Any]]

# The columns that make the key of each kind, in the order its function takes them.
_COLUMNS: Final = {
    SUPPLIER: (
        "manufacturer_name", "manufacturer_number", "manufacturer_mid", "manufacturer_country",
        "seller_name", "seller_number", "seller_mid", "seller_country",
    ),
    IMPORTER: ("importer_name", "importer_number"),
    FILER: ("filer_code", FILER_OF_NUMBER),
    MID: ("manufacturer_mid",),
    CITY: ("manufacturer_city", "manufacturer_country", "manufacturer_mid"),
    GOODS: ("hts", "origin_country"),
    LANE: ("hts", "origin_country", "export_country"),
    ROUTE: ("origin_country", "route", "export_country"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identified:
    """Keys and marks of the lines of a chunk.

    `keys` (8, n) are numbers by kind, -1 none. `marks` (n, 4) are the sketch bits of goods, origin,
    route and the supplier, NO_BIT where not declared; `bought` (n, 4) the same with the importer
    in the supplier's place.
    """

    keys: NDArray[np.int32]
    marks: Bytes
    bought: Bytes


class Identities:
    """Gives every line its keys; knows each key that was met."""

    def __init__(self, texts: Texted) -> None:
        """Look texts up in `texts`."""
        self._texts = texts
        makers = (
            self._supplier, self._importer, self._filer, self._mid, self._city, self._goods,
            self._lane, self._route,
        )  # fmt: skip
        self.of_kind = tuple(Keys(len(_COLUMNS[kind]), maker) for kind, maker in enumerate(makers))
        self._signatures: dict[str, str] = {}  # of routes, by key
        self._headings, self._origins = _Bits([NO_BIT]), _Bits([NO_BIT])  # number 0 is missing
        self._routes, self._makers, self._buyers = _Bits(), _Bits(), _Bits()

    def identify(self, chunk: Chunk) -> Identified:
        """Return the keys and marks of the lines of a chunk."""
        keys = np.stack(
            [
                self.of_kind[kind].numbers(tuple(map(chunk.codes.get, columns)), len(chunk))
                for kind, columns in _COLUMNS.items()
            ]
        )
        texts = self.of_kind
        codes = self._texts["hts"].values[len(self._headings) :]
        self._headings.add(str(code)[:4] for code in codes)
        origins = self._texts["origin_country"].values[len(self._origins) :]
        self._origins.add(str(origin) for origin in origins)
        self._routes.add(self._signatures[key] for key in texts[ROUTE].texts[len(self._routes) :])
        self._makers.add(texts[SUPPLIER].texts[len(self._makers) :])
        self._buyers.add(texts[IMPORTER].texts[len(self._buyers) :])
        shown = (
            self._headings.of(np.asarray(chunk.codes["hts"])),
            self._origins.of(np.asarray(chunk.codes["origin_country"])),
            self._routes.of(keys[ROUTE]),
        )
        makers, buyers = self._makers.of(keys[SUPPLIER]), self._buyers.of(keys[IMPORTER])
        return Identified(
            keys, np.stack((*shown, makers), axis=1), np.stack((*shown, buyers), axis=1)
        )

    def _of(self, column: str, number: int) -> Any:  # the type is the column's
        return self._texts[column].values[number]

    def _supplier(self, numbers: tuple[int, ...]) -> str | None:
        for first in (0, 4):
            columns = _COLUMNS[SUPPLIER][first : first + 4]
            name, number, mid, country = map(self._of, columns, numbers[first : first + 4])
            identity = supplier_identity(name, number, mid, _country(country, mid))
            if identity is not None:
                return key_of("supplier", US_CBP, *identity)
        return None

    def _importer(self, numbers: tuple[int, ...]) -> str | None:
        identity = importer_identity(*map(self._of, _COLUMNS[IMPORTER], numbers))
        return None if identity is None else key_of("importer", US_CBP, *identity)

    def _filer(self, numbers: tuple[int, ...]) -> str | None:
        code, of_number = map(self._of, _COLUMNS[FILER], numbers)
        return key_of("filer", US_CBP, "code", code or of_number)

    def _mid(self, numbers: tuple[int, ...]) -> str | None:
        mid = self._of("manufacturer_mid", numbers[0])
        return None if mid is None else key_of("mid", US_CBP, mid)

    def _city(self, numbers: tuple[int, ...]) -> str | None:
        city, country, mid = map(self._of, _COLUMNS[CITY], numbers)
        place = _country(country, mid)
        return key_of("city", US_CBP, fold_city(city), place) if city and place else None

    def _goods(self, numbers: tuple[int, ...]) -> str | None:
        hts, origin = map(self._of, _COLUMNS[GOODS], numbers)
        return key_of("goods", US_CBP, hts[:6], origin)

    def _lane(self, numbers: tuple[int, ...]) -> str | None:
        hts, origin, export = map(self._of, _COLUMNS[LANE], numbers)
        return None if export is None else key_of("lane", US_CBP, hts[:4], origin, export)

    def _route(self, numbers: tuple[int, ...]) -> str | None:
        origin, legs, export = map(self._of, _COLUMNS[ROUTE], numbers)
        way = way_through(legs or (), export)
        if way is None:
            return None
        passed = signature(origin, way)
        key = key_of("route", US_CBP, passed)
        self._signatures[key] = passed
        return key


class _Bits:
    """The sketch bit of each of many values, by their number."""

    def __init__(self, first: Sequence[int] = ()) -> None:
        self._bits = np.array([*first, *[NO_BIT] * 64], np.uint8)
        self._count = len(first)

    def __len__(self) -> int:
        return self._count

    def add(self, values: Iterable[str]) -> None:
        new = np.array([bit_of(value).bit_length() - 1 for value in values], np.uint8)
        if self._count + len(new) >= len(self._bits):
            more = np.full(2 * (self._count + len(new)), NO_BIT, np.uint8)
            more[: self._count] = self._bits[: self._count]
            self._bits = more
        self._bits[self._count : self._count + len(new)] = new
        self._count += len(new)

    def of(self, numbers: Ints) -> Bytes:
        """Return the bit of each number (n,), NO_BIT for -1: the last place is always free."""
        return self._bits[numbers]


def _country(country: str | None, mid: str | None) -> str:
    return country or ("" if mid is None else mid_country(mid))
