"""Where jobs and webhooks are kept: a SQLite file of their own, or the ledger's PostgreSQL."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_postgres import postgres_engine
from app.adapters.ledger_sqlite import BEGIN_READING, BEGIN_WRITING, sqlite_engine
from app.adapters.migration import migrate_jobs
from app.core.refusals import JobsUnavailable

CONNECTIONS = 4


class JobsDatabase:
    """Transactions that write and that read; every failure is JobsUnavailable. All block."""

    def __init__(self, url: str) -> None:
        """Bring the tables at `url` to the newest version and open them (blocking)."""
        with _told():
            migrate_jobs(url)
        self._writer = _engine(url, BEGIN_WRITING)
        self._reader = _engine(url, BEGIN_READING)
        self.is_shared = make_url(url).get_backend_name() != "sqlite"

    @contextmanager
    def writing(self, tenant: str | None = None) -> Iterator[Connection]:
        """Give a transaction that is on disk once it ends; of one `tenant` one after another."""
        with _told(), self._writer.begin() as connection:
            if tenant is not None and self.is_shared:
                statement = text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(statement, {"key": _lock_key(tenant)})
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that reads."""
        with _told(), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._writer.dispose()
        self._reader.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        name = type(error).__name__
        raise JobsUnavailable(f"jobs cannot be read or written: {name}") from error


def _engine(url: str, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        driver = parsed.set(drivername="postgresql+psycopg")
        return postgres_engine(driver, pool_size=CONNECTIONS, max_overflow=1, pool_pre_ping=True)
    engine = sqlite_engine(parsed, begin=begin, pool_size=CONNECTIONS, max_overflow=1)

    @event.listens_for(engine, "connect")
    def _durable(raw: Any, _entry: object) -> None:
        # a write-ahead log: who asks for progress must not wait for a result being written
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")

    return engine


def _lock_key(tenant: str) -> int:
    hashed = hashlib.blake2b(tenant.encode(), digest_size=8, person=b"entryrisk-jobs")
    return int.from_bytes(hashed.digest(), "big", signed=True)
