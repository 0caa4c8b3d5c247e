"""Events, facts and the index of decisions, on SQLite and on PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from app.adapters.ledger_database import open_database
from app.adapters.ledger_facts import iterate_facts
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.core.errors import Conflict, IdempotencyMismatch, LedgerUnavailable
from app.core.records import (
    Appended,
    EventKind,
    Filing,
    KeptEvent,
    OutcomeFact,
    StoredResponse,
)
from tests.ledger_records import (
    MOMENT,
    claim,
    clock,
    draft,
    event_of_outcome,
    explanation,
    outcome,
    record,
)

Use = Callable[[SqlLedger], Awaitable[None]]
Run = Callable[[Use], None]


@pytest.fixture
def run(ledger_url: str) -> Run:
    """Run a use of the ledger, opened for it and closed after it."""

    def run(use: Use) -> None:
        async def opened() -> None:
            ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
            try:
                await use(ledger)
            finally:
                await ledger.close()

        asyncio.run(opened())

    return run


def test_an_event_comes_back_as_it_was_given_after_a_restart(run: Run) -> None:
    given = explanation(document=bytes(range(256)), decision_id="d", entry_number="n")

    async def write(ledger: SqlLedger) -> None:
        await ledger.append([draft()])
        assert await ledger.append_event(given) == 2

    async def read(ledger: SqlLedger) -> None:
        found = await ledger.events("acme", EventKind.EXPLANATION)
        assert found == [KeptEvent(2, given)]
        assert ledger.verify_chain("acme") is None

    run(write)
    run(read)


def test_the_same_event_again_is_the_one_that_is_kept(run: Run) -> None:
    given = explanation()

    async def use(ledger: SqlLedger) -> None:
        first = await ledger.append_event(given)
        assert await ledger.append_event(given) == first
        racing = explanation()
        seqs = await asyncio.gather(*(ledger.append_event(racing) for _ in range(8)))
        assert len(set(seqs)) == 1
        with pytest.raises(Conflict, match="another document"):
            await ledger.append_event(replace(given, document=b"{}"))
        assert len(await ledger.events("acme", EventKind.EXPLANATION)) == 2

    run(use)


def test_events_are_written_together_or_not_at_all(run: Run) -> None:
    known = explanation()

    async def use(ledger: SqlLedger) -> None:
        await ledger.append_event(known)
        with pytest.raises(Conflict, match="some of these"):
            await ledger.append_events([known, explanation()])
        twice = explanation()
        with pytest.raises(Conflict, match="twice"):
            await ledger.append_events([twice, twice])
        with pytest.raises(ValueError, match="2 tenants"):
            await ledger.append_events([explanation(), explanation(tenant="zenith")])
        with pytest.raises(LedgerUnavailable):
            await ledger.append_events([explanation(), explanation(decision_id="\ud800")])
        assert len((await ledger.append_events([explanation(), explanation()])).seqs) == 2
        assert len(await ledger.events("acme", EventKind.EXPLANATION)) == 3
        assert ledger.verify_chain("acme") is None

    run(use)


def test_the_claim_of_an_event_is_replayed_or_refused(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        first = [explanation()]
        await ledger.append_events(first, claim=claim(), claimed_response=b"first")
        again = await ledger.append_events(
            [explanation()], claim=claim(), claimed_response=b"again"
        )
        assert again == Appended((), (), StoredResponse(b"first"))
        with pytest.raises(IdempotencyMismatch):
            await ledger.append_events(
                [explanation()], claim=claim(body_digest="other"), claimed_response=b""
            )
        assert len(await ledger.events("acme", EventKind.EXPLANATION)) == 1

    run(use)


def test_events_are_found_by_what_they_speak_of_in_ledger_order(run: Run) -> None:
    filing = record()
    first = event_of_outcome(outcome(filing, recorded_at=MOMENT - timedelta(days=2)))
    second = event_of_outcome(outcome(filing))
    other = event_of_outcome(outcome(record(), entry_number="B7600000009"))

    async def use(ledger: SqlLedger) -> None:
        seqs = [await ledger.append_event(each) for each in (first, second, other)]
        await ledger.append_event(explanation(decision_id=filing.decision_id))
        await ledger.append_event(replace(first, tenant="zenith"))

        async def found(**wanted: object) -> list[int]:
            events = await ledger.events("acme", EventKind.OUTCOME, **wanted)  # type: ignore[arg-type]  # each test names its own
            return [each.seq for each in events]

        assert await found() == seqs
        assert await found(decision_id=filing.decision_id) == seqs[:2]
        assert await found(entry_number="B7600000009") == seqs[2:]
        assert await found(subject=second.subject) == [seqs[1]]
        assert await found(since=MOMENT) == seqs[1:]
        assert await found(after_seq=seqs[0], limit=1) == [seqs[1]]
        assert await ledger.events("zenith", EventKind.OUTCOME, subject=second.subject) == []

    run(use)


def test_an_event_is_corrected_once_and_says_by_what(run: Run) -> None:
    filing = record()
    wrong = outcome(filing)
    right = event_of_outcome(outcome(filing, corrects=wrong.outcome_id))

    async def use(ledger: SqlLedger) -> None:
        with pytest.raises(Conflict, match="not there"):
            await ledger.append_event(right)
        await ledger.append_event(event_of_outcome(wrong))
        await ledger.append_event(right)
        late = event_of_outcome(outcome(filing, corrects=wrong.outcome_id))
        with pytest.raises(Conflict, match="corrected before"):
            await ledger.append_event(late)
        newest = event_of_outcome(outcome(filing, corrects=right.subject))
        assert await ledger.append_event(newest)
        found = await ledger.events("acme", EventKind.OUTCOME)
        assert [each.corrected_by for each in found] == [right.subject, newest.subject, None]
        assert ledger.verify_chain("acme") is None

    run(use)


def test_of_racing_corrections_one_wins(run: Run) -> None:
    filing = record()
    wrong = outcome(filing)

    async def use(ledger: SqlLedger) -> None:
        await ledger.append_event(event_of_outcome(wrong))
        racing = [event_of_outcome(outcome(filing, corrects=wrong.outcome_id)) for _ in range(8)]
        results = await asyncio.gather(
            *(ledger.append_event(each) for each in racing), return_exceptions=True
        )
        assert sum(isinstance(each, int) for each in results) == 1
        assert sum(isinstance(each, Conflict) for each in results) == 7

    run(use)


def test_a_filing_and_its_outcome_between_two_questions_are_both_read(
    run: Run, ledger_url: str
) -> None:
    async def use(ledger: SqlLedger) -> None:
        first, second = record(), record(entry_number="B7603245286")
        await ledger.append([first])
        loop, asked = asyncio.get_running_loop(), list[str]()

        async def append() -> None:
            await ledger.append([second])
            await ledger.append_event(event_of_outcome(outcome(second)))

        def between(*context: Any) -> None:
            asked.append(context[2])
            if len(asked) == 1:  # the newest filing was asked for, the newest outcome was not
                asyncio.run_coroutine_threadsafe(append(), loop).result(20)

        database = open_database(ledger_url)
        engine = database.reader()
        event.listen(engine, "after_cursor_execute", between)
        read = partial(iterate_facts, engine, database.among, "acme", 1)
        found = await asyncio.to_thread(lambda: list(read()))
        engine.dispose()
        assert len(asked) > 2
        assert [type(each) for each in found] == [Filing, OutcomeFact]
        assert [each.seq for each in found] == [2, 3]

    run(use)


def test_facts_are_first_filings_and_outcomes_in_ledger_order(run: Run) -> None:
    filing, revised = record(request=b"first"), record(revision=2, body_digest="2", request=b"2")
    wrong = outcome(filing)
    right = outcome(revised, corrects=wrong.outcome_id)

    async def use(ledger: SqlLedger) -> None:
        assert ledger.last_fact_seq("acme") == 0
        await ledger.append([draft(), filing, revised])
        assert ledger.last_fact_seq("acme") == 2
        await ledger.append_event(event_of_outcome(wrong))
        await ledger.append_event(explanation())
        await ledger.append([record(tenant="zenith")])
        await ledger.append_event(event_of_outcome(right))
        filed = Filing(2, "acme", filing.decision_id, b"first", MOMENT)
        changed = Filing(3, "acme", revised.decision_id, b"2", MOMENT)
        found = list(ledger.facts("acme", 0))
        assert found == [
            filed,
            OutcomeFact(4, "acme", wrong, filed, None),
            OutcomeFact(7, "acme", right, changed, wrong),
        ]
        assert list(ledger.facts("acme", 0, 2)) == found[:2]
        assert list(ledger.facts("acme", 4)) == found[2:]
        assert ledger.last_fact_seq("acme") == 7

    run(use)


def test_facts_are_given_a_page_at_a_time_and_none_is_lost(run: Run) -> None:
    filings = [record(entry_number=f"B76{n:08}") for n in range(700)]
    outcomes = [event_of_outcome(outcome(filing)) for filing in filings[:600]]

    async def use(ledger: SqlLedger) -> None:
        await ledger.append(filings[:400])
        await ledger.append_events(outcomes[:400])
        await ledger.append(filings[400:])
        await ledger.append_events(outcomes[400:])
        found = [each.seq for each in ledger.facts("acme", 0)]
        assert found == list(range(1, 1301))
        assert [each.seq for each in ledger.facts("acme", 777, 3)] == [778, 779, 780]

    run(use)


def test_facts_appended_while_they_are_read_come_in_order(run: Run) -> None:
    filings = [record(entry_number=f"B76{n:08}") for n in range(60)]

    async def use(ledger: SqlLedger) -> None:
        seen: list[int] = []

        async def read() -> None:
            while len(seen) < 120:
                after = seen[-1] if seen else 0
                facts = await asyncio.to_thread(list, ledger.facts("acme", after))
                seen.extend(each.seq for each in facts)

        async def write(filing_no: int) -> None:
            await ledger.append([filings[filing_no]])
            await ledger.append_event(event_of_outcome(outcome(filings[filing_no])))

        await asyncio.wait_for(asyncio.gather(read(), *map(write, range(60))), 60)
        assert seen == sorted(set(seen))
        assert len(seen) == 120

    run(use)


def test_decisions_are_found_by_key_newest_first(run: Run) -> None:
    key = "supplier:1"
    old = draft(index_keys=(key, key, "name:2"), scored_at=MOMENT - timedelta(days=9))
    new = draft(index_keys=(key,))

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([old, draft(), new])
        await ledger.append([replace(old, tenant="zenith")])
        await ledger.append_event(explanation(index_keys=(key,)))
        kept = [replace(new, index_keys=()), replace(old, index_keys=())]
        assert await ledger.find("acme", key) == kept
        assert await ledger.find("acme", "name:2") == kept[1:]
        assert await ledger.find("acme", key, before_seq=3) == kept[1:]
        assert await ledger.find("acme", key, since=MOMENT) == kept[:1]
        assert await ledger.find("acme", key, limit=1) == kept[:1]
        assert await ledger.find("acme", "name:9") == []

    run(use)


def test_the_newest_filing_of_an_entry_is_that_of_its_highest_revision(run: Run) -> None:
    first, second = record(), record(revision=2, body_digest="2")
    late = record(policy_version="8", supersedes=first.decision_id)

    async def use(ledger: SqlLedger) -> None:
        for each in (first, second, late):
            await ledger.append([each])
        assert await ledger.last_filed("acme", "B7603245278") == second
        assert await ledger.last_filed("acme", "B7603245278", 1) == late
        assert await ledger.last_filed("acme", "B7600000009") is None

    run(use)
