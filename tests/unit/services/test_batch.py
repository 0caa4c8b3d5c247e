"""A batch: each entry answered in its place, from one snapshot, as it would be alone."""

import asyncio
from typing import Any

import pytest

from app.core.errors import IdempotencyMismatch, InvalidEntry, LedgerUnavailable
from app.core.records import Appended
from app.services.assessed import Explain
from app.services.batch import BATCH_ROUTE, MAX_BATCH, read_entries
from app.services.histories import HistoryMode
from tests.desks import (
    HOLDING,
    NUMBERS,
    RELEASING,
    bench,
    entry,
    filed,
    line,
    parsed,
    run,
    with_policy,
)
from tests.fakes import MemoryLedger

OWN = ("decision_id", "scored_at")


def without_own(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what no two decisions share."""
    return {name: value for name, value in answer.items() if name not in OWN}


@pytest.mark.parametrize("explain", list(Explain))
@pytest.mark.parametrize("count", [2, 30])
def test_each_result_is_that_of_the_entry_alone_at_the_same_history(
    explain: Explain, count: int
) -> None:
    documents = [
        entry(line(entered_value_usd=str(100 + at)), line(hts="030617"), export_country="KR")
        for at in range(count)
    ]

    async def compare() -> None:
        with bench(mode=HistoryMode.LIVE) as at:
            await at.models.reload()
            await at.score(filed())
            together = parsed(await at.score_all(*documents, explain=explain))["results"]
            alone = [await at.score(each, explain) for each in documents]
            assert [without_own(each) for each in together] == [without_own(each) for each in alone]

    run(compare())


def test_one_bad_entry_is_refused_in_its_place_and_rejects_no_other() -> None:
    async def mixed() -> None:
        with bench() as at:
            await at.models.reload()
            answer = await at.score_all(entry(), {"lines": []}, 7, entry())
            first, second, third, fourth = parsed(answer)["results"]
            assert (second, third) == ({"refused": "invalid-entry"},) * 2
            assert (first["decision_id"], fourth["decision_id"]) == ("D1", "D2")
            assert len(answer.records) == len(at.ledger.records) == 2
            assert at.ledger.appends == 1

    run(mixed())


def test_a_batch_of_bad_entries_writes_nothing() -> None:
    async def bad() -> None:
        with bench() as at:
            await at.models.reload()
            answer = await at.score_all(1, 2, key="k")
            assert parsed(answer)["results"] == [{"refused": "invalid-entry"}] * 2
            assert at.ledger.appends == 0

    run(bad())


def test_a_batch_reads_one_history_and_is_observed_after_it() -> None:
    async def snapshot() -> None:
        with bench() as at:
            await at.models.reload()
            results = parsed(await at.score_all(*map(filed, NUMBERS)))["results"]
            assert [each["history_seq"] for each in results] == [0, 0, 0]
            assert (await at.known()).seq == 3

    run(snapshot())


def test_filings_in_a_batch_are_bound_as_they_are_alone() -> None:
    async def bound() -> None:
        with bench() as at:
            await at.models.reload()
            before = await at.answer(filed(NUMBERS[0]))
            answer = await at.score_all(
                filed(NUMBERS[0]),
                filed(NUMBERS[0], export_country="VN"),
                filed(NUMBERS[1]),
                filed(NUMBERS[1]),
                filed(NUMBERS[1], export_country="VN"),
                filed(NUMBERS[0]) | {"intent": "draft"},
            )
            same, other, new, twin, clash, draft = parsed(answer)["results"]
            assert same == parsed(before)
            assert other == clash == {"refused": "conflict"}
            assert new == twin
            assert draft["decision_id"] not in {same["decision_id"], new["decision_id"]}
            assert len(at.ledger.records) == 3

    run(bound())


def test_a_filing_refused_in_a_batch_makes_its_twin_refused_too() -> None:
    async def bound() -> None:
        with bench() as at:
            await at.models.reload()
            await at.score(filed())
            other = filed(export_country="VN")
            results = parsed(await at.score_all(other, other))["results"]
            assert results == [{"refused": "conflict"}] * 2

    run(bound())


def test_a_filing_decided_under_another_model_is_superseded() -> None:
    async def supersede() -> None:
        with bench() as at:
            await at.models.reload()
            first = await at.score(filed())
            at.bundles.put_live(with_policy(RELEASING))
            await at.models.reload()
            (second,) = parsed(await at.score_all(filed()))["results"]
            assert second["supersedes"] == first["decision_id"]

    run(supersede())


def test_a_key_replays_a_batch_byte_for_byte() -> None:
    async def replay() -> None:
        with bench(with_policy(HOLDING)) as at:
            await at.models.reload()
            first = await at.score_all(entry(), 7, key="k")
            again = await at.score_all(entry(), 7, key="k")
            assert again.replayed
            assert again.body == first.body
            assert len(at.ledger.records) == 1
            with pytest.raises(IdempotencyMismatch):
                await at.score_all(entry(), key="k")
            assert not (await at.answer(entry(), key="k")).replayed  # keys are scoped by route

    run(replay())


class OtherWriter(MemoryLedger):
    """A ledger in which another process answers every key just before the append."""

    async def append(self, records: Any, **how: Any) -> Appended:
        self.claims["acme", BATCH_ROUTE, "k"] = (how["claim"].body_digest, b"theirs")
        return await super().append(records, **how)


def test_a_batch_that_another_process_answered_first_is_replayed() -> None:
    async def race() -> None:
        with bench(ledger=OtherWriter()) as at:
            await at.models.reload()
            answer = await at.score_all(entry(), key="k")
            assert (answer.body, answer.replayed, answer.records) == (b"theirs", True, ())

    run(race())


def test_nothing_is_answered_when_the_ledger_fails() -> None:
    async def fail() -> None:
        with bench(ledger=MemoryLedger(fails=True)) as at:
            await at.models.reload()
            with pytest.raises(LedgerUnavailable):
                await at.score_all(entry())

    run(fail())


def test_a_long_batch_leaves_the_loop_to_others() -> None:
    async def together() -> None:
        with bench(mode=HistoryMode.FROZEN) as at:
            await at.models.reload()
            order: list[int] = []

            async def score(count: int) -> None:
                answer = await at.score_all(*[entry()] * count, explain=Explain.NONE)
                order.append(len(answer.records))

            await asyncio.gather(score(300), score(1))
            assert order == [1, 300]

    run(together())


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ([], "", "wrong_type"),
        ({}, "/entries", "wrong_type"),
        ({"entries": {}}, "/entries", "wrong_type"),
        ({"entries": []}, "/entries", "entries_count"),
        ({"entries": [0] * (MAX_BATCH + 1)}, "/entries", "entries_count"),
        ({"entries": [0], "explain": "full"}, "", "unknown_field"),
    ],
)
def test_what_is_no_batch_is_refused_with_its_place(
    document: object, pointer: str, code: str
) -> None:
    with pytest.raises(InvalidEntry) as refused:
        read_entries(document)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)
