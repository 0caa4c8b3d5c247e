"""Places of a pool: bounded, in order, given back, and refused early."""

import asyncio

import pytest

from app.core.errors import Overloaded
from app.core.refusals import DeadlineExceeded
from app.services.admission import Admission, Deadline, Gate, Pool, Room, rooms


def room(running: int = 1, waiting: int = 1, patience_s: float = 5.0, at_once: int = 9) -> Room:
    return Room(running=running, waiting=waiting, patience_s=patience_s, open=at_once)


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_no_more_run_than_may_and_those_who_wait_come_in_in_order() -> None:
    async def drive() -> list[int]:
        gate, order = Gate(room(waiting=3)), list[int]()

        async def come(number: int) -> None:
            await gate.enter()
            order.append(number)

        tasks = [asyncio.create_task(come(each)) for each in range(4)]
        await settle()
        assert (gate.running, gate.waiting, order) == (1, 3, [0])
        for _ in range(3):
            gate.leave()
            await settle()
            assert gate.running == 1
        gate.leave()
        await asyncio.gather(*tasks)
        assert (gate.running, gate.waiting) == (0, 0)
        return order

    assert asyncio.run(drive()) == [0, 1, 2, 3]


def test_beyond_those_who_may_wait_nobody_is_let_in_or_even_read() -> None:
    async def drive() -> None:
        gate = Gate(room())
        await gate.enter()
        waiting = asyncio.create_task(gate.enter())
        await settle()
        with pytest.raises(Overloaded):
            await gate.enter()
        with pytest.raises(Overloaded):
            gate.arrive()
        gate.leave()
        await waiting
        gate.arrive()
        assert gate.open == 1
        gate.depart()
        assert gate.open == 0

    asyncio.run(drive())


def test_those_still_arriving_are_bounded_too() -> None:
    gate = Gate(room(at_once=2))
    gate.arrive()
    gate.arrive()
    with pytest.raises(Overloaded):
        gate.arrive()


def test_who_waits_longer_than_the_pool_allows_is_turned_away() -> None:
    async def drive() -> None:
        gate = Gate(room(patience_s=0.01))
        await gate.enter()
        with pytest.raises(Overloaded):
            await gate.enter()
        with pytest.raises(Overloaded):  # the pool's patience ends before the caller's
            await gate.enter(gate_clock_far())
        assert gate.waiting == 0

    def gate_clock_far() -> float:
        return 1e12

    asyncio.run(drive())


def test_who_cannot_wait_longer_is_told_so_and_nothing_is_begun() -> None:
    now = [10.0]

    async def drive() -> None:
        gate = Gate(room(), lambda: now[0])
        with pytest.raises(DeadlineExceeded):
            await gate.enter(10.0)
        await gate.enter(10.5)
        with pytest.raises(DeadlineExceeded):
            await gate.enter(10.01)
        assert (gate.running, gate.waiting) == (1, 0)

    asyncio.run(drive())


def test_a_place_given_to_one_who_went_in_the_same_moment_is_passed_on() -> None:
    async def drive() -> None:
        gate = Gate(room(waiting=3))
        await gate.enter()
        first, second = (asyncio.create_task(gate.enter()) for _ in range(2))
        await settle()
        gate.leave()  # to the first, who is told to go before it runs
        first.cancel()
        await settle()
        assert second.done()
        assert (gate.running, gate.waiting) == (1, 0)
        third = asyncio.create_task(gate.enter())
        await settle()
        third.cancel()
        await settle()
        assert (gate.running, gate.waiting) == (1, 0)

    asyncio.run(drive())


def test_a_deadline_is_held_until_it_passes() -> None:
    now = [1.0]
    deadline = Deadline(2.0, lambda: now[0])
    deadline.check()
    now[0] = 2.0
    with pytest.raises(DeadlineExceeded):
        deadline.check()


def test_every_pool_has_places_of_its_own_and_draining_is_said_once() -> None:
    admission = Admission(rooms())
    assert set(admission.gates) == set(Pool)
    assert len({id(gate) for gate in admission.gates.values()}) == len(Pool)
    assert not admission.is_draining
    admission.drain()
    assert admission.is_draining
