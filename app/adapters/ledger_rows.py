"""Decision records as rows and back, and the digests that the chain keeps of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.adapters.ledger_schema import Row
from app.core.chain import GENESIS, Link, Scalar, link_hash, payload_digest, record_digest
from app.core.entry import Intent
from app.core.records import DecisionRecord

DECISION = "decision"  # kind of link


def decision_row(record: DecisionRecord, seq: int, *, first_filing: bool) -> Row:
    """Return the row of table decisions."""
    return {
        "seq": seq,
        "decision_id": record.decision_id,
        "tenant": record.tenant,
        "intent": record.intent.value,
        "entry_number": record.entry_number and str(record.entry_number),
        "revision": record.revision,
        "first_filing": first_filing,
        "body_digest": record.body_digest,
        "scored_at": record.scored_at,
        "score": record.score,
        "probability": float(record.probability),
        "band": str(record.band),
        "exploration": record.exploration,
        "exploration_odds": float(record.exploration_odds),
        "examined_because": record.examined_because,
        "history_seq": record.history_seq,
        "degraded": record.degraded,
        "model_version": record.model_version,
        "model_digest": record.model_digest,
        "policy_version": record.policy_version,
        "reference_digest": record.reference_digest,
        "supersedes": record.supersedes,
    }


def row_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a row of table decisions; moments count as UTC with microseconds.

    Raises ValueError where a number is not finite or a text cannot be written.
    """
    fields: dict[str, Scalar] = dict(row)
    fields["scored_at"] = _stamp(row["scored_at"])
    return record_digest(fields)


def payload_row(record: DecisionRecord, seq: int, salt: bytes) -> Row:
    """Return the row of table payloads."""
    return {
        "seq": seq,
        "salt": salt,
        "request": record.request,
        "evidence": record.evidence,
        "response": record.response,
    }


def digest_of_payload(row: Mapping[str, Any]) -> str:
    """Return the digest of a row of table payloads that was not erased."""
    parts = (bytes(row[name]) for name in ("request", "evidence", "response"))
    return payload_digest(bytes(row["salt"]), parts)


def next_link(
    decision: Mapping[str, Any],
    payload: Mapping[str, Any],
    before: Link | None,
    at: tuple[str, int],
) -> Link:
    """Return the link for a decision and its payload after `before`, in (stream, epoch) `at`."""
    fields = {
        "tenant": decision["tenant"],
        "stream": at[0],
        "epoch": at[1],
        "number": before.number + 1 if before else 1,
        "seq": decision["seq"],
        "kind": DECISION,
        "subject": decision["decision_id"],
        "record_digest": row_digest(decision),
        "payload_digest": digest_of_payload(payload),
        "prev_hash": before.hash if before else GENESIS,
    }
    return Link(**fields, hash=link_hash(Link(**fields)))


def link_of(row: Mapping[str, Any]) -> Link:
    """Return the link that a row of table chain is."""
    return Link(**row)


def record_of(row: Mapping[str, Any]) -> DecisionRecord:
    """Return the record of a row of decisions joined with payloads; erased parts are empty."""
    fields = {name: row[name] for name in DecisionRecord.__dataclass_fields__}
    fields["intent"] = Intent(row["intent"])
    for name in ("request", "evidence", "response"):
        fields[name] = bytes(row[name] or b"")
    return DecisionRecord(**fields)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
