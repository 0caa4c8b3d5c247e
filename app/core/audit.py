"""The audit of control: who did what to whose keys, people and lists, as links of one chain.

A link's hash is SHA-256 over the canonical JSON of its fields and of the hash before it, so that
a change, a removal or another order is found by whoever reads the chain from its start.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.canonical import canonical_json

GENESIS = "0" * 64  # the hash before the first


class Action(StrEnum):
    """What can be done that is kept here."""

    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    USER_LINKED = "user.sign-in-link"
    SIGNED_IN = "session.signed-in"
    SIGN_IN_REFUSED = "session.refused"
    SIGNED_OUT = "session.signed-out"
    LIST_ACTIVATED = "list.activated"
    CASE_EXPLAINED = "case.explained"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_SECRET = "webhook.secret-changed"  # noqa: S105  # what was done, no secret
    POLICY_WRITTEN = "policy.written"
    POLICY_EVALUATED = "policy.evaluated"
    CHANGE_SUBMITTED = "change.submitted"
    CHANGE_APPROVED = "change.approved"
    CHANGE_MOVED = "change.moved"
    POLICY_ACTIVATED = "policy.activated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something done, before it has its place: `subject` names what it was done to, by id.

    `actor` is who did it: `key:<id>`, `user:<id>`, or `command-line:<account>`; never empty.
    `details` are short texts, no secrets and no party names.
    """

    tenant: str
    actor: str
    action: Action
    subject: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """A deed in its place: `seq` counts from 1 over all tenants, `hash` covers all before it."""

    seq: int
    event_id: str
    at: datetime
    deed: Deed
    prev_hash: str
    hash: str


def event_hash(seq: int, event_id: str, at: str, deed: Deed, prev_hash: str) -> str:
    """Return the hex hash of a link; `at` as `audit_time` writes it."""
    fields = {
        "seq": seq,
        "event_id": event_id,
        "at": at,
        "tenant": deed.tenant,
        "actor": deed.actor,
        "action": str(deed.action),
        "subject": deed.subject,
        "details": dict(deed.details),
        "prev_hash": prev_hash,
    }
    return hashlib.sha256(canonical_json(fields)).hexdigest()


def audit_time(moment: datetime) -> str:
    """Return a moment in UTC to the microsecond, as hashes and answers have it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def first_break(events: Iterable[AuditEvent]) -> int | None:
    """Return the number of the first link that is not what was written; None for a whole chain."""
    prev_hash = GENESIS
    for number, event in enumerate(events, 1):
        wanted = event_hash(event.seq, event.event_id, audit_time(event.at), event.deed, prev_hash)
        if (event.seq, event.prev_hash, event.hash) != (number, prev_hash, wanted):
            return number
        prev_hash = event.hash
    return None
