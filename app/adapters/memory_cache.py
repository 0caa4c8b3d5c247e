"""Predictions remembered in this process: what serves where there is no Redis."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.cached_value import is_finite
from app.core.records import CachedScore

ENTRY_BYTES = 300  # what Python needs for key, record and slot, beyond the contributions
CONTRIBUTION_BYTES = 32  # a float and its place in a tuple


@dataclass(slots=True)
class CacheCounts:
    """What a cache did since it was made; read by metrics."""

    hits: int = 0
    misses: int = 0
    errors: int = 0
    dropped: int = 0


class MemoryScoreCache:
    """The most recently used predictions, bounded by number and by bytes; one event loop's."""

    def __init__(self, *, max_entries: int = 50_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.counts = CacheCounts()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._scores: OrderedDict[str, CachedScore] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Estimated memory in use."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._scores)

    async def get_many(self, keys: Sequence[str]) -> list[CachedScore | None]:
        """Return what is known, in the order of `keys`; None for a miss."""
        return [self._get(key) for key in keys]

    async def put_many(self, scores: Sequence[tuple[str, CachedScore]]) -> None:
        """Remember `scores` that are finite; a bare one never replaces one with contributions."""
        for key, score in scores:
            known = self._scores.get(key)
            is_poorer = known is not None and score.contributions is None
            if is_poorer or not is_finite(score):
                continue
            if known is not None:
                self._drop(key)
            self._scores[key] = score
            self._bytes += _size(key, score)
        while self._scores and (
            len(self._scores) > self._max_entries or self._bytes > self._max_bytes
        ):
            self._drop(next(iter(self._scores)))
            self.counts.dropped += 1

    async def close(self) -> None:
        """Forget everything."""
        self._scores.clear()
        self._bytes = 0

    def _get(self, key: str) -> CachedScore | None:
        score = self._scores.get(key)
        if score is None:
            self.counts.misses += 1
            return None
        self.counts.hits += 1
        self._scores.move_to_end(key)
        return score

    def _drop(self, key: str) -> None:
        self._bytes -= _size(key, self._scores.pop(key))


def _size(key: str, score: CachedScore) -> int:
    return ENTRY_BYTES + len(key) + CONTRIBUTION_BYTES * len(score.contributions or ())
