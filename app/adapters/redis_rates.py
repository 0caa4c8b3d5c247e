"""Quotas in Redis, drawn from by all processes: one round trip for all who ask meanwhile."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Any

from redis.asyncio import Redis

from app.adapters.breaker import Breaker
from app.adapters.redis_cache import FAILURES, RedisTuning, make_pool, random_jitter
from app.core.rates import RatePolicy, Taken

NAMESPACE = "entry-risk:rate:"
PROCESSES = "entry-risk:rate-processes"
BEAT_EVERY_S = 1.0
GONE_AFTER_S = 5.0  # without a beat a process no longer draws

# The same sums as app.core.rates.take, in whole microseconds of the server's clock. A value that is
# no number, or of another kind, counts as none; one further ahead than could be is cut back.
_TAKE = """
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local kept = redis.pcall('GET', KEYS[1])
if type(kept) == 'table' then redis.call('DEL', KEYS[1]) kept = false end
local depth = burst * interval
local was = tonumber(kept or '') or now
if was ~= was then was = now end
local start = math.min(math.max(was, now), now + depth)
local granted = math.min(wanted, math.floor((now + depth - start) / interval + 1e-6))
local whole = math.ceil(start + granted * interval)
if granted > 0 or was > start then
  local ttl = math.ceil((whole - now) / 1000) + 1000
  redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', ttl)
end
return {granted, string.format('%.0f', whole - now)}
"""
_BEAT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000) + 1000)
return redis.call('ZCARD', KEYS[1])
"""


@dataclass(slots=True)
class _Line:
    """Those who ask for one quota while a round trip for it is under way."""

    policy: RatePolicy
    waiting: list[asyncio.Future[Taken | None]] = field(default_factory=list)


class RedisRates:
    """Asks wait at most the budget; no method raises. One event loop's.

    Who asks for the same quota during a round trip is served by the next one, together: under load
    a round trip is shared by many.
    """

    def __init__(
        self,
        url: str,
        *,
        tuning: RedisTuning | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random_jitter,
    ) -> None:
        """Connect nowhere yet; SettingsRefused if `url` is none of redis, rediss or unix."""
        self.breaker = Breaker(monotonic, jitter)
        self.errors = 0
        self.round_trips = 0
        self.processes = 1
        self._me = token_hex(8)
        self._tuning = tuning or RedisTuning()
        self._pool = make_pool(url, self._tuning)
        self._redis = Redis(connection_pool=self._pool)
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, tenant: str, policy: RatePolicy) -> Taken | None:
        """Ask for one request; None where Redis does not answer in time."""
        if self.breaker.is_open:
            if self.breaker.allows():
                self._begin(self._probe())  # closes the breaker; no request waits for it
            return None
        asked: asyncio.Future[Taken | None] = asyncio.get_running_loop().create_future()
        name = name_of(tenant, policy)
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line(policy)
            self._begin(self._serve(name, line))
        line.waiting.append(asked)
        await asyncio.wait((asked,), timeout=self._tuning.budget_s)
        return asked.result() if asked.done() else None

    async def watch(self, every_s: float = BEAT_EVERY_S) -> None:
        """Tell the others, for ever, that this process draws too, and count them."""
        while True:
            await self.beat()
            await asyncio.sleep(every_s)

    async def beat(self) -> None:
        """Tell the others that this process draws too; where nobody answers the count stays."""
        found = await self._eval(_BEAT, PROCESSES, self._me, GONE_AFTER_S)
        if isinstance(found, int):
            self.processes = max(1, found)

    async def close(self) -> None:
        """Wait for what is under way, which is bounded, and let go of connections."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        with suppress(*FAILURES):
            await self._redis.zrem(PROCESSES, self._me)
        with suppress(*FAILURES):
            await self._redis.aclose()
            await self._pool.disconnect()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, name: str, line: _Line) -> None:
        while line.waiting:
            served, line.waiting = line.waiting, []
            taken = await self._draw(name, line.policy, len(served))
            for at, asked in enumerate(served):
                if not asked.done():
                    asked.set_result(None if taken is None else taken.place(at))
        del self._lines[name]

    async def _draw(self, name: str, policy: RatePolicy, wanted: int) -> Taken | None:
        interval_us = policy.interval_s * 1e6
        found = await self._eval(_TAKE, name, interval_us, policy.burst, wanted)
        if not isinstance(found, list) or [type(each) for each in found] != [int, bytes]:
            return None  # nobody, or another reply than was asked for
        granted, whole_in_s = found[0], int(found[1]) / 1e6
        left = policy.burst - whole_in_s * policy.per_s
        retry_in_s = 0.0 if left >= 1 else (1 - left) * policy.interval_s
        return Taken(granted, max(0, int(left)), whole_in_s, retry_in_s)

    async def _probe(self) -> None:
        await self._eval("return 1", PROCESSES)

    async def _eval(self, script: str, name: str, *values: str | float) -> object:
        """Return the answer of a script over one key; None where there is none."""
        try:
            self.round_trips += 1
            answer: object = await self._redis.eval(script, 1, name, *values)
        except FAILURES:
            self.errors += 1
            self.breaker.failed()
            return None
        self.breaker.succeeded()
        return answer


def name_of(tenant: str, policy: RatePolicy) -> str:
    """Return the name of a quota: the tenant by its digest alone."""
    return f"{NAMESPACE}{policy.name}:{sha256(tenant.encode()).hexdigest()[:32]}"
