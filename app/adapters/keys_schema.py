"""The control tables: small, low-rate, changed in place; migrations/control makes them."""

from sqlalchemy import Column, Index, LargeBinary, MetaData, String, Table

from app.adapters.ledger_schema import UtcTime

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
)
Index("api_keys_prefix", api_keys.c.prefix)
