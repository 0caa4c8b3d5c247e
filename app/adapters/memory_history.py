"""Histories in the memory of one process, kept on disk as snapshots between its starts."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.adapters.history_snapshots import HistorySnapshots, Kept
from app.core.history.projected import (
    HistoryCounts,
    HistoryHead,
    HistoryScope,
    StoredHistory,
    StoreFigures,
)
from app.core.history.transition import Record


@dataclass(slots=True)
class _Memory:
    head: HistoryHead
    records: dict[str, Record] = field(default_factory=dict)
    kept_seq: int = -1  # ledger number of the newest snapshot


class MemoryHistoryStore:
    """Records by key in a dictionary a tenant; without `snapshots` nothing outlives the process.

    Used on one event loop; files are read and written in threads.
    """

    def __init__(self, snapshots: HistorySnapshots | None = None) -> None:
        """Hold nothing yet: what was kept is read when it is first asked for."""
        self.counts = HistoryCounts()
        self._snapshots = snapshots
        self._memories: dict[HistoryScope, _Memory] = {}
        self._loading: dict[HistoryScope, asyncio.Task[None]] = {}
        self._keeping = asyncio.Lock()

    async def read(
        self, scope: HistoryScope, keys: Sequence[str], *, is_patient: bool = False
    ) -> StoredHistory | None:
        """Return head and records of `keys`; the first time they may come from a snapshot.

        Who is not patient does not wait for a snapshot: there is no head until it is read.
        """
        self.counts.reads += 1
        memory = self._memories.get(scope)
        if memory is None and is_patient:
            await self._load(scope)
            memory = self._memories.get(scope)
        if memory is None:
            return StoredHistory(None, {}, b"")
        records = memory.records
        found = {key: records[key] for key in keys if key in records}
        return StoredHistory(memory.head, found, memory.head.pack())

    async def begin(self, scope: HistoryScope, token: bytes, head: HistoryHead) -> bool | None:
        """Drop what `token` stands for and begin at `head`; False where it stands no more."""
        if not self._stands(scope, token):
            return False
        self._memories[scope] = _Memory(head)
        return True

    async def apply(
        self, scope: HistoryScope, token: bytes, head: HistoryHead, records: Mapping[str, Record]
    ) -> bool | None:
        """Take in `records` and `head`; False where `token` stands no more."""
        if not self._stands(scope, token):
            return False
        memory = self._memories.setdefault(scope, _Memory(head))
        memory.head = head
        memory.records.update(records)
        return True

    async def adopt(self, draft: HistoryScope, scope: HistoryScope) -> bool | None:
        """Put a draft in the place of the history that is read."""
        memory = self._memories.pop(draft, None)
        if memory is None:
            return False
        self._memories[scope] = memory
        return True

    async def figures(self, scope: HistoryScope) -> StoreFigures | None:
        """Return how much is kept; bytes are those of the snapshot, None where there is none."""
        await self._load(scope)
        memory = self._memories.get(scope)
        size = self._snapshots.size(scope) if self._snapshots is not None else None
        return StoreFigures(memory.head, len(memory.records), size) if memory else None

    async def keep(self) -> None:
        """Write a snapshot of every whole history that moved on; OSError where that fails."""
        async with self._keeping:
            for scope in list(self._memories):
                await self._keep(scope)

    async def release(self, scope: HistoryScope) -> None:
        """Keep a history and let go of its memory."""
        async with self._keeping:
            await self._keep(scope)
            self._memories.pop(scope, None)

    async def close(self) -> None:
        """Keep what there is."""
        await self.keep()

    def _stands(self, scope: HistoryScope, token: bytes) -> bool:
        memory = self._memories.get(scope)
        return token == (memory.head.pack() if memory else b"")

    async def _load(self, scope: HistoryScope) -> None:
        if scope in self._memories or self._snapshots is None:
            return
        task = self._loading.get(scope)
        if task is None:
            task = asyncio.create_task(self._load_into(scope, self._snapshots))
            self._loading[scope] = task
            task.add_done_callback(lambda _: self._loading.pop(scope, None))
        await task

    async def _load_into(self, scope: HistoryScope, snapshots: HistorySnapshots) -> None:
        kept = await asyncio.to_thread(snapshots.load, scope)
        if kept is not None and scope not in self._memories:
            self._memories[scope] = _Memory(kept.head, dict(kept.records), kept.head.seq)

    async def _keep(self, scope: HistoryScope) -> None:
        memory = self._memories.get(scope)
        if self._snapshots is None or memory is None or not memory.head.is_whole:
            return
        if memory.head.seq != memory.kept_seq:
            kept = Kept(memory.head, dict(memory.records))  # a copy: applying goes on meanwhile
            await asyncio.to_thread(self._snapshots.save, scope, kept)
            memory.kept_seq = kept.head.seq
