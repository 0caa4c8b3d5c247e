"""What was acknowledged is stored, whatever happens to process, disk or server."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL
from sqlalchemy import make_url

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.core.errors import LedgerUnavailable, SettingsRefused
from app.core.records import Appended, Filing
from tests.ledger_child import CALLERS
from tests.ledger_records import clock, draft, event_of_outcome, outcome, record

KILLS = 5
ACKS_BEFORE_KILL = 150
HEALS_WITHIN_S = 5.0


def child(what: str, url: str, prefix: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.ledger_child", what, url, prefix]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2]
    )


def lines(process: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    assert process.stdout is not None
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        yield word, rest


def kill_under_load(url: str, prefix: str) -> set[str]:
    """Kill a writer mid-load and return what it acknowledged."""
    stored = set()
    with child("load", url, prefix) as process:
        for word, name in lines(process):
            if word == "stored":
                stored.add(name)
            if len(stored) == ACKS_BEFORE_KILL:
                process.kill()
    return stored


def opened(url: str) -> SqlLedger:
    return open_ledger(url, now=clock(), wal_bytes=0)


def names_in(ledger: SqlLedger) -> set[str]:
    """The ids of filings and outcomes that the ledger has."""
    return {
        fact.decision_id if isinstance(fact, Filing) else fact.outcome.outcome_id
        for fact in ledger.facts("acme", 0)
    }


async def healed(ledger: SqlLedger) -> float:
    """Wait until the ledger is writable and return how long that took."""
    began = time.monotonic()
    while not await ledger.is_writable():
        assert time.monotonic() < began + 2 * HEALS_WITHIN_S
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def test_what_was_acknowledged_before_a_kill_is_stored(ledger_url: str) -> None:
    stored: set[str] = set()
    for number in range(KILLS):
        stored |= kill_under_load(ledger_url, f"kill-{number}")

    async def compare() -> None:
        ledger = opened(ledger_url)
        found = names_in(ledger)
        assert len(stored) >= KILLS * ACKS_BEFORE_KILL
        assert stored - found == set()
        assert len(found - stored) <= KILLS * CALLERS
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(compare())


def test_a_full_disk_refuses_and_heals_without_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with child("full", url, "full") as process:
        said = list(lines(process))
    assert process.returncode == 0
    told = {word: rest for word, rest in said if word in {"writable", "healed"}}
    assert told["writable"] == "False"
    assert float(told["healed"]) < HEALS_WITHIN_S

    async def compare() -> None:
        ledger = opened(url)
        found = names_in(ledger)
        assert found == {name for word, name in said if word == "stored"}
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(compare())
    assert any(word == "refused" for word, _ in said)
    assert len(list(takewhile(lambda line: line[0] != "refused", said))) > 10


def test_a_second_writer_of_a_file_is_refused_by_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with child("load", url, "first") as process:
        assert ("open", "") in lines(process)
        with pytest.raises(SettingsRefused, match=f"process {process.pid} writes"):
            opened(url)
        process.kill()
    asyncio.run(opened(url).close())


def postgres(url: str, statement: SQL, *parameters: object) -> list[tuple[object, ...]]:
    conninfo = make_url(url).set(drivername="postgresql")
    text = conninfo.render_as_string(hide_password=False)
    with closing(psycopg.connect(text, autocommit=True)) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def cut_connections(url: str) -> None:
    postgres(
        url,
        SQL(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'entry-risk' AND datname = current_database()"
        ),
    )


def test_a_cut_connection_fails_closed_and_heals(database_url: str) -> None:
    async def use() -> None:
        ledger = opened(database_url)
        stored: set[str] = set()
        stop = False

        async def call(caller: int) -> None:
            number = 0
            while not stop:
                name = f"{caller}-{number}"
                number += 1
                try:
                    filing = record(decision_id=name, entry_number=name)
                    await ledger.append([filing])
                    stored.add(name)
                    kept = event_of_outcome(outcome(filing, outcome_id=f"{name}-o"))
                    await ledger.append_event(kept)
                    stored.add(kept.subject)
                except LedgerUnavailable:
                    await asyncio.sleep(0.01)

        calls = [asyncio.ensure_future(call(caller)) for caller in range(8)]
        for _ in range(3):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(cut_connections, database_url)
            assert await healed(ledger) < HEALS_WITHIN_S
        stop = True
        await asyncio.gather(*calls)
        found = names_in(ledger)
        assert stored
        assert stored - found == set()
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(use())


def test_several_processes_append_in_one_order(database_url: str) -> None:
    children = [child("load", database_url, f"child-{number}") for number in range(2)]
    stored: list[set[str]] = [set(), set()]
    for process, names in zip(children, stored, strict=True):
        for word, name in lines(process):
            if word == "stored":
                names.add(name)
            if len(names) == ACKS_BEFORE_KILL:
                break

    async def use() -> None:
        ledger = opened(database_url)
        seen: list[int] = []
        for _ in range(20):  # while both append: a number once passed is never met later
            seen += [fact.seq for fact in ledger.facts("acme", seen[-1] if seen else 0)]
        for process in children:
            process.kill()
            process.communicate()
        again = [fact.seq for fact in ledger.facts("acme", 0)]
        assert again[: len(seen)] == seen
        found = names_in(ledger)
        assert set().union(*stored) - found == set()
        assert ledger.verify_chain("acme") is None
        await ledger.close()

    asyncio.run(use())


def test_of_filings_racing_between_processes_one_wins(database_url: str) -> None:
    async def use() -> None:
        ledgers = [opened(database_url) for _ in range(3)]
        for number in range(20):
            filed = [record(entry_number=f"B76{number:08}", response=b"%d" % n) for n in range(3)]
            results = await asyncio.gather(
                *(ledger.append([one]) for ledger, one in zip(ledgers, filed, strict=True))
            )
            written = [result for result in results if result.seqs]
            answers = {result.replayed for result in results if result.replayed}
            assert (len(written), len(answers)) == (1, 1)
            assert written[0].first_filings == (True,)
        for ledger in ledgers:
            await ledger.close()

    asyncio.run(use())


def lose_lock(url: str) -> None:
    """Remove the lock file, which would refuse a second writer on SQLite."""
    if url.startswith("sqlite"):
        Path(f"{make_url(url).database}.lock").unlink()


def test_a_writer_whose_stream_another_opened_stops(ledger_url: str) -> None:
    async def use() -> None:
        older = open_ledger(ledger_url, now=clock(), stream="replica-0", wal_bytes=0)
        await older.append([draft()])
        lose_lock(ledger_url)
        newer = open_ledger(ledger_url, now=clock(), stream="replica-0", wal_bytes=0)
        assert isinstance(await newer.append([draft()]), Appended)
        with pytest.raises(LedgerUnavailable):
            await older.append([draft()])
        assert not await older.is_writable()
        assert (await newer.append([draft()])).seqs
        assert newer.verify_chain("acme") is None
        await older.close()
        await newer.close()

    asyncio.run(use())


def test_a_database_that_lost_what_was_acknowledged_is_not_written_on(database_url: str) -> None:
    async def use() -> None:
        ledger = opened(database_url)
        await ledger.append([draft(), draft()])
        forget = (
            "SET session_replication_role = replica; DELETE FROM payloads WHERE seq = 2;"
            " DELETE FROM decisions WHERE seq = 2; DELETE FROM chain WHERE seq = 2"
        )
        postgres(database_url, SQL(forget))
        cut_connections(database_url)
        with pytest.raises(LedgerUnavailable):
            await ledger.append([draft()])
        await asyncio.sleep(0.5)  # long enough to have opened again
        assert not await ledger.is_writable()
        await ledger.close()

    asyncio.run(use())
