"""Lists beyond their greatest age degrade answers, and say that no traffic should come."""

from datetime import timedelta

import pytest

from app.services.freshness import LISTS_TABLE, NO_LIMIT, ListsLimit
from tests.desks import RELEASING, Bench, bench, entry, reference, run, with_policy

AS_OF = reference().table(LISTS_TABLE).as_of


@pytest.mark.parametrize(("age", "is_kept"), [(-1, True), (0, True), (30, True), (31, False)])
def test_lists_are_kept_up_to_their_greatest_age(age: int, is_kept: bool) -> None:
    today, limit = AS_OF + timedelta(age), ListsLimit(30)
    assert limit.age_days(reference(), today) == age
    assert limit.is_kept(reference(), today) is is_kept
    assert limit.missing_groups(reference(), today) == (() if is_kept else ("lists",))


def test_without_a_limit_lists_are_of_any_age() -> None:
    assert NO_LIMIT.is_kept(reference(), AS_OF + timedelta(10_000))


def limit_to(at: Bench, days_from_now: int) -> None:
    """Let the lists be that much younger (or older, below zero) than their limit."""
    age = NO_LIMIT.age_days(reference(), at.clock.now().date())
    at.models.lists_limit = ListsLimit(age + days_from_now)


def test_old_lists_degrade_answers_which_are_then_never_released() -> None:
    async def score() -> None:
        with bench(with_policy(RELEASING)) as at:
            await at.models.reload()
            limit_to(at, 0)
            young = await at.score(entry())
            assert (young["degraded_groups"], young["band"]) == ([], "release")
            limit_to(at, -1)
            old = await at.score(entry())
            assert old["degraded"]
            assert old["degraded_groups"] == ["lists"]
            assert old["band"] == "review"
            assert old["score"] == young["score"]  # a floor never touches the score

    run(score())


def test_old_lists_flip_the_probe_of_lists_alone_and_meta_says_how_old() -> None:
    async def check() -> None:
        with bench() as at:
            await at.models.reload()
            limit_to(at, -1)
            conditions = await at.status.check()
            assert [name for name, holds in conditions.items() if not holds] == ["lists"]
            lists = (await at.status.describe())["reference"]["lists"]
            assert lists["age_days"] == lists["max_age_days"] + 1

    run(check())


def test_lists_that_were_refused_degrade_once_however_old_they_are() -> None:
    async def score() -> None:
        with bench() as at:
            await at.models.reload()
            limit_to(at, -1)
            await at.models.use_reference(reference(), lists_missing=True)
            assert (await at.score(entry()))["degraded_groups"] == ["lists"]

    run(score())
