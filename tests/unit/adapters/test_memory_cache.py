"""The in-process cache keeps what is used and stays within its bounds."""

import asyncio

from app.adapters.memory_cache import CONTRIBUTION_BYTES, ENTRY_BYTES, MemoryScoreCache
from app.core.records import CachedScore


def put(cache: MemoryScoreCache, *scores: tuple[str, CachedScore]) -> None:
    asyncio.run(cache.put_many(scores))


def get(cache: MemoryScoreCache, *keys: str) -> list[CachedScore | None]:
    return asyncio.run(cache.get_many(keys))


def test_answers_come_in_the_order_of_the_keys() -> None:
    cache = MemoryScoreCache()
    put(cache, ("a", CachedScore(1.0)), ("b", CachedScore(2.0)))
    assert get(cache, "b", "missing", "a") == [CachedScore(2.0), None, CachedScore(1.0)]


def test_hits_and_misses_are_counted() -> None:
    cache = MemoryScoreCache()
    put(cache, ("a", CachedScore(1.0)))
    get(cache, "a", "b", "c")
    assert (cache.counts.hits, cache.counts.misses, cache.counts.errors) == (1, 2, 0)


def test_a_score_without_contributions_does_not_replace_one_with_them() -> None:
    cache = MemoryScoreCache()
    full = CachedScore(1.0, (0.5, 0.5))
    put(cache, ("a", full), ("a", CachedScore(1.0)))
    assert get(cache, "a") == [full]


def test_contributions_replace_a_score_without_them() -> None:
    cache = MemoryScoreCache()
    full = CachedScore(1.0, (0.5, 0.5))
    put(cache, ("a", CachedScore(1.0)), ("a", full))
    assert get(cache, "a") == [full]
    assert cache.size_bytes == ENTRY_BYTES + 1 + 2 * CONTRIBUTION_BYTES


def test_the_least_recently_used_goes_first() -> None:
    cache = MemoryScoreCache(max_entries=2)
    put(cache, ("a", CachedScore(1.0)), ("b", CachedScore(2.0)))
    get(cache, "a")
    put(cache, ("c", CachedScore(3.0)))
    assert get(cache, "a", "b", "c") == [CachedScore(1.0), None, CachedScore(3.0)]
    assert cache.counts.dropped == 1


def test_bytes_are_bounded_however_few_the_entries() -> None:
    cache = MemoryScoreCache(max_bytes=10_000)
    for number in range(100):
        put(cache, (f"{number:02}", CachedScore(1.0, (0.0,) * 50)))
        assert cache.size_bytes <= 10_000
    assert 0 < len(cache) < 10


def test_what_is_larger_than_the_whole_cache_is_not_kept() -> None:
    cache = MemoryScoreCache(max_bytes=1_000)
    put(cache, ("a", CachedScore(1.0, (0.0,) * 1000)))
    assert (len(cache), cache.size_bytes) == (0, 0)


def test_closing_forgets() -> None:
    cache = MemoryScoreCache()
    put(cache, ("a", CachedScore(1.0)))
    asyncio.run(cache.close())
    assert (len(cache), cache.size_bytes, get(cache, "a")) == (0, 0, [None])
