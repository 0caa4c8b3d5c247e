"""A ledger that keeps nothing, for scores that are asked for and not recorded."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.core.records import (
    Appended,
    DecisionRecord,
    EventKind,
    EventRecord,
    IdempotencyClaim,
    KeptEvent,
    LedgerFact,
    StoredResponse,
)


class NoLedger:
    """Satisfies the Ledger port by forgetting; never wire it where an answer counts as a record."""

    async def append(
        self,
        records: Sequence[DecisionRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Say that the records follow one another, and drop them; none is ever a first filing."""
        del claim, claimed_response
        return Appended(tuple(range(1, len(records) + 1)), (False,) * len(records))

    async def append_event(self, event: EventRecord) -> int:
        """Drop the event and say that it is the first."""
        del event
        return 1

    async def append_events(
        self,
        events: Sequence[EventRecord],
        *,
        claim: IdempotencyClaim | None = None,
        claimed_response: bytes | None = None,
    ) -> Appended:
        """Say that the events follow one another, and drop them."""
        del claim, claimed_response
        return Appended(tuple(range(1, len(events) + 1)), (False,) * len(events))

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        """Know no claim."""
        del claim
        return None

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int | None = None
    ) -> DecisionRecord | None:
        """Know no filing."""
        del tenant, entry_number, revision
        return None

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        """Know no decision."""
        del tenant, decision_id
        return None

    def facts_of(self, tenant: str, key: str) -> Iterator[LedgerFact]:
        """Yield nothing."""
        del tenant, key
        return iter(())

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        """Yield nothing."""
        del tenant, after_seq, limit
        return iter(())

    def last_fact_seq(self, tenant: str) -> int:
        """Say that there is no fact."""
        del tenant
        return 0

    async def events(  # noqa: PLR0913 - as the port has it
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
        """Know no event."""
        del tenant, kind, subject, decision_id, entry_number, since, after_seq, limit
        return []

    async def find(
        self,
        tenant: str,
        key: str,
        *,
        before_seq: int | None = None,
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[DecisionRecord]:
        """Find nothing."""
        del tenant, key, before_seq, since, limit
        return []

    async def find_many(
        self, tenant: str, keys: Sequence[str], *, since: datetime | None = None, limit: int = 50
    ) -> list[DecisionRecord]:
        """Find nothing."""
        del tenant, keys, since, limit
        return []

    async def is_writable(self) -> bool:
        """Say yes: nothing can fail that is not done."""
        return True

    async def close(self) -> None:
        """Do nothing."""
