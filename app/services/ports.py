"""What the use cases need from outside; adapters satisfy these Protocols by shape.

The records that pass through are in app.core.records, so that adapters need not know services.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.core.history.projected import HistoryHead, HistoryScope, StoredHistory
from app.core.history.record import Record
from app.core.records import (
    ApiKey,
    Appended,
    CachedScore,
    DecisionRecord,
    EventKind,
    EventRecord,
    Filing,
    IdempotencyClaim,
    KeptEvent,
    LedgerFact,
    OutcomeFact,
    OutcomeRecord,
    StoredResponse,
)

__all__ = [
    "ApiKey",
    "Appended",
    "CachedScore",
    "Clock",
    "DecisionRecord",
    "EventKind",
    "EventRecord",
    "FactObserver",
    "Facts",
    "Filing",
    "HistoryStore",
    "IdempotencyClaim",
    "KeptEvent",
    "KeyStore",
    "Ledger",
    "LedgerFact",
    "OutcomeFact",
    "OutcomeRecord",
    "ScoreCache",
    "StoredResponse",
]


class Clock(Protocol):
    """Wall time, passed in so that tests own it."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


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
        self, tenant: str, entry_number: str, revision: int | None = None
    ) -> DecisionRecord | None:
        """Return the newest decision of that filing, or None; `revision` None: of the highest."""
        ...

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        """Return the tenant's own decision, or None."""
        ...

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        """Yield what moves history on, in ledger order with seq > `after_seq` (blocking).

        First filings and outcomes; what was erased is passed over. At most `limit` facts.
        """
        ...

    def facts_of(self, tenant: str, key: str) -> Iterator[LedgerFact]:
        """Yield the facts of decisions that carry `key` among their index keys (blocking)."""
        ...

    def last_fact_seq(self, tenant: str) -> int:
        """Return the number of the tenant's newest fact, erased or not; 0: none (blocking)."""
        ...

    async def append_event(self, event: EventRecord) -> int:
        """Write one event, chained and on disk like a decision, and return its number.

        The same event again (kind, subject, document) returns the number it has; another document
        under that subject raises Conflict, and so does a correction of an event that is not there
        or was corrected already.
        """
        ...

    async def append_events(
        self,
        events: Sequence[EventRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Write `events` (all of one tenant) and the claim's response in one transaction.

        All are written or none; otherwise as `append_event`. A claim is as in `append`.
        """
        ...

    async def events(  # noqa: PLR0913 - each narrows the search
        self,
        tenant: str,
        kind: EventKind,
        *,
        subject: str | None = None,
        decision_id: str | None = None,
        entry_number: str | None = None,
        since: datetime | None = None,
        after_seq: int = 0,
        limit: int = 200,
    ) -> list[KeptEvent]:
        """Return the tenant's events of a kind in ledger order, the newest last.

        `since` is the earliest moment of recording; None narrows nothing.
        """
        ...

    async def find(
        self,
        tenant: str,
        key: str,
        *,
        before_seq: int | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[DecisionRecord]:
        """Return the tenant's decisions that carry `key` among their index keys, newest first."""
        ...

    async def find_many(
        self, tenant: str, keys: Sequence[str], *, since: datetime | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """Return the tenant's decisions that carry any of `keys`, each once, newest first.

        At most `limit` for each key. Their `evidence` is left empty: it is the bulk of a decision.
        """
        ...

    async def is_writable(self) -> bool:
        """Say whether an append would be tried now."""
        ...

    async def close(self) -> None:
        """Write what is queued and let go of the database."""
        ...


class Facts(Protocol):
    """What a history is projected from: the facts of a ledger; both methods block."""

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        """Yield what moves history on, in ledger order with seq > `after_seq`; see Ledger."""
        ...

    def last_fact_seq(self, tenant: str) -> int:
        """Return the number of the tenant's newest fact, erased or not; 0: none."""
        ...


class HistoryStore(Protocol):
    """Where histories are kept (docs/history_live.md); only `keep` and `release` may raise.

    A write names the token of what it read and fails (False) if another write came between. None
    is no answer in time: what was asked may have been done or not.
    """

    async def read(
        self, scope: HistoryScope, keys: Sequence[str], *, is_patient: bool = False
    ) -> StoredHistory | None:
        """Return head and records of `keys` as of one moment, in at most one round trip.

        An answer waits for it no longer than the store's budget; an applier is patient.
        """
        ...

    async def begin(self, scope: HistoryScope, token: bytes, head: HistoryHead) -> bool | None:
        """Drop what `token` stands for and begin at `head` with no record."""
        ...

    async def apply(
        self, scope: HistoryScope, token: bytes, head: HistoryHead, records: Mapping[str, Record]
    ) -> bool | None:
        """Write `records` and `head` in one step."""
        ...

    async def adopt(self, draft: HistoryScope, scope: HistoryScope) -> bool | None:
        """Put a draft in the place of the history that is read, in one step; False: no draft."""
        ...

    async def keep(self) -> None:
        """Write down what would not outlive the process; OSError where the disk refuses."""
        ...

    async def release(self, scope: HistoryScope) -> None:
        """Let go of a history that this process will not read again; OSError as `keep`."""
        ...


class FactObserver(Protocol):
    """Who is told of a fact once the ledger has it, so that histories move on."""

    def settle(self, tenant: str, fact: OutcomeFact) -> None:
        """Take in an outcome that was recorded; never raises, never waits."""
        ...


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
