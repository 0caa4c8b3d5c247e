"""Find decisions by many keys at once, without the bulk of their evidence."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, LargeBinary, Select, func, null, select

from app.adapters.ledger_rows import record_of
from app.adapters.ledger_schema import decision_index, decisions, payloads
from app.core.records import DecisionRecord

KEYS_AT_ONCE = 500  # parameters of one statement, far below what either database takes
Among = Callable[[Column[str], Collection[str]], ColumnElement[bool]]


def find_sharing(  # noqa: PLR0913, PLR0917 - each narrows the search
    engine: Engine,
    among: Among,
    tenant: str,
    keys: Sequence[str],
    since: datetime | None,
    limit: int,
) -> list[DecisionRecord]:
    """Return the tenant's decisions that carry any of `keys`, each once, newest first.

    At most `limit` for each key; their `evidence` is left empty.
    """
    found: dict[int, DecisionRecord] = {}
    with engine.connect() as connection:
        for at in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[at : at + KEYS_AT_ONCE]
            query = _carrying(tenant, among(decision_index.c.key, some), limit)
            if since is not None:
                query = query.where(decisions.c.scored_at >= since)
            for row in connection.execute(query).mappings():
                found[row["seq"]] = record_of(dict(row))
    return [found[seq] for seq in sorted(found, reverse=True)]


def _carrying(tenant: str, is_key: ColumnElement[bool], limit: int) -> Select[Any]:
    newest_first = func.row_number().over(
        partition_by=decision_index.c.key, order_by=decision_index.c.seq.desc()
    )
    ranked = (
        select(decision_index.c.seq, newest_first.label("place"))
        .where(decision_index.c.tenant == tenant, is_key)
        .subquery()
    )
    return (
        select(
            decisions,
            payloads.c.request,
            null().cast(LargeBinary).label("evidence"),
            payloads.c.response,
        )
        .outerjoin(payloads, payloads.c.seq == decisions.c.seq)
        .where(
            decisions.c.seq.in_(select(ranked.c.seq).where(ranked.c.place <= limit)),
            decisions.c.tenant == tenant,
        )
    )
