"""What is kept and handed over: decisions, events, claims, cached scores, keys as plain records."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.entry import Intent
from app.core.outcomes import OutcomeCode, OutcomeSource


@dataclass(frozen=True, slots=True)
class CachedScore:
    """What the cache may hold of one encoded line: raw score and contributions, never a band.

    `contributions` are log-odds in the order of the bundle's features, base value last; None
    where they were not asked for yet.
    """

    raw_score: float
    contributions: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One decision as it is kept: enough to show, prove and recompute it.

    `request`, `evidence` and `response` are canonical JSON bytes: the entry as understood, what
    was read and computed (history state, feature rows, raw scores, contributions, odds), and the
    answer as it was sent. `exploration_odds` is the probability with which the entry would be
    examined by the exploration draw, in [0, 1]. `index_keys` are opaque texts that the decision is
    found by later (as "supplier:<hex>"): no part of the record, no names.
    """

    decision_id: str
    tenant: str
    intent: Intent
    entry_number: str | None
    revision: int
    body_digest: str
    scored_at: datetime
    score: int
    probability: float
    band: str
    exploration: bool
    exploration_odds: float
    examined_because: str
    history_seq: int
    degraded: bool
    model_version: str
    model_digest: str
    policy_version: str
    reference_digest: str
    supersedes: str | None
    request: bytes
    evidence: bytes
    response: bytes
    index_keys: tuple[str, ...] = ()


class EventKind(StrEnum):
    """What is kept beside decisions, in the same chain."""

    OUTCOME = "outcome"
    EXPLANATION = "explanation"
    REFERENCE = "reference"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One event as it is kept: `subject` is its own id, unique among the tenant's of that kind.

    `document` is canonical JSON and can be erased like a decision's payload, but for that of an
    erasure; the other fields stay. `decision_id` and `entry_number` say what it speaks of,
    `corrects` the subject of the earlier event of that kind which it puts right; None where there
    is none.
    """

    kind: EventKind
    subject: str
    tenant: str
    recorded_at: datetime
    document: bytes
    decision_id: str | None = None
    entry_number: str | None = None
    corrects: str | None = None
    index_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event in its place: ledger number, and the subject of what corrects it, if anything.

    The document of an erased event is empty.
    """

    seq: int
    event: EventRecord
    corrected_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """What became of a filed entry, or of lines of it, and when it happened and became known.

    `line_numbers` None on an entry of several lines is a label of the entry. `held_by_us` says
    that the decision's band was hold, so that a stop of ours never passes for one of theirs.
    `corrects` is the id of the earlier outcome that this one puts right; nothing is overwritten.
    """

    outcome_id: str
    tenant: str
    decision_id: str
    entry_number: str | None
    line_numbers: tuple[int, ...] | None
    code: OutcomeCode
    source: OutcomeSource
    regime: str | None
    event_at: date
    known_at: date
    recorded_at: datetime
    recorded_by: str
    corrects: str | None
    held_by_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyClaim:
    """A client's key, scoped by tenant and route, and the digest of the body it came with."""

    tenant: str
    route: str
    key: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer given before, byte for byte."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of an append.

    `seqs` are ledger sequence numbers of the records in order (empty if `replayed`);
    `first_filings` says for each record whether it is the first filing of its entry number, the
    only one that history may count; `replayed` is the earlier answer where the claim, or the
    filed entry with the same body, model, policy and reference, was answered before.
    """

    seqs: tuple[int, ...]
    first_filings: tuple[bool, ...]
    replayed: StoredResponse | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing as the ledger has it: the entry as understood, and when it was decided.

    `seq` is 0 where it is told with an outcome that was just recorded: there it is not at hand.
    """

    seq: int
    tenant: str
    decision_id: str
    request: bytes
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeFact:
    """One outcome as history meets it, with the filing it speaks of and what it corrects."""

    seq: int
    tenant: str
    outcome: OutcomeRecord
    filing: Filing
    corrected: OutcomeRecord | None = None


LedgerRecord = DecisionRecord | EventRecord
LedgerFact = Filing | OutcomeFact


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as it is kept: never the secret, only its keyed hash.

    `replaces` is the id of the key that it was made to take over from, None for a first one.
    `user_id` is the person in whose hands it is, None for a service account.
    """

    key_id: str
    tenant: str
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    replaces: str | None = None
    user_id: str | None = None
