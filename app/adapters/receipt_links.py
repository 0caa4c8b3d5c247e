"""Where a decision lies in the chain, read for its receipt."""

from sqlalchemy import Engine, select

from app.adapters.ledger_rows import DECISION, link_of
from app.adapters.ledger_schema import chain, decisions
from app.core.chain import Link


def read_link_of(engine: Engine, tenant: str, decision_id: str) -> Link | None:
    """Return the link of the tenant's own decision, or None."""
    query = (
        select(chain)
        .join(decisions, decisions.c.seq == chain.c.seq)
        .where(
            decisions.c.tenant == tenant,
            decisions.c.decision_id == decision_id,
            chain.c.kind == DECISION,
        )
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return link_of(dict(row)) if row else None
