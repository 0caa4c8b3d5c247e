"""PostgreSQL as the ledger's home: a server on which several processes append."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Select,
    String,
    Table,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.adapters.ledger_schema import FIRST_FILING, RawConnection, Row, decisions, epochs

READERS = 4  # connections that read
CONNECT_S = 5
POOL_S = 5.0
POSTGRES_OPTIONS = (
    # Every query has an index; a plan made while tables were empty must not walk them when full.
    "-c enable_seqscan=off -c statement_timeout=10s -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=15s"
)


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
        def _durable(raw: RawConnection, _entry: ConnectionPoolEntry) -> None:
            raw.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
            raw.commit()

        return engine

    def reader(self) -> Engine:
        """Return an engine that tries a connection before it is used."""
        engine = postgres_engine(
            self.url, pool_size=READERS, max_overflow=0, pool_timeout=POOL_S, pool_pre_ping=True
        )
        return engine.execution_options(isolation_level="AUTOCOMMIT")

    def quick(self) -> None:
        """Nobody: a server is asked over a socket, by a thread."""
        return

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

    def newest_epoch(self, connection: Connection, stream: str) -> int | None:
        """Return the epoch that was opened last in `stream`; None where none was."""
        newest: int | None = connection.scalar(_newest_epoch(), {"stream": stream})
        return newest

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert `rows` as one array a column: one round trip, one plan for any number of rows.

        Payloads go row by row in a pipeline: an array of bytes travels as text, twice as long.
        """
        columns = [table.c[name] for name in rows[0]]
        if any(isinstance(column.type, LargeBinary) for column in columns):
            connection.execute(insert(table), list(rows))
            return
        arrays = [func.unnest(bindparam(c.name, type_=ARRAY(c.type))) for c in columns]
        statement = insert(table).from_select([c.name for c in columns], select(*arrays))
        connection.execute(statement, {c.name: [row[c.name] for row in rows] for c in columns})

    def filed_among(
        self, connection: Connection, tenant: str, numbers: Collection[str]
    ) -> set[str]:
        """Return which entry numbers the tenant has filed already."""
        query = select(decisions.c.entry_number).where(
            FIRST_FILING,
            decisions.c.tenant == tenant,
            self.among(decisions.c.entry_number, numbers),
        )
        return set(connection.scalars(query))

    def among(self, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
        """Return a test against one array: one plan for any number of values."""
        return column == any_(literal(list(values), ARRAY(String)))


@cache  # asked for every group: building it takes longer than running it
def _newest_epoch() -> Select[Any]:
    return select(func.max(epochs.c.epoch)).where(epochs.c.stream == bindparam("stream"))


def postgres_engine(url: URL, **options: object) -> Engine:
    """Return an engine with bounded waits for connections, statements and locks."""
    connect_args = {
        "connect_timeout": CONNECT_S,
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
