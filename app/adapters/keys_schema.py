"""The control tables: small, low-rate, changed in place; migrations/control makes them."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, String, Table

from app.adapters.ledger_schema import BIG, UtcTime

control_metadata = MetaData()

api_keys = Table(
    "api_keys",
    control_metadata,
    Column("key_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("name", String, nullable=False),
    Column("prefix", String, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("replaces", String),
    Column("user_id", String),
)
Index("api_keys_prefix", api_keys.c.prefix)

audit = Table(
    "audit",
    control_metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("event_id", String, nullable=False, unique=True),
    Column("tenant", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, CheckConstraint("length(actor) > 0"), nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("details", String, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
)
Index("audit_tenant", audit.c.tenant, audit.c.seq)
Index("audit_subject", audit.c.tenant, audit.c.action, audit.c.subject)
