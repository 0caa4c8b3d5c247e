"""An outcome as a document: how it is kept in the ledger and shown on the wire, and read back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson

from app.core.canonical import canonical_json
from app.core.errors import DataRefused
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.records import OutcomeRecord


def outcome_document(outcome: OutcomeRecord) -> dict[str, Any]:
    """Return the document of an outcome; the tenant is whose ledger it lies in, so not in it."""
    return {
        "outcome_id": outcome.outcome_id,
        "decision_id": outcome.decision_id,
        "entry_number": outcome.entry_number,
        "line_numbers": None if outcome.line_numbers is None else list(outcome.line_numbers),
        "code": outcome.code.value,
        "source": outcome.source.value,
        "regime": outcome.regime,
        "event_at": outcome.event_at.isoformat(),
        "known_at": outcome.known_at.isoformat(),
        "recorded_at": outcome.recorded_at.isoformat(),
        "recorded_by": outcome.recorded_by,
        "corrects": outcome.corrects,
        "held_by_us": outcome.held_by_us,
    }


def outcome_bytes(outcome: OutcomeRecord) -> bytes:
    """Return the canonical bytes of an outcome's document."""
    return canonical_json(outcome_document(outcome))


def outcome_of(tenant: str, document: bytes) -> OutcomeRecord:
    """Return the tenant's outcome that `outcome_bytes` wrote; DataRefused for anything else."""
    try:
        return _outcome(tenant, orjson.loads(document))
    except (KeyError, TypeError, ValueError) as error:
        raise DataRefused(f"outcome: {type(error).__name__}, wanted its document") from error


def _outcome(tenant: str, found: Mapping[str, Any]) -> OutcomeRecord:
    numbers = found["line_numbers"]
    return OutcomeRecord(
        outcome_id=found["outcome_id"],
        tenant=tenant,
        decision_id=found["decision_id"],
        entry_number=found["entry_number"],
        line_numbers=None if numbers is None else tuple(numbers),
        code=OutcomeCode(found["code"]),
        source=OutcomeSource(found["source"]),
        regime=found["regime"],
        event_at=date.fromisoformat(found["event_at"]),
        known_at=date.fromisoformat(found["known_at"]),
        recorded_at=datetime.fromisoformat(found["recorded_at"]),
        recorded_by=found["recorded_by"],
        corrects=found["corrects"],
        held_by_us=found["held_by_us"],
    )
