"""Changing the ledger is refused by the database, and found by the chain where it was forced."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from app.adapters.ledger_reading import UNNAMED
from app.adapters.ledger_sql import open_ledger
from app.core.chain import Break
from app.core.errors import LedgerUnavailable
from app.core.records import EventKind
from tests.ledger_records import clock, draft, event_of_outcome, explanation, outcome, record

Check = Callable[[], Break | None]


@pytest.fixture
def engine(ledger_url: str) -> Engine:
    """Another's way into the ledger's database, with five records in it."""

    async def fill() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        await ledger.append([draft(decision_id="1"), record(decision_id="2")])
        await ledger.append([draft(decision_id=str(number)) for number in (3, 4, 5)])
        await ledger.append([draft(tenant="zenith")])
        await ledger.close()

    asyncio.run(fill())
    return create_engine(make_url(ledger_url).render_as_string(hide_password=False))


@pytest.fixture
def eventful(ledger_url: str, engine: Engine) -> Engine:
    """The same with an outcome (7) and an explanation (8) of tenant acme."""

    async def fill() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        spoken_of = outcome(record(decision_id="2"), outcome_id="seized")
        await ledger.append_event(event_of_outcome(spoken_of))
        await ledger.append_event(explanation(subject="typo"))
        await ledger.close()

    asyncio.run(fill())
    return engine


def change(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def force(engine: Engine, *statements: str) -> None:
    """Change what the triggers guard, as who owns the database can."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in connection.scalars(query).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def found(ledger_url: str, tenant: str = "acme") -> Break | None:
    async def verify() -> Break | None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        try:
            return ledger.verify_chain(tenant)
        finally:
            await ledger.close()

    return asyncio.run(verify())


