"""Erase what has been kept long enough: payloads go, their digests and the chain stay."""

from datetime import datetime

from sqlalchemy import Select, bindparam, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_database import open_database
from app.adapters.ledger_schema import decision_index, decisions, events, payloads
from app.adapters.migration import migrate
from app.core.errors import LedgerUnavailable

PAGE = 500  # payloads erased in one transaction


def prune_ledger(url: str, before: datetime, now: datetime, tenant: str | None = None) -> int:
    """Erase the payload of every record made before `before`; return how many (blocking).

    Request, evidence, response, an event's document and the keys they are found by go; columns,
    digests and links stay, so the chain is still whole. A page a transaction: stopped midway, it
    is begun again. SettingsRefused where another process writes to the file, LedgerUnavailable.
    """
    database = open_database(url)
    database.lock()
    engine = None
    try:
        migrate(url)
        engine = database.writer()
        count = 0
        with engine.connect() as connection:
            while True:
                with connection.begin():
                    seqs = connection.scalars(_due(before, tenant)).all()
                    rows = [{"of": seq, "at": now} for seq in seqs]
                    if not rows:
                        return count
                    connection.execute(_ERASE, rows)
                    connection.execute(delete(decision_index).where(decision_index.c.seq.in_(seqs)))
                count += len(rows)
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger fails: {type(error).__name__}") from error
    finally:
        if engine is not None:
            engine.dispose()
        database.unlock()


_ERASE = (
    update(payloads)
    .where(payloads.c.seq == bindparam("of"))
    .values(salt=None, request=None, evidence=None, response=None, erased_at=bindparam("at"))
)


def _due(before: datetime, tenant: str | None) -> Select[tuple[int]]:
    query = (
        select(payloads.c.seq)
        .outerjoin(decisions, decisions.c.seq == payloads.c.seq)
        .outerjoin(events, events.c.seq == payloads.c.seq)
        .where(
            payloads.c.erased_at.is_(None),
            or_(decisions.c.scored_at < before, events.c.recorded_at < before),
        )
    )
    if tenant is not None:
        query = query.where(or_(decisions.c.tenant == tenant, events.c.tenant == tenant))
    return query.order_by(payloads.c.seq).limit(PAGE)
