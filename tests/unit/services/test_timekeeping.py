"""A wall clock that is set is found out, flagged in what is recorded, and moves no expiry."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from app.core.errors import LedgerUnavailable
from app.services.timekeeping import ClockSkew, SteadyClock, Timekeeper
from tests.desks import bench, entry, run, until
from tests.fakes import NOW, SetClock


class Told:
    """A ledger that tells when its newest decision was made, or does not answer."""

    def __init__(self, moment: datetime | None, *, fails: bool = False) -> None:
        self.moment = moment
        self.fails = fails
        self.asked = 0

    async def newest_moment(self) -> datetime | None:
        self.asked += 1
        if self.fails:
            raise LedgerUnavailable("gone")
        return self.moment


def kept() -> tuple[SetClock, Timekeeper]:
    clock = SetClock()
    return clock, Timekeeper(clock, clock.elapsed)


def test_clocks_that_agree_are_no_skew() -> None:
    clock, time = kept()
    clock.move(hours=30)
    assert time.stamp() == (NOW + timedelta(hours=30), None)
    assert time.now() == time.steady() == clock.moment
    assert time.jumped_s() == 0.0


@pytest.mark.parametrize("by_s", [3600.0, -7200.0, 1.001, -1.001])
def test_a_jump_is_flagged_and_moves_no_expiry(by_s: float) -> None:
    clock, time = kept()
    clock.set_by(seconds=by_s)
    clock.move(seconds=10)
    assert time.now() == NOW + timedelta(seconds=by_s + 10)
    assert time.stamp()[1] == ClockSkew(by_s, 0.0)
    assert SteadyClock(time).now() == NOW + timedelta(seconds=10)
    assert time.jumped_s() == by_s


@pytest.mark.parametrize("by_s", [1.0, -1.0, 0.2])
def test_a_clock_set_within_the_limit_is_followed(by_s: float) -> None:
    clock, time = kept()
    for _ in range(5):
        clock.set_by(seconds=by_s)
        clock.move(seconds=60)
        assert time.steady() == clock.moment
    assert time.jumped_s() == 0.0


def test_a_clock_that_is_set_right_again_is_believed_again_but_is_behind_what_was_recorded() -> (
    None
):
    clock, time = kept()
    clock.set_by(hours=1)
    assert time.stamp()[1] == ClockSkew(3600.0, 0.0)
    clock.set_by(hours=-1)
    clock.move(minutes=10)
    assert time.steady() == NOW + timedelta(minutes=10)
    assert time.stamp() == (NOW + timedelta(minutes=10), ClockSkew(0.0, 3000.0))
    clock.move(minutes=51)
    assert time.stamp()[1] is None


def test_a_clock_behind_the_newest_record_of_the_ledger_is_flagged() -> None:
    _, time = kept()
    run(time.look_back(Told(NOW + timedelta(seconds=90))))
    assert time.stamp()[1] == ClockSkew(0.0, 90.0)
    run(time.look_back(Told(NOW - timedelta(days=3))))
    assert time.stamp()[1] == ClockSkew(0.0, 90.0)


@pytest.mark.parametrize("newest", [None, NOW, NOW + timedelta(seconds=1)])
def test_no_record_and_one_within_the_limit_are_no_skew(newest: datetime | None) -> None:
    _, time = kept()
    run(time.look_back(Told(newest)))
    assert time.stamp()[1] is None


def test_a_ledger_that_does_not_answer_leaves_what_is_known() -> None:
    _, time = kept()
    time.saw(NOW + timedelta(seconds=5))
    run(time.look_back(Told(None, fails=True)))
    assert time.stamp()[1] == ClockSkew(0.0, 5.0)


def test_a_thread_held_up_between_the_two_clocks_is_no_jump() -> None:
    clock = SetClock()
    held = [0.0, 0.0, 40.0, 80.0]  # at the start, before, after, and again

    def elapsed() -> float:
        return held.pop(0)

    time = Timekeeper(clock, elapsed)
    clock.move(seconds=40)
    assert time.steady() == clock.moment


def test_a_jump_is_logged_once_and_so_is_its_end() -> None:
    clock, time = kept()
    ledger = Told(None)
    with capture_logs() as logs:
        for step in (0, 3600, 0, -3600, 0):
            clock.set_by(seconds=step)
            run(time.look_back(ledger))
    assert [(each["event"], each["seconds"]) for each in logs] == [
        ("clock_jumped", 3600.0),
        ("clock_agrees", 0.0),
    ]


def test_the_watch_looks_again_and_again() -> None:
    _, time = kept()
    ledger = Told(None)

    async def watched() -> None:
        watch = asyncio.create_task(time.watch(ledger, 0.0))
        await until(lambda: ledger.asked >= 3)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    run(watched())


def test_a_decision_made_while_the_clock_is_wrong_says_so_in_its_evidence_and_seq_goes_on() -> None:
    clock = SetClock()
    with bench(clock=clock) as at:
        run(at.models.reload())
        for step in (0, 3600, -10_800):
            clock.set_by(seconds=step)
            run(at.score(entry()))
        first, forward, back = at.ledger.records
        assert at.status.figures()["clock_jump_seconds"] == -7200.0
    assert "clock_skew" not in json.loads(first.evidence)
    assert json.loads(forward.evidence)["clock_skew"] == {"jumped_s": 3600, "behind_s": 0}
    assert json.loads(back.evidence)["clock_skew"] == {"jumped_s": -7200, "behind_s": 10_800}
    assert [each.scored_at - NOW for each in at.ledger.records] == [
        timedelta(),
        timedelta(hours=1),
        timedelta(hours=-2),
    ]
