"""Decisions and events as rows and back, and the digests that the chain keeps of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table

from app.adapters.ledger_schema import Row, decisions, events
from app.core.canonical import sha256_hex
from app.core.chain import GENESIS, Link, Scalar, canonical, link_hash, payload_digest
from app.core.entry import Intent
from app.core.records import DecisionRecord, EventKind, EventRecord, LedgerRecord

DECISION = "decision"  # kind of link
TABLES: Mapping[str, Table] = {DECISION: decisions, **dict.fromkeys(EventKind, events)}
SUBJECTS = {decisions.name: "decision_id", events.name: "subject"}  # what a link names


class Rows(NamedTuple):
    """What one record is in the tables, and how its link speaks of it."""

    kind: str
    subject: str
    record: Row
    payload: Row
    keys: tuple[Row, ...]  # of table decision_index


def rows_of(record: LedgerRecord, seq: int, salt: bytes, *, first_filing: bool) -> Rows:
    """Return the rows of a decision or an event under its ledger number."""
    keys = tuple(
        {"tenant": record.tenant, "key": key, "seq": seq}
        for key in dict.fromkeys(record.index_keys)
    )
    if isinstance(record, EventRecord):
        return Rows(
            record.kind.value,
            record.subject,
            event_row(record, seq),
            _payload_row(seq, salt, record.document, b"", b""),
            keys,
        )
    parts = (record.request, record.evidence, record.response)
    return Rows(
        DECISION,
        record.decision_id,
        decision_row(record, seq, first_filing=first_filing),
        _payload_row(seq, salt, *parts),
        keys,
    )


def payload_bytes(record: LedgerRecord) -> int:
    """Return how many bytes of payload a record carries."""
    if isinstance(record, EventRecord):
        return len(record.document)
    return len(record.request) + len(record.evidence) + len(record.response)


def event_row(event: EventRecord, seq: int) -> Row:
    """Return the row of table events."""
    return {
        "seq": seq,
        "tenant": event.tenant,
        "kind": event.kind.value,
        "subject": event.subject,
        "decision_id": event.decision_id,
        "entry_number": event.entry_number,
        "corrects": event.corrects,
        "recorded_at": event.recorded_at,
    }


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
    """Return the digest of a row of decisions or events; moments count as UTC with microseconds.

    Raises ValueError where a number is not finite or a text cannot be written.
    """
    return sha256_hex(canonical_row(row))


def canonical_row(row: Mapping[str, Any]) -> bytes:
    """Return the bytes that `row_digest` is of; raises ValueError as it does."""
    fields: dict[str, Scalar] = {
        name: _stamp(value) if isinstance(value, datetime) else value for name, value in row.items()
    }
    return canonical(fields)


def _payload_row(seq: int, salt: bytes, request: bytes, evidence: bytes, response: bytes) -> Row:
    return {
        "seq": seq,
        "salt": salt,
        "request": request,
        "evidence": evidence,
        "response": response,
    }


def digest_of_payload(row: Mapping[str, Any]) -> str:
    """Return the digest of a row of table payloads that was not erased."""
    parts = (bytes(row[name]) for name in ("request", "evidence", "response"))
    return payload_digest(bytes(row["salt"]), parts)


def next_link(rows: Rows, before: Link | None, at: tuple[str, int]) -> Link:
    """Return the link for a record's rows after `before`, in (stream, epoch) `at`."""
    record: Mapping[str, Any] = rows.record
    fields = {
        "tenant": record["tenant"],
        "stream": at[0],
        "epoch": at[1],
        "number": before.number + 1 if before else 1,
        "seq": record["seq"],
        "kind": rows.kind,
        "subject": rows.subject,
        "record_digest": row_digest(record),
        "payload_digest": digest_of_payload(rows.payload),
        "prev_hash": before.hash if before else GENESIS,
    }
    return Link(**fields, hash=link_hash(Link(**fields)))


def link_of(row: Mapping[str, Any]) -> Link:
    """Return the link that a row of table chain is."""
    return Link(**row)


def record_of(row: Mapping[str, Any]) -> DecisionRecord:
    """Return the record of a row of decisions joined with payloads; erased parts are empty."""
    fields = {name: row[name] for name in _DECIDED}
    fields["intent"] = Intent(row["intent"])
    for name in ("request", "evidence", "response"):
        fields[name] = bytes(row[name] or b"")
    return DecisionRecord(**fields)


def event_of(row: Mapping[str, Any]) -> EventRecord:
    """Return the event of a row of events joined with payloads; an erased document is empty."""
    return EventRecord(
        kind=EventKind(row["kind"]),
        subject=row["subject"],
        tenant=row["tenant"],
        recorded_at=row["recorded_at"],
        document=bytes(row["request"] or b""),
        decision_id=row["decision_id"],
        entry_number=row["entry_number"],
        corrects=row["corrects"],
    )


_DECIDED = tuple(name for name in DecisionRecord.__dataclass_fields__ if name != "index_keys")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
