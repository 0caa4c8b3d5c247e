"""What is erased is named in the chain: who, why and what; what is gone otherwise is tampering."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.adapters.ledger_export import export_ledger
from app.adapters.ledger_prune import PAGE, Ordered, adopt_erasures, prune_ledger
from app.adapters.ledger_reading import UNNAMED
from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.adapters.ledger_upkeep import verify_ledger
from app.adapters.ledger_verifier import Broken, verify
from app.core.chain import Break
from app.core.records import EventKind, KeptEvent
from tests.ledger_records import MOMENT, clock, draft, explanation

LATER = MOMENT + timedelta(days=1)
ORDERED = Ordered("command-line:dana", "asked for under a court's order", LATER)
ERASE = (
    "UPDATE payloads SET salt = NULL, request = NULL, evidence = NULL, response = NULL,"
    " erased_at = '2026-11-24 00:00:00' WHERE seq = {}"
)


@pytest.fixture
def url(ledger_url: str) -> str:
    """A ledger of decisions 1, 2 and explanation 3 of acme, and decision 4 of zenith."""

    async def fill() -> None:
        ledger = opened(ledger_url)
        await ledger.append([draft(decision_id="one"), draft(decision_id="two")])
        await ledger.append_event(explanation(subject="three"))
        await ledger.append([draft(tenant="zenith")])
        await ledger.close()

    asyncio.run(fill())
    return ledger_url


def opened(url: str) -> SqlLedger:
    return open_ledger(url, now=clock(), wal_bytes=0)


def null(url: str, *seqs: int) -> None:
    """Empty payloads as who may erase can, and say nothing."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for seq in seqs:
            connection.execute(text(ERASE.format(seq)))
    engine.dispose()


def broken(url: str) -> list[Break | None]:
    return [found for _, found in verify_ledger(url)]


def told(url: str, folder: Path) -> list[str]:
    """What the verifier of an export says."""
    export_ledger(url, folder)
    with (folder / "ledger.jsonl").open("rb") as file:
        return list(verify(file))


def erasures(url: str, tenant: str = "acme") -> list[KeptEvent]:
    async def read() -> list[KeptEvent]:
        ledger = opened(url)
        found = await ledger.events(tenant, EventKind.ERASURE)
        await ledger.append([draft(tenant=tenant)])  # and the chain goes on
        await ledger.close()
        return found

    return asyncio.run(read())


def test_an_erasure_is_in_the_chain_with_its_records_reason_and_actor(
    url: str, tmp_path: Path
) -> None:
    assert prune_ledger(url, LATER, ORDERED) == 4
    assert prune_ledger(url, LATER + timedelta(days=9), ORDERED) == 0  # erasures are kept
    assert broken(url) == [None, None]
    found = told(url, tmp_path)
    assert sum(int(each.split(" erased")[0].split()[-1]) for each in found) == 4
    (kept,) = erasures(url)
    assert json.loads(kept.event.document) == {
        "actor": "command-line:dana",
        "before": LATER.isoformat(),
        "reason": "asked for under a court's order",
        "records": [[1, "decision", "one"], [2, "decision", "two"], [3, "explanation", "three"]],
    }
    assert broken(url) == [None, None]


def test_a_payload_that_is_gone_without_an_erasure_is_tampering(url: str, tmp_path: Path) -> None:
    prune_ledger(url, LATER, ORDERED, "zenith")
    null(url, 2)
    acme, zenith = broken(url)
    assert zenith is None
    assert acme is not None
    assert (acme.seq, acme.problem) == (2, UNNAMED)
    with pytest.raises(Broken, match=r"acme .*: link 2: the payload is gone"):
        told(url, tmp_path)


def test_an_erasure_that_was_itself_erased_names_nothing(url: str, tmp_path: Path) -> None:
    prune_ledger(url, LATER, ORDERED, "zenith")
    null(url, 5)
    _, zenith = broken(url)
    assert zenith is not None
    assert zenith.problem == UNNAMED
    with pytest.raises(Broken, match="no erasure names it"):
        told(url, tmp_path)
    adopt_erasures(url, ORDERED)  # the decision, but never the erasure
    assert broken(url)[1] is not None
    with pytest.raises(Broken, match="no erasure names it"):
        told(url, tmp_path)


def test_what_was_erased_before_there_were_erasures_is_adopted_by_name(
    url: str, tmp_path: Path
) -> None:
    null(url, 1, 4)
    assert [each is None for each in broken(url)] == [False, False]
    assert adopt_erasures(url, ORDERED) == 2
    assert adopt_erasures(url, ORDERED) == 0
    assert broken(url) == [None, None]
    assert len(told(url, tmp_path)) >= 2
    (kept,) = erasures(url)
    document = json.loads(kept.event.document)
    assert (document["before"], document["records"]) == (None, [[1, "decision", "one"]])


def test_many_are_erased_a_page_at_a_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    async def fill() -> None:
        ledger = opened(url)
        await ledger.append([draft() for _ in range(PAGE + 1)])
        await ledger.append([draft(tenant="zenith")])
        await ledger.close()

    asyncio.run(fill())
    assert prune_ledger(url, LATER, ORDERED) == PAGE + 2
    assert broken(url) == [None, None]
    named = [len(json.loads(each.event.document)["records"]) for each in erasures(url)]
    assert named == [PAGE, 1]


def test_an_erasure_names_nothing_that_came_after_it(url: str, tmp_path: Path) -> None:
    async def foretell() -> None:
        ledger = opened(url)
        document = b'{"records":[[6,"decision","six"]]}'
        await ledger.append_event(explanation(kind=EventKind.ERASURE, document=document))
        await ledger.append([draft(decision_id="six")])
        await ledger.close()

    asyncio.run(foretell())
    assert broken(url) == [None, None]
    null(url, 6)
    assert broken(url)[0] is not None
    with pytest.raises(Broken, match="no erasure names it"):
        told(url, tmp_path)


def test_an_erasure_of_another_form_is_named(url: str, tmp_path: Path) -> None:
    async def write() -> None:
        ledger = opened(url)
        await ledger.append_event(explanation(kind=EventKind.ERASURE, document=b'{"no":1}'))
        await ledger.close()

    asyncio.run(write())
    with pytest.raises(Broken, match="it is no erasure"):
        told(url, tmp_path)
