"""Whether there is anything to read is told on the event loop, and every doubt is a yes."""

import asyncio
from pathlib import Path

from app.adapters.ledger_quick import QUICK_KEYS, QuickReads
from app.adapters.ledger_sql import open_ledger
from tests.ledger_records import clock, draft, record


def test_it_tells_filings_and_keys_of_this_tenant_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    async def use() -> None:
        ledger = open_ledger(f"sqlite:///{path}", now=clock(), wal_bytes=0)
        quick = QuickReads(path)
        filed = record()
        number = str(filed.entry_number)
        assert not quick.may_be_filed(filed.tenant, number)
        await ledger.append([filed, draft(index_keys=("supplier:1",))])
        assert quick.may_be_filed(filed.tenant, number)
        assert not quick.may_be_filed("another", number)
        assert quick.may_carry(filed.tenant, ["supplier:0", "supplier:1"])
        assert not quick.may_carry(filed.tenant, ["supplier:0"])
        assert not quick.may_carry("another", ["supplier:1"])
        assert await ledger.find_many(filed.tenant, ["supplier:0"]) == []
        assert len(await ledger.find_many(filed.tenant, ["supplier:1"])) == 1
        quick.close()
        await ledger.close()

    asyncio.run(use())


def test_what_cannot_be_told_quickly_is_for_the_ordinary_way(tmp_path: Path) -> None:
    quick = QuickReads(tmp_path / "none" / "ledger.db")
    assert quick.may_be_filed("acme", "1")
    assert quick.may_carry("acme", ["key"])
    assert quick.may_carry("acme", ["key"] * (QUICK_KEYS + 1))
    quick.close()


def test_a_connection_that_failed_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    quick = QuickReads(path)
    path.write_bytes(b"no database " * 100)
    assert quick.may_be_filed("acme", "1")
    path.unlink()
    assert quick.may_be_filed("acme", "1")
    assert not path.exists()

    async def use() -> None:
        ledger = open_ledger(f"sqlite:///{path}", now=clock(), wal_bytes=0)
        assert not quick.may_be_filed("acme", "1")
        quick.close()
        await ledger.close()

    asyncio.run(use())
