"""The sums of the limit, who grants when nobody shares, and what an answer says of it."""

import asyncio
import random
from collections.abc import Callable

import pytest

from app.adapters.local_rates import LocalRates
from app.core.rates import RatePolicy, Taken, take
from app.core.refusals import RateExceeded
from app.services.rates import Rates, SharedRates

POLICY = RatePolicy("score", per_s=10, burst=5)


class Hand:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Shared:
    """Shared quotas over one local store, which may be made not to answer."""

    def __init__(self, monotonic: Callable[[], float], processes: int = 4) -> None:
        self.processes = processes
        self.answers = True
        self._rates = LocalRates(monotonic)

    async def take(self, tenant: str, policy: RatePolicy) -> Taken | None:
        return self._rates.take(tenant, policy) if self.answers else None


def test_a_burst_passes_then_the_rate_does() -> None:
    whole_at, granted = None, []
    for at in (0.0,) * 7 + (0.1, 0.1, 0.35):
        whole_at, taken = take(whole_at, at, POLICY)
        granted.append(taken.granted)
    assert granted == [1, 1, 1, 1, 1, 0, 0, 1, 0, 1]


def test_what_is_left_and_when_more_will_pass_is_told() -> None:
    whole_at, taken = take(None, 0.0, POLICY, wanted=4)
    assert (taken.granted, taken.remaining, taken.retry_in_s) == (4, 1, 0.0)
    assert taken.whole_in_s == pytest.approx(0.4)
    _, taken = take(whole_at, 0.0, POLICY, wanted=4)
    assert (taken.granted, taken.remaining) == (1, 0)
    assert taken.retry_in_s == pytest.approx(0.1)
    assert [taken.place(at).granted for at in range(3)] == [1, 0, 0]


def test_a_clock_that_went_back_makes_nobody_wait_for_it_to_catch_up() -> None:
    whole_at, _ = take(None, 9_000.0, POLICY)
    _, taken = take(whole_at, 10.0, POLICY)
    assert taken.whole_in_s <= POLICY.burst * POLICY.interval_s
    assert taken.retry_in_s <= POLICY.interval_s + 1e-9


def test_no_window_sees_more_than_the_burst_and_its_rate() -> None:
    draw = random.Random(20261124)  # noqa: S311 - times of a test
    now, whole_at, passed = 0.0, None, list[float]()
    for _ in range(3000):
        now += draw.expovariate(40)
        whole_at, taken = take(whole_at, now, POLICY)
        passed += [now] * taken.granted
    for window in (0.5, 1.0, 7.0):
        for at in range(0, len(passed), 50):
            seen = sum(passed[at] <= each < passed[at] + window for each in passed)
            assert seen <= POLICY.burst + window * POLICY.per_s + 1
    assert len(passed) == pytest.approx(now * POLICY.per_s + POLICY.burst, rel=0.02)


def test_a_policy_says_its_window_and_its_shares() -> None:
    assert POLICY.window_s == 1
    assert RatePolicy("x", 0.5, 5).window_s == 10
    assert POLICY.shared_by(4) == RatePolicy("score", 2.5, 1)
    assert POLICY.shared_by(10).burst == 1


def test_tenants_and_kinds_do_not_share_a_quota() -> None:
    rates = Rates({"score": RatePolicy("score", 1, 1), "other": RatePolicy("other", 1, 1)}, own())

    async def drive() -> list[bool]:
        asked = [("a", "score"), ("b", "score"), ("a", "other"), ("a", "score")]
        return [(await rates.count(*each)).is_admitted for each in asked]

    assert asyncio.run(drive()) == [True, True, True, False]


def own() -> LocalRates:
    return LocalRates(Hand())


def test_a_refusal_says_the_limit_and_when_to_come_back() -> None:
    rates = Rates({"score": RatePolicy("score", 0.1, 1)}, own())

    async def drive() -> None:
        standing = await rates.admit("a", "score")
        assert standing.policy_header() == '"score";q=1;w=10'
        assert standing.header() == '"score";r=0;t=10'
        with pytest.raises(RateExceeded) as refused:
            await rates.admit("a", "score")
        assert refused.value.retry_after_s == 10
        assert "1 requests in 10 s" in refused.value.detail

    asyncio.run(drive())


def test_where_the_shared_quota_does_not_answer_each_process_grants_its_share() -> None:
    clock = Hand()
    shared: SharedRates = (made := Shared(clock))
    policy = RatePolicy("score", per_s=40, burst=40)
    processes = [Rates({"score": policy}, LocalRates(clock), shared) for _ in range(4)]

    async def admitted(seconds: float) -> int:
        passed = 0
        for _ in range(int(seconds * 20)):
            clock.at += 0.05
            for each in processes:
                passed += sum([(await each.count("a", "score")).is_admitted for _ in range(6)])
        return passed

    together = asyncio.run(admitted(10))
    made.answers = False
    alone = asyncio.run(admitted(10))
    assert together == pytest.approx(10 * 40 + 40, abs=2)
    assert 0.8 * 10 * 40 <= alone <= 1.2 * 10 * 40


def test_quotas_that_are_whole_again_take_no_memory() -> None:
    clock = Hand()
    rates = LocalRates(clock, max_tenants=10)
    for number in range(10):
        rates.take(f"t{number}", POLICY)
    clock.at += 1
    for _ in range(3):
        rates.take("late", POLICY)
    assert len(rates) == 11 - 10 or len(rates) <= 10
    for number in range(30):
        rates.take(f"u{number}", POLICY)
    assert len(rates) <= 10
    assert not all(rates.take("late", POLICY).granted for _ in range(5))
