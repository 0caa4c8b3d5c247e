"""Policies, evaluations, changes, approvals and activations: rows that are only ever added.

What nobody may do alone is refused here, whoever asks (ADR 0037): a condition has to hold of every
new row, on both databases by the same words.
"""
# ruff: noqa: S608 - every word of every condition stands in this file

import sqlalchemy as sa
from alembic import op

revision = "control_0005"
down_revision = "control_0004"
branch_labels = None
depends_on = None

TABLES = ("policies", "policy_evaluations", "policy_changes", "policy_approvals",
          "policy_events", "policy_activations")  # fmt: skip


def upgrade() -> None:
    """Make the tables, the views that conditions read, and the triggers."""
    _make_policies()
    _make_changes()
    _make_activations()
    for statement in _VIEWS.strip().split("\n\n"):
        op.execute(statement)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        _only_grows(table, is_sqlite=is_sqlite)
    a_day = _A_DAY_SQLITE if is_sqlite else _A_DAY_POSTGRESQL
    for table, conditions in _CONDITIONS.items():
        _check_each(table, conditions, a_day, is_sqlite=is_sqlite)


def _text(name: str, check: str = "length({}) > 0") -> sa.Column[str]:
    return sa.Column(name, sa.String, sa.CheckConstraint(check.format(name)), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _make_policies() -> None:
    op.create_table(
        "policies",
        _text("tenant"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("digest"),
        _text("document"),
        _text("author"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant", "version"),
        sa.UniqueConstraint("tenant", "digest"),
    )
    op.create_table(
        "policy_evaluations",
        sa.Column("evaluation_id", sa.String, primary_key=True),
        _text("tenant"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("policy_digest"),
        _text("digest"),
        _text("document"),
        _text("made_by"),
        _time("made_at"),
        sa.UniqueConstraint("tenant", "digest"),
        sa.ForeignKeyConstraint(["tenant", "version"], ["policies.tenant", "policies.version"]),
    )


def _make_changes() -> None:
    op.create_table(
        "policy_changes",
        sa.Column("change_id", sa.String, primary_key=True),
        _text("tenant"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("policy_digest"),
        sa.Column("evaluation_id", sa.String, nullable=False),
        _text("evaluation_digest"),
        sa.Column("base_version", sa.Integer, nullable=False),
        _text("base_digest"),
        _text("base_document"),
        _text("direction", "{} IN ('tightening', 'loosening', 'mixed')"),
        sa.Column("is_emergency", sa.Integer, nullable=False),
        sa.Column("policy_author", sa.String, sa.ForeignKey("people.user_id"), nullable=False),
        sa.Column("submitted_by", sa.String, sa.ForeignKey("people.user_id"), nullable=False),
        _text("reason", "length({}) >= 20"),
        _time("submitted_at"),
        sa.CheckConstraint("is_emergency IN (0, 1)"),
        sa.CheckConstraint("is_emergency = 0 OR direction = 'tightening'"),
        sa.ForeignKeyConstraint(["tenant", "version"], ["policies.tenant", "policies.version"]),
        sa.ForeignKeyConstraint(["evaluation_id"], ["policy_evaluations.evaluation_id"]),
    )
    op.create_index("policy_changes_tenant", "policy_changes", ["tenant", "change_id"])
    op.create_table(
        "policy_approvals",
        _text("change_id"),
        sa.Column("approver", sa.String, sa.ForeignKey("people.user_id"), nullable=False),
        _text("policy_digest"),
        _text("evaluation_digest"),
        _text("reason", "length({}) >= 20"),
        _time("approved_at"),
        sa.PrimaryKeyConstraint("change_id", "approver"),
        sa.ForeignKeyConstraint(["change_id"], ["policy_changes.change_id"]),
    )
    op.create_table(
        "policy_events",
        _text("change_id"),
        sa.Column("number", sa.Integer, nullable=False),
        _text("from_state"),
        _text("to_state"),
        _text("actor"),
        _text("reason"),
        _text("details"),
        _time("at"),
        sa.PrimaryKeyConstraint("change_id", "number"),
        sa.ForeignKeyConstraint(["change_id"], ["policy_changes.change_id"]),
        sa.CheckConstraint(f"from_state || ' ' || to_state IN ({_PAIRS})"),
    )


def _make_activations() -> None:
    op.create_table(
        "policy_activations",
        _text("tenant"),
        sa.Column("number", sa.Integer, nullable=False),
        _text("kind", f"{{}} IN ({_KINDS})"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("policy_digest", sa.String, nullable=False),
        sa.Column("change_id", sa.String, sa.ForeignKey("policy_changes.change_id")),
        sa.Column("canary_version", sa.Integer),
        sa.Column("canary_digest", sa.String),
        sa.Column("canary_share", sa.Integer),
        sa.Column("canary_port", sa.String),
        _time("ends_at", nullable=True),
        sa.Column("falls_back_to", sa.Integer, nullable=False),
        _text("actor"),
        _text("reason"),
        _time("at"),
        sa.PrimaryKeyConstraint("tenant", "number"),
        sa.CheckConstraint("(canary_version IS NULL) = (canary_digest IS NULL)"),
        sa.CheckConstraint("(kind = 'canary') = (canary_version IS NOT NULL)"),
        sa.CheckConstraint("(kind IN ('canary', 'emergency')) = (ends_at IS NOT NULL)"),
        sa.CheckConstraint(
            "(kind = 'canary') = (COALESCE(canary_share, 0) > 0 OR canary_port IS NOT NULL)"
        ),
        sa.CheckConstraint("COALESCE(canary_share, 0) BETWEEN 0 AND 10000"),
    )


def _only_grows(table: str, *, is_sqlite: bool) -> None:
    """Refuse to alter or remove a row; INSERT OR REPLACE is refused by the conditions."""
    message = f"policy rows are never changed or deleted - {table}"
    if is_sqlite:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    for name, verb, each in (("change", "UPDATE OR DELETE", "ROW"),
                             ("truncate", "TRUNCATE", "STATEMENT")):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )


def _check_each(table: str, conditions: dict[str, str], a_day: str, *, is_sqlite: bool) -> None:
    """Refuse a new row of which a condition does not hold, by the condition's name."""
    if is_sqlite:
        cases = " ".join(
            f"WHEN COALESCE(NOT ({condition.replace('A_DAY', a_day)}), 1)"
            f" THEN RAISE(ABORT, 'policy refused - {name}')"
            for name, condition in conditions.items()
        )
        op.execute(
            f"CREATE TRIGGER {table}_check BEFORE INSERT ON {table}"
            f" BEGIN SELECT CASE {cases} END; END"
        )
        return
    # one writer at a time decides, and sees all that was decided before it
    checks = "".join(
        f" IF COALESCE(NOT ({condition.replace('A_DAY', a_day)}), true) THEN"
        f" RAISE EXCEPTION 'policy refused - {name}'; END IF;"
        for name, condition in conditions.items()
    )
    op.execute(
        f"CREATE FUNCTION {table}_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" PERFORM pg_advisory_xact_lock({_LOCK});{checks} RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_check BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_check()"
    )


_LOCK = 0x656E7472795F706F  # "entry_po"
_KINDS = "'activate', 'canary', 'end-canary', 'rollback', 'emergency', 'lapse'"
_STEPS = {
    "evaluated": ("submitted",),
    "submitted": ("approved", "active", "rejected", "stale", "expired"),
    "approved": ("scheduled", "canary", "active", "rejected", "stale", "expired"),
    "scheduled": ("canary", "active", "rejected", "stale", "expired"),
    "canary": ("active", "reverted"),
    "active": ("superseded", "reverted", "expired"),
}
_PAIRS = ", ".join(f"'{before} {each}'" for before, ends in _STEPS.items() for each in ends)

# Counted are people who may approve now: a demoted approver's word no longer carries a change.
_VIEWS = """
CREATE VIEW policy_live AS SELECT a.* FROM policy_activations a
WHERE a.number = (SELECT max(b.number) FROM policy_activations b WHERE b.tenant = a.tenant)

CREATE VIEW policy_counted AS SELECT c.change_id, count(*) AS approvals,
sum(CASE WHEN ' ' || p.roles || ' ' LIKE '% compliance %' THEN 1 ELSE 0 END) AS compliance
FROM policy_changes c JOIN policy_approvals a ON a.change_id = c.change_id
JOIN people p ON p.user_id = a.approver
WHERE a.policy_digest = c.policy_digest AND a.evaluation_digest = c.evaluation_digest
AND a.approver <> c.policy_author AND a.approver <> c.submitted_by
AND p.tenant = c.tenant AND p.disabled_at IS NULL
AND ' ' || p.roles || ' ' LIKE '% approver %'
AND ' ' || p.roles || ' ' NOT LIKE '% administrator %'
GROUP BY c.change_id

CREATE VIEW policy_standing AS SELECT c.*,
COALESCE((SELECT e.to_state FROM policy_events e WHERE e.change_id = c.change_id
ORDER BY e.number DESC LIMIT 1), 'evaluated') AS state,
COALESCE(k.approvals, 0) AS approvals,
CASE WHEN c.direction = 'tightening' AND k.approvals >= 1 THEN 1
WHEN k.approvals >= 2 AND k.compliance >= 1 THEN 1 ELSE 0 END AS is_carried
FROM policy_changes c LEFT JOIN policy_counted k ON k.change_id = c.change_id
"""

_A_DAY_SQLITE = "julianday(NEW.ends_at) - julianday(NEW.at) <= 1.000001"
_A_DAY_POSTGRESQL = "NEW.ends_at <= NEW.at + interval '24 hours'"


def _live(column: str, otherwise: str = "0") -> str:
    found = f"SELECT l.{column} FROM policy_live l WHERE l.tenant = NEW.tenant"
    return f"COALESCE(({found}), {otherwise})"


def _fallback(column: str) -> str:
    """Return a column of the activation that what is live falls back to."""
    number = _live("falls_back_to")
    found = f"SELECT f.{column} FROM policy_activations f WHERE f.tenant = NEW.tenant"
    return f"COALESCE(({found} AND f.number = {number}), 0)"


_CHANGE = "SELECT 1 FROM policy_standing s WHERE s.change_id = NEW.change_id"
_CHANGE_HERE = f"{_CHANGE} AND s.tenant = NEW.tenant"
_BASE_IS_LIVE = f"s.base_version = {_live('version')}"
_SAME_POLICY = "s.version = NEW.version AND s.policy_digest = NEW.policy_digest"
_NEW_CHANGE_LIVE = (
    "COALESCE((SELECT l.version FROM policy_live l WHERE l.tenant = s.tenant), 0) = s.base_version"
)
_GOES_LIVE = "NEW.to_state NOT IN ('approved', 'scheduled', 'canary', 'active')"
_LIVE_KIND = _live("kind", "''")
_LIVE_CHANGE = _live("change_id", "''")
_IN_TENANT = "SELECT 1 FROM people p WHERE p.tenant = NEW.tenant AND p.user_id ="
_CONDITIONS: dict[str, dict[str, str]] = {
    "policies": {
        "version taken": "NEW.version = 1 + COALESCE((SELECT max(o.version) FROM policies o"
        " WHERE o.tenant = NEW.tenant), 0)",
        "policy exists": "NOT EXISTS (SELECT 1 FROM policies o WHERE o.tenant = NEW.tenant"
        " AND o.digest = NEW.digest)",
        "no author": f"EXISTS ({_IN_TENANT} NEW.author)",
    },
    "policy_evaluations": {
        "evaluation exists": "NOT EXISTS (SELECT 1 FROM policy_evaluations o"
        " WHERE o.evaluation_id = NEW.evaluation_id"
        " OR (o.tenant = NEW.tenant AND o.digest = NEW.digest))",
        "other policy": "EXISTS (SELECT 1 FROM policies o WHERE o.tenant = NEW.tenant"
        " AND o.version = NEW.version AND o.digest = NEW.policy_digest)",
    },
    "policy_changes": {
        "change exists": "NOT EXISTS (SELECT 1 FROM policy_changes o"
        " WHERE o.change_id = NEW.change_id)",
        "other policy": "EXISTS (SELECT 1 FROM policies o WHERE o.tenant = NEW.tenant"
        " AND o.version = NEW.version AND o.digest = NEW.policy_digest"
        " AND o.author = NEW.policy_author)",
        "other evaluation": "EXISTS (SELECT 1 FROM policy_evaluations o"
        " WHERE o.evaluation_id = NEW.evaluation_id AND o.tenant = NEW.tenant"
        " AND o.version = NEW.version AND o.digest = NEW.evaluation_digest"
        " AND o.policy_digest = NEW.policy_digest)",
        "no submitter": f"EXISTS ({_IN_TENANT} NEW.submitted_by)",
        "other base": f"NEW.base_version = {_live('version')} AND (NEW.base_version = 0 OR EXISTS"
        " (SELECT 1 FROM policies o WHERE o.tenant = NEW.tenant"
        " AND o.version = NEW.base_version AND o.digest = NEW.base_digest"
        " AND o.document = NEW.base_document))",
    },
    "policy_approvals": {
        "approved already": "NOT EXISTS (SELECT 1 FROM policy_approvals o"
        " WHERE o.change_id = NEW.change_id AND o.approver = NEW.approver)",
        "own work": f"EXISTS ({_CHANGE} AND s.policy_author <> NEW.approver"
        " AND s.submitted_by <> NEW.approver)",
        "no approver": f"EXISTS ({_CHANGE} AND EXISTS (SELECT 1 FROM people p"
        " WHERE p.user_id = NEW.approver AND p.tenant = s.tenant AND p.disabled_at IS NULL"
        " AND ' ' || p.roles || ' ' LIKE '% approver %'"
        " AND ' ' || p.roles || ' ' NOT LIKE '% administrator %'))",
        "other digests": f"EXISTS ({_CHANGE} AND s.policy_digest = NEW.policy_digest"
        " AND s.evaluation_digest = NEW.evaluation_digest)",
        "not submitted": f"EXISTS ({_CHANGE} AND (s.state = 'submitted'"
        " OR (s.state = 'active' AND s.is_emergency = 1)))",
    },
    "policy_events": {
        "number taken": "NEW.number = 1 + COALESCE((SELECT max(o.number) FROM policy_events o"
        " WHERE o.change_id = NEW.change_id), 0)",
        "other state": f"EXISTS ({_CHANGE} AND s.state = NEW.from_state)",
        "not approved": f"{_GOES_LIVE} OR EXISTS ({_CHANGE} AND (s.is_carried = 1"
        " OR (s.is_emergency = 1 AND NEW.from_state = 'submitted' AND NEW.to_state = 'active')))",
        "at once without emergency": "NOT (NEW.from_state = 'submitted'"
        f" AND NEW.to_state = 'active') OR EXISTS ({_CHANGE} AND s.is_emergency = 1)",
        "other base": f"NEW.to_state NOT IN ('canary', 'active') OR EXISTS ({_CHANGE}"
        f" AND {_NEW_CHANGE_LIVE})",
        "another canary": "NEW.to_state <> 'canary' OR NOT EXISTS (SELECT 1 FROM policy_standing o"
        f" WHERE o.state = 'canary' AND EXISTS ({_CHANGE} AND s.tenant = o.tenant))",
    },
    "policy_activations": {
        "number taken": f"NEW.number = 1 + {_live('number')}",
        "other policy": "(NEW.version = 0 AND NEW.policy_digest = '') OR EXISTS"
        " (SELECT 1 FROM policies o WHERE o.tenant = NEW.tenant AND o.version = NEW.version"
        " AND o.digest = NEW.policy_digest)",
        "not approved": f"NEW.kind <> 'activate' OR EXISTS ({_CHANGE_HERE} AND {_SAME_POLICY}"
        f" AND s.state = 'active' AND s.is_carried = 1 AND ({_BASE_IS_LIVE} OR"
        f" ({_LIVE_KIND} = 'emergency' AND {_LIVE_CHANGE} = NEW.change_id)))",
        "canary not approved": f"NEW.kind <> 'canary' OR ({_LIVE_KIND}"
        f" NOT IN ('emergency', 'canary') AND EXISTS ({_CHANGE_HERE}"
        " AND s.version = NEW.canary_version AND s.policy_digest = NEW.canary_digest"
        f" AND s.state = 'canary' AND s.is_carried = 1 AND {_BASE_IS_LIVE}))",
        "no emergency": f"NEW.kind <> 'emergency' OR (A_DAY AND EXISTS ({_CHANGE_HERE}"
        f" AND {_SAME_POLICY} AND s.state = 'active' AND s.is_emergency = 1 AND {_BASE_IS_LIVE})"
        " AND NOT EXISTS (SELECT 1 FROM policy_activations o WHERE o.tenant = NEW.tenant"
        " AND o.kind = 'emergency' AND o.policy_digest = NEW.policy_digest))",
        "other base": "NEW.kind NOT IN ('canary', 'end-canary') OR (NEW.version ="
        f" {_live('version')} AND NEW.falls_back_to = {_live('falls_back_to')})",
        "no canary": f"NEW.kind <> 'end-canary' OR {_LIVE_KIND} = 'canary'",
        "no way back": "NEW.kind NOT IN ('rollback', 'lapse') OR"
        f" ({_live('version')} <> 0 AND NEW.version = {_fallback('version')}"
        f" AND NEW.falls_back_to = {_fallback('falls_back_to')})",
        "nothing to lapse": f"NEW.kind <> 'lapse' OR {_LIVE_KIND} = 'emergency'",
        "other way back": "NEW.kind NOT IN ('activate', 'emergency') OR NEW.falls_back_to ="
        f" CASE WHEN {_LIVE_KIND} = 'emergency' THEN {_live('falls_back_to')}"
        f" ELSE {_live('number')} END",
    },
}  # fmt: skip
