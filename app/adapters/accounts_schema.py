"""The tables of people and sessions; migrations/control makes them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from app.adapters.keys_schema import control_metadata
from app.adapters.ledger_schema import UtcTime

people = Table(
    "people",
    control_metadata,
    Column("user_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("login", String, nullable=False, unique=True),
    Column("roles", String, nullable=False),
    Column("password_hash", String),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("outside", String),
)
Index("people_outside", people.c.outside, unique=True)
sessions = Table(
    "sessions",
    control_metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", String, ForeignKey("people.user_id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
Index("sessions_user", sessions.c.user_id)
sign_in_links = Table(
    "sign_in_links",
    control_metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", String, ForeignKey("people.user_id"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
sign_in_attempts = Table(
    "sign_in_attempts",
    control_metadata,
    Column("who_hash", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
)
