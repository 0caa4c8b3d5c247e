"""Histories in memory: kept between starts, and never waited for by an answer."""

import asyncio
from pathlib import Path

from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.memory_history import MemoryHistoryStore
from app.core.history.projected import HistoryHead, anchor_of, scope_of
from app.services.history_view import Base
from app.services.tenant_history import TenantHistory
from tests.desks import TENANT
from tests.history_facts import FactLedger, an_entry, entries_known, filing

SCOPE = scope_of("seed", TENANT)
START = HistoryHead(0, 0, is_whole=False)
HEAD = HistoryHead(7, anchor_of("D7"), True, anchor_of("D1"))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_only_who_is_patient_waits_for_a_snapshot(tmp_path: Path) -> None:
    async def use() -> None:
        before = MemoryHistoryStore(HistorySnapshots(tmp_path))
        await before.begin(SCOPE, b"", HEAD)
        await before.close()
        store = MemoryHistoryStore(HistorySnapshots(tmp_path))
        found = await store.read(SCOPE, [])
        assert found is not None
        assert found.head is None
        both = await asyncio.gather(*(store.read(SCOPE, [], is_patient=True) for _ in range(2)))
        assert [each.head for each in both if each] == [HEAD, HEAD]

    asyncio.run(use())


def test_a_snapshot_that_comes_too_late_is_left_alone(tmp_path: Path) -> None:
    async def use() -> None:
        before = MemoryHistoryStore(HistorySnapshots(tmp_path))
        await before.begin(SCOPE, b"", HEAD)
        await before.close()
        store = MemoryHistoryStore(HistorySnapshots(tmp_path))
        reading = asyncio.create_task(store.read(SCOPE, [], is_patient=True))
        await asyncio.sleep(0)
        await store.begin(SCOPE, b"", START)
        found = await reading
        assert found is not None
        assert found.head == START

    asyncio.run(use())


def test_what_is_not_whole_or_did_not_move_is_not_written(tmp_path: Path) -> None:
    async def use() -> None:
        store = MemoryHistoryStore(HistorySnapshots(tmp_path))
        await store.begin(SCOPE, b"", START)
        await store.keep()
        assert files(tmp_path) == []
        await store.apply(SCOPE, START.pack(), HEAD, {})
        await store.keep()
        (path,) = files(tmp_path)
        path.unlink()
        await store.keep()
        assert files(tmp_path) == []
        assert (await MemoryHistoryStore().figures(SCOPE)) is None

    asyncio.run(use())


def test_a_start_replays_only_what_came_after_the_snapshot(tmp_path: Path) -> None:
    async def use() -> None:
        facts = [filing(seq) for seq in range(1, 6)]

        async def started(ledger: FactLedger, store: MemoryHistoryStore) -> tuple[float, list[int]]:
            heads: list[int] = []
            mine = TenantHistory(TENANT, SCOPE, Base(0, {}), ledger, store, on_applied=heads.append)
            mine.nudge()
            await mine.settled()
            known = entries_known(await mine.look([an_entry()]))
            await store.close()
            return known, heads

        snapshots = HistorySnapshots(tmp_path)
        first = await started(FactLedger(*facts[:3]), MemoryHistoryStore(snapshots))
        again = await started(FactLedger(*facts), MemoryHistoryStore(snapshots))
        assert (first, again) == ((3, [3]), (5, [5]))
        (path,) = files(tmp_path)
        path.write_bytes(b"damaged")
        assert await started(FactLedger(*facts), MemoryHistoryStore(snapshots)) == (5, [5])

    asyncio.run(use())
