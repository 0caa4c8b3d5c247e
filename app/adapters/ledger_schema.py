"""The ledger's tables as the code reads and writes them; migrations/ledger makes them.

chain           one link a record, append-only: digests, never payloads
decisions       what is asked for by column, append-only
events          outcomes, explanations and list changes by column, append-only
payloads        request, evidence, response; an event's document is its request, the others are
                empty; may be erased, leaving a tombstone
decision_index  opaque keys that decisions are found by: no record, may be made again
claims          answers kept for idempotency keys; forgotten after their time
epochs          who opened which writer stream, append-only
"""

from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

Row = dict[str, object]


class RawConnection(Protocol):
    """A driver's connection, as far as it is used when one is opened."""

    isolation_level: str | None

    def execute(self, statement: str, /) -> object:
        """Execute a statement."""
        ...

    def commit(self) -> None:
        """Commit what was executed."""
        ...


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite, which has no time zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC as the database wants it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what was kept, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


ledger_metadata = MetaData()
BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite's rowid is an INTEGER by that name

chain = Table(
    "chain",
    ledger_metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("tenant", String, nullable=False),
    Column("stream", String, nullable=False),
    Column("epoch", BIG, nullable=False),
    Column("number", BIG, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("record_digest", String, nullable=False),
    Column("payload_digest", String, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    UniqueConstraint("tenant", "stream", "number", name="chain_link"),
)

decisions = Table(
    "decisions",
    ledger_metadata,
    Column("seq", BIG, ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
    Column("decision_id", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("entry_number", String),
    Column("revision", Integer, nullable=False),
    Column("first_filing", Boolean, nullable=False),
    Column("body_digest", String, nullable=False),
    Column("scored_at", UtcTime, nullable=False),
    Column("score", Integer, nullable=False),
    Column("probability", Double, nullable=False),
    Column("band", String, nullable=False),
    Column("exploration", Boolean, nullable=False),
    Column("exploration_odds", Double, nullable=False),
    Column("examined_because", String, nullable=False),
    Column("history_seq", BIG, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("model_version", String, nullable=False),
    Column("model_digest", String, nullable=False),
    Column("policy_version", String, nullable=False),
    Column("reference_digest", String, nullable=False),
    Column("supersedes", String),
    UniqueConstraint("tenant", "decision_id", name="decisions_id"),
)
# Conditions of partial indexes; a query has to state them in these words to be given the index.
FILED = text("intent = 'filed' AND entry_number IS NOT NULL")
FIRST_FILING = text("first_filing")
Index(
    "decisions_filed",
    decisions.c.tenant,
    decisions.c.entry_number,
    decisions.c.revision,
    decisions.c.seq,
    sqlite_where=FILED,
    postgresql_where=FILED,
)
Index(
    "decisions_first_filing",
    decisions.c.tenant,
    decisions.c.entry_number,
    unique=True,
    sqlite_where=FIRST_FILING,
    postgresql_where=FIRST_FILING,
)
Index(
    "decisions_history",
    decisions.c.tenant,
    decisions.c.seq,
    sqlite_where=FIRST_FILING,
    postgresql_where=FIRST_FILING,
)

events = Table(
    "events",
    ledger_metadata,
    Column("seq", BIG, ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
    Column("tenant", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("decision_id", String),
    Column("entry_number", String),
    Column("corrects", String),
    Column("recorded_at", UtcTime, nullable=False),
    UniqueConstraint("tenant", "kind", "subject", name="events_subject"),
    UniqueConstraint("tenant", "kind", "corrects", name="events_corrected_once"),
)
Index("events_order", events.c.tenant, events.c.kind, events.c.seq)
Index("events_decision", events.c.tenant, events.c.kind, events.c.decision_id, events.c.seq)
Index("events_entry", events.c.tenant, events.c.kind, events.c.entry_number, events.c.seq)

decision_index = Table(
    "decision_index",
    ledger_metadata,
    Column("tenant", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("seq", BIG, ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("decision_index_seq", decision_index.c.seq)

payloads = Table(
    "payloads",
    ledger_metadata,
    Column("seq", BIG, ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),
    Column("request", LargeBinary),
    Column("evidence", LargeBinary),
    Column("response", LargeBinary),
    Column("erased_at", UtcTime),
)

claims = Table(
    "claims",
    ledger_metadata,
    Column("tenant", String, primary_key=True),
    Column("route", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body_digest", String, nullable=False),
    Column("response", LargeBinary, nullable=False),
    Column("claimed_at", UtcTime, nullable=False),
)
Index("claims_age", claims.c.claimed_at)

epochs = Table(
    "epochs",
    ledger_metadata,
    Column("stream", String, primary_key=True),
    Column("epoch", BIG, primary_key=True, autoincrement=False),
    Column("opened_at", UtcTime, nullable=False),
)
