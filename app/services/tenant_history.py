"""One tenant's history: read in one round trip, moved on by one applier in ledger order."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

import structlog

from app.core.entry import Entry
from app.core.errors import EntryRiskError
from app.core.history.projected import HistoryHead, HistoryScope, StoredHistory
from app.core.records import Filing, LedgerFact
from app.services.history_view import HISTORY_GROUP, Base, HistoryView, keys_of_entries
from app.services.ports import Facts, HistoryStore
from app.services.projection import Move, anchor_of_fact, apply_moves, move_of

CHUNK = 500  # facts read and applied at a time
MOVES_AT_ONCE = 8  # applied on the event loop: under a millisecond
PACE_S = 0.005  # between two rounds, so that filings of a burst share one
RETRY_S = 0.25  # after a failure, before requests make it try again
LAG_S = 5.0  # how long a fact of ours may be on its way before answers say that it is missing
ON_THEIR_WAY = 2048  # facts of ours remembered until they are applied; the ledger has them all
log = structlog.get_logger(__name__)


class TenantHistory:
    """A projection of one tenant's ledger in a store that other processes may share.

    Whoever appends a fact, or looks, may move it on: an applier reads the facts after the head,
    makes new records, and writes them with the new head on condition that the head is still the
    one it read. So facts enter in ledger order, each once, whoever applies them.
    """

    def __init__(  # noqa: PLR0913 - what a projection needs; the last by name
        self,
        tenant: str,
        scope: HistoryScope,
        base: Base,
        ledger: Facts,
        store: HistoryStore,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        on_applied: Callable[[int], None] = lambda seq: None,
    ) -> None:
        """Start knowing nothing of the store; `on_applied` is told each new head's number."""
        self.scope = scope
        self.is_opening = True  # until the first attempt of this process to catch up has ended
        self._tenant = tenant
        self._base = base
        self._ledger = ledger
        self._store = store
        self._monotonic = monotonic
        self._on_applied = on_applied
        self._head: HistoryHead | None = None  # the newest seen, None where it has to be asked for
        self._is_ours = False  # whether the head was compared with the ledger
        self._damaged: bytes | None = None  # token of a head with records that cannot be read
        self._read_through = base.seq
        self._entries: dict[int, Entry] = {}
        self._owed: deque[tuple[int, float]] = deque(maxlen=ON_THEIR_WAY)  # our facts, and since
        self._task: asyncio.Task[None] | None = None
        self._round: asyncio.Future[None] | None = (
            None  # done once what was told before it began is in
        )
        self._next: asyncio.Future[None] | None = None  # the round after, for what was told since
        self._failed_at: float | None = None

    async def look(self, entries: Sequence[Entry]) -> HistoryView:
        """Return what is known of all that `entries` name, in one round trip."""
        keys = await keys_of_entries(entries)
        floor = self._read_through  # as of now: replies to several looks come in any order
        stored = await self._store.read(self.scope, keys)
        head = None if stored is None else self._read_head(stored)
        if stored is None or head is None or head.seq < floor or self._is_behind(head):
            self._head = None  # what is in the store has to be looked at anew
            self._retry()
            return self._base.view(keys, (HISTORY_GROUP,))
        self._read_through = max(self._read_through, head.seq)
        return HistoryView(head.seq, self._base.over(keys, stored.records))

    def observe(self, seq: int, entry: Entry | None = None) -> None:
        """Take notice of a fact of ours in the ledger and begin to catch up."""
        if entry is not None and len(self._entries) < ON_THEIR_WAY:
            self._entries[seq] = entry
        self._owed.append((seq, self._monotonic()))
        self.nudge()

    def nudge(self) -> None:
        """Begin to catch up with the ledger; while that is under way, once more after it."""
        loop = asyncio.get_running_loop()
        if self._task is None:
            self._round = loop.create_future()
            self._task = loop.create_task(self._run(self._round))
        elif self._next is None:
            self._next = loop.create_future()

    async def rebuild(self) -> int | None:
        """Begin anew and apply the whole ledger; return its last number, None on failure."""
        found = await self._store.read(self.scope, (), is_patient=True)
        if found is None or await self._begin(found) is None:
            return None
        self._head = None
        self.nudge()
        await self.settled()
        return None if self._failed_at is not None else self._read_through

    async def settled(self, at_most_s: float | None = None) -> None:
        """Wait until what was told by now is in, or that failed, but no longer than `at_most_s`."""
        waited_for = self._next or self._round
        if waited_for is not None:
            await asyncio.wait({waited_for}, timeout=at_most_s)

    async def ended(self) -> None:
        """Wait until nothing is under way any more; for who tells it of nothing new."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def _read_head(self, stored: StoredHistory) -> HistoryHead | None:
        """Return the head; where there is none, remember what has to be replaced."""
        if stored.head is None:
            self._damaged = stored.token or None
        return stored.head

    def _is_behind(self, head: HistoryHead) -> bool:
        """Whether the head lacks what this process knows to be there: then history is missing."""
        if not head.is_whole:
            return True
        while self._owed and self._owed[0][0] <= head.seq:
            self._owed.popleft()
        return bool(self._owed) and self._monotonic() - self._owed[0][1] > LAG_S

    def _retry(self) -> None:
        if self._failed_at is None or self._monotonic() - self._failed_at > RETRY_S:
            self.nudge()

    async def _run(self, this: asyncio.Future[None]) -> None:
        head, why = None, "the store does not answer"
        try:
            head = await self._catch_up()
            while head is not None and self._next is not None:
                self.is_opening = False
                this.set_result(None)
                await asyncio.sleep(PACE_S)
                this = self._round = self._next
                self._next = None
                head = await self._catch_up()
        except EntryRiskError as error:
            head, why = None, f"{error.code}: {error.detail}"
        finally:
            for each in (this, self._next):
                if each is not None and not each.done():
                    each.set_result(None)
            self._task = self._round = self._next = None
            self.is_opening = False
        if head is None:
            if self._failed_at is None:  # once an outage
                log.warning("history_not_moved_on", history=self.scope.text, why=why)
            self._failed_at = self._monotonic()
            self._head, self._is_ours = None, False
            return
        self._failed_at, self._read_through = None, head.seq  # all that the ledger has
        self._entries = {seq: each for seq, each in self._entries.items() if seq > head.seq}

    async def _catch_up(self) -> HistoryHead | None:
        """Apply all that the ledger has beyond the head; return the new one, None on failure."""
        while True:
            head = self._head or await self._found_head()
            if head is None:
                return None
            moves = await asyncio.to_thread(self._read_moves, head.seq)
            if not moves and head.is_whole:
                self._head = head
                return head
            is_last = len(moves) < CHUNK
            new = _moved(head, moves, is_whole=is_last or (head.is_whole and not self.is_opening))
            is_applied = await self._apply(head, new, moves)
            if is_applied is None:
                return None
            self._head = new if is_applied else None  # else another process was faster
            if is_applied and is_last:
                return new
            if not is_applied:
                await asyncio.sleep(PACE_S)

    async def _found_head(self) -> HistoryHead | None:
        """Return the head in the store, a new one where there is none of this ledger."""
        while True:
            found = await self._store.read(self.scope, (), is_patient=True)
            if found is None:
                return None
            head = None if found.token == self._damaged else found.head
            if head is not None and await self._is_of_this_ledger(head):
                return head
            if await self._begin(found) is None:
                return None

    async def _begin(self, found: StoredHistory) -> bool | None:
        log.info("history_rebuilding", history=self.scope.text)
        self._read_through, self._damaged = self._base.seq, None
        start = HistoryHead(self._base.seq, 0, is_whole=False)
        return await self._store.begin(self.scope, found.token, start)

    async def _is_of_this_ledger(self, head: HistoryHead) -> bool:
        if not self._is_ours:
            self._is_ours = await asyncio.to_thread(self._knows, head)
        return self._is_ours

    def _knows(self, head: HistoryHead) -> bool:
        """Whether the ledger has the first and the last fact of `head`.

        The last may have been erased since; then its number is not given to another one.
        """
        if not head.origin:
            return head.seq == self._base.seq
        first, last = self._fact_after(self._base.seq), self._fact_after(head.seq - 1)
        return (
            first is not None
            and anchor_of_fact(first) == head.origin
            and head.seq <= self._ledger.last_fact_seq(self._tenant)
            and (last is None or last.seq > head.seq or anchor_of_fact(last) == head.anchor)
        )

    def _fact_after(self, seq: int) -> LedgerFact | None:
        return next(iter(self._ledger.facts(self._tenant, seq, 1)), None)

    async def _apply(
        self, head: HistoryHead, new: HistoryHead, moves: Sequence[Move]
    ) -> bool | None:
        """Write what `moves` change; False where the head moved on meanwhile, None on failure."""
        keys = list(dict.fromkeys(key for move in moves for key in move.keys))
        found = await self._store.read(self.scope, keys, is_patient=True)
        if found is None or self._read_head(found) != head:
            return None if found is None else False
        records = self._base.over(keys, found.records)
        if len(moves) <= MOVES_AT_ONCE:
            changed = apply_moves(moves, records)
        else:
            changed = await asyncio.to_thread(apply_moves, moves, records)
        is_applied = await self._store.apply(self.scope, found.token, new, changed)
        if is_applied:
            self._on_applied(new.seq)
        return is_applied

    def _read_moves(self, after_seq: int) -> list[Move]:
        facts = islice(self._ledger.facts(self._tenant, after_seq, CHUNK), CHUNK)
        return [self._move_of(fact) for fact in facts]

    def _move_of(self, fact: LedgerFact) -> Move:
        entry = self._entries.pop(fact.seq, None) if isinstance(fact, Filing) else None
        return move_of(fact, entry)


def _moved(head: HistoryHead, moves: Sequence[Move], *, is_whole: bool) -> HistoryHead:
    if not moves:
        return head._replace(is_whole=is_whole)
    last = moves[-1]
    return HistoryHead(last.seq, last.anchor, is_whole, head.origin or moves[0].anchor)
