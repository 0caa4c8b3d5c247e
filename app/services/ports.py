"""What the use cases need from outside; adapters satisfy these Protocols by shape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.entry import Intent


class Clock(Protocol):
    """Wall time, passed in so that tests own it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class CachedScore:
    """What the cache may hold of one encoded line: raw score and contributions, never a band.

    `contributions` are log-odds in the order of the bundle's features, base value last; None
    where they were not asked for yet.
    """

    raw_score: float
    contributions: tuple[float, ...] | None = None


class ScoreCache(Protocol):
    """Remembered predictions; every failure is a miss, so no method raises."""

    async def get_many(self, keys: Sequence[str]) -> list[CachedScore | None]:
        """Return what is known, in the order of `keys`; None for a miss."""
        ...

    async def put_many(self, scores: Sequence[tuple[str, CachedScore]]) -> None:
        """Remember `scores`, or quietly do not."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


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


class Ledger(Protocol):
    """The record. An append that returns is on disk; every failure is LedgerUnavailable."""

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Write `records` (all of one tenant) and the claim's response in one transaction.

        Without a claim a single filed record with an entry number is bound by (tenant,
        entry_number, revision): the same body, model, policy and reference replays the stored
        response; the same body with another model, policy or reference is appended (its
        `supersedes` must be set by the caller); another body raises Conflict. A claim with the
        same body digest replays; with another raises IdempotencyMismatch.
        """
        ...

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        """Return the answer kept for `claim`; raise IdempotencyMismatch for another body."""
        ...

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int
    ) -> DecisionRecord | None:
        """Return the newest decision of that filing, or None."""
        ...

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        """Return the tenant's own decision, or None."""
        ...

    def filed_entries(self, tenant: str, after_seq: int) -> Iterator[FiledEntry]:
        """Yield first filings of `tenant` in ledger order with seq > `after_seq` (blocking)."""
        ...

    async def is_writable(self) -> bool:
        """Say whether an append would be tried now."""
        ...

    async def close(self) -> None:
        """Write what is queued and let go of the database."""
        ...


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


class KeyStore(Protocol):
    """API keys; `find` is called once a request and may answer from a short memory."""

    async def find(self, secret: str) -> ApiKey | None:
        """Return the live key whose secret this is, or None (unknown, revoked, expired)."""
        ...

    def create(
        self,
        tenant: str,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None = None,
        secret: str | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, shown this once (blocking)."""
        ...

    def list(self, tenant: str | None = None) -> list[ApiKey]:
        """Return keys, newest first (blocking)."""
        ...

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if there is none of that id (blocking)."""
        ...