def unnamed(ledger_url: str) -> int | None:
    """Return the number of the record that is gone without an erasure, once all else is whole."""
    broken = found(ledger_url)
    return broken.seq if broken is not None and broken.problem == UNNAMED else None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chain SET hash = '' WHERE seq = 1",
        "DELETE FROM chain WHERE seq = 1",
        "UPDATE decisions SET band = 'release' WHERE seq = 1",
        "UPDATE decisions SET band = band",
        "DELETE FROM decisions",
        "UPDATE epochs SET epoch = 9",
        "DELETE FROM epochs",
        "DELETE FROM payloads WHERE seq = 1",
        "UPDATE payloads SET response = NULL WHERE seq = 1",
        "UPDATE payloads SET request = response, erased_at = '2026-11-24' WHERE seq = 1",
    ],
)
def test_the_database_refuses_to_change_or_delete(engine: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        change(engine, statement)
    engine.dispose()


@pytest.mark.parametrize("table", ["chain", "decisions", "events", "payloads", "epochs"])
def test_no_table_is_emptied_by_a_side_door(eventful: Engine, table: str) -> None:
    by_replacing = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"
    by_truncating = "TRUNCATE {0} CASCADE"
    door = by_replacing if eventful.dialect.name == "sqlite" else by_truncating
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        change(eventful, door.format(table))
    eventful.dispose()


@pytest.mark.parametrize(
    ("statements", "seq", "problem"),
    [
        (["UPDATE decisions SET band = 'release' WHERE seq = 2"], 2, "not as it was linked"),
        (["UPDATE decisions SET tenant = 'zenith' WHERE seq = 2"], 2, "missing or another"),
        (["UPDATE decisions SET probability = 0.043100000000000006 WHERE seq = 2"], 2, "not as"),
        (["UPDATE decisions SET first_filing = true WHERE seq = 3"], 3, "not as it was linked"),
        (["UPDATE payloads SET request = evidence WHERE seq = 3"], 3, "payload is not"),
        (["UPDATE payloads SET response = NULL WHERE seq = 3"], 3, "payload is not"),
        (["DELETE FROM payloads WHERE seq = 4"], 4, "payload is missing"),
        (["DELETE FROM decisions WHERE seq = 4"], 4, "missing or another"),
        (["UPDATE chain SET record_digest = prev_hash WHERE seq = 3"], 3, "hash is not"),
        (["UPDATE chain SET kind = 'outcome' WHERE seq = 3"], 3, "hash is not"),
        (
            [
                "DELETE FROM payloads WHERE seq = 2",
                "DELETE FROM decisions WHERE seq = 2",
                "DELETE FROM chain WHERE seq = 2",
            ],
            3,
            "found link 3, wanted 2",
        ),
        (
            [
                "UPDATE chain SET number = 9 WHERE seq = 2",
                "UPDATE chain SET number = 2 WHERE seq = 3",
                "UPDATE chain SET number = 3 WHERE seq = 2",
            ],
            3,
            "previous hash",
        ),
        (["DELETE FROM chain WHERE seq = 5"], 5, "no link"),
    ],
)
def test_the_chain_finds_what_was_forced(
    ledger_url: str, engine: Engine, statements: list[str], seq: int, problem: str
) -> None:
    force(engine, *statements)
    broken = found(ledger_url)
    assert broken is not None
    assert (broken.tenant, broken.seq) == ("acme", seq)
    assert problem in broken.problem


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET recorded_at = recorded_at WHERE seq = 7",
        "UPDATE events SET corrects = 'typo' WHERE seq = 7",
        "DELETE FROM events WHERE seq = 8",
        "DELETE FROM payloads WHERE seq = 7",
        "UPDATE payloads SET request = salt WHERE seq = 7",
    ],
)
def test_the_database_refuses_to_change_or_delete_events(eventful: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        change(eventful, statement)
    eventful.dispose()


@pytest.mark.parametrize(
    ("statements", "seq", "problem"),
    [
        (["UPDATE events SET entry_number = 'B7600000009' WHERE seq = 7"], 7, "not as it was"),
        (["UPDATE events SET corrects = 'typo' WHERE seq = 7"], 7, "not as it was linked"),
        (["UPDATE events SET subject = 'other' WHERE seq = 7"], 7, "missing or another"),
        (["UPDATE events SET tenant = 'zenith' WHERE seq = 7"], 7, "missing or another"),
        (["UPDATE events SET kind = 'explanation' WHERE seq = 7"], 7, "missing or another"),
        (["UPDATE payloads SET request = salt WHERE seq = 7"], 7, "payload is not"),
        (["DELETE FROM payloads WHERE seq = 7"], 7, "payload is missing"),
        (["DELETE FROM events WHERE seq = 7"], 7, "missing or another"),
        (["UPDATE chain SET kind = 'explanation' WHERE seq = 7"], 7, "hash is not"),
        (["DELETE FROM chain WHERE seq = 7", "DELETE FROM events WHERE seq = 7"], 8, "found link"),
    ],
)
def test_the_chain_finds_what_was_forced_upon_events(
    ledger_url: str, eventful: Engine, statements: list[str], seq: int, problem: str
) -> None:
    change(eventful, "DELETE FROM decision_index")
    later = ["INSERT INTO epochs VALUES ('later', 1, '2026-11-24 00:00:00')"]
    force(eventful, *statements, *later)
    broken = found(ledger_url)
    assert broken is not None
    assert (broken.tenant, broken.seq) == ("acme", seq)
    assert problem in broken.problem


def test_an_event_without_a_link_is_found(ledger_url: str, eventful: Engine) -> None:
    force(eventful, "DELETE FROM chain WHERE seq = 8")
    broken = found(ledger_url)
    assert broken is not None
    assert (broken.seq, broken.problem) == (8, "the record has no link")


def test_a_kind_of_link_that_is_not_known_is_a_break(ledger_url: str, eventful: Engine) -> None:
    force(eventful, "UPDATE chain SET kind = 'other' WHERE seq = 8")
    with pytest.raises(LedgerUnavailable, match="does not open"):
        open_ledger(ledger_url, now=clock(), wal_bytes=0)


def test_an_erased_outcome_is_no_fact(ledger_url: str, eventful: Engine) -> None:
    erase = (
        "UPDATE payloads SET salt = NULL, request = NULL, evidence = NULL, response = NULL,"
        " erased_at = '2026-11-24 00:00:00' WHERE seq = {}"
    )

    async def read() -> tuple[list[int], list[bytes], int]:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        events = await ledger.events("acme", EventKind.OUTCOME)
        facts = [each.seq for each in ledger.facts("acme", 0)]
        last = ledger.last_fact_seq("acme")
        await ledger.close()
        return facts, [each.event.document for each in events], last

    assert asyncio.run(read())[0] == [2, 7]
    change(eventful, erase.format(7))
    assert unnamed(ledger_url) == 7
    assert asyncio.run(read()) == ([2], [b""], 7)
    change(eventful, erase.format(2))
    assert asyncio.run(read()) == ([], [b""], 7)


def test_an_outcome_of_an_erased_filing_is_no_fact(ledger_url: str, eventful: Engine) -> None:
    change(
        eventful,
        "UPDATE payloads SET salt = NULL, request = NULL, evidence = NULL, response = NULL,"
        " erased_at = '2026-11-24 00:00:00' WHERE seq = 2",
    )

    async def read() -> list[int]:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        facts = [each.seq for each in ledger.facts("acme", 0)]
        await ledger.close()
        return facts

    assert asyncio.run(read()) == []
    assert unnamed(ledger_url) == 2


def test_a_change_in_one_tenant_does_not_concern_another(ledger_url: str, engine: Engine) -> None:
    force(engine, "UPDATE decisions SET band = 'release' WHERE seq = 2")
    assert found(ledger_url, "zenith") is None


def test_an_erased_payload_leaves_its_columns_and_a_chain_that_asks_who(
    ledger_url: str, engine: Engine
) -> None:
    change(
        engine,
        "UPDATE payloads SET salt = NULL, request = NULL, evidence = NULL, response = NULL,"
        " erased_at = '2026-11-24 00:00:00' WHERE seq = 2",
    )
    assert unnamed(ledger_url) == 2

    async def read() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        decision = await ledger.decision("acme", "2")
        assert decision is not None
        assert (decision.request, decision.response, decision.band) == (b"", b"", "hold")
        assert list(ledger.facts("acme", 0)) == []
        await ledger.close()

    asyncio.run(read())


def test_a_ledger_whose_newest_record_was_changed_does_not_open(
    ledger_url: str, engine: Engine
) -> None:
    force(engine, "UPDATE decisions SET band = 'release' WHERE seq = 6")
    for _ in range(2):  # and it lets go of its lock each time
        with pytest.raises(LedgerUnavailable, match="does not open"):
            open_ledger(ledger_url, now=clock(), wal_bytes=0)
    force(engine, "UPDATE decisions SET band = 'hold' WHERE seq = 6")
    assert found(ledger_url, "zenith") is None


def test_a_table_that_is_gone_is_unavailable_and_not_empty(ledger_url: str, engine: Engine) -> None:
    async def read() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        force(engine, "DROP TABLE payloads")
        with pytest.raises(LedgerUnavailable, match="cannot be read"):
            await ledger.decision("acme", "1")
        with pytest.raises(LedgerUnavailable, match="cannot be read"):
            list(ledger.facts("acme", 0))
        with pytest.raises(LedgerUnavailable, match="cannot be read"):
            ledger.verify_chain("acme")
        await ledger.close()

    asyncio.run(read())
