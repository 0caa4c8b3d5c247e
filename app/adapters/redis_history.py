"""Histories in Redis, shared by all replicas: one hash a tenant, read in one round trip.

A hash is whole or gone: eviction, expiry and deletion take all of it, never single records.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.adapters.breaker import Breaker
from app.adapters.redis_cache import FAILURES, RedisTuning, make_pool, random_jitter
from app.core.errors import DataRefused
from app.core.history.projected import (
    HistoryCounts,
    HistoryHead,
    HistoryScope,
    StoredHistory,
    StoreFigures,
)
from app.core.history.transition import Record

T = TypeVar("T")
NAMESPACE = "entry-risk:history:"
HEAD = "head"
KEYS_AT_ONCE = 500  # records unpacked on the event loop: about a millisecond
KEY_S = 50e-6  # what a key adds to the budget of a read; measured 5 to 15 microseconds
BUDGET_S = 0.1  # what a read may cost a request
CONNECTIONS = 32
PATIENCE_S = 5.0  # what an applier, for whom nobody waits, gives a command

_MINE = """
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
"""
_BEGIN = (
    _MINE + "redis.call('UNLINK', KEYS[1]) redis.call('HSET', KEYS[1], 'head', ARGV[2]) return 1"
)
_APPLY = (
    _MINE
    + """
for at = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]) end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""
)
_ADOPT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('UNLINK', KEYS[2])
redis.call('RENAME', KEYS[1], KEYS[2])
return 1
"""


class RedisHistoryStore:
    """Reads wait at most their budget; no method raises. One event loop's."""

    def __init__(
        self,
        url: str,
        *,
        tuning: RedisTuning | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random_jitter,
    ) -> None:
        """Connect nowhere yet; SettingsRefused if `url` is none of redis, rediss or unix."""
        self.counts = HistoryCounts()
        self.breaker = Breaker(monotonic, jitter)
        self._tuning = tuning or history_tuning(BUDGET_S, CONNECTIONS)
        self._pool = make_pool(url, self._tuning)
        self._redis = Redis(connection_pool=self._pool)

    async def read(
        self, scope: HistoryScope, keys: Sequence[str], *, is_patient: bool = False
    ) -> StoredHistory | None:
        """Return head and records of `keys` as of one moment; None where Redis does not answer.

        What is damaged is as good as gone: then there is no head.
        """
        budget_s = PATIENCE_S if is_patient else self._tuning.budget_s + KEY_S * len(keys)
        values = await self._ask(lambda: self._read(scope, keys), budget_s, is_probe=is_patient)
        if values is None:
            return None
        try:
            if len(keys) <= KEYS_AT_ONCE:
                return _unpacked(scope, keys, values)
            return await asyncio.to_thread(_unpacked, scope, keys, values)
        except DataRefused:
            self.counts.errors += 1
            return StoredHistory(None, {}, _token(values))

    async def begin(self, scope: HistoryScope, token: bytes, head: HistoryHead) -> bool | None:
        """Drop what `token` stands for and begin at `head`; False where it stands no more."""
        return await self._write(_BEGIN, [scope], [token, _packed(scope, HEAD, head.pack())])

    async def apply(
        self, scope: HistoryScope, token: bytes, head: HistoryHead, records: Mapping[str, Record]
    ) -> bool | None:
        """Write `records` and `head` in one step; False where `token` stands no more."""
        values: list[str | bytes] = [token, _packed(scope, HEAD, head.pack())]
        for key, record in records.items():
            values += (key, _packed(scope, key, record.pack()))
        return await self._write(_APPLY, [scope], values)

    async def adopt(self, draft: HistoryScope, scope: HistoryScope) -> bool | None:
        """Put a draft in the place of the history that is read, in one step."""
        return await self._write(_ADOPT, [draft, scope], [])

    async def figures(self, scope: HistoryScope) -> StoreFigures | None:
        """Return how much is kept; None where Redis does not answer."""
        name = name_of(scope)

        async def ask() -> tuple[int, int | None]:
            return await self._redis.hlen(name), await self._redis.memory_usage(name)

        found = await self._ask(ask, PATIENCE_S, is_probe=True)
        stored = await self.read(scope, (), is_patient=True)
        if found is None or stored is None:
            return None
        return StoreFigures(stored.head, max(0, found[0] - 1), found[1])

    async def keep(self) -> None:
        """Do nothing: what Redis holds outlives this process."""

    async def release(self, scope: HistoryScope) -> None:
        """Do nothing: others may read it."""

    async def close(self) -> None:
        """Let go of connections."""
        with suppress(*FAILURES):
            await self._redis.aclose()
            await self._pool.disconnect()

    async def _read(self, scope: HistoryScope, keys: Sequence[str]) -> list[object]:
        try:
            values: object = await self._redis.hmget(name_of(scope), [HEAD, *keys])
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            return [None] * (len(keys) + 1)  # somebody else's: as good as gone
        if not isinstance(values, list) or len(values) != len(keys) + 1:
            raise TypeError("found another reply than was asked for")
        return values

    async def _write(
        self, script: str, scopes: Sequence[HistoryScope], values: Sequence[str | bytes]
    ) -> bool | None:
        names = [name_of(scope) for scope in scopes]

        async def run() -> bool:
            answer: object = await self._redis.eval(script, len(names), *names, *values)
            return answer == 1

        return await self._ask(run, PATIENCE_S, is_probe=True)

    async def _ask(
        self, command: Callable[[], Coroutine[Any, Any, T]], budget_s: float, *, is_probe: bool
    ) -> T | None:
        """Return the answer to `command`, None where there is none within `budget_s`.

        While the breaker is open only what nobody waits for is let through, now and then. A
        command that is cut off takes its connection with it, so that no reply is left behind.
        """
        if self.breaker.is_open and not (is_probe and self.breaker.allows()):
            return None
        try:
            async with asyncio.timeout(budget_s):
                answer = await command()
        except ResponseError:  # it answers, but not this: full, a replica, still loading
            self.counts.errors += 1
            return None
        except FAILURES as error:
            self.counts.errors += 1
            self.breaker.failed()
            if not isinstance(error, RedisError | OSError | TimeoutError):
                with suppress(*FAILURES):  # who answered is not to be trusted with the next reply
                    await self._pool.disconnect()
            return None
        self.breaker.succeeded()
        self.counts.reads += 1
        return answer


