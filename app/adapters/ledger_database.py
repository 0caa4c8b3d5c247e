"""What differs between SQLite and PostgreSQL as the ledger's home; all else is written once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, make_url
from sqlalchemy.engine import URL

from app.adapters.ledger_postgres import PostgresDatabase
from app.adapters.ledger_quick import QuickReads
from app.adapters.ledger_schema import Row
from app.adapters.ledger_sqlite import WAL_BYTES, SqliteDatabase
from app.core.errors import SettingsRefused


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

    def quick(self) -> QuickReads | None:
        """Return who answers on the event loop whether there is anything to read; None: nobody."""
        ...

    def enter(self, connection: Connection, tenants: Iterable[str]) -> None:
        """Begin a group: no one else appends for `tenants` until the transaction ends."""
        ...

    def take_seqs(self, connection: Connection, count: int) -> list[int]:
        """Return `count` rising sequence numbers, above all the group's tenants have."""
        ...

    def newest_epoch(self, connection: Connection, stream: str) -> int | None:
        """Return the epoch that was opened last in `stream`; None where none was."""
        ...

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows`, each with the same columns, in one statement."""
        ...

    def filed_among(
        self, connection: Connection, tenant: str, numbers: Collection[str]
    ) -> set[str]:
        """Return which entry numbers the tenant has filed already."""
        ...

    def among(self, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
        """Return the condition that `column` is one of `values`."""
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
