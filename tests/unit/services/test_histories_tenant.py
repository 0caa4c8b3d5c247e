"""One tenant's projection: missing is said, never guessed; whoever is late catches up."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.core.history.projected import HistoryHead, anchor_of, scope_of
from app.core.outcomes import OutcomeCode
from app.services.history_view import Base
from app.services.tenant_history import CHUNK, LAG_S, RETRY_S, TenantHistory
from tests.desks import TENANT, run
from tests.history_facts import (
    FactLedger,
    StubbornStore,
    an_entry,
    denied_known,
    entries_known,
    filing,
    outcome,
)

SCOPE = scope_of("seed", TENANT)


class Moments:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def projection(ledger: FactLedger, store: StubbornStore, **options: Any) -> TenantHistory:
    return TenantHistory(TENANT, SCOPE, Base(0, {}), ledger, store, **options)


async def caught_up(mine: TenantHistory) -> None:
    mine.nudge()
    await mine.settled()


def test_a_store_that_does_not_answer_is_missing_history_and_heals() -> None:
    async def outage() -> None:
        store, moments = StubbornStore(), Moments()
        store.is_down = True
        mine = projection(FactLedger(filing(1)), store, monotonic=moments)
        with capture_logs() as logs:
            await caught_up(mine)
            view = await mine.look([an_entry()])
            assert (view.missing_groups, view.seq) == (("history",), 0)
            await caught_up(mine)
        assert [each["event"] for each in logs] == ["history_not_moved_on"]  # once an outage
        store.is_down = False
        await mine.look([an_entry()])
        await mine.settled()
        assert (await mine.look([an_entry()])).missing_groups == ("history",)  # not tried so soon
        moments.now += 2 * RETRY_S
        await mine.look([an_entry()])
        await mine.settled()
        view = await mine.look([an_entry()])
        assert (view.missing_groups, entries_known(view)) == ((), 1)

    run(outage())


def test_a_ledger_that_cannot_be_read_is_told_and_tried_again() -> None:
    async def outage() -> None:
        ledger = FactLedger(filing(1))
        ledger.fails = True
        mine = projection(ledger, StubbornStore())
        with capture_logs() as logs:
            await caught_up(mine)
        assert logs[-1]["why"] == "ledger-unavailable: cannot be read"
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        ledger.fails = False
        await caught_up(mine)
        assert entries_known(await mine.look([an_entry()])) == 1

    run(outage())


def test_a_write_without_an_answer_is_looked_up_anew() -> None:
    async def lost() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1))
        store.refuses_writes = True
        mine = projection(ledger, store)
        await caught_up(mine)  # could not begin
        store.refuses_writes = False
        await store.begin(SCOPE, b"", HistoryHead(0, 0, is_whole=False))
        store.refuses_writes = True
        await caught_up(mine)  # could not apply
        store.refuses_writes = False
        await caught_up(mine)
        assert (await mine.look([])).seq == 1

    run(lost())


@pytest.mark.parametrize("before", ["before_read", "before_apply"])
def test_two_appliers_apply_each_fact_once(before: str) -> None:
    async def race() -> None:
        store = StubbornStore()
        ledger = FactLedger(filing(1), filing(2))
        one, other = projection(ledger, store), projection(ledger, store)
        await caught_up(one)
        ledger.facts_kept.append(filing(3))
        getattr(store, before).append(lambda: caught_up(other))
        await caught_up(one)
        for mine in (one, other):
            view = await mine.look([an_entry()])
            assert (entries_known(view), view.seq) == (3, 3)

    run(race())


def test_a_store_that_fails_between_two_steps_is_missing_history() -> None:
    async def fails() -> None:
        store = StubbornStore()

        async def fail() -> None:
            store.is_down = True

        store.before_read.append(fail)
        mine = projection(FactLedger(filing(1)), store)
        await caught_up(mine)
        store.is_down = False
        assert (await mine.look([an_entry()])).missing_groups == ("history",)

    run(fails())


def test_appliers_that_start_together_begin_once() -> None:
    async def race() -> None:
        store, ledger = StubbornStore(), FactLedger(*(filing(seq) for seq in range(1, CHUNK + 9)))
        several = [projection(ledger, store) for _ in range(3)]
        await asyncio.gather(*(caught_up(mine) for mine in several))
        for mine in several:
            assert entries_known(await mine.look([an_entry()])) == CHUNK + 8

    run(race())


def test_a_wiped_store_is_rebuilt_while_answers_say_that_history_is_missing() -> None:
    async def wiped() -> None:
        store = StubbornStore()
        mine = projection(FactLedger(filing(1), filing(2)), store)
        await caught_up(mine)
        await store.release(SCOPE)
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        await mine.settled()
        view = await mine.look([an_entry()])
        assert (entries_known(view), view.missing_groups) == (2, ())

    run(wiped())


def test_an_older_state_than_was_read_before_is_missing_until_it_caught_up() -> None:
    async def back() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1))
        mine = projection(ledger, store)
        await caught_up(mine)
        old = await store.read(SCOPE, ["everyone"])
        assert old is not None
        assert old.head is not None
        ledger.facts_kept.append(filing(2))
        await caught_up(mine)
        await mine.look([an_entry()])
        now = await store.read(SCOPE, [])
        assert now is not None
        await store.begin(SCOPE, now.token, old.head)  # as a replica that was behind takes over
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        await mine.settled()
        assert (await mine.look([])).seq == 2

    run(back())


def test_replies_that_overtake_one_another_are_no_older_state() -> None:
    async def overtaken() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1))
        mine = projection(ledger, store)
        await caught_up(mine)
        ledger.facts_kept.append(filing(2))

        async def another_look() -> None:
            await caught_up(mine)
            assert (await mine.look([an_entry()])).seq == 2

        store.after_read.append(another_look)
        view = await mine.look([an_entry()])
        assert (entries_known(view), view.seq, view.missing_groups) == (1, 1, ())

    run(overtaken())


@pytest.mark.parametrize(
    "head",
    [
        HistoryHead(2, anchor_of("D2"), True, anchor_of("other")),  # another beginning
        HistoryHead(2, anchor_of("other"), True, anchor_of("D1")),  # another end
        HistoryHead(9, anchor_of("D9"), True, anchor_of("D1")),  # more than the ledger has
        HistoryHead(9, 0, True, 0),  # nothing, yet not at the beginning
    ],
)
def test_another_ledgers_history_is_not_taken_for_ours(head: HistoryHead) -> None:
    async def swapped() -> None:
        store = StubbornStore()
        await store.begin(SCOPE, b"", head)
        mine = projection(FactLedger(filing(1), filing(2), filing(3)), store)
        await caught_up(mine)
        view = await mine.look([an_entry()])
        assert (entries_known(view), view.seq) == (3, 3)

    run(swapped())


def test_a_history_whose_last_fact_was_erased_since_is_still_ours() -> None:
    async def erased() -> None:
        for rest in ([filing(3)], []):
            store = StubbornStore()
            head = HistoryHead(2, anchor_of("D2"), True, anchor_of("D1"))
            await store.begin(SCOPE, b"", head)
            ledger = FactLedger(filing(1), *rest)
            ledger.last_seq = 3
            mine = projection(ledger, store)
            await caught_up(mine)
            view = await mine.look([an_entry()])
            assert (entries_known(view), view.seq) == (len(rest), 2 + len(rest))

    run(erased())


def test_a_fact_of_ours_that_does_not_arrive_is_missing_history() -> None:
    async def late() -> None:
        store, moments = StubbornStore(), Moments()
        ledger = FactLedger(filing(1))
        mine = projection(ledger, store, monotonic=moments)
        await caught_up(mine)
        mine.observe(2)  # written, but the ledger cannot be read now
        ledger.fails = True
        await mine.settled()
        assert (await mine.look([an_entry()])).missing_groups == ()  # a moment's lag is none
        moments.now += LAG_S + 0.1
        assert (await mine.look([an_entry()])).missing_groups == ("history",)
        ledger.fails = False
        ledger.facts_kept.append(filing(2))
        await caught_up(mine)
        assert (await mine.look([an_entry()])).missing_groups == ()

    run(late())


def test_numbers_of_an_applier_are_told_as_it_goes() -> None:
    async def told() -> None:
        heads: list[int] = []
        ledger = FactLedger(*(filing(seq) for seq in range(1, CHUNK + 2)))
        await caught_up(projection(ledger, StubbornStore(), on_applied=heads.append))
        assert heads == [CHUNK, CHUNK + 1]

    run(told())


def test_a_far_behind_history_is_not_whole_until_it_caught_up() -> None:
    async def behind() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1))
        await caught_up(projection(ledger, store))
        ledger.facts_kept += [filing(seq) for seq in range(2, CHUNK + 5)]
        wholes: list[bool] = []

        async def look_on() -> None:
            found = await store.read(SCOPE, [])
            assert found is not None
            assert found.head is not None
            wholes.append(found.head.is_whole)

        store.before_apply += [look_on, look_on]
        await caught_up(projection(ledger, store))
        assert wholes == [True, False]

    run(behind())


def test_outcomes_count_from_the_day_after_they_were_known_and_corrections_take_back() -> None:
    async def settled() -> None:
        filed = filing(1)
        seized = outcome(2, filed)
        ledger = FactLedger(filed, seized)
        mine = projection(ledger, StubbornStore())
        await caught_up(mine)
        assert 0.9 < denied_known(await mine.look([an_entry()])) <= 1.0
        ledger.facts_kept.append(
            outcome(3, filed, OutcomeCode.EXAMINED_CLEAR, corrected=seized, line_numbers=(1,))
        )
        await caught_up(mine)
        assert abs(denied_known(await mine.look([an_entry()]))) < 1e-12

    run(settled())


def test_who_waits_is_let_go_though_others_tell_of_facts_for_ever() -> None:
    async def busy() -> None:
        ledger = FactLedger(filing(1))
        mine = projection(ledger, StubbornStore())

        async def nudge_for_ever() -> None:
            while True:
                mine.nudge()
                await asyncio.sleep(0)

        nudging = asyncio.create_task(nudge_for_ever())
        for seq in (2, 3):
            ledger.facts_kept.append(filing(seq))
            mine.observe(seq)
            await mine.settled()
            assert (await mine.look([])).seq == seq
        nudging.cancel()
        await asyncio.gather(nudging, return_exceptions=True)
        mine.nudge()
        await mine.ended()
        await mine.ended()

    run(busy())


def test_facts_on_their_way_are_remembered_up_to_a_bound() -> None:
    async def many() -> None:
        ledger = FactLedger()
        mine = projection(ledger, StubbornStore())
        for seq in range(1, 2100):
            ledger.facts_kept.append(filing(seq))
            mine.observe(seq, an_entry())
        await mine.settled()
        assert entries_known(await mine.look([an_entry()])) == 2099

    run(many())
