"""Whatever Redis does is a miss: never an error, never a wrong score, never a wait."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from redis import Redis

from app.adapters.breaker import PROBE_EVERY_S
from app.adapters.redis_cache import NAMESPACE, RedisScoreCache, RedisTuning
from app.core.errors import SettingsRefused
from app.core.records import CachedScore
from tests.redis_proxy import Fault, RedisProxy
from tests.servers import RedisServer

PATIENT = RedisTuning(budget_s=5, socket_timeout_s=5, connect_timeout_s=5, pool_timeout_s=5)
SCORE = CachedScore(-3.0625, (0.25, -0.5))
NOISE_S = 0.5  # what two busy cores may add to a wait; the budget itself is 25 ms
OPEN_WITHIN_S = 1.0
CLOSED_WITHIN_S = 2.0


def run(
    url: str, use: Callable[[RedisScoreCache], Awaitable[None]], **options: RedisTuning
) -> None:
    async def opened() -> None:
        cache = RedisScoreCache(url, **options)  # type: ignore[arg-type]  # tuning alone
        await use(cache)
        await cache.close()

    asyncio.run(opened())


async def stored(cache: RedisScoreCache, key: str = "a", score: CachedScore = SCORE) -> None:
    """Put a score and make sure that it can be read."""
    deadline = time.monotonic() + 10
    while await cache.get_many([key]) != [score]:
        assert time.monotonic() < deadline
        await cache.put_many([(key, score)])
        await asyncio.sleep(0.02)


async def opens(cache: RedisScoreCache) -> float:
    """Read under load until the breaker is open; return how long the slowest read took."""
    began, slowest = time.monotonic(), 0.0

    async def read() -> None:
        nonlocal slowest
        start = time.monotonic()
        assert await cache.get_many(["a"]) == [None]
        slowest = max(slowest, time.monotonic() - start)

    while not cache.breaker.is_open:
        assert time.monotonic() - began < OPEN_WITHIN_S
        await asyncio.gather(*(read() for _ in range(5)))
    return slowest


async def closes(cache: RedisScoreCache) -> None:
    began = time.monotonic()
    while cache.breaker.is_open:
        assert time.monotonic() - began < CLOSED_WITHIN_S
        await cache.get_many(["a"])
        await asyncio.sleep(0.02)


def test_a_frozen_server_costs_the_budget_then_nothing_and_comes_back(
    private_redis: RedisServer,
) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        private_redis.freeze()
        assert await opens(cache) < 0.025 + NOISE_S
        start = time.monotonic()
        for _ in range(200):
            assert await cache.get_many(["a"]) == [None]
            await cache.put_many([("a", SCORE)])
        assert time.monotonic() - start < NOISE_S  # no request waits for a probe either
        private_redis.thaw()
        await closes(cache)
        await stored(cache)
        assert cache.counts.errors >= 5

    run(private_redis.url, use)


def test_a_killed_server_is_a_miss_until_it_is_back_empty(private_redis: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        private_redis.kill()
        assert await opens(cache) < 0.025 + NOISE_S
        await cache.put_many([("b", SCORE)])
        private_redis.restart()
        await closes(cache)
        assert await cache.get_many(["a", "b"]) == [None, None]
        await stored(cache)

    run(private_redis.url, use)


def test_a_server_that_was_never_there_is_a_miss() -> None:
    async def use(cache: RedisScoreCache) -> None:
        assert await opens(cache) < 0.025 + NOISE_S

    run("redis://127.0.0.1:9/0", use)


def test_200_callers_on_a_frozen_server_wait_together(private_redis: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        private_redis.freeze()
        start = time.monotonic()
        reads = await asyncio.gather(*(cache.get_many(["a"]) for _ in range(200)))
        assert time.monotonic() - start < 1.25  # one after another they would take 5 s
        assert reads == [[None]] * 200
        private_redis.thaw()

    run(private_redis.url, use)


def test_a_wrong_password_is_a_miss(redis_server: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await opens(cache)

    run(f"redis://:wrong@127.0.0.1:{redis_server.port}/0", use)


@pytest.mark.parametrize(
    "command",
    [
        ("LPUSH", "a", "x"),
        ("HSET", "a", "field", "x"),
        ("SADD", "a", "x"),
        ("SET", "a", "garbage"),
        ("SET", "a", ""),
        ("SET", "a", b"ERS1\x00\x00\x00\x00\xff\xff\xff\xff"),
    ],
)
def test_what_someone_else_put_there_is_a_miss_and_is_replaced(
    redis_url: str, command: tuple[str | bytes, ...]
) -> None:
    async def use(cache: RedisScoreCache) -> None:
        with Redis.from_url(redis_url) as client:
            client.execute_command(command[0], f"{NAMESPACE}a", *command[2:])
        await cache.put_many([("b", SCORE)])
        await cache.drain()
        assert await cache.get_many(["a", "b"]) == [None, SCORE]
        await stored(cache)

    run(redis_url, use, tuning=PATIENT)


def test_a_value_moved_to_another_key_is_a_miss(redis_url: str) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache, "acme:1")
        with Redis.from_url(redis_url) as client:
            client.rename(f"{NAMESPACE}acme:1", f"{NAMESPACE}zenith:1")
        assert await cache.get_many(["zenith:1"]) == [None]

    run(redis_url, use, tuning=PATIENT)


def test_values_are_forgotten_after_their_time(redis_url: str) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        with Redis.from_url(redis_url) as client:
            assert 86_000 < client.ttl(f"{NAMESPACE}a") <= 86_400

    run(redis_url, use, tuning=PATIENT)


def test_a_full_server_is_read_but_not_written(private_redis: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        with Redis.from_url(private_redis.url) as client:
            client.config_set("maxmemory", 1)
        for _ in range(10):
            await cache.put_many([("b", SCORE)])
            await cache.drain()
        assert cache.counts.errors == 10
        assert not cache.breaker.is_open
        assert await cache.get_many(["a", "b"]) == [SCORE, None]

    run(private_redis.url, use, tuning=PATIENT)


def test_a_paused_server_is_a_miss(private_redis: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        with Redis.from_url(private_redis.url) as client:
            client.client_pause(int(2 * PROBE_EVERY_S * 1000))
        assert await opens(cache) < 0.025 + NOISE_S
        await asyncio.sleep(2 * PROBE_EVERY_S)
        await closes(cache)
        assert await cache.get_many(["a"]) in ([SCORE], [None])

    run(private_redis.url, use)


def proxied(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"redis://:{parts.password}@127.0.0.1:{port}{parts.path}"


def twice(data: bytes) -> bytes:
    return data + data


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def garbled(data: bytes) -> bytes:
    return bytes(byte ^ 0x15 for byte in data)


def other_shape(_data: bytes) -> bytes:
    return b":7\r\n"


def too_many(_data: bytes) -> bytes:
    return b"*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"


def cut(_data: bytes) -> None:
    return None


@pytest.mark.parametrize("fault", [twice, half, garbled, other_shape, too_many, cut])
def test_replies_that_are_not_replies_never_become_scores(
    redis_server: RedisServer, fault: Fault
) -> None:
    async def use() -> None:
        async with RedisProxy(redis_server.port) as proxy:
            cache = RedisScoreCache(proxied(redis_server.url, proxy.port))
            scores = {f"key-{n}": CachedScore(float(n), (float(n),)) for n in range(20)}
            for key, score in scores.items():
                await stored(cache, key, score)
            proxy.fault = fault
            for _ in range(3):
                found = await asyncio.gather(*(cache.get_many([key]) for key in scores))
                for key, given in zip(scores, found, strict=True):
                    assert given in ([None], [scores[key]])
                await cache.drain()
            proxy.fault = None
            await closes(cache)
            for key, score in scores.items():
                await stored(cache, key, score)
            await cache.close()

    asyncio.run(use())


def test_a_storm_of_cancellations_leaves_no_reply_to_the_wrong_caller(
    redis_server: RedisServer,
) -> None:
    chance = random.Random(11)  # noqa: S311  # a repeatable storm
    reads, cancelled, hits = 5000, 0, 0

    async def use() -> None:
        nonlocal cancelled, hits
        async with RedisProxy(redis_server.port, delay_s=0.01) as proxy:
            cache = RedisScoreCache(proxied(redis_server.url, proxy.port), tuning=PATIENT)
            scores = {f"key-{n}": CachedScore(float(n), (float(n),)) for n in range(50)}
            for key, score in scores.items():
                await stored(cache, key, score)

            async def read(key: str) -> None:
                nonlocal cancelled, hits
                task = asyncio.ensure_future(cache.get_many([key]))
                if chance.random() < 0.6:
                    await asyncio.sleep(chance.uniform(0, 0.004))
                    task.cancel()
                try:
                    (score,) = await task
                except asyncio.CancelledError:
                    cancelled += 1
                    return
                assert score in (None, scores[key])
                hits += score is not None

            keys = list(scores)
            for start in range(0, reads, 100):
                await asyncio.gather(*(read(keys[(start + n) % 50]) for n in range(100)))
            await cache.drain()
            assert cache.connections_in_use == 0
            assert cache.counts.errors == 0
            await cache.close()

    asyncio.run(use())
    assert cancelled >= 0.4 * reads
    assert hits >= 0.3 * reads


def test_writes_beyond_what_may_be_under_way_are_dropped(private_redis: RedisServer) -> None:
    async def use(cache: RedisScoreCache) -> None:
        for number in range(10):
            await cache.put_many([(f"key-{number}", SCORE)])
        assert cache.counts.dropped == 8
        await cache.drain()
        assert await cache.get_many(["key-0", "key-1", "key-2"]) == [SCORE, SCORE, None]

    tuning = RedisTuning(budget_s=5, socket_timeout_s=5, connect_timeout_s=5, max_writes=2)
    run(private_redis.url, use, tuning=tuning)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:6379", ""])
def test_what_is_no_redis_url_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsRefused, match="redis_url"):
        RedisScoreCache(url)


def test_closing_while_the_server_is_frozen_takes_no_longer_than_its_waits(
    private_redis: RedisServer,
) -> None:
    async def use(cache: RedisScoreCache) -> None:
        await stored(cache)
        private_redis.freeze()
        await cache.put_many([("b", SCORE)])
        assert await cache.get_many(["a"]) == [None]
        start = time.monotonic()
        await cache.close()
        assert time.monotonic() - start < 1
        private_redis.thaw()

    run(private_redis.url, use)
