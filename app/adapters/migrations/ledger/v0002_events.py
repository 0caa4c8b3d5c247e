"""Events in the chain, the index that decisions are found by, and the triggers of events."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, indexes and triggers."""
    op.create_table(
        "events",
        sa.Column("seq", _BIG, sa.ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("decision_id", sa.String),
        sa.Column("entry_number", sa.String),
        sa.Column("corrects", sa.String),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("tenant", "kind", "subject", name="events_subject"),
        sa.UniqueConstraint("tenant", "kind", "corrects", name="events_corrected_once"),
    )
    op.create_index("events_order", "events", ["tenant", "kind", "seq"])
    op.create_index("events_decision", "events", ["tenant", "kind", "decision_id", "seq"])
    op.create_index("events_entry", "events", ["tenant", "kind", "entry_number", "seq"])
    op.create_table(
        "decision_index",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("seq", _BIG, sa.ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("decision_index_seq", "decision_index", ["seq"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (_SQLITE if is_sqlite else _POSTGRESQL).strip().split("\n\n"):
        op.execute(statement)


# As for decisions in v0001. The index is no record: it may be made again, so nothing guards it.
_SQLITE = """
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER events_only_grow BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM events WHERE tenant = NEW.tenant AND kind = NEW.kind
    AND subject = NEW.subject)
  OR (NEW.corrects IS NOT NULL AND EXISTS (SELECT 1 FROM events WHERE tenant = NEW.tenant
    AND kind = NEW.kind AND corrects = NEW.corrects))
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END
"""

_POSTGRESQL = """
CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
"""
