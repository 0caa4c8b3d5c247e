"""Quotas shared through a real server: exact together, a share each without it, never unlimited."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from redis import Redis

from app.adapters.local_rates import LocalRates
from app.adapters.redis_cache import RedisTuning
from app.adapters.redis_rates import PROCESSES, RedisRates, name_of
from app.core.rates import RatePolicy
from app.services.rates import Rates
from tests.servers import RedisServer

POLICY = RatePolicy("score", per_s=100, burst=20)
PATIENT = RedisTuning(budget_s=2, socket_timeout_s=2)  # a busy machine is not what is tested


async def asked(rates: Sequence[Rates], seconds: float, *, at_once: int = 4) -> int:
    """Let every process ask as fast as it can, and return how much was granted in all."""
    end = time.monotonic() + seconds

    async def ask(one: Rates) -> int:
        passed = 0
        while time.monotonic() < end:
            passed += (await one.count("acme", "score")).is_admitted
            await asyncio.sleep(0.001)
        return passed

    return sum(await asyncio.gather(*(ask(one) for one in rates for _ in range(at_once))))


def processes(url: str, count: int = 4) -> tuple[list[RedisRates], list[Rates]]:
    shared = [RedisRates(url, tuning=PATIENT) for _ in range(count)]
    return shared, [Rates({"score": POLICY}, LocalRates(), each) for each in shared]


async def closed(shared: Sequence[RedisRates]) -> None:
    for each in shared:
        await each.close()


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.nightly)])
def test_four_processes_together_grant_the_rate_and_one_burst(
    redis_url: str, seconds: float
) -> None:
    async def drive() -> tuple[int, float, int]:
        shared, rates = processes(redis_url)
        started = time.monotonic()
        granted = await asked(rates, seconds)
        took = time.monotonic() - started
        trips = sum(each.round_trips for each in shared)
        await closed(shared)
        return granted, took, trips

    granted, took, _ = asyncio.run(drive())
    wanted = POLICY.burst + POLICY.per_s * took
    assert 0.95 * POLICY.per_s * seconds <= granted <= 1.02 * wanted + 1


def test_those_who_ask_during_a_round_trip_share_the_next(redis_url: str) -> None:
    async def drive() -> tuple[int, int]:
        shared, (rates,) = processes(redis_url, 1)
        standings = await asyncio.gather(*(rates.count("acme", "score") for _ in range(50)))
        await closed(shared)
        return sum(each.is_admitted for each in standings), shared[0].round_trips

    granted, trips = asyncio.run(drive())
    assert 20 <= granted <= 30
    assert trips <= 3


def test_what_the_server_says_is_what_the_sums_say(redis_url: str) -> None:
    slow = RatePolicy("score", per_s=0.01, burst=3)

    async def drive() -> None:
        shared = RedisRates(redis_url, tuning=PATIENT)
        own = LocalRates()
        for _ in range(5):
            theirs, ours = await shared.take("acme", slow), own.take("acme", slow)
            assert theirs is not None
            assert (theirs.granted, theirs.remaining) == (ours.granted, ours.remaining)
            assert theirs.whole_in_s == pytest.approx(ours.whole_in_s, abs=1)
            assert theirs.retry_in_s == pytest.approx(ours.retry_in_s, abs=1)
        await shared.close()

    asyncio.run(drive())


@pytest.mark.parametrize(
    "planted", ["not a number", "9" * 30, "-5", "nan", "inf", "", ["a", "list"]]
)
def test_what_others_wrote_costs_nobody_the_quota(redis_url: str, planted: str | list[str]) -> None:
    name = name_of("acme", POLICY)
    with Redis.from_url(redis_url) as plain:
        plain.set(name, planted) if isinstance(planted, str) else plain.rpush(name, *planted)
        plain.set(PROCESSES, "not a set")

    async def drive() -> None:
        shared = RedisRates(redis_url, tuning=PATIENT)
        first = await shared.take("acme", POLICY)
        assert first is not None
        assert first.whole_in_s <= POLICY.burst * POLICY.interval_s + 0.001
        await asyncio.sleep(0.05)
        second = await shared.take("acme", POLICY)
        assert second is not None
        assert second.granted == 1
        await shared.beat()
        assert shared.processes == 1
        await shared.close()

    asyncio.run(drive())


def test_processes_see_one_another_and_forget_who_went(redis_url: str) -> None:
    async def drive() -> None:
        first, second = (RedisRates(redis_url, tuning=PATIENT) for _ in range(2))
        watching = asyncio.create_task(second.watch(0.01))
        await asyncio.sleep(0.1)
        await first.beat()
        assert first.processes == 2
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await second.close()
        await first.beat()
        assert first.processes == 1
        await first.close()

    asyncio.run(drive())


def test_without_the_server_each_grants_its_share_and_with_it_all_is_as_before(
    private_redis: RedisServer,
) -> None:
    async def drive() -> None:
        shared, rates = processes(private_redis.url)
        for each in shared:
            await each.beat()
        for each in shared:
            await each.beat()
        assert [each.processes for each in shared] == [4] * 4
        await asked(rates, 0.5)
        private_redis.kill()
        started = time.monotonic()
        granted = await asked(rates, 2)
        took = time.monotonic() - started
        assert 0.5 * POLICY.per_s * 2 <= granted <= 1.2 * (POLICY.burst + POLICY.per_s * took)
        assert all(each.breaker.is_open for each in shared)
        assert [each.processes for each in shared] == [4] * 4
        private_redis.restart()
        deadline = time.monotonic() + 10
        while any(each.breaker.is_open for each in shared) and time.monotonic() < deadline:
            await asked(rates, 0.1)
        assert not any(each.breaker.is_open for each in shared)
        await closed(shared)

    asyncio.run(drive())


def test_a_frozen_server_costs_a_request_no_more_than_its_budget(
    private_redis: RedisServer,
) -> None:
    async def drive() -> float:
        shared = RedisRates(private_redis.url)
        rates = Rates({"score": POLICY}, LocalRates(), shared)
        assert (await rates.count("acme", "score")).is_admitted
        private_redis.freeze()
        took = []
        for _ in range(20):
            started = time.monotonic()
            assert (await rates.count("acme", "score")).is_admitted
            took.append(time.monotonic() - started)
            await asyncio.sleep(0.03)
        private_redis.thaw()
        await shared.close()
        return sorted(took)[10]

    assert asyncio.run(drive()) <= 0.1


def test_an_answer_of_another_kind_is_none(redis_url: str) -> None:
    class Odd(RedisRates):
        async def _eval(self, script: str, name: str, *values: str | float) -> object:
            return b"what"

    async def drive() -> None:
        odd = Odd(redis_url)
        assert await odd.take("acme", POLICY) is None
        await odd.beat()
        assert odd.processes == 1
        await odd.close()

    asyncio.run(drive())
