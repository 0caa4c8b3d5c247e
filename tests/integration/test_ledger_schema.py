"""Migrations make what the code expects, once, and every read has an index."""

import asyncio
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Engine,
    MetaData,
    column,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
    table,
)

import app.adapters.accounts_schema  # noqa: F401 - its tables are control tables too
from app.adapters.keys_schema import control_metadata
from app.adapters.ledger_rows import next_link, rows_of
from app.adapters.ledger_schema import chain, decisions, ledger_metadata, payloads
from app.adapters.ledger_sql import open_ledger
from app.adapters.migration import (
    alembic_config,
    migrate,
    migrate_control,
    migrate_jobs,
    newest_version,
)
from app.core.chain import link_fields
from app.core.records import EventKind
from tests.ledger_records import (
    claim,
    clock,
    draft,
    event_of_outcome,
    explanation,
    outcome,
    record,
)


def differences(url: str, metadata: MetaData) -> list[Any]:
    engine = create_engine(url)
    wanted = set(metadata.tables)
    options = {
        "include_name": lambda name, kind, _parents: kind != "table" or name in wanted,
        "compare_type": True,
    }
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    return list(found)


def test_migrations_make_the_tables_that_the_code_uses(ledger_url: str) -> None:
    migrate(ledger_url)
    migrate_control(ledger_url)
    assert differences(ledger_url, ledger_metadata) == []
    assert differences(ledger_url, control_metadata) == []


def test_migrating_again_changes_nothing(ledger_url: str) -> None:
    migrate(ledger_url)
    migrate(ledger_url)
    assert differences(ledger_url, ledger_metadata) == []


@pytest.mark.parametrize("line", ["ledger", "control", "jobs"])
def test_the_newest_version_of_a_line_is_the_one_that_migrations_end_at(
    line: str, ledger_url: str
) -> None:
    assert (
        newest_version(line) == ScriptDirectory.from_config(alembic_config(line)).get_current_head()
    )
    {"ledger": migrate, "control": migrate_control, "jobs": migrate_jobs}[line](ledger_url)
    engine = create_engine(make_url(ledger_url))
    with engine.connect() as connection:
        found = connection.scalar(
            select(column("version_num")).select_from(table(f"{line}_version"))
        )
    engine.dispose()
    assert found == newest_version(line)


def test_a_ledger_of_the_first_version_goes_on_unbroken(ledger_url: str) -> None:
    first = record()
    rows = rows_of(first, 1, b"salt", first_filing=True)
    link = next_link(rows, None, ("main", 1))
    engine = create_engine(make_url(ledger_url))
    config = alembic_config("ledger")
    config.attributes["metadata"] = ledger_metadata
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "ledger_0001")
        assert "events" not in inspect(connection).get_table_names()
        connection.execute(insert(chain), {**link_fields(link), "hash": link.hash})
        connection.execute(insert(decisions), rows.record)
        connection.execute(insert(payloads), rows.payload)
    engine.dispose()

    async def use() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        assert await ledger.decision("acme", first.decision_id) == first
        await ledger.append([draft(index_keys=("supplier:1",))])
        await ledger.append_event(event_of_outcome(outcome(first)))
        assert len(list(ledger.facts("acme", 0))) == 2
        assert len(await ledger.find("acme", "supplier:1")) == 1
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(use())
    assert differences(ledger_url, ledger_metadata) == []


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(migrate_control, database_url) for _ in range(4)]:
            done.result()
    assert differences(database_url, control_metadata) == []


