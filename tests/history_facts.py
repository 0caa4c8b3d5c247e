"""Facts of a made-up ledger, and stores that fail, for tests of live histories."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from app.adapters.memory_history import MemoryHistoryStore
from app.core.document import read_submission, submission_bytes
from app.core.entry import Entry
from app.core.errors import LedgerUnavailable
from app.core.history.projected import HistoryHead, HistoryScope, StoredHistory
from app.core.history.record import Record
from app.core.outcomes import OutcomeCode
from app.core.records import Filing, LedgerFact, OutcomeFact, OutcomeRecord
from app.services.histories import HistoryView
from tests.desks import TENANT, entry, filed
from tests.fakes import NOW, MemoryLedger

DAY = NOW.date()
LATER = DAY + timedelta(days=30)
IMPORTER = filed()["importer"]


def an_entry(**changes: Any) -> Entry:
    """Return an entry of the importer of all tests here."""
    return read_submission(entry(importer=IMPORTER, **changes)).entry


def filing(seq: int, scored_at: datetime = NOW, **changes: Any) -> Filing:
    """Return the ledger's fact of that number: the importer filed an entry."""
    request = submission_bytes(read_submission(entry(importer=IMPORTER, **changes)))
    return Filing(seq, TENANT, f"D{seq}", request, scored_at)


def outcome(
    seq: int,
    of: Filing,
    code: OutcomeCode = OutcomeCode.SEIZED,
    *,
    known_at: date = DAY,
    corrected: OutcomeFact | None = None,
    line_numbers: tuple[int, ...] | None = None,
) -> OutcomeFact:
    """Return the ledger's fact of that number: what became of a filing."""
    record = OutcomeRecord(
        outcome_id=f"O{seq}",
        tenant=TENANT,
        decision_id=of.decision_id,
        entry_number=None,
        line_numbers=line_numbers,
        code=code,
        source=code.source,
        regime=None,
        event_at=known_at,
        known_at=known_at,
        recorded_at=NOW,
        recorded_by="K1",
        corrects=None if corrected is None else corrected.outcome.outcome_id,
        held_by_us=False,
    )
    return OutcomeFact(seq, TENANT, record, of, None if corrected is None else corrected.outcome)


def entries_known(view: HistoryView) -> float:
    """Return how many entries of the importer a view has seen."""
    (line,) = view.read(an_entry(), DAY)
    return 0 if line.importer is None else line.importer.entries


def denied_known(view: HistoryView, at: date = LATER) -> float:
    """Return the weight of the importer's denied entries in a view, as of a later day."""
    (line,) = view.read(an_entry(), at)
    return 0 if line.importer is None else line.importer.denied


class FactLedger(MemoryLedger):
    """A ledger of facts put there by hand; `fails` makes it unreadable."""

    def __init__(self, *facts: LedgerFact) -> None:
        super().__init__()
        self.facts_kept = list(facts)
        self.last_seq = 0  # of one that was erased since

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        if self.fails:
            raise LedgerUnavailable("cannot be read")
        kept = [each for each in self.facts_kept if each.tenant == tenant]
        return islice((each for each in kept if each.seq > after_seq), limit)

    def last_fact_seq(self, tenant: str) -> int:
        kept = (each.seq for each in self.facts_kept if each.tenant == tenant)
        return max(self.last_seq, *kept, 0)


class StubbornStore(MemoryHistoryStore):
    """A store that gives no answer while `is_down`, and refuses to keep anything while `is_full`.

    `before_apply`, `before_read` and `after_read` are called, the last first, at the next write or
    read of records: as another process might come between.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_down = self.is_full = False
        self.refuses_writes = False
        self.before_apply: list[Callable[[], Awaitable[None]]] = []
        self.before_read: list[Callable[[], Awaitable[None]]] = []
        self.after_read: list[Callable[[], Awaitable[None]]] = []
        self.kept = self.released = self.reads = 0

    async def read(
        self, scope: HistoryScope, keys: Sequence[str], *, is_patient: bool = False
    ) -> StoredHistory | None:
        self.reads += 1
        if keys and self.before_read:
            await self.before_read.pop()()
        found = None if self.is_down else await super().read(scope, keys, is_patient=is_patient)
        if keys and self.after_read:
            await self.after_read.pop()()
        return found

    async def begin(self, scope: HistoryScope, token: bytes, head: HistoryHead) -> bool | None:
        return None if self.refuses_writes else await super().begin(scope, token, head)

    async def apply(
        self, scope: HistoryScope, token: bytes, head: HistoryHead, records: Mapping[str, Record]
    ) -> bool | None:
        if self.before_apply:
            await self.before_apply.pop()()
        return None if self.refuses_writes else await super().apply(scope, token, head, records)

    async def keep(self) -> None:
        self.kept += 1
        await super().keep()

    async def release(self, scope: HistoryScope) -> None:
        if self.is_full:
            raise OSError("no space left")
        self.released += 1
        await super().release(scope)
