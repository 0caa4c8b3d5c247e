"""Which lists name a good: rows found by HS prefix and origin."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache

from app.core.reference.kinds import ANY_COUNTRY, GoodsRisk

MEMO_SIZE = 8192  # code and origin pairs kept; a broker's year has fewer


class GoodsIndex:
    """Goods rows by origin and HS prefix, with a bounded memo of what was asked."""

    __slots__ = ("_by_country", "_candidates", "_longest")

    def __init__(self, rows: Iterable[GoodsRisk]) -> None:
        """Index the rows; a row without prefixes is found by no code."""
        by_country: dict[str, dict[str, list[GoodsRisk]]] = {}
        self._longest = 0
        for row in rows:
            prefixes = by_country.setdefault(row.country or ANY_COUNTRY, {})
            for prefix in row.hs_prefixes:
                prefixes.setdefault(prefix, []).append(row)
                self._longest = max(self._longest, len(prefix))
        self._by_country = by_country
        self._candidates: Callable[[str, str], tuple[GoodsRisk, ...]] = lru_cache(MEMO_SIZE)(
            self._find
        )

    def find(self, hts: str, origin: str, on: date) -> tuple[GoodsRisk, ...]:
        """Return the rows in force, each once, the longest matching prefix first."""
        rows = self._candidates(hts[: self._longest], origin)
        return tuple(row for row in rows if row.holds_on(on))

    def _find(self, code: str, origin: str) -> tuple[GoodsRisk, ...]:
        found: dict[GoodsRisk, None] = {}  # a dict keeps the order and drops repeats
        for length in range(len(code), 0, -1):
            for country in dict.fromkeys((origin, ANY_COUNTRY)):
                rows = self._by_country.get(country, {}).get(code[:length], ())
                found.update(dict.fromkeys(rows))
        return tuple(found)