def test_ledger_and_control_tables_share_a_database_without_meeting(database_url: str) -> None:
    migrate_control(database_url)
    migrate(database_url)
    engine = create_engine(database_url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    versions = {"ledger_version", "control_version"}
    assert tables == set(ledger_metadata.tables) | set(control_metadata.tables) | versions


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    async def use() -> None:
        ledger = open_ledger(f"sqlite:///{tmp_path / 'deep' / 'ledger.db'}", now=clock())
        await ledger.append([draft()])
        files = sorted((tmp_path / "deep").iterdir())
        assert {file.stat().st_mode & 0o077 for file in files} == {0}
        await ledger.close()

    asyncio.run(use())


def test_the_write_ahead_log_is_sized_up_front(tmp_path: Path) -> None:
    async def use() -> None:
        ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", now=clock(), wal_bytes=4 << 20)
        log = tmp_path / "ledger.db-wal"
        assert log.stat().st_size == 4 << 20
        await ledger.append([record()])
        assert log.stat().st_size == 4 << 20
        assert ledger.verify_chain("acme") is None
        await ledger.close()
        assert not log.exists()

    asyncio.run(use())


@pytest.fixture
def statements() -> Iterator[list[tuple[Engine, str, Any]]]:
    """Every statement that any engine executes meanwhile."""
    seen: list[tuple[Engine, str, Any]] = []

    def note(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        seen.append((connection.engine, statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_no_use_of_the_ledger_walks_through_a_table(
    tmp_path: Path, statements: list[tuple[Engine, str, Any]]
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    first = record()

    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        statements.clear()
        await ledger.append([first])
        await ledger.append([record(policy_version="8", supersedes=first.decision_id)])
        await ledger.append([draft()], claim=claim(), claimed_response=b"")
        await ledger.claimed(claim())
        await ledger.decision("acme", first.decision_id)
        await ledger.last_filed("acme", "B7603245278", 1)
        wrong = outcome(first)
        await ledger.append_event(event_of_outcome(wrong))
        await ledger.append_event(event_of_outcome(outcome(first, corrects=wrong.outcome_id)))
        await ledger.append([draft(index_keys=("supplier:1",))])
        assert await ledger.events("acme", EventKind.OUTCOME)
        assert await ledger.events("acme", EventKind.OUTCOME, decision_id=first.decision_id)
        assert await ledger.events("acme", EventKind.OUTCOME, entry_number="B7603245278")
        assert await ledger.events("acme", EventKind.OUTCOME, subject=wrong.outcome_id)
        assert await ledger.find("acme", "supplier:1")
        assert await ledger.last_filed("acme", "B7603245278")
        assert list(ledger.facts("acme", 0))
        assert ledger.last_fact_seq("acme")
        assert await ledger.newest_moment()
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(use())
    engine = create_engine(url)
    queries = {statement: p for _, statement, p in statements if statement.startswith("SELECT")}
    with engine.connect() as connection:
        for statement, parameters in queries.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            walks = [row[3] for row in plan if row[3].startswith("SCAN")]
            # The newest number of all is the last row: read from the end, one row.
            newest = (
                *("ORDER BY chain.seq DESC", "FROM chain ORDER BY seq DESC LIMIT 1"),
                "ORDER BY decisions.seq DESC",
            )
            assert not walks or any(map(statement.__contains__, newest)), (statement, walks)
    engine.dispose()
    assert len(queries) >= 8


def test_no_room_for_the_log_up_front_is_no_failure(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        await ledger.close()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            ledger = open_ledger(url, now=clock(), wal_bytes=4 << 20)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (await ledger.append([draft()])).seqs
        assert (tmp_path / "ledger.db-wal").stat().st_size < 1 << 20
        await ledger.close()

    asyncio.run(use())


@pytest.fixture
def appender_url(database_url: str) -> Iterator[str]:
    """The migrated database as a role sees it that may only insert and select."""
    migrate(database_url)
    name = f"appender_{uuid4().hex}"
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for statement in (
            "CREATE ROLE {0} LOGIN PASSWORD 'made-up'",
            "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {0}",
            "GRANT USAGE ON SEQUENCE ledger_seq TO {0}",
        ):
            connection.exec_driver_sql(statement.format(name))
    as_role = make_url(database_url).set(username=name, password="made-up")
    yield as_role.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


def test_inserting_and_selecting_is_all_an_appender_needs(appender_url: str) -> None:
    async def use() -> None:
        ledger = open_ledger(appender_url, now=clock())
        filed = record()
        await ledger.append([filed], claim=claim(), claimed_response=b"first")
        await ledger.append_event(explanation(index_keys=("shipment:1",)))
        assert await ledger.decision("acme", filed.decision_id) == filed
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(use())
