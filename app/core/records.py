"""What is kept and handed over: decisions, claims, cached scores and API keys as plain records."""

from dataclasses import dataclass
from datetime import datetime

from app.core.entry import Intent


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
    examined by the exploration draw, in [0, 1].
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
class FiledEntry:
    """One filing that history observes, as the ledger has it."""

    seq: int
    tenant: str
    decision_id: str
    request: bytes
    scored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as it is kept: never the secret, only its keyed hash."""

    key_id: str
    tenant: str
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
