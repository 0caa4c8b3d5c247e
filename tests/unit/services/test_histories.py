"""Each tenant's history: the ledger projected over the snapshot, in order, each fact once."""

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest
from structlog.testing import capture_logs

from app.adapters.memory_history import MemoryHistoryStore
from app.core.history import History
from app.core.history.projected import HistoryHead, HistoryScope, anchor_of
from app.core.records import LedgerFact
from app.services.histories import Histories, HistoryMode, HistoryView, follow
from app.services.tenant_history import CHUNK
from tests.desks import TENANT, run, until
from tests.fakes import MemoryLedger
from tests.history_facts import FactLedger, StubbornStore, an_entry, entries_known, filing


def histories(
    ledger: MemoryLedger,
    seed: History | None = None,
    mode: HistoryMode = HistoryMode.LIVE,
    store: MemoryHistoryStore | None = None,
    patience_s: float = 20.0,
) -> Histories:
    return Histories(
        seed or History(), ledger, mode, store=store or MemoryHistoryStore(), patience_s=patience_s
    )


def look(made: Histories, tenant: str = TENANT) -> HistoryView:
    async def looked() -> HistoryView:
        return await made.look(tenant, [an_entry()])

    view: HistoryView = run(looked())
    return view


def test_the_ledger_is_projected_at_first_use() -> None:
    assert entries_known(look(histories(FactLedger()))) == 0
    view = look(histories(FactLedger(filing(1), filing(3), filing(5))))
    assert (entries_known(view), view.seq, view.missing_groups) == (3, 5, ())


def test_another_tenants_filings_are_not_seen() -> None:
    view = look(histories(FactLedger(filing(1))), "other")
    assert (entries_known(view), view.seq) == (0, 0)


def test_a_frozen_history_is_the_snapshot_and_stays_it() -> None:
    async def frozen() -> HistoryView:
        made = histories(FactLedger(filing(1)), seed(None), HistoryMode.FROZEN)
        await made.warm([TENANT])
        made.observe(TENANT, 9)
        assert made.tenants == ()
        return await made.look(TENANT, [an_entry()])

    view = run(frozen())
    assert (entries_known(view), view.seq, view.missing_groups) == (1, 0, ())


def seed(tenant: str | None) -> History:
    history = History(tenant)
    history.observe(an_entry(), date(2026, 1, 1), 2)
    return history


@pytest.mark.parametrize(("of", "known"), [(None, 1 + 2), (TENANT, 1 + 1), ("other", 2)])
def test_a_snapshot_seeds_every_tenant_or_the_one_it_names(of: str | None, known: int) -> None:
    # the tenant's own snapshot holds all up to 2
    made = histories(FactLedger(filing(1), filing(3)), seed(of))
    assert made.owner == of
    assert entries_known(look(made)) == known


def test_a_long_ledger_is_projected_whole() -> None:
    count = 2 * CHUNK + 7
    view = look(histories(FactLedger(*(filing(seq) for seq in range(1, count + 1)))))
    assert (entries_known(view), view.seq) == (count, count)


def test_facts_told_of_are_taken_in_within_moments() -> None:
    async def told() -> None:
        ledger = FactLedger()
        made = histories(ledger)
        assert entries_known(await made.look(TENANT, [an_entry()])) == 0
        for seq in (3, 8, 9):
            ledger.facts_kept.append(filing(seq))
            made.observe(TENANT, seq, an_entry())
        await made.settled(TENANT)
        view = await made.look(TENANT, [an_entry()])
        assert (entries_known(view), view.seq) == (3, 9)

    run(told())


def test_what_other_processes_wrote_is_found_by_polling() -> None:
    async def polled() -> None:
        ledger = FactLedger()
        made = histories(ledger)
        await made.look(TENANT, [])
        ledger.facts_kept.append(filing(1))
        made.poll()
        await made.settled(TENANT)
        assert entries_known(await made.look(TENANT, [an_entry()])) == 1

    run(polled())


def test_a_view_stands_still_while_history_moves_on() -> None:
    async def still() -> None:
        ledger = FactLedger(filing(1))
        made = histories(ledger)
        before = await made.look(TENANT, [an_entry()])
        ledger.facts_kept.append(filing(2))
        made.observe(TENANT, 2)
        await made.settled(TENANT)
        assert (entries_known(before), before.seq) == (1, 1)
        assert (await made.look(TENANT, [an_entry()])).seq == 2

    run(still())


