"""History online = offline: what was served equals what the ledger's facts give, line by line.

Both stores, real servers under them: SQLite with memory, PostgreSQL with Redis. Entries are filed
in batches of any size while outcomes come late and some are corrected; at equal `history_seq` every
feature of every line is the same within 1e-9, and the stored state gives the stored row again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.redis_history import RedisHistoryStore, history_tuning
from app.core.features import Encoder
from tests.desks import bench, reference, served_bundle
from tests.fakes import NOW, MemoryLedger
from tests.served_past import Offline, Past, Served, make_past

ENTRIES = 1_000  # tests/parity serves 200,000 nightly


@contextmanager
def opened(url: str) -> Iterator[SqlLedger]:
    ledger = open_ledger(url, now=lambda: NOW)
    try:
        yield ledger
    finally:
        asyncio.run(ledger.close())


def serve(past: Past, ledger: SqlLedger, store: MemoryHistoryStore | RedisHistoryStore) -> Served:
    """Serve the past and hold each decision to what is computed offline; return what was served."""
    bundle = served_bundle()
    offline = Offline(ledger, Encoder(bundle.schema, reference(), bundle.lanes))

    async def run() -> Served:
        with bench(ledger=cast(MemoryLedger, ledger), store=store, patience_s=60.0) as at:
            await at.models.reload()
            served = Served(at, past)
            async for records in served.run():
                for record in records:
                    assert not record.degraded
                    offline.check(record)
            await at.desk.close()
            await at.models.close()
            await store.close()
        return served

    served: Served = asyncio.run(run())
    assert len(served.filed) == len(past.entries)
    assert served.progress.outcomes > len(past.entries) / 200
    assert offline.history.seq > len(past.entries) / 2
    return served


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return make_past(tmp_path_factory.mktemp("past"), ENTRIES)


@pytest.mark.nightly
def test_served_from_memory_equals_offline(past: Past, tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        serve(past, ledger, MemoryHistoryStore(HistorySnapshots(tmp_path / "history")))


def test_served_from_redis_equals_offline(past: Past, database_url: str, redis_url: str) -> None:
    with opened(database_url) as ledger:
        serve(past, ledger, RedisHistoryStore(redis_url, tuning=history_tuning(5.0, 8)))
