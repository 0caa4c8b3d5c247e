"""What a change of lists touches, from the ledger: one tenant's open entries, screened twice."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from app.core.records import Filing, OutcomeRecord
from app.core.reference import ReferencePack
from app.core.rehearsal import Cut, Rehearsal, open_entries, rehearse
from app.core.screening import Screener


class OpenFilings(Protocol):
    """The part of the ledger that is still open; every method blocks, none waits for a writer."""

    def newest_filings(self, tenant: str, cut: Cut) -> Sequence[Filing]:
        """Return the newest decision on each entry filed within the cut, in ledger order."""
        ...

    def standing_outcomes(self, tenant: str, cut: Cut) -> Sequence[OutcomeRecord]:
        """Return the outcomes recorded from `since` to `until` that no other of them corrects."""
        ...


class Rehearsals:
    """Compares two packs over the open entries of a tenant; safe to use from any thread."""

    def __init__(self, filings: OpenFilings) -> None:
        """Read from `filings`; screeners of the last packs are kept."""
        self._filings = filings
        self._screener = lru_cache(maxsize=3)(Screener)

    def rehearse(
        self, tenant: str, before: ReferencePack, after: ReferencePack, cut: Cut
    ) -> Rehearsal:
        """Return what the tenant's entries would gain, lose or see changed (blocking)."""
        if before.digest == after.digest:
            return Rehearsal(0, ())
        outcomes = self._filings.standing_outcomes(tenant, cut)
        entries = open_entries(self._filings.newest_filings(tenant, cut), outcomes)
        return rehearse(entries, self._screener(before), self._screener(after))
