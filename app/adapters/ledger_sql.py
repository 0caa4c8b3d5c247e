"""The ledger on SQLite or PostgreSQL, as the use cases see it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from ulid import ULID

from app.adapters.ledger_database import Database, open_database
from app.adapters.ledger_events import EventSearch, read_events
from app.adapters.ledger_facts import iterate_facts, read_last_fact
from app.adapters.ledger_lookup import find_sharing
from app.adapters.ledger_queue import Append
from app.adapters.ledger_reading import (
    find_break,
    find_decisions,
    iterate_chain,
    read_claim,
    read_decision,
    read_last_filed,
)
from app.adapters.ledger_rules import replay_of
from app.adapters.ledger_sqlite import READERS, WAL_BYTES
from app.adapters.ledger_writer import LedgerWriter, WriterLimits
from app.adapters.migration import migrate
from app.adapters.receipt_links import read_link_of, read_newest_moment
from app.core.chain import Break, Link
from app.core.errors import LedgerUnavailable
from app.core.records import (
    Appended,
    DecisionRecord,
    EventKind,
    EventRecord,
    IdempotencyClaim,
    KeptEvent,
    LedgerFact,
    LedgerRecord,
    StoredResponse,
)

CLOSE_S = 30.0  # what is queued has this long to reach the disk
T = TypeVar("T")


def open_ledger(
    url: str,
    *,
    now: Callable[[], datetime],
    stream: str | None = None,
    limits: WriterLimits | None = None,
    wal_bytes: int = WAL_BYTES,
) -> "SqlLedger":
    """Lock and migrate the ledger at `url`, open it and return it (blocking).

    `now` gives the present moment in UTC. `stream` names this writer's chain; None takes the one
    that SQLite's single writer continues, or on PostgreSQL a new one. SettingsRefused where the
    url is no ledger or another process writes to it; LedgerUnavailable where it does not open.
    """
    database = open_database(url, wal_bytes=wal_bytes)
    database.lock()
    try:
        migrate(url)
        database.prepare()
        writer = LedgerWriter(
            database,
            stream=stream or database.shared_stream or str(ULID()),
            now=now,
            limits=limits or WriterLimits(),
        )
        writer.start()
    except SQLAlchemyError as error:
        database.unlock()
        raise LedgerUnavailable(f"the ledger does not open: {type(error).__name__}") from error
    except BaseException:
        database.unlock()
        raise
    return SqlLedger(database, writer)


class SqlLedger:
    """The record: an append that returns is on disk. Made by `open_ledger`."""

    def __init__(self, database: Database, writer: LedgerWriter) -> None:
        self._database = database
        self._writer = writer
        self._reader = database.reader()
        self._quick = database.quick()
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="ledger-reader")

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Write `records` and the claim's response in one transaction; see ports.Ledger.

        A caller that is cancelled while it waits leaves the append to be written all the same.
        """
        return await self._append(records, claim, claimed_response)

    async def append_event(self, event: EventRecord) -> int:
        """Write one event and return its number; see ports.Ledger."""
        return (await self.append_events([event])).seqs[0]

    async def append_events(
        self,
        events: Sequence[EventRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Write `events` and the claim's response in one transaction; see ports.Ledger."""
        return await self._append(events, claim, claimed_response)

    async def _append(
        self,
        records: Sequence[LedgerRecord],
        claim: IdempotencyClaim | None,
        claimed_response: bytes | None,
    ) -> Appended:
        tenants = {record.tenant for record in records} | ({claim.tenant} if claim else set())
        if len(tenants) != 1:
            raise ValueError(f"found records of {len(tenants)} tenants, wanted one")
        if (claim is None) != (claimed_response is None):
            raise ValueError("a claim and its response come together")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Appended] = loop.create_future()
        append = Append(tenants.pop(), tuple(records), claim, claimed_response or b"", loop, future)
        self._writer.submit(append)
        return await asyncio.shield(future)

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        """Return the answer kept for `claim`; raise IdempotencyMismatch for another body."""
        return replay_of(claim, await self._read(lambda: read_claim(self._reader, claim)))

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int | None = None
    ) -> DecisionRecord | None:
        """Return the newest decision of that filing, or None; `revision` None: of the highest."""
        if self._quick is not None and not self._quick.may_be_filed(tenant, entry_number):
            return None
        return await self._read(
            lambda: read_last_filed(self._reader, tenant, entry_number, revision)
        )

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        """Return the tenant's own decision, or None."""
        return await self._read(lambda: read_decision(self._reader, tenant, decision_id))

    async def link(self, tenant: str, decision_id: str) -> Link | None:
        """Return the link of the tenant's own decision, or None."""
        return await self._read(lambda: read_link_of(self._reader, tenant, decision_id))

    async def newest_moment(self) -> datetime | None:
        """Return when the newest decision of all tenants says it was made; None: there is none."""
        return await self._read(lambda: read_newest_moment(self._reader))

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        """Yield first filings and outcomes in ledger order with seq > `after_seq` (blocking)."""
        with _translated():
            yield from iterate_facts(self._reader, self._database.among, tenant, after_seq, limit)

    def facts_of(self, tenant: str, key: str) -> Iterator[LedgerFact]:
        """Yield the facts of decisions that carry `key`, in ledger order (blocking)."""
        with _translated():
            yield from iterate_facts(self._reader, self._database.among, tenant, 0, key=key)

    def last_fact_seq(self, tenant: str) -> int:
        """Return the number of the tenant's newest fact, erased or not; 0: none (blocking)."""
        with _translated():
            return read_last_fact(self._reader, tenant)

    async def events(  # noqa: PLR0913 - each narrows the search
        self,
        tenant: str,
        kind: EventKind,
        *,
        subject: str | None = None,
        decision_id: str | None = None,
        entry_number: str | None = None,
        since: datetime | None = None,
        after_seq: int = 0,
        limit: int = 200,
    ) -> list[KeptEvent]:
        """Return the tenant's events of a kind in ledger order, the newest last."""
        search = EventSearch(
            kind=kind,
            subject=subject,
            decision_id=decision_id,
            entry_number=entry_number,
            since=since,
            after_seq=after_seq,
            limit=limit,
        )
        return await self._read(lambda: read_events(self._reader, tenant, search))

    async def find(
        self,
        tenant: str,
        key: str,
        *,
        before_seq: int | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[DecisionRecord]:
        """Return the tenant's decisions that carry `key` among their index keys, newest first."""
        return await self._read(
            lambda: find_decisions(self._reader, tenant, key, before_seq, since, limit)
        )

    async def find_many(
        self, tenant: str, keys: Sequence[str], *, since: datetime | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """Return the tenant's decisions that carry any of `keys`; see ports.Ledger."""
        if self._quick is not None and not self._quick.may_carry(tenant, keys):
            return []
        return await self._read(lambda: find_sharing(self._reader, tenant, keys, since, limit))

    def verify_chain(self, tenant: str) -> Break | None:
        """Return the first broken link of the tenant, None if all is as written (blocking)."""
        with _translated():
            return find_break(self._reader, tenant)

    def export_chain(self, tenant: str) -> Iterator[str]:
        """Yield the tenant's links as JSON lines (blocking)."""
        with _translated():
            yield from iterate_chain(self._reader, tenant)

    async def is_writable(self) -> bool:
        """Say whether an append would be tried now."""
        return self._writer.is_writable

    async def close(self) -> None:
        """Write what is queued and let go of the database."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown(wait=True)
        if self._quick is not None:
            self._quick.close()
        self._reader.dispose()  # before the writer: the last one out tidies the log away
        if self._writer.close(CLOSE_S):
            self._database.unlock()

    async def _read(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        with _translated():
            return await loop.run_in_executor(self._threads, work)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the database's errors into the one that callers know."""
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}") from error
