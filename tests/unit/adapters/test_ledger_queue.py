"""Appends wait in order, within bounds, and each gets its outcome."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from app.adapters.ledger_queue import AppendQueue, settle
from app.core.errors import LedgerUnavailable, Overloaded
from app.core.records import Appended
from tests.ledger_records import append, draft


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def started(*, max_appends: int = 10, max_bytes: int = 10_000) -> AppendQueue:
    queue = AppendQueue(max_appends=max_appends, max_bytes=max_bytes)
    queue.start()
    return queue


def test_nothing_is_taken_before_the_ledger_is_open(loop: asyncio.AbstractEventLoop) -> None:
    queue = AppendQueue(max_appends=1, max_bytes=1)
    assert not queue.accepts
    with pytest.raises(LedgerUnavailable):
        queue.put(append(draft(), loop=loop))


def test_what_waits_is_taken_in_order_and_together(loop: asyncio.AbstractEventLoop) -> None:
    queue = started()
    appends = [append(draft(), loop=loop) for _ in range(3)]
    for one in appends:
        queue.put(one)
    assert queue.take(10) == appends


def test_a_group_holds_no_more_records_than_asked_for(loop: asyncio.AbstractEventLoop) -> None:
    queue = started()
    appends = [append(draft(), draft(), loop=loop) for _ in range(3)]
    for one in appends:
        queue.put(one)
    assert queue.take(3) == appends[:2]
    assert queue.take(3) == appends[2:]


def test_an_append_larger_than_a_group_is_a_group_of_its_own(
    loop: asyncio.AbstractEventLoop,
) -> None:
    queue = started()
    large = append(draft(), draft(), loop=loop)
    queue.put(large)
    assert queue.take(1) == [large]


def test_a_full_queue_refuses(loop: asyncio.AbstractEventLoop) -> None:
    queue = started(max_appends=1)
    queue.put(append(draft(), loop=loop))
    with pytest.raises(Overloaded):
        queue.put(append(draft(), loop=loop))


def test_bytes_are_bounded_but_one_append_always_fits(loop: asyncio.AbstractEventLoop) -> None:
    queue = started(max_bytes=100)
    queue.put(append(draft(request=b"x" * 1000), loop=loop))
    with pytest.raises(Overloaded):
        queue.put(append(draft(), loop=loop))
    queue.take(1)
    queue.put(append(draft(), loop=loop))


def test_stopping_hands_back_what_waits(loop: asyncio.AbstractEventLoop) -> None:
    queue = started()
    waiting = append(draft(), loop=loop)
    queue.put(waiting)
    assert queue.stop() == [waiting]
    assert not queue.accepts
    queue.start()
    assert queue.accepts


def test_a_closed_queue_is_emptied_and_stays_closed(loop: asyncio.AbstractEventLoop) -> None:
    queue = started()
    waiting = append(draft(), loop=loop)
    queue.put(waiting)
    queue.close()
    queue.start()
    assert not queue.accepts
    assert queue.closed
    assert queue.take(10) == [waiting]
    assert queue.take(10) == []


def test_the_writer_waits_for_work(loop: asyncio.AbstractEventLoop) -> None:
    queue = started()
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.extend(queue.take(10)))
    thread.start()
    one = append(draft(), loop=loop)
    queue.put(one)
    thread.join(5)
    assert taken == [one]


def test_waiting_for_the_close_ends_with_it() -> None:
    queue = started()
    assert not queue.wait_closed(0)
    queue.close()
    assert queue.wait_closed(60)


def test_each_append_gets_its_outcome(loop: asyncio.AbstractEventLoop) -> None:
    good, bad = append(draft(), loop=loop), append(draft(), loop=loop)
    appended = Appended((1,), (False,))
    settle([(good, appended), (bad, LedgerUnavailable())])
    assert loop.run_until_complete(good.future) == appended
    with pytest.raises(LedgerUnavailable):
        loop.run_until_complete(bad.future)


def test_a_future_that_is_done_is_left_alone(loop: asyncio.AbstractEventLoop) -> None:
    gone = append(draft(), loop=loop)
    gone.future.cancel()
    settle([(gone, Appended((1,), (False,)))])
    loop.run_until_complete(asyncio.sleep(0))
    assert gone.future.cancelled()


def test_a_closed_event_loop_is_no_failure(loop: asyncio.AbstractEventLoop) -> None:
    orphan = append(draft(), loop=loop)
    loop.close()
    settle([(orphan, Appended((1,), (False,)))])
    assert not orphan.future.done()
