"""What is open is read from either database as from the fake, also beside the process that writes.

Staging and activation over a real ledger: the set that was shown is the set that is touched.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.adapters.ledger_open import OpenLedger
from app.adapters.ledger_sql import open_ledger
from app.core.errors import LedgerUnavailable
from app.core.records import EventKind
from app.core.reference.versions import ImportState, activation_from
from app.core.rehearsal import Cut, Late, cut_at
from app.services.callers import Caller
from app.services.ports import Ledger
from app.services.references import INSTALLATION, References
from app.services.rehearsals import OpenFilings, Rehearsals
from tests.desks import NUMBERS, bench, filed, line
from tests.fakes import NOW, MemoryLedger
from tests.ledger_records import MOMENT, clock, draft, event_of_outcome, outcome, record
from tests.reference_shelf import AS_OF, COTTON, LIST, MemoryOpen, shelf

HOUR = timedelta(hours=1)
Use = Callable[[Ledger, OpenFilings], Awaitable[None]]
Run = Callable[[Use], None]


@pytest.fixture
def run(ledger_url: str) -> Run:
    """Run a use of the fake, and of a real ledger with a reader beside it."""

    def run(use: Use) -> None:
        async def opened() -> None:
            fake = MemoryLedger()
            await use(fake, MemoryOpen(fake))
            ledger = open_ledger(ledger_url, now=clock())
            still_open = OpenLedger(ledger_url)
            assert still_open.exists()
            try:
                await use(ledger, still_open)
            finally:
                still_open.close()
                await ledger.close()

        asyncio.run(opened())

    return run


def filed_as(number: str | None, revision: int = 1, **changes: Any) -> Any:
    return record(
        entry_number=number, revision=revision, body_digest=f"{number}-{revision}", **changes
    )


def test_the_newest_decision_of_the_highest_revision_of_each_entry_is_read(run: Run) -> None:
    async def use(ledger: Ledger, still_open: OpenFilings) -> None:
        first, second = filed_as("A", 2), filed_as("A", 1)
        again = replace(
            first,
            decision_id="again",
            model_digest="sha256:9",
            supersedes=first.decision_id,
        )
        bare = [filed_as(None), filed_as(None)]
        theirs = filed_as("B", tenant="other")
        for each in (first, second, again, draft(), *bare, theirs):
            await ledger.append([each])
        found = still_open.newest_filings("acme", cut_at(MOMENT))
        ids = [each.decision_id for each in found]
        assert ids == ["again", *(each.decision_id for each in bare)]
        assert (found[0].request, found[0].scored_at) == (first.request, MOMENT)
        assert [each.tenant for each in still_open.newest_filings("other", cut_at(MOMENT))] == [
            "other"
        ]

    run(use)


def test_a_cut_has_both_ends_and_takes_in_what_was_late_by_other_lists(run: Run) -> None:
    async def use(ledger: Ledger, still_open: OpenFilings) -> None:
        for name, moment, by in (
            ("early", MOMENT - HOUR, "old"),
            ("since", MOMENT, "old"),
            ("until", MOMENT + HOUR, "old"),
            ("late", MOMENT + 2 * HOUR, "old"),
            ("on time", MOMENT + 2 * HOUR, "new"),
            ("too late", MOMENT + 4 * HOUR, "old"),
        ):
            await ledger.append([filed_as(name, scored_at=moment, reference_digest=by)])
        plain = Cut(MOMENT, MOMENT + HOUR)
        with_late = Cut(MOMENT, MOMENT + HOUR, Late(MOMENT + 3 * HOUR, "new"))
        assert len(still_open.newest_filings("acme", plain)) == 2
        assert len(still_open.newest_filings("acme", with_late)) == 3

    run(use)


def test_outcomes_stand_until_they_are_corrected(run: Run) -> None:
    async def use(ledger: Ledger, still_open: OpenFilings) -> None:
        filing = filed_as("A")
        await ledger.append([filing])
        wrong, alone = outcome(filing), outcome(filing)
        right = outcome(filing, corrects=wrong.outcome_id, recorded_at=MOMENT + HOUR)
        early = outcome(filing, recorded_at=MOMENT - timedelta(days=400))
        for each in (early, wrong, alone, right):
            await ledger.append_event(event_of_outcome(each))
        before = still_open.standing_outcomes("acme", cut_at(MOMENT))
        assert [each.outcome_id for each in before] == [wrong.outcome_id, alone.outcome_id]
        after = still_open.standing_outcomes("acme", cut_at(MOMENT + HOUR))
        assert [each.outcome_id for each in after] == [alone.outcome_id, right.outcome_id]
        assert after[0] == alone
        assert list(still_open.standing_outcomes("other", cut_at(MOMENT))) == []

    run(use)


def test_without_a_ledger_nothing_is_read_and_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    still_open = OpenLedger(f"sqlite:///{path}")
    assert not still_open.exists()
    assert not path.exists()
    path.touch()
    for read in (still_open.newest_filings, still_open.standing_outcomes):
        with pytest.raises(LedgerUnavailable):
            read("acme", cut_at(MOMENT))
    still_open.close()


def test_a_list_is_staged_and_activated_over_a_real_ledger(ledger_url: str, tmp_path: Path) -> None:
    admin = Caller("acme", "K9")

    async def go() -> None:
        ledger, still_open = open_ledger(ledger_url, now=lambda: NOW), OpenLedger(ledger_url)
        with bench(ledger=ledger) as at:  # type: ignore[arg-type]  # a real one in place of the fake
            references = References(
                shelf(tmp_path), Rehearsals(still_open), at.models, ledger, at.clock
            )
            await references.follow()
            await at.models.reload()
            maker = {"name": COTTON, "country": "CN"}
            document = filed(NUMBERS[0], line(manufacturer=maker), arrival_date="2026-11-16")
            earlier = filed(NUMBERS[1], line(manufacturer=maker), arrival_date="2026-02-28")
            answer = await at.score(document)
            await at.score(earlier)
            view, _ = await references.stage(admin, "uflpa", AS_OF, LIST)
            assert [each.decision_id for each in view.rehearsal.entries] == [answer["decision_id"]]
            assert view.rehearsal.screened == 2
            done = await references.activate(admin, view.staged.import_id, view.etag)
            assert (done.state, done.rehearsal) == (ImportState.ACTIVATED, view.rehearsal)
            (kept,) = await ledger.events(INSTALLATION, EventKind.REFERENCE)
            assert activation_from(kept.event.document) == done.activation
            assert ledger.verify_chain(INSTALLATION) is None
            settled = await ledger.decision("acme", answer["decision_id"])
            assert settled is not None
            late = outcome(settled, line_numbers=None, recorded_at=NOW + HOUR)
            await ledger.append_event(event_of_outcome(late))
            at.clock.move(days=1)
            assert await references.activate(admin, view.staged.import_id, None) == done
        still_open.close()
        await ledger.close()

    asyncio.run(go())
