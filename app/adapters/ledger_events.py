"""Read events: outcomes, explanations and list changes, with what corrects them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, select

from app.adapters.ledger_rows import event_of
from app.adapters.ledger_schema import events, payloads
from app.core.records import EventKind, KeptEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSearch:
    """Which events of a tenant are wanted; None narrows nothing."""

    kind: EventKind
    subject: str | None = None
    decision_id: str | None = None
    entry_number: str | None = None
    since: datetime | None = None
    after_seq: int = 0
    limit: int = 200


def read_events(engine: Engine, tenant: str, search: EventSearch) -> list[KeptEvent]:
    """Return the tenant's events that `search` wants, in ledger order, the newest last."""
    later = events.alias("later")
    corrects_it = and_(
        later.c.tenant == events.c.tenant,
        later.c.kind == events.c.kind,
        later.c.corrects == events.c.subject,
    )
    query = (
        select(events, payloads.c.request, later.c.subject.label("corrected_by"))
        .outerjoin(payloads, payloads.c.seq == events.c.seq)
        .outerjoin(later, corrects_it)
        .where(*_conditions(tenant, search))
        .order_by(events.c.seq)
        .limit(search.limit)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [KeptEvent(row["seq"], event_of(dict(row)), row["corrected_by"]) for row in rows]


def _conditions(tenant: str, search: EventSearch) -> list[ColumnElement[Any]]:
    wanted = (
        (events.c.subject, search.subject),
        (events.c.decision_id, search.decision_id),
        (events.c.entry_number, search.entry_number),
    )
    conditions: list[ColumnElement[Any]] = [
        events.c.tenant == tenant,
        events.c.kind == search.kind.value,
        events.c.seq > search.after_seq,
    ]
    conditions += [column == value for column, value in wanted if value is not None]
    if search.since is not None:
        conditions.append(events.c.recorded_at >= search.since)
    return conditions
