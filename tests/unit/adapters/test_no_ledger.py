"""A ledger that keeps nothing answers as an empty one, whatever it was given."""

import asyncio

from app.adapters.no_ledger import NoLedger
from app.core.records import EventKind
from app.services.ports import Ledger
from tests.ledger_records import claim, explanation, record


def test_nothing_that_was_given_is_known() -> None:
    async def use(ledger: Ledger) -> None:
        filed = record(index_keys=("supplier:1",))
        appended = await ledger.append([filed], claim=claim(), claimed_response=b"answer")
        assert (appended.seqs, appended.first_filings, appended.replayed) == ((1,), (False,), None)
        assert await ledger.append_event(explanation()) == 1
        both = await ledger.append_events([explanation(), explanation()])
        assert both.seqs == (1, 2)
        assert await ledger.claimed(claim()) is None
        assert await ledger.decision("acme", filed.decision_id) is None
        assert await ledger.last_filed("acme", "B7603245278") is None
        assert await ledger.find("acme", "supplier:1") == []
        assert await ledger.find_many("acme", ["supplier:1"]) == []
        assert list(ledger.facts_of("acme", "supplier:1")) == []
        assert await ledger.events("acme", EventKind.EXPLANATION) == []
        assert (list(ledger.facts("acme", 0)), ledger.last_fact_seq("acme")) == ([], 0)
        assert await ledger.is_writable()
        await ledger.close()

    asyncio.run(use(NoLedger()))
