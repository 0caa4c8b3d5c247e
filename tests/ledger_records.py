"""Records for tests of the ledger: each says only what matters to it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from app.adapters.ledger_queue import Append
from app.core.entry import Intent
from app.core.outcome_document import outcome_bytes
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.records import (
    DecisionRecord,
    EventKind,
    EventRecord,
    IdempotencyClaim,
    LedgerRecord,
    OutcomeRecord,
)

_ids = count()
MOMENT = datetime(2026, 11, 24, 2, 31, 7, 412345, tzinfo=UTC)


def record(**changes: Any) -> DecisionRecord:
    """A filed decision of tenant acme with an id of its own; `changes` by field name."""
    number = next(_ids)
    fields: dict[str, Any] = {
        "decision_id": f"decision-{number}",
        "tenant": "acme",
        "intent": Intent.FILED,
        "entry_number": "B7603245278",
        "revision": 1,
        "body_digest": "body-1",
        "scored_at": MOMENT,
        "score": 781,
        "probability": 0.0431,
        "band": "hold",
        "exploration": False,
        "exploration_odds": 0.1 + 0.2,
        "examined_because": "model",
        "history_seq": 7,
        "degraded": False,
        "model_version": "2026-11-24-3f9c1a",
        "model_digest": "sha256:1",
        "policy_version": "7",
        "reference_digest": "sha256:2",
        "supersedes": None,
        "request": b'{"entry":1}',
        "evidence": b'{"rows":[]}',
        "response": b'{"score":781}',
    }
    return DecisionRecord(**{**fields, **changes})


def draft(**changes: Any) -> DecisionRecord:
    """A draft without an entry number."""
    return record(intent=Intent.DRAFT, entry_number=None, **changes)


def explanation(**changes: Any) -> EventRecord:
    """An event of tenant acme with a subject of its own; `changes` by field name."""
    fields: dict[str, Any] = {
        "kind": EventKind.EXPLANATION,
        "subject": f"event-{next(_ids)}",
        "tenant": "acme",
        "recorded_at": MOMENT,
        "document": b'{"why":"a typo"}',
    }
    return EventRecord(**{**fields, **changes})


def outcome(filing: DecisionRecord, **changes: Any) -> OutcomeRecord:
    """An outcome of a filing: line 1 excluded; `changes` by field name."""
    fields: dict[str, Any] = {
        "outcome_id": f"outcome-{next(_ids)}",
        "tenant": filing.tenant,
        "decision_id": filing.decision_id,
        "entry_number": filing.entry_number,
        "line_numbers": (1,),
        "code": OutcomeCode.EXCLUDED,
        "source": OutcomeSource.GOVERNMENT,
        "regime": "UFLPA",
        "event_at": date(2026, 11, 20),
        "known_at": date(2026, 11, 23),
        "recorded_at": MOMENT,
        "recorded_by": "K1",
        "corrects": None,
        "held_by_us": False,
    }
    return OutcomeRecord(**{**fields, **changes})


def event_of_outcome(kept: OutcomeRecord) -> EventRecord:
    """The event that keeps an outcome."""
    return explanation(
        kind=EventKind.OUTCOME,
        subject=kept.outcome_id,
        tenant=kept.tenant,
        recorded_at=kept.recorded_at,
        document=outcome_bytes(kept),
        decision_id=kept.decision_id,
        entry_number=kept.entry_number,
        corrects=kept.corrects,
    )


def claim(**changes: Any) -> IdempotencyClaim:
    """A client's key of tenant acme on /v1/score."""
    fields: dict[str, Any] = {
        "tenant": "acme",
        "route": "/v1/score",
        "key": "key-1",
        "body_digest": "body-1",
    }
    return IdempotencyClaim(**{**fields, **changes})


def append(
    *records: LedgerRecord,
    claim: IdempotencyClaim | None = None,
    claimed_response: bytes = b"",
    loop: asyncio.AbstractEventLoop,
) -> Append:
    """An append as the writer meets it."""
    tenant = records[0].tenant if records else "acme"
    return Append(tenant, records, claim, claimed_response, loop, loop.create_future())


def clock() -> Callable[[], datetime]:
    """A clock that stands still at MOMENT."""
    return lambda: MOMENT
