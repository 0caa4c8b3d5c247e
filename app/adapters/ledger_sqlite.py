"""SQLite as the ledger's home: a file that one process writes, on one connection."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

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
from sqlalchemy.exc import DBAPIError
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
_NEWEST_EPOCH = "SELECT max(epoch) FROM epochs WHERE stream = ?"
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
        found = _first(connection, _LAST_SEQ)
        last = found[0] if found else 0
        return list(range(last + 1, last + 1 + count))

    def newest_epoch(self, connection: Connection, stream: str) -> int | None:
        """Return the epoch that was opened last in `stream`; None where none was."""
        found = _first(connection, _NEWEST_EPOCH, (stream,))
        newest: int | None = found[0] if found else None
        return newest

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows` by one prepared statement of the driver, past SQLAlchemy's own way."""
        statement, values = _insertion(table, tuple(rows[0]))
        with _below(connection, statement) as driver:
            driver.executemany(statement, [values(row) for row in rows])

    def filed_among(
        self, connection: Connection, tenant: str, numbers: Collection[str]
    ) -> set[str]:
        """Return which entry numbers the tenant has filed already."""
        statement = _FILED_AMONG.format(",".join("?" * len(numbers)))
        with _below(connection, statement) as driver:
            return {number for (number,) in driver.execute(statement, (tenant, *numbers))}

    def among(self, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
        """Return a list of parameters, for which SQLite uses an index."""
        return column.in_(values)


@contextmanager
def _below(connection: Connection, statement: str) -> Iterator[sqlite3.Connection]:
    """Give the driver's connection for `statement`, in SQLAlchemy's transaction; its errors too."""
    driver: Any = connection.connection.driver_connection
    try:
        yield driver
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            statement, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _first(
    connection: Connection, statement: str, values: tuple[str, ...] = ()
) -> tuple[Any, ...] | None:
    """Return the first row of a question that is asked for every group; None where none is."""
    with _below(connection, statement) as driver:
        found: tuple[Any, ...] | None = driver.execute(statement, values).fetchone()
    return found


@cache
def _insertion(
    table: Table, names: tuple[str, ...]
) -> tuple[str, Callable[[Row], Sequence[object]]]:
    """Return the statement for rows of these columns, and what makes a row its values."""
    dialect = SQLiteDialect_pysqlite()
    text = str(insert(table).compile(dialect=dialect, column_keys=list(names)))
    ordered = [column.name for column in table.columns if column.name in names]
    pick = itemgetter(*ordered)  # every table has two columns or more
    processors = [
        (at, process)
        for at, name in enumerate(ordered)
        if (process := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
    ]

    def values(row: Row) -> Sequence[object]:
        found = list(pick(row))
        for at, process in processors:
            found[at] = process(found[at])
        return found

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