def history_tuning(budget_s: float, max_connections: int) -> RedisTuning:
    """Return how long Redis is waited for: by a request its budget, by an applier much longer.

    The client's own limit of a socket is off: it makes a task of each command, a fifth of its cost.
    """
    return RedisTuning(budget_s=budget_s, socket_timeout_s=None, max_connections=max_connections)


def name_of(scope: HistoryScope) -> str:
    """Return the name of a history's hash: digests only, the tenant's part in one cluster slot."""
    return f"{NAMESPACE}{{{scope.seed}:{scope.tenant}}}" + (":draft" if scope.is_draft else "")


def _unpacked(scope: HistoryScope, keys: Sequence[str], values: Sequence[object]) -> StoredHistory:
    token = _token(values)
    head = HistoryHead.unpack(_body(scope, HEAD, token)) if token else None
    records = {
        key: Record.unpack(_body(scope, key, value))
        for key, value in zip(keys, values[1:], strict=True)
        if value is not None
    }
    return StoredHistory(head, records, token)


def _token(values: Sequence[object]) -> bytes:
    return values[0] if isinstance(values[0], bytes) else b""


def _packed(scope: HistoryScope, key: str, body: bytes) -> bytes:
    return _checksum(scope, key, body) + body


def _body(scope: HistoryScope, key: str, value: object) -> bytes:
    if not isinstance(value, bytes) or value[:4] != _checksum(scope, key, value[4:]):
        raise DataRefused("history record: found another's or a damaged one")
    return value[4:]


def _checksum(scope: HistoryScope, key: str, body: bytes) -> bytes:
    whose = f"{scope.seed}:{scope.tenant}:{key}"  # so that no reply passes for another one's
    return zlib.crc32(body, zlib.crc32(whose.encode())).to_bytes(4, "big")
