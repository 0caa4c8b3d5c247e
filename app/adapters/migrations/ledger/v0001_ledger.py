"""Chain, decisions, payloads, claims and epochs, and the triggers that keep them as written."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)
_FILED = sa.text("intent = 'filed' AND entry_number IS NOT NULL")
_FIRST = sa.text("first_filing")


def upgrade() -> None:
    """Make the tables, indexes and triggers."""
    _make_chain()
    _make_decisions()
    _make_payloads_and_claims()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (_SQLITE if is_sqlite else _POSTGRESQL).strip().split("\n\n"):
        op.execute(statement)


def _make_chain() -> None:
    op.create_table(
        "chain",
        sa.Column("seq", _BIG, primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("epoch", _BIG, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("record_digest", sa.String, nullable=False),
        sa.Column("payload_digest", sa.String, nullable=False),
        sa.Column("prev_hash", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.UniqueConstraint("tenant", "stream", "number", name="chain_link"),
    )
    op.create_table(
        "epochs",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("epoch", _BIG, primary_key=True, autoincrement=False),
        sa.Column("opened_at", _TIME, nullable=False),
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("seq", _BIG, sa.ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
        sa.Column("decision_id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("entry_number", sa.String),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("first_filing", sa.Boolean, nullable=False),
        sa.Column("body_digest", sa.String, nullable=False),
        sa.Column("scored_at", _TIME, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("band", sa.String, nullable=False),
        sa.Column("exploration", sa.Boolean, nullable=False),
        sa.Column("exploration_odds", sa.Double, nullable=False),
        sa.Column("examined_because", sa.String, nullable=False),
        sa.Column("history_seq", _BIG, nullable=False),
        sa.Column("degraded", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("model_digest", sa.String, nullable=False),
        sa.Column("policy_version", sa.String, nullable=False),
        sa.Column("reference_digest", sa.String, nullable=False),
        sa.Column("supersedes", sa.String),
        sa.UniqueConstraint("tenant", "decision_id", name="decisions_id"),
    )
    _index("decisions_filed", ["tenant", "entry_number", "revision", "seq"], where=_FILED)
    _index("decisions_first_filing", ["tenant", "entry_number"], where=_FIRST, unique=True)
    _index("decisions_history", ["tenant", "seq"], where=_FIRST)


def _index(name: str, columns: list[str], *, where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(
        name, "decisions", columns, unique=unique, sqlite_where=where, postgresql_where=where
    )


def _make_payloads_and_claims() -> None:
    op.create_table(
        "payloads",
        sa.Column("seq", _BIG, sa.ForeignKey("chain.seq"), primary_key=True, autoincrement=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("request", sa.LargeBinary),
        sa.Column("evidence", sa.LargeBinary),
        sa.Column("response", sa.LargeBinary),
        sa.Column("erased_at", _TIME),
    )
    op.create_table(
        "claims",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("route", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("body_digest", sa.String, nullable=False),
        sa.Column("response", sa.LargeBinary, nullable=False),
        sa.Column("claimed_at", _TIME, nullable=False),
    )
    op.create_index("claims_age", "claims", ["claimed_at"])


# A payload may be erased, never edited. INSERT OR REPLACE deletes without firing a DELETE trigger,
# so on SQLite a taken place is refused before the insert.
_SQLITE = """
CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER epochs_no_update BEFORE UPDATE ON epochs
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER epochs_no_delete BEFORE DELETE ON epochs
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER payloads_no_delete BEFORE DELETE ON payloads
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER payloads_erase_only BEFORE UPDATE ON payloads
WHEN NOT (NEW.seq = OLD.seq AND NEW.erased_at IS NOT NULL AND NEW.salt IS NULL
  AND NEW.request IS NULL AND NEW.evidence IS NULL AND NEW.response IS NULL)
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER chain_only_grows BEFORE INSERT ON chain
WHEN NEW.seq <= (SELECT max(seq) FROM chain)
  OR EXISTS (SELECT 1 FROM chain WHERE tenant = NEW.tenant AND stream = NEW.stream
    AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER decisions_only_grow BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM decisions WHERE seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM decisions WHERE tenant = NEW.tenant AND decision_id = NEW.decision_id)
  OR (NEW.first_filing AND EXISTS (SELECT 1 FROM decisions WHERE first_filing
    AND tenant = NEW.tenant AND entry_number = NEW.entry_number))
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER epochs_only_grow BEFORE INSERT ON epochs
WHEN NEW.epoch <= (SELECT max(epoch) FROM epochs WHERE stream = NEW.stream)
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END

CREATE TRIGGER payloads_only_grow BEFORE INSERT ON payloads
WHEN EXISTS (SELECT 1 FROM payloads WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed or deleted'); END
"""

_POSTGRESQL = """
CREATE SEQUENCE ledger_seq AS bigint

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'ledger rows are never changed or deleted'; END $$

CREATE TRIGGER chain_no_change BEFORE UPDATE OR DELETE ON chain
FOR EACH ROW EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER decisions_no_change BEFORE UPDATE OR DELETE ON decisions
FOR EACH ROW EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER epochs_no_change BEFORE UPDATE OR DELETE ON epochs
FOR EACH ROW EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER payloads_no_delete BEFORE DELETE ON payloads
FOR EACH ROW EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER payloads_erase_only BEFORE UPDATE ON payloads
FOR EACH ROW WHEN (NOT (NEW.seq = OLD.seq AND NEW.erased_at IS NOT NULL AND NEW.salt IS NULL
  AND NEW.request IS NULL AND NEW.evidence IS NULL AND NEW.response IS NULL))
EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER chain_no_truncate BEFORE TRUNCATE ON chain
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER decisions_no_truncate BEFORE TRUNCATE ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER epochs_no_truncate BEFORE TRUNCATE ON epochs
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()

CREATE TRIGGER payloads_no_truncate BEFORE TRUNCATE ON payloads
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
"""
