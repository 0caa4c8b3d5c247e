"""An exported ledger as a snapshot: last filed revisions, outcomes as known, links checked."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.adapters.ledger_export import export_ledger
from app.adapters.ledger_sql import open_ledger
from app.core.document.entry_document import Submission, submission_bytes
from app.core.entry import Intent
from app.core.errors import DataRefused
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.records import DecisionRecord
from tests.filings import entry, line, party
from tests.ledger_records import clock, draft, event_of_outcome, outcome, record
from tests.small_world import silent
from training.job.ledger_file import Taken, take_ledger

AS_OF = date(2026, 11, 25)


def filed(number: str, maker: str, **changes: object) -> DecisionRecord:
    made = entry(
        line(manufacturer=party("CN", name=maker)),
        entry_number=number,
        entry_date=date(2026, 11, 20),
    )
    request = submission_bytes(Submission(made, Intent.FILED))
    return record(entry_number=number, request=request, **changes)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two entries of acme, one of them amended, with outcomes; drafts, and another tenant's."""
    folder = tmp_path_factory.mktemp("ledger")
    url = f"sqlite:///{folder / 'ledger.db'}"
    first = filed("B7603245278", "First")
    amended = filed("B7603245278", "Second", revision=2)
    drawn = filed("B7600000010", "Drawn", exploration=True, exploration_odds=0.25)
    late = filed("B7600000028", "Late", scored_at=datetime(2026, 11, 25, tzinfo=UTC))
    other = filed("B7600000036", "Other", tenant="zenith")
    review = outcome(
        drawn, code=OutcomeCode.DOCUMENT_CHECK_CLEAR, source=OutcomeSource.REVIEW, outcome_id="R"
    )
    events = [event_of_outcome(outcome(first, outcome_id="G")), event_of_outcome(review)]

    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        for each in (first, draft(), amended, drawn, late, other):
            await ledger.append([each])
        for event in events:
            await ledger.append_event(event)
        await ledger.close()

    asyncio.run(use())
    export_ledger(url, folder)
    return folder / "ledger.jsonl"


def take(path: Path, tenant: str | None = "acme") -> Taken:
    return take_ledger(path, tenant, AS_OF, silent())


def test_the_last_revision_filed_before_the_day_is_taken(export: Path) -> None:
    taken = take(export)
    makers = {str(each.entry_number): each.lines[0].manufacturer for each in taken.entries}
    assert {number: maker.name for number, maker in makers.items() if maker} == {
        "B7603245278": "Second",
        "B7600000010": "Drawn",
    }
    assert (taken.counts["drafts"], taken.counts["later"]) == (1, 1)


def test_outcomes_come_with_who_said_so_and_the_odds_of_the_draw(export: Path) -> None:
    rows = {each["outcome_id"]: each for each in take(export).outcomes}
    assert rows["G"]["code"] == "excluded"
    assert rows["G"]["odds"] == ""
    assert rows["R"]["odds"] == "0.25"
    assert rows["R"]["recorded_by"] == "K1"
    assert rows["R"]["line_numbers"] == "1"


def test_without_a_tenant_all_are_taken(export: Path) -> None:
    assert len(take(export, None).entries) == 3


def test_a_broken_chain_is_refused(export: Path, tmp_path: Path) -> None:
    lines = export.read_bytes().splitlines(keepends=True)
    cut = tmp_path / "ledger.jsonl"
    cut.write_bytes(b"".join([*lines[:1], *lines[2:]]))
    with pytest.raises(DataRefused, match="line 2: found link 3"):
        take(cut)
    cut.write_bytes(b"{}\n")
    with pytest.raises(DataRefused, match="line 1"):
        take(cut)
    with pytest.raises(DataRefused, match="No such file"):
        take(tmp_path / "none.jsonl")
