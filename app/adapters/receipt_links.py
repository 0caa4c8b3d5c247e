"""Where a decision lies in the chain, read for its receipt, and when the newest was made."""

from datetime import datetime

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


def read_newest_moment(engine: Engine) -> datetime | None:
    """Return when the newest decision of all tenants says it was made; None: there is none."""
    query = select(decisions.c.scored_at).order_by(decisions.c.seq.desc()).limit(1)
    with engine.connect() as connection:
        return connection.scalar(query)
