"""The ledger keeps its promises, on SQLite and on PostgreSQL alike."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.ledger_writer import WriterLimits
from app.core.chain import Link, first_break
from app.core.entry import Intent
from app.core.errors import (
    Conflict,
    IdempotencyMismatch,
    LedgerUnavailable,
    Overloaded,
    SettingsRefused,
)
from app.core.records import Appended, Filing, StoredResponse
from app.services.ports import Ledger
from tests.ledger_records import claim, clock, draft, record

WAL_BYTES = 1 << 20  # the size for production would only slow the tests

Use = Callable[[SqlLedger], Awaitable[None]]
Run = Callable[[Use], None]


@pytest.fixture
def run(ledger_url: str) -> Run:
    """Run a use of the ledger, opened for it and closed after it."""

    def run(use: Use) -> None:
        async def opened() -> None:
            ledger = open_ledger(ledger_url, now=clock(), wal_bytes=WAL_BYTES)
            try:
                await use(ledger)
            finally:
                await ledger.close()

        asyncio.run(opened())

    return run


def filings(ledger: SqlLedger, after_seq: int = 0) -> list[Filing]:
    """The first filings among the facts of tenant acme."""
    return [fact for fact in ledger.facts("acme", after_seq) if isinstance(fact, Filing)]


def test_the_newest_moment_is_that_of_the_last_decision_of_any_tenant(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        assert await ledger.newest_moment() is None
        earlier = record(scored_at=record().scored_at - timedelta(hours=2))
        await ledger.append([record(tenant="other")])
        assert await ledger.newest_moment() == record().scored_at
        await ledger.append([earlier])
        assert await ledger.newest_moment() == earlier.scored_at

    run(use)


def test_it_has_the_shape_of_the_port(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        port: Ledger = ledger
        assert await port.is_writable()

    run(use)


def test_a_decision_comes_back_as_it_was_given(run: Run) -> None:
    given = record(probability=0.1 + 0.2, request=bytes(range(256)), supersedes="earlier")
    unicode = draft(examined_because="exploração ✓", response="é".encode())

    async def use(ledger: SqlLedger) -> None:
        appended = await ledger.append([given, unicode])
        assert appended == Appended((1, 2), (True, False))
        assert await ledger.decision("acme", given.decision_id) == given
        assert await ledger.decision("acme", unicode.decision_id) == unicode
        assert await ledger.decision("acme", "unknown") is None

    run(use)


def test_it_is_all_there_after_a_restart(run: Run) -> None:
    given = record()

    async def write(ledger: SqlLedger) -> None:
        await ledger.append([given])

    async def read(ledger: SqlLedger) -> None:
        assert await ledger.decision("acme", given.decision_id) == given
        later = await ledger.append([draft()])
        assert later.seqs[0] > 1
        assert ledger.verify_chain("acme") is None

    run(write)
    run(read)


def test_another_tenant_finds_nothing(run: Run) -> None:
    ours, theirs = record(), record(tenant="zenith", body_digest="body-2")

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([ours], claim=claim(), claimed_response=b"ours")
        their_claim = claim(tenant="zenith", body_digest="body-2")
        assert await ledger.claimed(their_claim) is None
        assert await ledger.decision("zenith", ours.decision_id) is None
        assert await ledger.last_filed("zenith", "B7603245278", 1) is None
        assert list(ledger.facts("zenith", 0)) == []
        appended = await ledger.append([theirs], claim=their_claim, claimed_response=b"theirs")
        assert appended.first_filings == (True,)
        assert await ledger.claimed(claim()) == StoredResponse(b"ours")
        assert await ledger.claimed(their_claim) == StoredResponse(b"theirs")
        assert [filed.decision_id for filed in filings(ledger)] == [ours.decision_id]

    run(use)


def test_the_same_decision_id_in_two_tenants_is_two_decisions(run: Run) -> None:
    ours = draft(decision_id="one")
    theirs = replace(ours, tenant="zenith", response=b"theirs")

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([ours])
        await ledger.append([theirs])
        assert await ledger.decision("acme", "one") == ours
        assert await ledger.decision("zenith", "one") == theirs

    run(use)


def test_a_filing_is_replayed_superseded_or_refused(run: Run) -> None:
    first = record(response=b"first")
    changed = record(policy_version="8", supersedes=first.decision_id, response=b"changed")

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([first])
        again = await ledger.append([record(response=b"again")])
        assert again == Appended((), (), StoredResponse(b"first"))
        with pytest.raises(Conflict):
            await ledger.append([record(body_digest="body-2")])
        with pytest.raises(Conflict):
            await ledger.append([replace(changed, supersedes=None)])
        assert (await ledger.append([changed])).first_filings == (False,)
        assert await ledger.last_filed("acme", "B7603245278", 1) == changed
        replayed = await ledger.append([record(policy_version="8")])
        assert replayed.replayed == StoredResponse(b"changed")
        revised = await ledger.append([record(revision=2, body_digest="body-2")])
        assert revised.first_filings == (False,)

    run(use)


def test_a_claim_is_replayed_or_refused(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        assert await ledger.claimed(claim()) is None
        await ledger.append([draft()], claim=claim(), claimed_response=b"first")
        again = await ledger.append([draft()], claim=claim(), claimed_response=b"again")
        assert again == Appended((), (), StoredResponse(b"first"))
        assert await ledger.claimed(claim()) == StoredResponse(b"first")
        other = claim(body_digest="body-2")
        with pytest.raises(IdempotencyMismatch):
            await ledger.claimed(other)
        with pytest.raises(IdempotencyMismatch):
            await ledger.append([draft()], claim=other, claimed_response=b"")
        batch = claim(route="/v1/score/batch")
        assert (await ledger.append([draft()], claim=batch, claimed_response=b"")).seqs

    run(use)


def test_a_refused_append_leaves_no_trace(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        await ledger.append([draft()], claim=claim(), claimed_response=b"first")
        stray = draft()
        with pytest.raises(IdempotencyMismatch):
            await ledger.append([stray], claim=claim(body_digest="x"), claimed_response=b"")
        assert await ledger.decision("acme", stray.decision_id) is None

    run(use)


def test_first_filings_are_given_in_ledger_order_a_page_at_a_time(run: Run) -> None:
    filed = [record(entry_number=f"B76{n:08}", request=b"%d" % n) for n in range(1203)]

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([draft()])
        await ledger.append(filed)
        await ledger.append([record(entry_number="B7600000000", revision=2)])
        found = filings(ledger)
        assert [entry.decision_id for entry in found] == [r.decision_id for r in filed]
        assert [entry.request for entry in found] == [r.request for r in filed]
        assert [entry.seq for entry in found] == sorted({entry.seq for entry in found})
        assert found[0].scored_at == filed[0].scored_at
        rest = filings(ledger, found[1000].seq)
        assert rest == found[1001:]

    run(use)


def test_64_concurrent_appends_are_one_chain_in_order(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        filed = [record(entry_number=f"B76{n:08}") for n in range(64)]
        results = await asyncio.gather(*(ledger.append([one]) for one in filed))
        seqs = [result.seqs[0] for result in results]
        assert sorted(seqs) == seqs
        assert len(set(seqs)) == 64
        assert ledger.verify_chain("acme") is None
        for one in filed:
            assert await ledger.decision("acme", one.decision_id) == one

    run(use)


def test_of_racing_claims_one_wins_and_all_answer_alike(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        results = await asyncio.gather(
            *(
                ledger.append([draft()], claim=claim(), claimed_response=b"%d" % n)
                for n in range(32)
            )
        )
        written = [result for result in results if result.replayed is None]
        assert len(written) == 1
        kept = await ledger.claimed(claim())
        assert all(result.replayed in (None, kept) for result in results)
        assert len(list(ledger.export_chain("acme"))) == 1

    run(use)


def test_of_racing_filings_one_wins(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        results = await asyncio.gather(
            *(ledger.append([record(body_digest=f"body-{n % 2}")]) for n in range(32)),
            return_exceptions=True,
        )
        written = [r for r in results if isinstance(r, Appended) and r.seqs]
        replayed = [r for r in results if isinstance(r, Appended) and r.replayed]
        refused = [r for r in results if isinstance(r, Conflict)]
        assert (len(written), len(replayed), len(refused)) == (1, 15, 16)

    run(use)


def test_a_cancelled_caller_leaves_a_whole_record(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        given = [record(entry_number=f"B76{n:08}") for n in range(20)]
        tasks = [asyncio.ensure_future(ledger.append([one])) for one in given]
        await asyncio.sleep(0)  # each has queued its append
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await ledger.append([draft()])  # whatever was queued before is written by now
        for one in given:
            assert await ledger.decision("acme", one.decision_id) == one
        assert ledger.verify_chain("acme") is None

    run(use)


def test_one_bad_append_does_not_fail_the_others_of_its_group(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        taken = draft()
        await ledger.append([taken])
        bad = [
            replace(draft(), decision_id=taken.decision_id),
            draft(probability=float("nan")),
            draft(band="\ud800"),
            draft(revision=1 << 70),
        ]
        good = [record(entry_number=f"B76{n:08}") for n in range(8)]
        appends = [*good[:4], *bad, *good[4:]]
        results = await asyncio.gather(
            *(ledger.append([one]) for one in appends), return_exceptions=True
        )
        failed = [one for one, r in zip(appends, results, strict=True) if isinstance(r, Exception)]
        assert failed == bad
        assert all(isinstance(r, Appended | LedgerUnavailable) for r in results)
        assert await ledger.is_writable()
        assert ledger.verify_chain("acme") is None
        assert len(list(ledger.export_chain("acme"))) == 9

    run(use)


def test_the_error_of_a_bad_append_repeats_nothing_of_it(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        with pytest.raises(LedgerUnavailable) as refused:
            await ledger.append([draft(band="\ud800", examined_because="Example Trading Co")])
        assert "Example" not in str(refused.value)

    run(use)


def test_an_append_of_two_tenants_is_a_mistake(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        with pytest.raises(ValueError, match="2 tenants"):
            await ledger.append([draft(), draft(tenant="zenith")])
        with pytest.raises(ValueError, match="0 tenants"):
            await ledger.append([])
        with pytest.raises(ValueError, match="together"):
            await ledger.append([draft()], claim=claim())

    run(use)


def test_an_exported_chain_can_be_verified_on_its_own(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        await ledger.append([record(), draft(), draft()])
        await ledger.append([draft(tenant="zenith")])
        links = [Link(**json.loads(line)) for line in ledger.export_chain("acme")]
        assert [link.number for link in links] == [1, 2, 3]
        assert first_break(links) is None

    run(use)


def test_a_chain_goes_on_over_many_pages_and_openings(run: Run) -> None:
    async def use(ledger: SqlLedger) -> None:
        await ledger.append([draft() for _ in range(700)])
        assert ledger.verify_chain("acme") is None

    run(use)
    run(use)


def test_after_closing_nothing_is_accepted(ledger_url: str) -> None:
    async def use() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        waiting = [asyncio.ensure_future(ledger.append([draft()])) for _ in range(20)]
        await asyncio.sleep(0)
        await ledger.close()
        assert all(result.seqs for result in await asyncio.gather(*waiting))
        assert not await ledger.is_writable()
        with pytest.raises(LedgerUnavailable):
            await ledger.append([draft()])

    asyncio.run(use())


def test_a_full_queue_is_overload_and_no_failure(ledger_url: str) -> None:
    async def use() -> None:
        limits = WriterLimits(max_waiting=4)
        ledger = open_ledger(ledger_url, now=clock(), limits=limits, wal_bytes=0)
        results = await asyncio.gather(
            *(ledger.append([draft()]) for _ in range(200)), return_exceptions=True
        )
        assert any(isinstance(result, Overloaded) for result in results)
        assert all(isinstance(result, Appended | Overloaded) for result in results)
        assert (await ledger.append([draft()])).seqs
        await ledger.close()

    asyncio.run(use())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_what_is_no_home_for_a_ledger_is_refused(url: str) -> None:
    with pytest.raises(SettingsRefused, match="ledger_url"):
        open_ledger(url, now=clock())


@pytest.fixture
def unopenable(tmp_path: Path) -> list[str]:
    """URLs at which nothing can be opened."""
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is not a database, whatever its name says" * 100)
    return [f"sqlite:///{garbage}", "postgresql://nobody:nothing@127.0.0.1:9/none"]


def test_a_ledger_that_does_not_open_says_so_at_the_start(unopenable: list[str]) -> None:
    for url in unopenable:
        with pytest.raises(LedgerUnavailable, match="does not open"):
            open_ledger(url, now=clock())


def test_intents_come_back_as_intents(run: Run) -> None:
    one = draft()

    async def use(ledger: SqlLedger) -> None:
        await ledger.append([one])
        found = await ledger.decision("acme", one.decision_id)
        assert found is not None
        assert found.intent is Intent.DRAFT

    run(use)
