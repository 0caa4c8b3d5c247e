"""Each tenant's history: forked from the snapshot, replayed from the ledger, moved on in order."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date

import pytest

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.history import History
from app.core.records import FiledEntry
from app.services.histories import (
    Histories,
    HistoryMode,
    Observation,
    TenantHistory,
    observed_on,
)
from app.services.scoring import count_lines
from tests.desks import CALLER, NUMBERS, TENANT, bench, entry, filed, run
from tests.fakes import NOW, MemoryLedger

DAY = NOW.date()
IMPORTER = filed()["importer"]


def an_entry(**changes: object) -> Entry:
    return read_submission(entry(importer=IMPORTER, **changes)).entry


def seen(seq: int) -> Observation:
    return Observation(seq, an_entry(), DAY)


def entries_known(memory: TenantHistory) -> float:
    """How many entries of the importer the memory has seen."""
    (line,) = memory.history.read(an_entry(), DAY)
    return 0 if line.importer is None else line.importer.entries


def ledger_with(count: int) -> MemoryLedger:
    """Return a ledger with `count` filed entries and as many drafts."""

    async def fill() -> MemoryLedger:
        with bench() as at:
            await at.models.reload()
            for number in NUMBERS[:count]:
                await at.score(filed(number))
                await at.score(entry(importer=IMPORTER))
            return at.ledger

    ledger: MemoryLedger = run(fill())
    return ledger


def test_the_ledger_is_replayed_at_first_use() -> None:
    async def first_use() -> TenantHistory:
        histories = Histories(History(), MemoryLedger(), HistoryMode.LIVE)
        return await histories.open(TENANT)

    assert entries_known(run(first_use())) == 0
    ledger = ledger_with(3)

    async def replayed() -> TenantHistory:
        return await Histories(History(), ledger, HistoryMode.LIVE).open(TENANT)

    memory = run(replayed())
    assert entries_known(memory) == 3
    assert memory.history.seq == memory.replayed_through == 5  # drafts stand between
    assert memory.missing_groups == ()


def test_another_tenants_filings_are_not_seen() -> None:
    ledger = ledger_with(2)

    async def other() -> TenantHistory:
        return await Histories(History(), ledger, HistoryMode.LIVE).open("other")

    assert entries_known(run(other())) == 0


def test_a_frozen_history_is_the_snapshot_and_stays_it() -> None:
    ledger = ledger_with(2)

    async def frozen() -> TenantHistory:
        histories = Histories(History(), ledger, HistoryMode.FROZEN)
        memory = await histories.open(TENANT)
        histories.observe(TENANT, seen(9))
        return memory

    memory = run(frozen())
    assert entries_known(memory) == 0
    assert memory.missing_groups == ()


def seed(tenant: str | None) -> History:
    history = History(tenant)
    history.observe(an_entry(), date(2026, 1, 1), 2)
    return history


@pytest.mark.parametrize(("of", "known"), [(None, 1 + 2), (TENANT, 1 + 1), ("other", 2)])
def test_a_snapshot_seeds_every_tenant_or_the_one_it_names(of: str | None, known: int) -> None:
    ledger = ledger_with(2)  # filings 1 and 3; the tenant's own snapshot holds all up to 2

    async def opened() -> TenantHistory:
        return await Histories(seed(of), ledger, HistoryMode.LIVE).open(TENANT)

    assert entries_known(run(opened())) == known


def test_filings_are_applied_in_ledger_order_and_replayed_ones_passed() -> None:
    memory = TenantHistory(History(TENANT), replayed_through=2)
    memory.observe(seen(2))
    memory.observe(seen(4))
    memory.observe(seen(3))
    assert entries_known(memory) == 2
    assert memory.history.seq == 4


def test_what_is_held_stays_still_until_let_go() -> None:
    async def hold() -> None:
        memory = TenantHistory(History(TENANT))
        async with memory.held() as history:
            memory.observe(seen(2))
            memory.observe(seen(1))
            assert history.seq == 0
        assert memory.history.seq == 2
        assert entries_known(memory) == 2

    run(hold())


def test_a_replay_that_ends_while_held_is_caught_up_with_afterwards() -> None:
    async def hold() -> None:
        memory = TenantHistory(History(TENANT), is_missing=True)
        memory.observe(seen(1))
        memory.observe(seen(3))
        assert entries_known(memory) == 0
        replayed = History(TENANT)
        replayed.observe(an_entry(), DAY, 1)
        async with memory.held():
            memory.replayed(replayed)
            assert entries_known(memory) == 1
        assert entries_known(memory) == 2
        assert memory.history.seq == 3

    run(hold())


class SlowLedger(MemoryLedger):
    """A ledger whose replay waits until it is let go."""

    def filed_entries(self, tenant: str, after_seq: int) -> Iterator[FiledEntry]:
        while self.fails:
            time.sleep(0.001)
        return super().filed_entries(tenant, after_seq)


def test_an_answer_does_not_wait_long_for_a_replay_and_says_what_it_lacks() -> None:
    async def impatient() -> None:
        ledger = SlowLedger(fails=True)
        histories = Histories(History(), ledger, HistoryMode.LIVE, patience_s=0.01)
        memory = await histories.open(TENANT)
        assert memory.is_missing
        histories.observe(TENANT, seen(1))
        ledger.fails = False
        await histories.close()
        again = await histories.open(TENANT)
        assert again is memory
        assert again.missing_groups == ()
        assert entries_known(memory) == 1
        assert histories.tenants == (TENANT,)

    run(impatient())


def test_a_replay_that_failed_is_tried_again() -> None:
    async def again() -> None:
        ledger = MemoryLedger(fails=True)
        histories = Histories(History(), ledger, HistoryMode.LIVE)
        assert (await histories.open(TENANT)).is_missing
        ledger.fails = False
        assert not (await histories.open(TENANT)).is_missing

    run(again())


def test_many_first_uses_replay_once() -> None:
    async def many() -> None:
        histories = Histories(History(), MemoryLedger(), HistoryMode.LIVE)
        found = await asyncio.gather(*(histories.open(TENANT) for _ in range(5)))
        assert len({id(memory) for memory in found}) == 1
        await histories.warm([TENANT])

    run(many())


def test_nothing_is_observed_of_a_tenant_nobody_asked_for() -> None:
    histories = Histories(History(), MemoryLedger(), HistoryMode.LIVE)
    histories.observe(TENANT, seen(1))
    assert histories.tenants == ()


def test_a_filing_counts_for_its_day_but_never_for_one_to_come() -> None:
    assert observed_on(an_entry(), NOW) == DAY
    assert observed_on(an_entry(entry_date="2026-11-01"), NOW) == date(2026, 11, 1)
    assert observed_on(an_entry(entry_date="2027-01-01"), NOW) == DAY


def test_lines_are_counted_where_a_document_has_them() -> None:
    assert count_lines({"lines": [1, 2]}) == 2
    assert count_lines({"lines": 3}) == count_lines([]) == 0
    assert CALLER.tenant == TENANT
