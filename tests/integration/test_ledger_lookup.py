"""Decisions are found by many keys at once, on either database as in the fake."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.adapters.ledger_lookup import AT_ONCE
from app.adapters.ledger_sql import open_ledger
from app.services.ports import Ledger
from tests.fakes import MemoryLedger
from tests.ledger_records import MOMENT, clock, draft, event_of_outcome, outcome, record

Use = Callable[[Ledger], Awaitable[None]]
Run = Callable[[Use], None]


@pytest.fixture
def run(ledger_url: str) -> Run:
    """Run a use of the fake, and of a real ledger, opened for it and closed after it."""

    def run(use: Use) -> None:
        async def opened() -> None:
            await use(MemoryLedger())
            ledger = open_ledger(ledger_url, now=clock())
            try:
                await use(ledger)
            finally:
                await ledger.close()

        asyncio.run(opened())

    return run


def test_each_decision_comes_once_newest_first_without_its_evidence(run: Run) -> None:
    async def use(ledger: Ledger) -> None:
        first = draft(index_keys=("shipment:a", "shipment:b"))
        second = draft(index_keys=("shipment:b",))
        await ledger.append([first, second, draft(index_keys=("shipment:c",)), draft()])
        found = await ledger.find_many("acme", ["shipment:a", "shipment:b", "shipment:none"])
        assert [each.decision_id for each in found] == [second.decision_id, first.decision_id]
        assert [each.evidence for each in found] == [b"", b""]
        assert found[0].request == second.request
        assert found[0].response == second.response
        assert await ledger.find_many("acme", []) == []
        assert await ledger.find_many("other", ["shipment:a", "shipment:b"]) == []

    run(use)


def test_each_key_has_its_own_limit_and_all_one_window(run: Run) -> None:
    async def use(ledger: Ledger) -> None:
        many = [draft(index_keys=("shipment:a",)) for _ in range(4)]
        old = draft(index_keys=("shipment:b",), scored_at=MOMENT - timedelta(days=200))
        await ledger.append([old, *many])
        keys = ["shipment:a", "shipment:b", *(f"shipment:{n}" for n in range(AT_ONCE))]
        found = await ledger.find_many("acme", keys, limit=2)
        newest = [many[3].decision_id, many[2].decision_id]
        assert [each.decision_id for each in found] == [*newest, old.decision_id]
        since = MOMENT - timedelta(days=180)
        recent = await ledger.find_many("acme", keys, since=since, limit=2)
        assert [each.decision_id for each in recent] == newest

    run(use)


def test_facts_of_a_key_are_those_of_the_decisions_that_carry_it(run: Run) -> None:
    async def use(ledger: Ledger) -> None:
        ours, theirs = record(index_keys=("supplier:a",)), record(entry_number="B7603245286")
        revised = record(revision=2, body_digest="2", index_keys=("supplier:a",))
        await ledger.append([ours, theirs, revised])
        wrong, of_them, of_revised = outcome(ours), outcome(theirs), outcome(revised)
        right = outcome(ours, corrects=wrong.outcome_id)
        for each in (wrong, of_them, of_revised, right):
            await ledger.append_event(event_of_outcome(each))
        found = list(ledger.facts_of("acme", "supplier:a"))
        assert [fact.seq for fact in found] == [1, 4, 6, 7]
        assert [fact for fact in ledger.facts("acme", 0) if fact.seq in {1, 4, 6, 7}] == found
        assert list(ledger.facts_of("acme", "supplier:b")) == []
        assert list(ledger.facts_of("zenith", "supplier:a")) == []

    run(use)
