"""The rules of an append: what it writes, what it replays, what it refuses.

`Known` is what the database knows of a group of appends, read under the group's lock; each append
of the group adds to it, so that two of one group meet the rules like two of different groups.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.adapters.ledger_queue import Append
from app.core.entry import Intent
from app.core.errors import Conflict, IdempotencyMismatch
from app.core.records import (
    Appended,
    DecisionRecord,
    EventRecord,
    IdempotencyClaim,
    LedgerRecord,
    StoredResponse,
)

ClaimKey = tuple[str, str, str]  # tenant, route, key
FilingKey = tuple[str, str, int]  # tenant, entry number, revision
EntryKey = tuple[str, str]  # tenant, entry number
EventKey = tuple[str, str, str]  # tenant, kind, subject


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """An answered claim."""

    body_digest: str
    response: bytes


@dataclass(frozen=True, slots=True)
class KeptFiling:
    """The newest decision of a filing; `response` is None where it was erased."""

    decision_id: str
    body_digest: str
    decided_by: tuple[str, str, str]  # model digest, policy version, reference digest
    response: bytes | None


@dataclass(slots=True)
class KnownEvent:
    """An event that is kept, or will be; `seq` None until it is written, `document` if erased."""

    document: bytes | None
    seq: int | None = None


@dataclass(slots=True)
class Known:
    """Claims, newest filings, filed entries and events that concern a group.

    `corrected` holds the events that others correct.
    """

    claims: dict[ClaimKey, KeptClaim] = field(default_factory=dict)
    filings: dict[FilingKey, KeptFiling] = field(default_factory=dict)
    filed: set[EntryKey] = field(default_factory=set)
    events: dict[EventKey, KnownEvent] = field(default_factory=dict)
    corrected: set[EventKey] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Writing:
    """What an append is to write: its records, each first of its entry or not."""

    append: Append
    first_filings: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Events that are kept already, or will be by an append of the same group."""

    events: tuple[KnownEvent, ...]

    def appended(self) -> Appended:
        """Return where they are, once all are written."""
        seqs = tuple(each.seq for each in self.events if each.seq is not None)
        return Appended(seqs, (False,) * len(self.events))


def claim_key(claim: IdempotencyClaim) -> ClaimKey:
    """Return what a claim is unique by."""
    return claim.tenant, claim.route, claim.key


def filing_key(record: LedgerRecord) -> FilingKey | None:
    """Return what binds a filed record; None for a draft, an event, or without an entry number."""
    if isinstance(record, EventRecord) or record.intent is not Intent.FILED:
        return None
    if record.entry_number is None:
        return None
    return record.tenant, record.entry_number, record.revision


def event_key(event: EventRecord) -> EventKey:
    """Return what an event is unique by."""
    return event.tenant, event.kind.value, event.subject


def corrected_key(event: EventRecord) -> EventKey | None:
    """Return the event that this one corrects; None: none."""
    return None if event.corrects is None else (event.tenant, event.kind.value, event.corrects)


def events_of(records: Iterable[LedgerRecord]) -> tuple[EventRecord, ...]:
    """Return the events among `records`."""
    return tuple(each for each in records if isinstance(each, EventRecord))


def replay_of(claim: IdempotencyClaim, kept: KeptClaim | None) -> StoredResponse | None:
    """Return the answer kept for `claim`, None if there is none; IdempotencyMismatch otherwise."""
    if kept is None:
        return None
    if kept.body_digest != claim.body_digest:
        raise IdempotencyMismatch("the Idempotency-Key was used before with another body")
    return StoredResponse(kept.response)


def judge(append: Append, known: Known) -> Writing | Appended | Repeat:
    """Say what `append` writes, or what it replays, and note in `known` what it adds.

    Raises IdempotencyMismatch and Conflict; `known` is then as it was.
    """
    if append.claim is not None:
        replayed = replay_of(append.claim, known.claims.get(claim_key(append.claim)))
        if replayed is not None:
            return Appended((), (), replayed)
    elif len(append.records) == 1 and isinstance(append.records[0], DecisionRecord):
        replayed = _bound(append.records[0], known)
        if replayed is not None:
            return Appended((), (), replayed)
    repeat = _judge_events(events_of(append.records), known)
    if repeat is not None:
        return repeat
    if append.claim is not None:
        kept = KeptClaim(append.claim.body_digest, append.claimed_response)
        known.claims[claim_key(append.claim)] = kept
    return Writing(append, tuple(_note(record, known) for record in append.records))


def entry_keys(appends: Iterable[Append]) -> set[EntryKey]:
    """Return the filed entries of `appends`."""
    keys = (filing_key(record) for append in appends for record in append.records)
    return {key[:2] for key in keys if key}


def _bound(record: DecisionRecord, known: Known) -> StoredResponse | None:
    key = filing_key(record)
    newest = known.filings.get(key) if key else None
    if newest is None:
        return None
    if newest.body_digest != record.body_digest:
        raise Conflict("this entry and revision was filed before with another body")
    if newest.decided_by == _decided_by(record):
        if newest.response is None:
            raise Conflict("this entry was filed before and its answer was erased since")
        return StoredResponse(newest.response)
    if record.supersedes != newest.decision_id:
        raise Conflict("another decision of this filing was made meanwhile; ask again")
    return None


def _judge_events(events: Sequence[EventRecord], known: Known) -> Repeat | None:
    """Return the repeat that `events` are, None if all are new; Conflict otherwise."""
    kept = [known.events[key] for key in map(event_key, events) if key in known.events]
    if kept:
        if len(kept) < len(events):
            raise Conflict("some of these were recorded before and others were not")
        if any(each.document != event.document for each, event in zip(kept, events, strict=True)):
            raise Conflict("this was recorded before with another document")
        return Repeat(tuple(kept))
    if len(set(map(event_key, events))) < len(events):
        raise Conflict("found the same subject twice")
    corrected = [key for event in events if (key := corrected_key(event))]
    for key in corrected:
        if key not in known.events:
            raise Conflict("what this corrects is not there")
        if key in known.corrected or corrected.count(key) > 1:
            raise Conflict("what this corrects was corrected before; correct the newest")
    return None


def _note(record: LedgerRecord, known: Known) -> bool:
    if isinstance(record, EventRecord):
        known.events[event_key(record)] = KnownEvent(record.document)
        corrected = corrected_key(record)
        if corrected is not None:
            known.corrected.add(corrected)
        return False
    key = filing_key(record)
    if key is None:
        return False
    known.filings[key] = KeptFiling(
        record.decision_id, record.body_digest, _decided_by(record), record.response
    )
    is_first = key[:2] not in known.filed
    known.filed.add(key[:2])
    return is_first


def _decided_by(record: DecisionRecord) -> tuple[str, str, str]:
    return record.model_digest, record.policy_version, record.reference_digest
