"""Predictions remembered in Redis, shared by all replicas; whatever Redis does is a miss."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from app.adapters.breaker import Breaker
from app.adapters.cached_value import pack, unpack
from app.adapters.memory_cache import CacheCounts
from app.core.errors import SettingsRefused
from app.core.records import CachedScore

T = TypeVar("T")
NAMESPACE = "entry-risk:score:"
PROBE = "entry-risk:probe"
# What a server that is not Redis, or a connection that was cut and patched, can make the client
# raise besides its own errors.
FAILURES = (RedisError, OSError, TimeoutError, ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisTuning:
    """How long Redis is waited for; the client's own defaults hang for seconds (docs/cache.md)."""

    budget_s: float = 0.025  # what a read may cost a request
    socket_timeout_s: float | None = 0.03
    connect_timeout_s: float = 0.05
    pool_timeout_s: float = 0.02
    max_connections: int = 32
    max_writes: int = 64  # under way at once; more are dropped


def random_jitter() -> float:
    """Return a number in [-1, 1] that replicas do not share."""
    return SystemRandom().uniform(-1, 1)


class RedisScoreCache:
    """Reads wait at most the budget; writes are not waited for. One event loop's.

    A command runs in a task of its own that no caller's cancellation reaches, so that none is
    cut off half way with its reply left to the next.
    """

    def __init__(
        self,
        url: str,
        *,
        ttl_s: int = 86_400,
        tuning: RedisTuning | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random_jitter,
    ) -> None:
        """Connect nowhere yet; SettingsRefused if `url` is none of redis, rediss or unix."""
        self.counts = CacheCounts()
        self.breaker = Breaker(monotonic, jitter)
        self._ttl_s = ttl_s
        self._tuning = tuning or RedisTuning()
        self._pool = make_pool(url, self._tuning)
        self._redis = Redis(connection_pool=self._pool)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writes = 0

    async def get_many(self, keys: Sequence[str]) -> list[CachedScore | None]:
        """Return what is known, in the order of `keys`; None for a miss."""
        values: list[object] | None = None
        if self.breaker.is_open:
            if self.breaker.allows():
                self._run(self._read([PROBE]))  # closes the breaker; no request waits for it
        elif keys:
            task = self._run(self._read([NAMESPACE + key for key in keys]))
            await asyncio.wait({task}, timeout=self._tuning.budget_s)
            values = task.result() if task.done() and not task.cancelled() else None
        if values is None:
            self.counts.misses += len(keys)
            return [None] * len(keys)
        scores = [unpack(key, value) for key, value in zip(keys, values, strict=True)]
        hits = sum(score is not None for score in scores)
        self.counts.hits += hits
        self.counts.misses += len(scores) - hits
        return scores

    async def put_many(self, scores: Sequence[tuple[str, CachedScore]]) -> None:
        """Begin to remember `scores` and return at once; `drain` waits.

        One without contributions never replaces what is there.
        """
        packed = [(key, pack(key, score), score.contributions is None) for key, score in scores]
        writes = [(NAMESPACE + key, value, keep) for key, value, keep in packed if value]
        if not writes or self.breaker.is_open or self._writes >= self._tuning.max_writes:
            self.counts.dropped += len(scores)
            return
        self._writes += 1
        self._run(self._write(writes)).add_done_callback(self._wrote)

    async def drain(self) -> None:
        """Wait for what is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Wait for what is under way, which is bounded, and let go of connections."""
        await self.drain()
        with suppress(*FAILURES):
            await self._redis.aclose()
            await self._pool.disconnect()

    @property
    def connections_in_use(self) -> int:
        """Connections that a command holds now."""
        return len(self._pool._in_use_connections)  # the client has no name for it

    async def _read(self, names: list[str]) -> list[object] | None:
        try:
            values: object = await self._redis.mget(names)
            if not isinstance(values, list) or len(values) != len(names):
                raise TypeError("found another reply than was asked for")
        except FAILURES as error:
            await self._failed(error)
            return None
        self.breaker.succeeded()
        return values

    async def _write(self, writes: list[tuple[str, bytes, bool]]) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for name, value, keep in writes:
                    pipeline.set(name, value, ex=self._ttl_s, nx=keep)
                await pipeline.execute()
        except ResponseError:  # it answers, but takes nothing: full, or a replica
            self.counts.errors += 1
        except FAILURES as error:
            await self._failed(error)

    async def _failed(self, error: Exception) -> None:
        self.counts.errors += 1
        self.breaker.failed()
        if not isinstance(error, RedisError | OSError | TimeoutError):
            with suppress(*FAILURES):  # who answered is not to be trusted with the next reply
                await self._pool.disconnect()

    def _run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _wrote(self, _task: asyncio.Task[None]) -> None:
        self._writes -= 1


def make_pool(url: str, tuning: RedisTuning) -> BlockingConnectionPool:
    """Return a pool tuned to fail fast; SettingsRefused where `url` is no Redis URL."""
    try:
        return BlockingConnectionPool.from_url(
            url,
            max_connections=tuning.max_connections,
            timeout=tuning.pool_timeout_s,
            socket_timeout=tuning.socket_timeout_s,
            socket_connect_timeout=tuning.connect_timeout_s,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
            # Not only needless: where on, a connection with a reply left over is not noticed.
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
    except ValueError as error:
        raise SettingsRefused("redis_url: wanted redis://, rediss:// or unix://") from error
