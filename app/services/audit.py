"""What was done to keys, people, lists and cases, as the tenant's auditor reads it."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.core.audit import Action, AuditEvent, Deed, audit_time
from app.services.callers import Caller

MAX_PAGE = 200  # docs/audit.md


class AuditLog(Protocol):
    """Where deeds are kept for good."""

    async def record(self, deed: Deed, *, once: bool = True) -> None:
        """Keep a deed; where it happens `once`, the same action on a tenant's subject is one."""
        ...

    async def page(
        self, tenant: str, after: str | None, limit: int, action: Action | None = None
    ) -> tuple[AuditEvent, ...]:
        """Return a tenant's events in their order, those after the event of that id."""
        ...


async def audit_page(
    log: AuditLog, tenant: str, after: str | None, limit: int, action: Action | None = None
) -> dict[str, Any]:
    """Return a page of the tenant's events; `next` goes on after it, None where it was the last."""
    found = await log.page(tenant, after, limit + 1, action)
    shown = found[:limit]
    return {
        "events": [event_document(each) for each in shown],
        "next": shown[-1].event_id if len(found) > limit else None,
    }


def event_document(event: AuditEvent) -> dict[str, Any]:
    """Return an event as it is answered: no number, which would count what others did."""
    return {
        "event_id": event.event_id,
        "at": audit_time(event.at),
        "actor": event.deed.actor,
        "action": str(event.deed.action),
        "subject": event.deed.subject,
        "details": dict(event.deed.details),
        "hash": event.hash,
    }


async def keep(  # noqa: PLR0913 - what is kept
    log: AuditLog,
    caller: Caller,
    action: Action,
    subject: str,
    details: Mapping[str, str],
    *,
    once: bool = True,
) -> None:
    """Keep what a caller did to `subject`; `once` is False for what can be done again."""
    deed = Deed(
        tenant=caller.tenant,
        actor=f"key:{caller.key_id}",
        action=action,
        subject=subject,
        details=details,
    )
    await log.record(deed, once=once)
