"""A ledger that keeps nothing, for scores that are asked for and not recorded."""

from collections.abc import Iterator, Sequence

from app.core.records import (
    Appended,
    DecisionRecord,
    FiledEntry,
    IdempotencyClaim,
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

    async def claimed(self, claim: IdempotencyClaim) -> StoredResponse | None:
        """Know no claim."""
        del claim
        return None

    async def last_filed(
        self, tenant: str, entry_number: str, revision: int
    ) -> DecisionRecord | None:
        """Know no filing."""
        del tenant, entry_number, revision
        return None

    async def decision(self, tenant: str, decision_id: str) -> DecisionRecord | None:
        """Know no decision."""
        del tenant, decision_id
        return None

    def filed_entries(self, tenant: str, after_seq: int) -> Iterator[FiledEntry]:
        """Yield nothing."""
        del tenant, after_seq
        return iter(())

    async def is_writable(self) -> bool:
        """Say yes: nothing can fail that is not done."""
        return True

    async def close(self) -> None:
        """Do nothing."""
