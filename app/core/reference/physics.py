"""What goods can weigh, cost, contain and be made of where: documented bounds, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

MEMO_SIZE = 8192  # codes kept, with origin or unit
KG_UNITS = {"KG": 1.0, "KGM": 1.0, "KGS": 1.0, "T": 1000.0, "TNE": 1000.0, "MT": 1000.0, "G": 0.001}
_SAME_UNIT = {"MTK": "M2", "SQM": "M2", "WTT": "W", "WATT": "W"}  # UN/ECE Recommendation 20


@dataclass(frozen=True, slots=True)
class Bound:
    """What one unit weighs (`kg_per_unit`) or a kilogram is worth (`usd_per_kg`), at most and at
    least; None is not documented."""

    measure: str
    hs_prefixes: tuple[str, ...]
    unit: str
    low: float | None
    high: float | None
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """Tonnes of a good that a country makes or grows in a year; 0 is none at all."""

    good: str
    hs_prefixes: tuple[str, ...]
    country: str
    tonnes_per_year: float
    source: str


@dataclass(frozen=True, slots=True)
class Yield:
    """Kilograms of an input that one unit (KG or another) of an output takes, from low to high."""

    output: str
    hs_prefixes: tuple[str, ...]
    unit: str
    input: str
    input_hs: str
    kg_low: float
    kg_high: float
    reason: str
    source: str


class _OfGoods(Protocol):
    @property
    def hs_prefixes(self) -> tuple[str, ...]: ...


_Row = TypeVar("_Row", bound=_OfGoods)


class Physics:
    """Bounds, capacities and yields of goods; the longest matching prefix is taken.

    Safe to share between threads; the memos are bounded.
    """

    __slots__ = ("_bound", "_capacity", "_yield", "bounds", "capacities", "yields")

    def __init__(
        self,
        bounds: tuple[Bound, ...],
        capacities: tuple[Capacity, ...],
        yields: tuple[Yield, ...],
    ) -> None:
        """Keep the rows."""
        self.bounds, self.capacities, self.yields = bounds, capacities, yields
        self._bound: Callable[[str, str, str], Bound | None] = lru_cache(MEMO_SIZE)(
            self._find_bound
        )
        self._capacity: Callable[[str, str], Capacity | None] = lru_cache(MEMO_SIZE)(
            self._find_capacity
        )
        self._yield: Callable[[str], Yield | None] = lru_cache(MEMO_SIZE)(self._find_yield)

    def bound(self, measure: str, hts: str, unit: str = "") -> Bound | None:
        """Return the bound of a measure of goods in a unit, or None."""
        return self._bound(measure, hts, unit)

    def capacity(self, hts: str, country: str) -> Capacity | None:
        """Return what a country makes or grows of goods, or None where it is not documented."""
        return self._capacity(hts, country)

    def yield_of(self, hts: str) -> Yield | None:
        """Return what goods take of their raw input, or None where it is not documented."""
        return self._yield(hts)

    def _find_bound(self, measure: str, hts: str, unit: str) -> Bound | None:
        wanted = measure, plain_unit(unit)
        return _of((each for each in self.bounds if (each.measure, each.unit) == wanted), hts)

    def _find_capacity(self, hts: str, country: str) -> Capacity | None:
        return _of((each for each in self.capacities if each.country == country), hts)

    def _find_yield(self, hts: str) -> Yield | None:
        return _of(self.yields, hts)


def plain_unit(unit: str) -> str:
    """Return a unit of quantity in the spelling of the tables."""
    upper = unit.strip().upper()
    return _SAME_UNIT.get(upper, upper)


def kg_per_unit_of_weight(unit: str | None) -> float | None:
    """Return the kilograms of a unit of weight; None for any other unit."""
    return None if unit is None else KG_UNITS.get(plain_unit(unit))


def _of(rows: Iterable[_Row], hts: str) -> _Row | None:
    best, longest = None, 0
    for row in rows:
        length = max((len(each) for each in row.hs_prefixes if hts.startswith(each)), default=0)
        if length > longest:
            best, longest = row, length
    return best
