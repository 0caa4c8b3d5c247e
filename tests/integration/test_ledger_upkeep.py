"""A ledger is verified, and its index made again, from outside the service, on both databases."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.ledger_upkeep import PAGE, rebuild_index, verify_ledger
from app.core.errors import LedgerUnavailable, SettingsRefused
from app.core.records import DecisionRecord
from tests.ledger_records import clock, draft, explanation, record


def opened(url: str) -> SqlLedger:
    return open_ledger(url, now=clock(), wal_bytes=0)


def write(url: str, *records: DecisionRecord) -> None:
    async def use() -> None:
        ledger = opened(url)
        for tenant in dict.fromkeys(each.tenant for each in records):
            await ledger.append([each for each in records if each.tenant == tenant])
            await ledger.append_event(explanation(tenant=tenant, index_keys=("of:event",)))
        await ledger.close()

    asyncio.run(use())


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def carrying(url: str, key: str, tenant: str = "acme") -> list[str]:
    async def use() -> list[str]:
        ledger = opened(url)
        found = await ledger.find(tenant, key, limit=10_000)
        await ledger.close()
        return [each.decision_id for each in found]

    return asyncio.run(use())


def by_entry(decision: DecisionRecord) -> Iterable[str]:
    return ("entry:" + (decision.entry_number or ""), decision.band, decision.band)


def test_every_tenant_is_verified(ledger_url: str) -> None:
    write(ledger_url, record(), draft(tenant="zenith"))
    assert list(verify_ledger(ledger_url)) == [("acme", None), ("zenith", None)]
    if ledger_url.startswith("sqlite"):
        execute(ledger_url, "DROP TRIGGER decisions_no_update")
        execute(ledger_url, "UPDATE decisions SET band = 'release' WHERE tenant = 'acme'")
        (_, broken), (_, whole) = verify_ledger(ledger_url)
        assert broken is not None
        assert (broken.seq, whole) == (1, None)


def test_a_ledger_is_verified_while_it_is_written(ledger_url: str) -> None:
    async def use() -> None:
        ledger = opened(ledger_url)
        await ledger.append([record()])
        assert list(await asyncio.to_thread(list, verify_ledger(ledger_url))) == [("acme", None)]
        await ledger.close()

    asyncio.run(use())


def test_an_index_that_was_lost_is_made_again(ledger_url: str) -> None:
    numbers = [f"B76{number:08}" for number in range(PAGE + 3)]
    write(
        ledger_url,
        *(record(entry_number=each, index_keys=("old:key",)) for each in numbers),
        record(tenant="zenith"),
    )
    execute(ledger_url, "DELETE FROM decision_index WHERE seq % 2 = 0")
    progress = list(rebuild_index(ledger_url, by_entry))
    assert progress == [(PAGE, PAGE + 4), (PAGE + 4, PAGE + 4)]
    assert len(carrying(ledger_url, "hold")) == PAGE + 3
    assert len(carrying(ledger_url, f"entry:{numbers[7]}")) == 1
    assert carrying(ledger_url, "old:key") == []
    assert len(carrying(ledger_url, "hold", "zenith")) == 1
    assert [broken for _, broken in verify_ledger(ledger_url)] == [None, None]


def test_an_erased_decision_keeps_no_key(ledger_url: str) -> None:
    gone, left = record(index_keys=("hold",)), draft()
    write(ledger_url, gone, left)
    execute(
        ledger_url,
        "UPDATE payloads SET salt = NULL, request = NULL, evidence = NULL, response = NULL,"
        " erased_at = '2026-11-24 00:00:00' WHERE seq = 1",
    )
    assert list(rebuild_index(ledger_url, by_entry)) == [(2, 2)]
    assert carrying(ledger_url, "hold") == [left.decision_id]
    assert list(rebuild_index(ledger_url, lambda _: ())) == [(2, 2)]
    assert carrying(ledger_url, "hold") == []


def test_an_empty_ledger_has_nothing_to_index(ledger_url: str) -> None:
    write(ledger_url)
    assert list(rebuild_index(ledger_url, by_entry)) == []
    assert list(verify_ledger(ledger_url)) == []


def test_the_index_is_not_made_while_another_process_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    async def use() -> None:
        ledger = opened(url)
        with pytest.raises(SettingsRefused, match="writes to"):
            list(rebuild_index(url, by_entry))
        await ledger.close()

    asyncio.run(use())
    assert list(rebuild_index(url, by_entry)) == []


def test_what_is_no_ledger_is_said(tmp_path: Path) -> None:
    garbage = tmp_path / "ledger.db"
    garbage.write_bytes(b"no database" * 100)
    for work in (verify_ledger, lambda url: rebuild_index(url, by_entry)):
        with pytest.raises(LedgerUnavailable):
            list(work(f"sqlite:///{garbage}"))


def test_keys_made_again_are_those_that_were_appended(ledger_url: str) -> None:
    given = record(index_keys=("supplier:1", "name:2"))
    write(ledger_url, replace(given))
    kept = {given.decision_id: given.index_keys}
    list(rebuild_index(ledger_url, lambda decision: kept[decision.decision_id]))
    assert carrying(ledger_url, "supplier:1") == carrying(ledger_url, "name:2")
