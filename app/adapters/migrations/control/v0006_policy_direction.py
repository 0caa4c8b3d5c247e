"""A change is a tightening only if it is one: the database reads both documents itself.

The same rule as `app.core.governance.direction`: no cut point is higher afterwards for any
combination of segments, no band milder while evidence is missing, no less exploration.
"""

# ruff: noqa: S608 - every word of every condition stands in this file

import sqlalchemy as sa
from alembic import op

revision = "control_0006"
down_revision = "control_0005"
branch_labels = None
depends_on = None

MESSAGE = "policy refused - not a tightening"


def upgrade() -> None:
    """Make the trigger."""
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    condition = f"NEW.direction = 'tightening' AND ({_lets_off(is_sqlite=is_sqlite)})"
    if is_sqlite:
        connection.execute(
            sa.text(
                "CREATE TRIGGER policy_changes_direction BEFORE INSERT ON policy_changes"
                f" WHEN COALESCE({condition}, 1) BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        )
        return
    connection.execute(
        sa.text(
            "CREATE FUNCTION policy_changes_direction() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN IF COALESCE({condition}, true) THEN RAISE EXCEPTION '{MESSAGE}'; END IF;"
            " RETURN NEW; END $$"
        )
    )
    connection.execute(
        sa.text(
            "CREATE TRIGGER policy_changes_direction BEFORE INSERT ON policy_changes"
            " FOR EACH ROW EXECUTE FUNCTION policy_changes_direction()"
        )
    )


_BEFORE = "NEW.base_document"
_AFTER = (
    "(SELECT p.document FROM policies p WHERE p.tenant = NEW.tenant AND p.version = NEW.version)"
)


def _field(document: str, name: str, kind: str, *, is_sqlite: bool) -> str:
    """Return a field of a document, or of an object in it, as SQL."""
    if is_sqlite:
        return f"json_extract({document}, '$.{name}')"
    return f"CAST(CAST({document} AS jsonb) ->> '{name}' AS {kind})"


def _overrides(document: str, *, is_sqlite: bool) -> str:
    """Return the overrides of a document as rows: segment, value, review_at, hold_at."""
    if is_sqlite:
        source, one = f"json_each({document}, '$.overrides')", "e.value"
    else:
        source, one = f"jsonb_array_elements(CAST({document} AS jsonb) -> 'overrides')", "e"
    names = (("segment", "text"), ("value", "text"), ("review_at", "int"), ("hold_at", "int"))
    columns = ", ".join(
        f"{_field(one, name, kind, is_sqlite=is_sqlite)} AS {name}" for name, kind in names
    )
    alias = "e" if is_sqlite else "AS t(e)"
    return f"SELECT {columns} FROM {source} {alias}"


def _lets_off(*, is_sqlite: bool) -> str:
    raised = [_raised(point, is_sqlite=is_sqlite) for point in ("review_at", "hold_at")]
    before, after = (
        _field(each, "exploration_rate", "double precision", is_sqlite=is_sqlite)
        for each in (_BEFORE, _AFTER)
    )
    return " OR ".join([*raised, _milder(is_sqlite=is_sqlite), f"({after} < {before})"])


def _raised(point: str, *, is_sqlite: bool) -> str:
    old, new = (_overrides(each, is_sqlite=is_sqlite) for each in (_BEFORE, _AFTER))
    base, base_after = (
        _field(each, point, "int", is_sqlite=is_sqlite) for each in (_BEFORE, _AFTER)
    )
    every = (
        f"SELECT n.segment, n.value, n.{point} FROM ({new}) n UNION ALL SELECT '', '', {base_after}"
    )
    own = f"SELECT n.{point} FROM ({new}) n WHERE n.segment = o.segment AND n.value = o.value"
    others = f"SELECT max(x.{point}) FROM ({every}) x WHERE x.segment <> o.segment"
    untouched = (
        f"SELECT max(x.{point}) FROM ({every}) x WHERE NOT EXISTS (SELECT 1 FROM ({old}) o"
        " WHERE o.segment = x.segment AND o.value = x.value)"
    )
    return (
        f"(EXISTS (SELECT 1 FROM ({old}) o WHERE COALESCE(({own}), ({others})) > o.{point})"
        f" OR ({untouched}) > {base})"
    )


def _milder(*, is_sqlite: bool) -> str:
    def groups(document: str) -> str:
        if is_sqlite:
            return (
                f"SELECT e.key AS name, e.value AS band FROM json_each({document}, '$.degraded') e"
            )
        table = f"CAST({document} AS jsonb) -> 'degraded'"
        return f"SELECT t.k AS name, t.v AS band FROM jsonb_each_text({table}) AS t(k, v)"

    def rank(document: str) -> str:
        named = f"SELECT b.band FROM ({groups(document)}) b WHERE b.name = g.name"
        default = _field(document, "degraded_default", "text", is_sqlite=is_sqlite)
        band = f"COALESCE(({named}), {default})"
        return f"CASE {band} WHEN 'release' THEN 0 WHEN 'review' THEN 1 ELSE 2 END"

    names = " UNION ".join(f"SELECT n.name FROM ({groups(each)}) n" for each in (_BEFORE, _AFTER))
    return (
        f"EXISTS (SELECT 1 FROM (SELECT '' AS name UNION {names}) g"
        f" WHERE {rank(_AFTER)} < {rank(_BEFORE)})"
    )
