"""Known chains of places by which goods travelled, and how fast goods can travel at all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

MEMO_SIZE = 8192  # code, origin and day kept


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of places that public sources describe for certain goods.

    `steps` come in the order of travel; each is a set of UN/LOCODEs, countries or kinds of gateway
    (north_korea, border, far_east, xinjiang, cluster). `origins` empty means any. `strength` is 1
    (also ordinary trade) to 3 (the chain itself is what was described).
    """

    chain: str
    title: str
    hs_prefixes: tuple[str, ...]
    origins: frozenset[str]
    steps: tuple[frozenset[str], ...]
    strength: int
    effective_from: date | None
    effective_to: date | None
    verified: bool
    source: str

    def concerns(self, hts: str, origin: str, on: date) -> bool:
        """Whether goods of a code and origin are the chain's on a date."""
        return (
            hts.startswith(self.hs_prefixes)
            and (not self.origins or origin in self.origins)
            and (self.effective_from is None or self.effective_from <= on)
            and (self.effective_to is None or on < self.effective_to)
        )

    def places_in(self, stops: Iterable[frozenset[str]]) -> tuple[int, ...]:
        """Return which of `stops` are its steps in their order; empty where one is missing."""
        found: list[int] = []
        for at, stop in enumerate(stops):
            if not self.steps[len(found)].isdisjoint(stop):
                found.append(at)
                if len(found) == len(self.steps):
                    return tuple(found)
        return ()


class Ways:
    """Chains in table order, and the highest speed of each means of transport, km a day.

    Safe to share between threads; the memo is bounded.
    """

    __slots__ = ("_chains_of", "chains", "speeds")

    def __init__(self, chains: tuple[Chain, ...], speeds: Mapping[str, float]) -> None:
        """Keep the chains and the speeds by means."""
        self.chains = chains
        self.speeds = MappingProxyType(dict(speeds))
        self._chains_of: Callable[[str, str, date], tuple[Chain, ...]] = lru_cache(MEMO_SIZE)(
            self._find
        )

    def chains_of(self, hts: str, origin: str, on: date) -> tuple[Chain, ...]:
        """Return the chains of goods on a date, the strongest first."""
        return self._chains_of(hts, origin, on)

    def _find(self, hts: str, origin: str, on: date) -> tuple[Chain, ...]:
        found = [chain for chain in self.chains if chain.concerns(hts, origin, on)]
        return tuple(sorted(found, key=lambda chain: -chain.strength))
