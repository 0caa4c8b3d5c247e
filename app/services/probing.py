"""One key that asks again and again for nearly the same draft: somebody feels out the model."""

from collections.abc import Callable, Mapping
from typing import Any

MOST = 300  # nearly identical drafts of one key in a window; docs/observability.md
WINDOW_S = 60.0
MAX_KEPT = 20_000  # counts at once; a window that is over needs no memory
_MAX_LINES = 20  # of an entry that are looked at
_WHO = ("hts", "origin_country", "manufacturer", "seller")
_FIGURES = ("hts", "entered_value_usd", "quantity", "gross_weight_kg")


class ProbeWatch:
    """Counts of nearly identical drafts by key; `monotonic` gives seconds.

    Two drafts are nearly identical where goods and parties are the same, whatever the figures, or
    goods and figures, whatever the parties. Nothing of them is kept but a number.
    """

    def __init__(self, monotonic: Callable[[], float], *, max_kept: int = MAX_KEPT) -> None:
        """Start without any."""
        self._monotonic = monotonic
        self._max_kept = max_kept
        self._seen: dict[int, tuple[float, int]] = {}  # when the window began, how many since

    def saw(self, key_id: str, document: Mapping[str, Any]) -> tuple[bool, bool]:
        """Count a draft that was scored: whether it is one too many, and the first such."""
        if document.get("intent") == "filed":
            return False, False
        now = self._monotonic()
        lines = document["lines"][:_MAX_LINES]
        most = 0
        for shape in (
            (key_id, "who", repr(document.get("importer")), _of(lines, _WHO)),
            (key_id, "figures", _of(lines, _FIGURES)),
        ):
            most = max(most, self._count(hash(shape), now))
        return most > MOST, most == MOST + 1

    def _count(self, shape: int, now: float) -> int:
        began, count = self._seen.get(shape, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
        if shape not in self._seen and len(self._seen) >= self._max_kept:
            self._forget(now)
        self._seen[shape] = began, count + 1
        return count + 1

    def _forget(self, now: float) -> None:
        """Drop what is over, and where that is not enough the older half."""
        live = {s: each for s, each in self._seen.items() if now - each[0] < WINDOW_S}
        if len(live) >= self._max_kept:
            newest = sorted(live.items(), key=lambda each: each[1][0])[len(live) // 2 :]
            live = dict(newest)
        self._seen = live

    def __len__(self) -> int:
        """Return how many counts are kept."""
        return len(self._seen)


def _of(lines: list[Mapping[str, Any]], names: tuple[str, ...]) -> str:
    return repr([[line.get(name) for name in names] for line in lines])
