"""What differs between SQLite and PostgreSQL as the ledger's home; all else is written once."""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.adapters.ledger_schema import chain
from app.core.errors import SettingsRefused

READERS = 4  # connections and threads that read
WAL_BYTES = 32 * 1024 * 1024  # docs/ledger.md: sized up front, so that a commit grows no file
CHECKPOINT_PAGES = 1000  # SQLite's own measure of an inline checkpoint, about 4 MiB
BUSY_S = 5.0
BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN DEFERRED"
POSTGRES_OPTIONS = (
    "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"
)


class Database(Protocol):
    """A home for the ledger."""

    url: URL

    @property
    def shared_stream(self) -> str | None:
        """The one stream all writers in turn continue; None: each process has its own."""
        ...

    def lock(self) -> None:
        """Make sure no other process may write where only one can; SettingsRefused if one does."""
        ...

    def unlock(self) -> None:
        """Let another process write."""
        ...

    def prepare(self) -> None:
        """Do what is best done once before the writer connects."""
        ...

    def writer(self) -> Engine:
        """Return an engine whose transactions may write."""
        ...

    def reader(self) -> Engine:
        """Return an engine for reading."""
        ...

    def enter(self, connection: Connection, tenants: Iterable[str]) -> None:
        """Begin a group: no one else appends for `tenants` until the transaction ends."""
        ...

    def take_seqs(self, connection: Connection, count: int) -> list[int]:
        """Return `count` rising sequence numbers, above all the group's tenants have."""
        ...


def open_database(url: str, *, wal_bytes: int = WAL_BYTES) -> Database:
    """Return the home that `url` names: `sqlite:///file` or `postgresql+psycopg://...`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:" or "mode=memory" in str(parsed):
            raise SettingsRefused("ledger_url: found a database in memory, wanted a file")
        return SqliteDatabase(parsed, wal_bytes)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed.set(drivername="postgresql+psycopg"))
    found = parsed.get_backend_name()
    raise SettingsRefused(f"ledger_url: found {found}, wanted sqlite or postgresql")


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
        def _durable(raw: _Raw, _entry: ConnectionPoolEntry) -> None:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
            raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")

        return engine

    def reader(self) -> Engine:
        """Return an engine that refuses to write or checkpoint."""
        engine = sqlite_engine(self.url, begin=BEGIN_READING, pool_size=READERS, max_overflow=0)

        @event.listens_for(engine, "connect")
        def _read_only(raw: _Raw, _entry: ConnectionPoolEntry) -> None:
            raw.execute("PRAGMA query_only = ON")
            raw.execute("PRAGMA wal_autocheckpoint = 0")

        return engine

    def enter(self, connection: Connection, tenants: Iterable[str]) -> None:
        """Nothing to do: BEGIN IMMEDIATE took the database's one write lock."""

    def take_seqs(self, connection: Connection, count: int) -> list[int]:
        """Return the numbers after the last one."""
        last = connection.scalar(select(chain.c.seq).order_by(chain.c.seq.desc()).limit(1)) or 0
        return list(range(last + 1, last + 1 + count))


class PostgresDatabase:
    """A server: several processes append, each on its own stream, a tenant's appends in turn."""

    shared_stream: str | None = None

    def __init__(self, url: URL) -> None:
        self.url = url

    def lock(self) -> None:
        """Nothing to do: tenants are locked group by group."""

    def unlock(self) -> None:
        """Nothing to do."""

    def prepare(self) -> None:
        """Nothing to do."""

    def writer(self) -> Engine:
        """Return an engine that waits for the disk, whatever the server's own default is."""
        engine = postgres_engine(self.url, poolclass=NullPool)

        @event.listens_for(engine, "connect")
        def _durable(raw: _Raw, _entry: ConnectionPoolEntry) -> None:
            raw.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
            raw.commit()

        return engine

    def reader(self) -> Engine:
        """Return an engine that tries a connection before it is used."""
        engine = postgres_engine(
            self.url, pool_size=READERS, max_overflow=0, pool_timeout=BUSY_S, pool_pre_ping=True
        )
        return engine.execution_options(isolation_level="AUTOCOMMIT")

    def enter(self, connection: Connection, tenants: Iterable[str]) -> None:
        """Take each tenant's advisory lock, in one order so that no two groups wait crosswise.

        Held until the transaction ends: within a tenant the order of `seq` is the order of
        commit, and a reader that has seen a number never meets a lower one later.
        """
        keys = sorted({_lock_key(tenant) for tenant in tenants})
        statement = text(
            "SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k"
        )
        connection.execute(statement, {"keys": keys})

    def take_seqs(self, connection: Connection, count: int) -> list[int]:
        """Return numbers of the ledger's sequence; those of a failed group are never used."""
        statement = text("SELECT nextval('ledger_seq') FROM generate_series(1, :count)")
        return sorted(connection.scalars(statement, {"count": count}))


class _Raw(Protocol):
    """A driver's connection, as far as it is used when one is opened."""

    isolation_level: str | None

    def execute(self, statement: str, /) -> object: ...

    def commit(self) -> None: ...


def sqlite_engine(url: URL, *, begin: str = BEGIN_WRITING, **options: object) -> Engine:
    """Return an engine that begins transactions itself, by default with the write lock at once.

    Python's driver would otherwise begin late and leave DDL outside.
    """
    connect_args = {"timeout": BUSY_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def _plain(raw: _Raw, _entry: ConnectionPoolEntry) -> None:
        raw.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, **options: object) -> Engine:
    """Return an engine with bounded waits for connections, statements and locks."""
    connect_args = {
        "connect_timeout": 5,
        "options": POSTGRES_OPTIONS,
        "tcp_user_timeout": 10_000,
        "application_name": "entry-risk",
    }
    return create_engine(
        url,
        connect_args=connect_args,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        **options,
    )


def _lock_key(tenant: str) -> int:
    digest = hashlib.blake2b(tenant.encode(), digest_size=8, person=b"entryrisk-tenant"[:16])
    return int.from_bytes(digest.digest(), "big", signed=True)
