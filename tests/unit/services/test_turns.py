"""One at a time for each key, and nothing left behind."""

import asyncio

import pytest

from app.services.turns import Turns
from tests.desks import run


def test_holders_of_one_key_follow_each_other() -> None:
    order: list[str] = []

    async def hold(turns: Turns, name: str, *keys: str) -> None:
        async with turns.take(keys):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    async def all_of_them() -> Turns:
        turns = Turns()
        await asyncio.gather(hold(turns, "a", "x", "y"), hold(turns, "b", "y", "x"))
        return turns

    assert len(run(all_of_them())) == 0
    assert order == ["a in", "a out", "b in", "b out"]


def test_holders_of_different_keys_do_not_wait() -> None:
    async def both() -> None:
        turns = Turns()
        async with turns.take(["x"]), turns.take(["y"]):
            assert turns.is_taken("x")
            assert len(turns) == 2

    run(both())


def test_a_waiter_that_gives_up_leaves_nothing() -> None:
    async def give_up() -> None:
        turns = Turns()

        async def wait() -> None:
            async with turns.take(["a", "x"]):
                raise AssertionError("never held")

        async with turns.take(["x"]):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert turns.is_taken("x")
            assert not turns.is_taken("a")
        assert len(turns) == 0

    run(give_up())