def test_nothing_is_observed_of_a_tenant_nobody_asked_for() -> None:
    async def unasked() -> None:
        made = histories(FactLedger(filing(1)))
        made.observe(TENANT, 1)
        await made.settled(TENANT)
        assert made.tenants == ()

    run(unasked())


def test_many_first_uses_project_once() -> None:
    class CountingLedger(FactLedger):
        reads = 0

        def facts(
            self, tenant: str, after_seq: int, limit: int | None = None
        ) -> Iterator[LedgerFact]:
            self.reads += 1
            return super().facts(tenant, after_seq, limit)

    async def many() -> None:
        ledger = CountingLedger(filing(1))
        made = histories(ledger)
        views = await asyncio.gather(*(made.look(TENANT, [an_entry()]) for _ in range(5)))
        assert {view.seq for view in views} == {1}
        assert ledger.reads <= 2  # a second round, for those who came during the first
        await made.warm([TENANT])

    run(many())


def test_a_retired_history_is_let_go_by_its_store() -> None:
    async def retired() -> None:
        store = StubbornStore()
        made = histories(FactLedger(filing(1)), store=store)
        await made.look(TENANT, [])
        made.poll()
        await made.close()
        assert made.tenants == ()
        assert store.released == 1
        store.is_full = True
        await made.look(TENANT, [])
        with capture_logs() as logs:
            await made.close()
        assert [each["event"] for each in logs] == ["history_not_kept"]

    run(retired())


def test_a_history_is_built_anew_beside_the_one_that_is_read() -> None:
    async def rebuilt() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1), filing(2))
        made = histories(ledger, store=store)
        spoilt = HistoryHead(2, anchor_of("D2"), True, anchor_of("D1"))  # with no record
        await store.begin(made.scope(TENANT), b"", spoilt)
        assert entries_known(await made.look(TENANT, [an_entry()])) == 0
        told: list[int] = []
        assert await made.rebuild(TENANT, told.append) == 2
        assert told == [2]
        assert entries_known(await made.look(TENANT, [an_entry()])) == 2
        assert await made.rebuild(TENANT) == 2

    run(rebuilt())


@pytest.mark.parametrize("fault", ["is_down", "refuses_writes", "fails"])
def test_a_failure_while_building_anew_leaves_what_is_read(fault: str) -> None:
    async def failed() -> None:
        store, ledger = StubbornStore(), FactLedger(filing(1))
        made = histories(ledger, store=store)
        await made.look(TENANT, [])
        setattr(ledger if fault == "fails" else store, fault, True)
        assert await made.rebuild(TENANT) is None
        setattr(ledger if fault == "fails" else store, fault, False)
        view = await made.look(TENANT, [an_entry()])
        assert (entries_known(view), view.missing_groups) == (1, ())

    run(failed())


def test_a_draft_that_is_gone_leaves_what_is_read() -> None:
    class Forgetful(StubbornStore):
        async def adopt(self, draft: HistoryScope, scope: HistoryScope) -> bool | None:
            return False

    async def gone() -> None:
        made = histories(FactLedger(filing(1)), store=Forgetful())
        assert await made.rebuild(TENANT) is None

    run(gone())


def test_histories_in_service_are_polled_and_kept_for_ever() -> None:
    async def followed() -> None:
        store, ledger = StubbornStore(), FactLedger()
        made = histories(ledger, store=store)
        await made.look(TENANT, [])
        serving: list[Histories] = []
        following = asyncio.create_task(
            follow(lambda: serving[0] if serving else None, poll_s=0.001, keep_s=0.003)
        )
        await asyncio.sleep(0.01)
        assert store.kept == 0  # nothing serves yet
        serving.append(made)
        ledger.facts_kept.append(filing(1))
        await until(lambda: store.kept >= 2)
        await made.settled(TENANT)
        assert (await made.look(TENANT, [])).seq == 1
        following.cancel()

    run(followed())


def test_where_one_process_writes_all_facts_nobody_polls() -> None:
    class NeverPolled(Histories):
        def poll(self) -> None:
            raise AssertionError

    async def kept() -> None:
        store = StubbornStore()
        made = NeverPolled(History(), FactLedger(), HistoryMode.LIVE, store=store)
        following = asyncio.create_task(follow(lambda: made, poll_s=None, keep_s=0.001))
        await until(lambda: store.kept >= 3)
        assert not following.done()
        following.cancel()

    run(kept())
