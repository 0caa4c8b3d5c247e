"""What was erased, why, by whom: the document of the event that allows payloads to be gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from app.core.canonical import canonical_json
from app.core.records import EventKind, EventRecord


class Erased(NamedTuple):
    """A record whose payload is gone: ledger number, kind of link, and its id."""

    seq: int
    kind: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erasure of records of a tenant.

    `before` is the moment that what was erased was recorded before. None: the payloads were found
    gone, left by a version that kept no such event, and `reason` is what is said of that now.
    """

    erasure_id: str
    tenant: str
    at: datetime
    actor: str
    reason: str
    before: datetime | None
    records: tuple[Erased, ...]


def erasure_event(erasure: Erasure) -> EventRecord:
    """Return the event that keeps an erasure; its document is never erased."""
    document: dict[str, Any] = {
        "actor": erasure.actor,
        "before": None if erasure.before is None else erasure.before.isoformat(),
        "reason": erasure.reason,
        "records": [list(each) for each in erasure.records],
    }
    return EventRecord(
        kind=EventKind.ERASURE,
        subject=erasure.erasure_id,
        tenant=erasure.tenant,
        recorded_at=erasure.at,
        document=canonical_json(document),
    )


def erased_before(seq: int, document: bytes) -> tuple[Erased, ...]:
    """Return the records that an erasure at `seq` names and that came before it.

    A document that is none, or was itself erased, names nothing.
    """
    try:
        found = [Erased(*each) for each in orjson.loads(document)["records"]]
        return tuple(each for each in found if each.seq < seq)
    except (ValueError, KeyError, TypeError):
        return ()


def unnamed(gone: Iterable[Erased], named: Iterable[Erased]) -> Erased | None:
    """Return the first record in ledger order that is gone and that no erasure names, or None."""
    allowed = set(named)
    return min((each for each in gone if each not in allowed), default=None)
