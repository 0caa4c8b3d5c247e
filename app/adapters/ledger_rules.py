"""The rules of an append: what it writes, what it replays, what it refuses.

`Known` is what the database knows of a group of appends, read under the group's lock; each append
of the group adds to it, so that two of one group meet the rules like two of different groups.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.adapters.ledger_queue import Append
from app.core.entry import Intent
from app.core.errors import Conflict, IdempotencyMismatch
from app.core.records import Appended, DecisionRecord, IdempotencyClaim, StoredResponse

ClaimKey = tuple[str, str, str]  # tenant, route, key
FilingKey = tuple[str, str, int]  # tenant, entry number, revision
EntryKey = tuple[str, str]  # tenant, entry number


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
class Known:
    """Claims, newest filings and filed entries that concern a group."""

    claims: dict[ClaimKey, KeptClaim] = field(default_factory=dict)
    filings: dict[FilingKey, KeptFiling] = field(default_factory=dict)
    filed: set[EntryKey] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Writing:
    """What an append is to write: its records, each first of its entry or not."""

    append: Append
    first_filings: tuple[bool, ...]


def claim_key(claim: IdempotencyClaim) -> ClaimKey:
    """Return what a claim is unique by."""
    return claim.tenant, claim.route, claim.key


def filing_key(record: DecisionRecord) -> FilingKey | None:
    """Return what binds a filed record; None for a draft or one without an entry number."""
    if record.intent is not Intent.FILED or record.entry_number is None:
        return None
    return record.tenant, record.entry_number, record.revision


def replay_of(claim: IdempotencyClaim, kept: KeptClaim | None) -> StoredResponse | None:
    """Return the answer kept for `claim`, None if there is none; IdempotencyMismatch otherwise."""
    if kept is None:
        return None
    if kept.body_digest != claim.body_digest:
        raise IdempotencyMismatch("the Idempotency-Key was used before with another body")
    return StoredResponse(kept.response)


def judge(append: Append, known: Known) -> Writing | Appended:
    """Say what `append` writes, or what it replays, and note in `known` what it adds.

    Raises IdempotencyMismatch and Conflict; `known` is then as it was.
    """
    if append.claim is not None:
        replayed = replay_of(append.claim, known.claims.get(claim_key(append.claim)))
        if replayed is not None:
            return Appended((), (), replayed)
    elif len(append.records) == 1:
        replayed = _bound(append.records[0], known)
        if replayed is not None:
            return Appended((), (), replayed)
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


def _note(record: DecisionRecord, known: Known) -> bool:
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
