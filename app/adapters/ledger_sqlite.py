"""SQLite as the ledger's home: a file that one process writes, on one connection."""

import fcntl
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    insert,
)
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.adapters.ledger_quick import QuickReads
from app.adapters.ledger_schema import FIRST_FILING, RawConnection, Row
from app.core.errors import SettingsRefused

READERS = 4  # connections that read
WAL_BYTES = 32 * 1024 * 1024  # docs/ledger.md: sized up front, so that a commit grows no file
CHECKPOINT_PAGES = 1000  # SQLite's own measure of an inline checkpoint, about 4 MiB
BUSY_S = 5.0
BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN DEFERRED"
_LAST_SEQ = "SELECT seq FROM chain ORDER BY seq DESC LIMIT 1"
_FILED_AMONG = (
    f"SELECT entry_number FROM decisions WHERE {FIRST_FILING.text} AND tenant = ?"  # noqa: S608 - ours
    " AND entry_number IN ({})"
)


class SqliteDatabase:
    """A file: one process writes, on one connection, and checkpoints inline."""

    shared_stream: str | None = "main"

    def __init__(self, url: URL, wal_bytes: int = WAL_BYTES) -> None:
        self.url = url
        self.path = Path(url.database or "").absolute()
        self._wal_bytes = wal_bytes
        self._lock_file: int | None = None

    def lock(self) -> None:
        """Take the lock file beside the database, held until `unlock` or the process ends."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        name = self.path.with_name(self.path.name + ".lock")
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise SettingsRefused(
                f"ledger_url: process {holder} writes to {self.path.name}; SQLite takes one"
                " process, several need PostgreSQL"
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock_file = descriptor

    def unlock(self) -> None:
        """Close the lock file, which frees it."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def prepare(self) -> None:
        """Fill the write-ahead log with zeros, which SQLite reads as an empty log.

        Only where there is none: a log that a crash left is recovered, not overwritten. No room
        for it is no failure; the log then grows as it is written.
        """
        log = self.path.with_name(self.path.name + "-wal")
        if self._wal_bytes == 0 or (log.exists() and log.stat().st_size):
            return
        try:
            log.touch(mode=0o600)
            with log.open("wb") as file:
                for _ in range(0, self._wal_bytes, 1 << 20):
                    file.write(bytes(1 << 20))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                log.unlink()

    def writer(self) -> Engine:
        """Return an engine whose transactions take the write lock when they begin."""
        engine = sqlite_engine(self.url, poolclass=NullPool)

        @event.listens_for(engine, "connect")
        def _durable(raw: RawConnection, _entry: ConnectionPoolEntry) -> None:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
            raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

        return engine

    def reader(self) -> Engine:
        """Return an engine that refuses to write or checkpoint."""
        engine = sqlite_engine(self.url, begin=BEGIN_READING, pool_size=READERS, max_overflow=0)

        @event.listens_for(engine, "connect")
        def _read_only(raw: RawConnection, _entry: ConnectionPoolEntry) -> None:
            raw.execute("PRAGMA query_only = ON")
            raw.execute("PRAGMA wal_autocheckpoint = 0")

        return engine

    def quick(self) -> QuickReads:
        """Return who answers on the event loop whether there is anything to read."""
        return QuickReads(self.path)

    def enter(self, connection: Connection, tenants: Iterable[str]) -> None:
        """Nothing to do: BEGIN IMMEDIATE took the database's one write lock."""

    def take_seqs(self, connection: Connection, count: int) -> list[int]:
        """Return the numbers after the last one."""
        last = connection.exec_driver_sql(_LAST_SEQ).scalar() or 0
        return list(range(last + 1, last + 1 + count))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows` by one prepared statement, past SQLAlchemy's way from rows to values."""
        statement, values = _insertion(table, tuple(rows[0]))
        connection.exec_driver_sql(statement, [values(row) for row in rows])

    def filed_among(
        self, connection: Connection, tenant: str, numbers: Collection[str]
    ) -> set[str]:
        """Return which entry numbers the tenant has filed already."""
        statement = _FILED_AMONG.format(",".join("?" * len(numbers)))
        return set(connection.exec_driver_sql(statement, (tenant, *numbers)).scalars())

    def among(self, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
        """Return a list of parameters, for which SQLite uses an index."""
        return column.in_(values)


@cache
def _insertion(
    table: Table, names: tuple[str, ...]
) -> tuple[str, Callable[[Row], tuple[object, ...]]]:
    """Return the statement for rows of these columns, and what makes a row its values."""
    dialect = SQLiteDialect_pysqlite()
    text = str(insert(table).compile(dialect=dialect, column_keys=list(names)))
    ordered = [column.name for column in table.columns if column.name in names]
    kept = [
        (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in ordered
    ]

    def values(row: Row) -> tuple[object, ...]:
        return tuple(row[name] if process is None else process(row[name]) for name, process in kept)

    return text, values


def sqlite_engine(url: URL, *, begin: str = BEGIN_WRITING, **options: object) -> Engine:
    """Return an engine that begins transactions itself, by default with the write lock at once.

    Python's driver would otherwise begin late and leave DDL outside.
    """
    connect_args = {"timeout": BUSY_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def _plain(raw: RawConnection, _entry: ConnectionPoolEntry) -> None:
        raw.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
