"""The writer thread: opens the stream, commits groups, and starts again after any failure.

A group is what queued while the last one was being written; nothing lingers for company.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, func, insert, select

from app.adapters.ledger_database import Database
from app.adapters.ledger_group import Fenced, GroupWriter, Stream, read_link
from app.adapters.ledger_queue import Append, AppendQueue, settle
from app.adapters.ledger_rows import TABLES, link_of, row_digest
from app.adapters.ledger_schema import chain, epochs
from app.core.chain import Link, link_hash
from app.core.errors import LedgerUnavailable

log = structlog.get_logger()

STALLED_S = 5.0  # a group that takes longer says that the disk or server hangs
DOUBT_S = 1.0  # after a failure, until a group is written: a full disk may take a small probe
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0


class HeadLost(Exception):
    """What was acknowledged is not in the database, or its newest link is not as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterLimits:
    """How much may wait, and how much is written at once."""

    max_waiting: int = 4096
    max_waiting_bytes: int = 256 * 1024 * 1024
    max_group_records: int = 1000


class LedgerWriter:
    """Owns the one writing connection; `submit` hands it appends from any thread."""

    def __init__(
        self,
        database: Database,
        *,
        stream: str,
        now: Callable[[], datetime],
        limits: WriterLimits,
    ) -> None:
        self.stream = stream
        self._database = database
        self._now = now
        self._limits = limits
        self._queue = AppendQueue(
            max_appends=limits.max_waiting, max_bytes=limits.max_waiting_bytes
        )
        self._acknowledged: dict[str, Link] = {}
        self._group: Sequence[Append] = ()
        self._group_began: float | None = None
        self._failed_at: float | None = None
        self._pause_s = FIRST_PAUSE_S
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self) -> None:
        """Open the stream and begin to write; raise LedgerUnavailable if it does not open."""
        self._thread.start()
        self._opened.result()

    def submit(self, append: Append) -> None:
        """Queue `append`; its future is settled once it is on disk, or failed."""
        self._queue.put(append)

    @property
    def is_writable(self) -> bool:
        """Whether appends are taken, the last did not just fail, and none hangs."""
        now = time.monotonic()
        began, failed = self._group_began, self._failed_at
        hangs = began is not None and now - began > STALLED_S
        just_failed = failed is not None and now - failed < DOUBT_S
        return self._queue.accepts and not hangs and not just_failed

    def close(self, timeout_s: float) -> bool:
        """Write what is queued and end; say whether it ended in time."""
        self._queue.close()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        engine = self._database.writer()
        while (failure := self._write_until_failure(engine)) is not None:
            self._fail(failure)
            if not self._opened.done():
                self._opened.set_exception(LedgerUnavailable("the ledger does not open"))
                return
            if isinstance(failure, Fenced) or self._queue.wait_closed(self._pause_s):
                return
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _write_until_failure(self, engine: Engine) -> Exception | None:
        """Open and write; return what failed, or None once closed and all is written."""
        try:
            with self._opening(engine) as writer:
                if not self._opened.done():
                    self._opened.set_result(None)
                self._pause_s = FIRST_PAUSE_S
                self._queue.start()
                self._serve(writer)
        except Exception as failure:  # noqa: BLE001  # outermost of the thread, which must go on
            return failure
        return None

    def _serve(self, writer: GroupWriter) -> None:
        while group := self._queue.take(self._limits.max_group_records):
            self._group = group
            self._group_began = time.monotonic()
            outcomes = writer.commit(group)
            self._group = ()
            self._group_began = self._failed_at = None
            self._acknowledged.update(writer.heads)
            settle(outcomes)

    def _fail(self, error: Exception) -> None:
        """Refuse everything until the stream is open again; nothing is known to be on disk."""
        left = [*self._group, *self._queue.stop()]
        self._group = ()
        self._group_began = None
        self._failed_at = time.monotonic()
        log.error("ledger_failed", stream=self.stream, failure=type(error).__name__, lost=len(left))
        settle((append, LedgerUnavailable("the decision could not be written")) for append in left)

    @contextmanager
    def _opening(self, engine: Engine) -> Iterator[GroupWriter]:
        with engine.connect() as connection:
            with connection.begin():
                self._verify_heads(connection)
                stream = self._open_epoch(connection)
            log.info("ledger_opened", stream=stream.name, epoch=stream.epoch)
            yield GroupWriter(self._database, connection, stream, self._now)

    def _open_epoch(self, connection: Connection) -> Stream:
        """Take the stream's next epoch: a write and a flush, so it tries the disk as well."""
        query = select(func.max(epochs.c.epoch)).where(epochs.c.stream == self.stream)
        epoch = (connection.scalar(query) or 0) + 1
        row = {"stream": self.stream, "epoch": epoch, "opened_at": self._now()}
        connection.execute(insert(epochs), row)
        return Stream(self.stream, epoch)

    def _verify_heads(self, connection: Connection) -> None:
        """Make sure that what was acknowledged is there and that the newest link is whole."""
        for tenant, head in self._acknowledged.items():
            if read_link(connection, tenant, self.stream, head.number) != head:
                raise HeadLost(f"link {head.number} of stream {self.stream}")
        newest = select(chain).order_by(chain.c.seq.desc()).limit(1)
        row = connection.execute(newest).mappings().first()
        if row is None:
            return
        link = link_of(dict(row))
        if link.hash != link_hash(link) or not _is_as_linked(connection, link):
            raise HeadLost(f"link {link.number} of stream {link.stream}")


def _is_as_linked(connection: Connection, link: Link) -> bool:
    """Whether the record that `link` covers is there as it was linked."""
    table = TABLES.get(link.kind)
    if table is None:
        return False
    row = connection.execute(select(table).where(table.c.seq == link.seq)).mappings().first()
    return row is not None and row_digest(dict(row)) == link.record_digest
