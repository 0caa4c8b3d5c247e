"""Both score caches keep the port's promises."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.adapters.memory_cache import MemoryScoreCache
from app.adapters.redis_cache import RedisScoreCache, RedisTuning
from app.core.records import CachedScore
from app.services.ports import ScoreCache

PATIENT = RedisTuning(budget_s=5, socket_timeout_s=5, connect_timeout_s=5, pool_timeout_s=5)
FULL = CachedScore(-3.0625, (0.1 + 0.2, -1e-300, 4.5))
BARE = CachedScore(-3.0625)

Cache = MemoryScoreCache | RedisScoreCache
Use = Callable[[Cache], Awaitable[None]]


class TestScoreCache:
    """The rules of the port, over memory and over a real server."""

    @pytest.fixture(params=["memory", "redis"])
    def run(self, request: pytest.FixtureRequest) -> Callable[[Use], None]:
        def make() -> Cache:
            if request.param == "memory":
                return MemoryScoreCache()
            return RedisScoreCache(request.getfixturevalue("redis_url"), tuning=PATIENT)

        async def opened(use: Use) -> None:
            cache = make()
            await use(cache)
            await cache.close()

        return lambda use: asyncio.run(opened(use))

    def test_it_has_the_shape_of_the_port(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            port: ScoreCache = cache
            assert await port.get_many([]) == []

        run(use)

    def test_what_was_put_comes_back_bit_for_bit_in_order(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            await put(cache, ("a", FULL), ("b", BARE))
            assert await cache.get_many(["b", "none", "a", "b"]) == [BARE, None, FULL, BARE]
            assert (cache.counts.hits, cache.counts.misses, cache.counts.errors) == (3, 1, 0)

        run(use)

    def test_a_bare_score_never_replaces_a_full_one(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            await put(cache, ("a", BARE))
            await put(cache, ("a", FULL))
            await put(cache, ("a", BARE))
            assert await cache.get_many(["a"]) == [FULL]

        run(use)

    def test_a_thousand_at_once_are_one_read(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            scores = [(f"key-{n}", CachedScore(float(n), (float(n),) * 60)) for n in range(1000)]
            await put(cache, *scores)
            assert await cache.get_many([key for key, _ in scores]) == [s for _, s in scores]

        run(use)

    def test_what_is_not_finite_is_never_given(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            await put(cache, ("a", CachedScore(float("nan"))), ("b", FULL))
            assert await cache.get_many(["a", "b"]) == [None, FULL]

        run(use)

    def test_any_text_is_a_key(self, run: Callable[[Use], None]) -> None:
        async def use(cache: Cache) -> None:
            keys = ["", "a b", "é✓", "a\nb", "x" * 5000]
            await put(cache, *((key, CachedScore(float(n))) for n, key in enumerate(keys)))
            assert await cache.get_many(keys) == [CachedScore(float(n)) for n in range(len(keys))]

        run(use)


async def put(cache: Cache, *scores: tuple[str, CachedScore]) -> None:
    await cache.put_many(scores)
    if isinstance(cache, RedisScoreCache):
        await cache.drain()
