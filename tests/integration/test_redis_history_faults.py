"""Whatever Redis does, histories are right or missing: never wrong, never an error or a wait."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from app.adapters.breaker import PROBE_EVERY_S
from app.adapters.redis_history import NAMESPACE, RedisHistoryStore, history_tuning, name_of
from app.core.errors import SettingsRefused
from app.core.history.projected import HistoryHead, scope_of
from app.services.history_view import Base
from app.services.tenant_history import TenantHistory
from tests.desks import TENANT
from tests.history_facts import FactLedger, an_entry, entries_known, filing
from tests.redis_proxy import Fault, RedisProxy
from tests.servers import RedisServer

SCOPE = scope_of("seed", TENANT)
BUDGET_S = 0.1
NOISE_S = 0.5  # what two busy cores may add to a wait
HEALS_S = 10.0
FACTS = tuple(filing(seq) for seq in range(1, 41))


def run(url: str, use: Callable[[RedisHistoryStore, TenantHistory], Awaitable[None]]) -> None:
    async def opened() -> None:
        store = RedisHistoryStore(url, tuning=history_tuning(BUDGET_S, 8))
        mine = projection(store)
        await use(store, mine)
        await mine.settled()
        await store.close()

    asyncio.run(opened())


def projection(store: RedisHistoryStore) -> TenantHistory:
    return TenantHistory(TENANT, SCOPE, Base(0, {}), FactLedger(*FACTS), store)


async def whole(mine: TenantHistory) -> None:
    """Look until all is known; what is answered meanwhile is either whole or said to be missing."""
    began = time.monotonic()
    while True:
        view = await mine.look([an_entry()])
        if not view.missing_groups:
            assert (entries_known(view), view.seq) == (len(FACTS), len(FACTS))
            return
        assert (entries_known(view), view.seq) == (0, 0)
        assert time.monotonic() - began < HEALS_S
        await asyncio.sleep(0.02)


def test_a_frozen_server_costs_its_budget_then_nothing_and_heals(
    private_redis: RedisServer,
) -> None:
    async def use(store: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        private_redis.freeze()
        began = time.monotonic()
        views = await asyncio.gather(*(mine.look([an_entry()]) for _ in range(50)))
        assert time.monotonic() - began < BUDGET_S + NOISE_S
        assert all(view.missing_groups for view in views)
        assert store.breaker.is_open
        began = time.monotonic()
        for _ in range(200):
            assert (await mine.look([an_entry()])).missing_groups == ("history",)
        assert time.monotonic() - began < NOISE_S
        private_redis.thaw()
        await whole(mine)

    run(private_redis.url, use)


def test_a_killed_server_comes_back_empty_and_is_rebuilt(private_redis: RedisServer) -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        private_redis.kill()
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        private_redis.restart()
        await whole(mine)

    run(private_redis.url, use)


def test_a_server_that_was_never_there_is_missing_history() -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        for _attempt in range(5):
            assert (await mine.look([an_entry()])).missing_groups == ("history",)

    run("redis://127.0.0.1:9/0", use)


@pytest.mark.parametrize(
    "command",
    [
        ("DEL",),
        ("SET", "garbage"),
        ("HSET", "head", "garbage"),
        ("HSET", "head", ""),
        ("HDEL", "head"),
        ("HSET", "everyone", "garbage"),
        ("HSET", "everyone", b"\x00\x00\x00\x00\x02\x00\x00"),
    ],
)
def test_damage_is_missing_history_and_rebuilt(
    redis_url: str, command: tuple[str | bytes, ...]
) -> None:
    async def use(store: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(redis_url) as client:
            client.execute_command(command[0], name_of(SCOPE), *command[1:])
        view = await mine.look([an_entry()])
        assert view.missing_groups == ("history",)
        await whole(mine)
        if command[:2] == ("HSET", "everyone"):
            assert store.counts.errors > 0

    run(redis_url, use)


def test_a_record_moved_to_another_key_is_damage(redis_url: str) -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(redis_url) as client:
            kept = client.hgetall(name_of(SCOPE))
            importer = next(key for key in kept if key.startswith(b"importer:"))
            goods = next(key for key in kept if key.startswith(b"goods:"))
            client.hset(name_of(SCOPE), importer.decode(), kept[goods])
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        await whole(mine)

    run(redis_url, use)


def test_a_full_server_is_read_but_not_written(private_redis: RedisServer) -> None:
    async def use(store: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(private_redis.url) as client:
            client.config_set("maxmemory", 1)
        found = await store.read(SCOPE, [])
        assert found is not None
        assert await store.apply(SCOPE, found.token, HistoryHead(99, 1, True, 1), {}) is None
        assert not store.breaker.is_open
        assert (await mine.look([an_entry()])).seq == len(FACTS)

    run(private_redis.url, use)


def test_an_evicted_history_is_gone_whole_and_rebuilt(private_redis: RedisServer) -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(private_redis.url) as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
            client.config_set("maxmemory", client.info("memory")["used_memory"] - 1)
            with suppress(ResponseError):
                client.set("another", "key")
            client.config_set("maxmemory", 0)
            assert not client.exists(name_of(SCOPE))
        await whole(mine)

    run(private_redis.url, use)


def test_replicas_share_one_history_and_apply_each_fact_once(redis_url: str) -> None:
    async def use() -> None:
        stores = [RedisHistoryStore(redis_url, tuning=history_tuning(5.0, 8)) for _ in range(4)]
        ledger = FactLedger()
        replicas = [TenantHistory(TENANT, SCOPE, Base(0, {}), ledger, each) for each in stores]
        for fact in FACTS:
            ledger.facts_kept.append(fact)
            for mine in replicas:
                mine.nudge()
            await asyncio.sleep(0.002)
        for mine in replicas:
            mine.nudge()
            await mine.settled()
        for mine in replicas:
            view = await mine.look([an_entry()])
            assert (entries_known(view), view.seq) == (len(FACTS), len(FACTS))
        for store in stores:
            await store.close()

    asyncio.run(use())


def twice(data: bytes) -> bytes:
    return data + data


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def garbled(data: bytes) -> bytes:
    return bytes(byte ^ 0x15 for byte in data)


def other_shape(_data: bytes) -> bytes:
    return b":7\r\n"


def too_few(_data: bytes) -> bytes:
    return b"*1\r\n$1\r\na\r\n"


def cut(_data: bytes) -> None:
    return None


@pytest.mark.parametrize("fault", [twice, half, garbled, other_shape, too_few, cut])
def test_replies_that_are_not_replies_never_become_history(
    redis_server: RedisServer, redis_url: str, fault: Fault
) -> None:
    async def use() -> None:
        async with RedisProxy(redis_server.port) as proxy:
            url = redis_url.replace(str(redis_server.port), str(proxy.port))
            store = RedisHistoryStore(url, tuning=history_tuning(BUDGET_S, 8))
            mine = projection(store)
            await whole(mine)
            proxy.fault = fault
            for _ in range(3):
                views = await asyncio.gather(*(mine.look([an_entry()]) for _ in range(8)))
                for view in views:
                    known = (entries_known(view), view.seq, view.missing_groups)
                    assert known in {(0, 0, ("history",)), (len(FACTS), len(FACTS), ())}
            proxy.fault = None
            await whole(mine)
            await mine.settled()
            await store.close()

    asyncio.run(use())


def test_a_storm_of_cancellations_leaves_no_reply_to_the_wrong_caller(
    redis_server: RedisServer, redis_url: str
) -> None:
    chance = random.Random(11)  # noqa: S311  # a repeatable storm
    tenants = {name: scope_of("seed", name) for name in ("acme", "zenith", "umbra")}

    async def use() -> None:
        cancelled = 0
        async with RedisProxy(redis_server.port, delay_s=0.01) as proxy:
            url = redis_url.replace(str(redis_server.port), str(proxy.port))
            store = RedisHistoryStore(url, tuning=history_tuning(5.0, 8))
            heads = {name: HistoryHead(at, at, True, at) for at, name in enumerate(tenants, 1)}
            for name, scope in tenants.items():
                assert await store.begin(scope, b"", heads[name])

            async def read(name: str) -> None:
                nonlocal cancelled
                task = asyncio.ensure_future(store.read(tenants[name], ["everyone"]))
                if chance.random() < 0.6:
                    await asyncio.sleep(chance.uniform(0, 0.004))
                    task.cancel()
                try:
                    found = await task
                except asyncio.CancelledError:
                    cancelled += 1
                    return
                assert found is not None
                assert found.head == heads[name]

            for _ in range(20):
                await asyncio.gather(*(read(name) for name in tenants for _ in range(2)))
            await store.close()
        assert cancelled > 30

    asyncio.run(use())


def test_another_tenants_history_moved_here_is_damage(redis_url: str) -> None:
    async def use(store: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(redis_url) as client:
            client.rename(name_of(SCOPE), name_of(scope_of("seed", "zenith")))
        other = TenantHistory(
            "zenith", scope_of("seed", "zenith"), Base(0, {}), FactLedger(), store
        )
        assert (await other.look([an_entry()])).missing_groups == ("history",)
        await other.settled()
        assert (await other.look([an_entry()])).seq == 0

    run(redis_url, use)


def test_no_name_lies_in_redis(redis_url: str) -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        with Redis.from_url(redis_url) as client:
            (name,) = client.keys("*")
            everything = name + b"".join(client.hkeys(name)) + b"".join(client.hvals(name))
        assert name.startswith(NAMESPACE.encode())
        for word in (TENANT, "Harbor", "Outfitters", "3456789"):
            assert word.encode() not in everything

    run(redis_url, use)


def test_what_is_no_redis_url_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsRefused, match="redis_url"):
        RedisHistoryStore("http://127.0.0.1")


def test_closing_while_the_server_is_frozen_is_bounded(private_redis: RedisServer) -> None:
    async def use(_: RedisHistoryStore, mine: TenantHistory) -> None:
        await whole(mine)
        private_redis.freeze()
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        await asyncio.sleep(PROBE_EVERY_S / 10)
        private_redis.thaw()

    began = time.monotonic()
    run(private_redis.url, use)
    assert time.monotonic() - began < HEALS_S
