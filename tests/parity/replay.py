"""200,000 entries served and held to what is computed offline, in parts that go on where one ended.

A part keeps ledger and progress under a folder. The next opens the same ledger, so its history is
rebuilt from it first. Parts of another commit do not count: the folder then begins anew.
"""

import asyncio
import pickle
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from app.adapters.history_snapshots import HistorySnapshots
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.memory_history import MemoryHistoryStore
from app.adapters.redis_history import RedisHistoryStore, history_tuning
from app.core.features import Encoder
from tests.desks import TENANT, bench, reference, served_bundle
from tests.fakes import NOW, CountedIds, MemoryLedger
from tests.served_past import Offline, Past, Progress, Served, beginning, make_past
from tests.servers import RedisServer

ENTRIES = 200_000
PATIENCE_S = 1_000.0  # a history that is rebuilt first, on a busy machine
Store = MemoryHistoryStore | RedisHistoryStore


@dataclass
class State:
    """How far the parts came, and what they were of."""

    commit: str
    entries: int
    progress: Progress = field(default_factory=beginning)
    ids: int = 0
    last_fact: int = 0
    lines: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Parts:
    """The parts of one kind of history, memory or redis, under a folder of their own."""

    kind: str
    folder: Path
    commit: str
    entries: int = ENTRIES

    def serve(self, until: int, at_most_s: float) -> State:
        """Go on until so many entries are served or the time is up; raise where one differs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self._kept()
        if state.progress.entries >= min(until, self.entries):
            return state
        past = make_past(self.folder, self.entries)
        with opened(self.folder / "ledger.db") as ledger, self._store() as store:
            if ledger.last_fact_seq(TENANT) != state.last_fact:
                raise RuntimeError(f"the ledger went on after the last part; remove {self.folder}")
            asyncio.run(self._go_on(state, past, (ledger, store), until, at_most_s))
        return state

    async def _go_on(
        self,
        state: State,
        past: Past,
        stores: tuple[SqlLedger, Store],
        until: int,
        at_most_s: float,
    ) -> None:
        ledger, store = stores
        bundle, ids, began = served_bundle(), CountedIds(), time.monotonic()
        ids.given, before, lines = state.ids, state.seconds, state.lines
        offline = Offline(ledger, Encoder(bundle.schema, reference(), bundle.lanes))
        held = cast(MemoryLedger, ledger)
        with bench(ledger=held, store=store, patience_s=PATIENCE_S, new_id=ids) as at:
            await at.models.reload()
            await at.settled()
            async for records in Served(at, past, state.progress).run():
                for record in records:
                    assert not record.degraded
                    offline.check(record)
                await at.settled()  # a part's first check replays all before it, and holds the loop
                state.lines = lines + offline.lines
                state.ids, state.last_fact = ids.given, ledger.last_fact_seq(TENANT)
                state.seconds = before + time.monotonic() - began
                self._keep(state)
                if state.progress.entries >= until or time.monotonic() - began >= at_most_s:
                    break
            await at.desk.close()
            await at.models.close()
            await store.close()

    @contextmanager
    def _store(self) -> Iterator[Store]:
        if self.kind == "memory":
            yield MemoryHistoryStore(HistorySnapshots(self.folder / "history"))
            return
        with RedisServer() as server:
            yield RedisHistoryStore(server.url, tuning=history_tuning(5.0, 8))

    def _kept(self) -> State:
        path = self.folder / "state.pickle"
        if path.exists():
            state: Any = pickle.loads(path.read_bytes())  # noqa: S301 - our own, from var/
            if (state.commit, state.entries) == (self.commit, self.entries):
                return cast(State, state)
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        return State(self.commit, self.entries)

    def _keep(self, state: State) -> None:
        new = self.folder / "state.new"
        new.write_bytes(pickle.dumps(state))
        new.replace(self.folder / "state.pickle")


@contextmanager
def opened(path: Path) -> Iterator[SqlLedger]:
    """Give the ledger at `path`, and close it."""
    ledger = open_ledger(f"sqlite:///{path}", now=lambda: NOW)
    try:
        yield ledger
    finally:
        asyncio.run(ledger.close())
