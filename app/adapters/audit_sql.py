"""The audit of control in SQL: appended in the transaction of what it tells of, never changed."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from ulid import ULID

from app.adapters.control_database import ControlDatabase, unavailable
from app.adapters.keys_schema import audit
from app.core.audit import (
    GENESIS,
    Action,
    AuditEvent,
    Deed,
    audit_time,
    event_hash,
    first_break,
)
from app.core.canonical import canonical_json
from app.core.checkpoint import AuditHead
from app.core.errors import InvalidField

_LOCK = 0x656E7472795F6175  # "entry_au": one link at a time gets its place
_AT_ONCE = 1_000  # rows read at a time where all are read


def append(connection: Connection, at: datetime, deed: Deed) -> AuditEvent:
    """Write a deed within the caller's transaction, which writes (blocking).

    InvalidField where nobody is named as the actor: then nothing of the transaction stands.
    """
    if not deed.actor.strip():
        raise InvalidField("actor", "missing", "found nobody, wanted who did it")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    seq, prev_hash = (1, GENESIS) if last is None else (last.seq + 1, last.hash)
    event_id = str(ULID.from_datetime(at))
    made = AuditEvent(
        seq=seq,
        event_id=event_id,
        at=at,
        deed=deed,
        prev_hash=prev_hash,
        hash=event_hash(seq, event_id, audit_time(at), deed, prev_hash),
    )
    connection.execute(insert(audit), _row_of(made))
    return made


class SqlAudit:
    """The events of one control database."""

    def __init__(self, control: ControlDatabase) -> None:
        self._control = control

    async def record(self, deed: Deed, *, once: bool = True) -> None:
        """Keep a deed; where it happens `once`, the same action on a tenant's subject is one."""
        await asyncio.to_thread(self._record, deed, once)

    def _record(self, deed: Deed, once: bool) -> None:
        same = select(audit.c.seq).where(
            audit.c.tenant == deed.tenant,
            audit.c.action == str(deed.action),
            audit.c.subject == deed.subject,
        )
        try:
            with self._control.writer.begin() as connection:
                if not once or connection.execute(same.limit(1)).first() is None:
                    append(connection, self._control.now(), deed)
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    async def page(
        self, tenant: str, after: str | None, limit: int, action: Action | None = None
    ) -> tuple[AuditEvent, ...]:
        """Return a tenant's events in their order, those after the event of that id.

        An id that is not the tenant's begins at the start.
        """
        return await asyncio.to_thread(self._page, tenant, after, limit, action)

    def _page(
        self, tenant: str, after: str | None, limit: int, action: Action | None
    ) -> tuple[AuditEvent, ...]:
        query = select(audit).where(audit.c.tenant == tenant).order_by(audit.c.seq).limit(limit)
        if action is not None:
            query = query.where(audit.c.action == str(action))
        if after is not None:
            place = select(audit.c.seq).where(audit.c.tenant == tenant, audit.c.event_id == after)
            query = query.where(audit.c.seq > place.scalar_subquery())
        return self._read(query)

    def head(self) -> AuditHead | None:
        """Return the newest event; None: there is none (blocking)."""
        newest = self._read(select(audit).order_by(audit.c.seq.desc()).limit(1))
        return AuditHead(newest[0].seq, newest[0].hash) if newest else None

    def problem_with(self, signed: AuditHead) -> str | None:
        """Say why the event that a checkpoint signed is not there; None where it is (blocking)."""
        found = self._read(select(audit).where(audit.c.seq == signed.seq))
        if not found:
            return f"event {signed.seq} is gone, a checkpoint had it"
        is_same = found[0].hash == signed.hash
        return None if is_same else f"event {signed.seq} is not that of the checkpoint"

    def first_break(self) -> int | None:
        """Return the number of the first link not as written, None if all are (blocking)."""
        return first_break(self.all())

    def all(self) -> Iterator[AuditEvent]:
        """Yield every event of every tenant, oldest first (blocking)."""
        last = 0
        while True:
            query = select(audit).where(audit.c.seq > last).order_by(audit.c.seq).limit(_AT_ONCE)
            found = self._read(query)
            if not found:
                return
            yield from found
            last = found[-1].seq

    def _read(self, query: Select[Any]) -> tuple[AuditEvent, ...]:
        try:
            with self._control.reader.connect() as connection:
                rows = connection.execute(query).mappings().all()
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        return tuple(_event_of(dict(row)) for row in rows)


def _row_of(event: AuditEvent) -> dict[str, object]:
    deed = event.deed
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "tenant": deed.tenant,
        "at": event.at,
        "actor": deed.actor,
        "action": str(deed.action),
        "subject": deed.subject,
        "details": canonical_json(dict(deed.details)).decode(),
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }


def _event_of(row: Mapping[str, Any]) -> AuditEvent:
    return AuditEvent(
        seq=row["seq"],
        event_id=row["event_id"],
        at=row["at"],
        deed=Deed(
            tenant=row["tenant"],
            actor=row["actor"],
            action=Action(row["action"]),
            subject=row["subject"],
            details=json.loads(row["details"]),
        ),
        prev_hash=row["prev_hash"],
        hash=row["hash"],
    )
