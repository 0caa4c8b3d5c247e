"""The world's own tables: goods, places, routes, hidden channels, enforcement focus.

Codes are real; economics, shares and mechanisms are invented where docs/synthetic.md says so.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from training.synthetic.draws import Floats, Ints

FOLDER = Path(__file__).parent / "tables"
ANYWHERE = "*"  # country of a focus row: every origin without a row of its own
Row = dict[str, str]


def read_table(name: str) -> list[Row]:
    """Return the rows of one of the world's tables."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def industry_of(chapter: str) -> str:
    """Return the industry of an HTS chapter as CBP's dashboard defines it (Export Compliance
    Daily 2023-03-14, International Trade Today 2025-01-31); of chapter 84 only 8471 counts as
    electronics here, and 88 as automotive and aerospace."""
    number = int(chapter[:2])
    if number == 85 or chapter[:4] == "8471":
        return "electronics"
    if 50 <= number <= 65:
        return "apparel"
    if number == 25 or 39 <= number <= 48 or 68 <= number <= 71:
        return "industrial"
    return "auto" if 86 <= number <= 88 else "other"


@dataclass(frozen=True, slots=True)
class Good:
    """Goods of one kind: several tariff codes, a usual price and shipment."""

    name: str
    family: int
    industry: str
    codes: tuple[str, ...]
    duties: tuple[str, ...]
    description: str
    unit: str
    kg_per_unit: float
    usd_per_kg: float
    entry_usd: float
    air_share: float


@dataclass(frozen=True, slots=True)
class Place:
    """A town of makers: its country, place of stuffing and port of lading ("" where overland)."""

    country: str
    city: str
    unlocode: str
    port: str
    postal_prefix: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in which goods of forced labour come in: goods, declared origin, makers, trace."""

    kind: str
    regime: str
    country: int
    goods: tuple[int, ...]
    weight: float
    makers: tuple[int, ...]
    maker_share: float
    trace: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One pattern of legs: "=" is the maker's own place or port, "CN*" a large Chinese port."""

    trace: str
    weight: float
    stuffing: str
    lading: str
    hub: str

    @property
    def shows(self) -> bool:
        """Whether the pattern differs from an ordinary route."""
        return (self.stuffing, self.lading, self.hub) != ("=", "=", "")


@dataclass(frozen=True, slots=True)
class Focus:
    """How many stops a cell gets in a period: industry by origin, its share of the month."""

    period: str
    starts: date
    stops_per_month: float
    industry: str
    country: str
    share: float


class Tables:
    """All tables of the world, read once by its maker."""

    def __init__(self) -> None:
        """Read the files; countries, families, goods and places are numbered in file order."""
        rows = read_table("goods")
        self.families = tuple(dict.fromkeys(row["family"] for row in rows))
        self.goods = tuple(self._good(row) for row in rows)
        self.good_of = {good.name: at for at, good in enumerate(self.goods)}
        places = read_table("places")
        self.countries = tuple(dict.fromkeys(row["country"] for row in places))
        self.country_of = {code: at for at, code in enumerate(self.countries)}
        self.places = tuple(
            Place(row["country"], row["city"], row["place"], row["port"], row["postal_prefix"])
            for row in places
        )
        self.place_of = {place.city: at for at, place in enumerate(self.places)}
        self._place_rows = places
        self._good_rows = rows
        self.traces = tuple(
            Trace(row["trace"], float(row["weight"]), row["stuffing"], row["lading"], row["hub"])
            for row in read_table("traces")
        )
        self.focus = tuple(
            Focus(
                row["period"],
                date.fromisoformat(row["starts"]),
                float(row["stops_per_month"]),
                row["industry"],
                row["country"],
                float(row["share"]),
            )
            for row in read_table("focus")
        )
        self.channels = tuple(self._channel(row) for row in read_table("channels"))

    def _good(self, row: Row) -> Good:
        codes = tuple(row["hts"].split("|"))
        return Good(
            name=row["good"],
            family=self.families.index(row["family"]),
            industry=industry_of(codes[0]),
            codes=codes,
            duties=tuple(row["duty_percent"].split("|")),
            description=row["description"],
            unit=row["unit"],
            kg_per_unit=float(row["kg_per_unit"]),
            usd_per_kg=float(row["usd_per_kg"]),
            entry_usd=float(row["entry_usd"]),
            air_share=float(row["air_share"]),
        )

    def _channel(self, row: Row) -> Channel:
        return Channel(
            kind=row["kind"],
            regime=row["regime"],
            country=self.country_of[row["origin"]],
            goods=tuple(self.good_of[name] for name in row["goods"].split("|")),
            weight=float(row["weight"]),
            makers=tuple(self.place_of[city] for city in row["makers"].split("|") if city),
            maker_share=float(row["maker_share"]),
            trace=row["trace"],
        )

    @cached_property
    def lanes(self) -> tuple[Ints, Ints, Floats]:
        """Good, origin and weight of each lane of honest trade (l,)."""
        found = [
            (at, self.country_of[country], float(row["share"]) * float(weight) / 100)
            for at, row in enumerate(self._good_rows)
            for country, _, weight in (each.partition(":") for each in row["origins"].split("|"))
        ]
        goods, countries, weights = zip(*found, strict=True)
        return np.array(goods), np.array(countries), np.array(weights)

    @cached_property
    def place_weights(self) -> Floats:
        """How often makers of a family are at a place (families, places)."""
        weights = np.zeros((len(self.families), len(self.places)))
        for at, row in enumerate(self._place_rows):
            weights[:, at] = float(row["weight"])
            for family, _, weight in (
                each.partition(":") for each in row["weight_by_family"].split("|") if each
            ):
                if family in self.families:
                    weights[self.families.index(family), at] = float(weight)
        return weights

    @cached_property
    def place_countries(self) -> Ints:
        """The country of each place (places,)."""
        return np.array([self.country_of[place.country] for place in self.places])
