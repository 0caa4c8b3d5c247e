"""The tables and views of policies as the code uses them; migrations/control makes them."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy import UniqueConstraint as Unique

from app.adapters.keys_schema import control_metadata
from app.adapters.ledger_schema import UtcTime

policies = Table(
    "policies",
    control_metadata,
    Column("tenant", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("document", String, nullable=False),
    Column("author", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Unique("tenant", "digest"),
)
evaluations = Table(
    "policy_evaluations",
    control_metadata,
    Column("evaluation_id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("document", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Unique("tenant", "digest"),
    ForeignKeyConstraint(["tenant", "version"], ["policies.tenant", "policies.version"]),
)
_CHANGE = (
    ("tenant", String), ("version", Integer), ("policy_digest", String),
    ("evaluation_id", String), ("evaluation_digest", String), ("base_version", Integer),
    ("base_digest", String), ("base_document", String), ("direction", String),
    ("is_emergency", Integer), ("policy_author", String), ("submitted_by", String),
    ("reason", String), ("submitted_at", UtcTime),
)  # fmt: skip
changes = Table(
    "policy_changes",
    control_metadata,
    Column("change_id", String, primary_key=True),
    *(Column(name, kind, nullable=False) for name, kind in _CHANGE),
    ForeignKeyConstraint(["tenant", "version"], ["policies.tenant", "policies.version"]),
    ForeignKeyConstraint(["evaluation_id"], ["policy_evaluations.evaluation_id"]),
    ForeignKeyConstraint(["policy_author"], ["people.user_id"]),
    ForeignKeyConstraint(["submitted_by"], ["people.user_id"]),
)
Index("policy_changes_tenant", changes.c.tenant, changes.c.change_id)
approvals = Table(
    "policy_approvals",
    control_metadata,
    Column("change_id", String, ForeignKey("policy_changes.change_id"), primary_key=True),
    Column("approver", String, ForeignKey("people.user_id"), primary_key=True),
    Column("policy_digest", String, nullable=False),
    Column("evaluation_digest", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("approved_at", UtcTime, nullable=False),
)
events = Table(
    "policy_events",
    control_metadata,
    Column("change_id", String, ForeignKey("policy_changes.change_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_state", String, nullable=False),
    Column("to_state", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("details", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
activations = Table(
    "policy_activations",
    control_metadata,
    Column("tenant", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("policy_digest", String, nullable=False),
    Column("change_id", String, ForeignKey("policy_changes.change_id")),
    Column("canary_version", Integer),
    Column("canary_digest", String),
    Column("canary_share", Integer),
    Column("canary_port", String),
    Column("ends_at", UtcTime),
    Column("falls_back_to", Integer, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
# a view over the changes: where each is, and whether those who may approve now carry it
standing = Table(
    "policy_standing",
    MetaData(),
    Column("change_id", String, primary_key=True),
    *(Column(name, kind, nullable=False) for name, kind in _CHANGE),
    Column("state", String, nullable=False),
    Column("approvals", Integer, nullable=False),
    Column("is_carried", Integer, nullable=False),
)
