"""Outcomes are recorded of the tenant's own filed entries, corrected and never overwritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest

from app.core.document.reading import MAX_FAULTS
from app.core.errors import (
    Conflict,
    IdempotencyMismatch,
    InvalidOutcome,
    LedgerUnavailable,
    NotFound,
    RequestRefused,
)
from app.core.outcomes import OutcomeCode
from app.core.records import DecisionRecord, EventRecord, OutcomeFact
from app.services.assessed import Explain
from app.services.callers import Caller
from app.services.desk import Answer, Asked
from app.services.outcomes import OUTCOMES_ROUTE, OutcomeQuery, OutcomeService
from tests.desks import (
    CALLER,
    HOLDING,
    NUMBERS,
    RELEASING,
    TENANT,
    Bench,
    bench,
    claim_of,
    entry,
    filed,
    line,
    run,
    with_policy,
)

STRANGER = Caller("other", "K2")
TWO_LINES = filed(NUMBERS[0], line(), line())


@dataclass
class Observed:
    """An observer that remembers what it was told."""

    facts: list[OutcomeFact] = field(default_factory=list)

    def settle(self, tenant: str, fact: OutcomeFact) -> None:
        assert tenant == fact.tenant
        self.facts.append(fact)


@dataclass
class Office:
    """A bench, the outcome service over it, and what the service told."""

    at: Bench
    service: OutcomeService
    observed: Observed

    async def tell(
        self, document: Any = None, key: str | None = None, caller: Caller = CALLER, **changes: Any
    ) -> dict[str, Any]:
        """Record an outcome and return what was answered."""
        answer = await self.answer(document or told(**changes), key, caller)
        shown: dict[str, Any] = orjson.loads(answer.body)
        return shown

    async def answer(self, document: Any, key: str | None, caller: Caller = CALLER) -> Answer:
        claim = claim_of(OUTCOMES_ROUTE, document, key, caller)
        return await self.service.record(Asked(caller, Explain.NONE, claim), document)

    async def page(self, caller: Caller = CALLER, **wanted: Any) -> dict[str, Any]:
        shown: dict[str, Any] = orjson.loads(
            await self.service.page(caller, OutcomeQuery(**wanted))
        )
        return shown

    async def refused(self, kind: type[RequestRefused], **changes: Any) -> list[tuple[str, str]]:
        """Return the faults for which an outcome is refused; nothing is recorded."""
        before = len(self.at.ledger.kept)
        with pytest.raises(kind) as error:
            await self.tell(**changes)
        assert len(self.at.ledger.kept) == before
        assert self.observed.facts == []
        return [(each.pointer, each.code) for each in error.value.problems]


def told(**changes: Any) -> dict[str, Any]:
    """An outcome of the first entry as a client sends it; a change to ... leaves a field out."""
    document = {
        "entry_number": NUMBERS[0],
        "line_numbers": [1],
        "code": "excluded",
        "source": "government",
        "regime": "UFLPA",
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
    } | changes
    return {name: value for name, value in document.items() if value is not ...}


@contextmanager
def office(policy: dict[str, Any] | None = None) -> Iterator[Office]:
    with bench(with_policy(policy or RELEASING)) as at:
        observed = Observed()
        yield Office(at, OutcomeService(at.desk, observed), observed)


def test_an_outcome_is_recorded_and_shown_as_it_was_told() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            decision = await here.at.score(TWO_LINES)
            shown = await here.tell(line_numbers=[2, 1])
            assert shown == {
                "outcome_id": "D2",
                "decision_id": decision["decision_id"],
                "entry_number": NUMBERS[0],
                "line_numbers": [1, 2],
                "code": "excluded",
                "source": "government",
                "regime": "UFLPA",
                "event_at": "2026-11-20",
                "known_at": "2026-11-23",
                "recorded_at": "2026-11-24T02:31:07.412Z",
                "recorded_by": CALLER.key_id,
                "corrects": None,
                "held_by_us": False,
            }
            page = await here.page()
            assert page == {"outcomes": [{**shown, "seq": 2, "corrected_by": None}], "next": None}

    run(use())


def test_history_is_told_what_a_replay_of_the_ledger_would_read() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(TWO_LINES)
            first = await here.tell()
            await here.tell(code="seized", corrects=first["outcome_id"])
            live = here.observed.facts
            replayed = [f for f in here.at.ledger.facts(TENANT, 0) if isinstance(f, OutcomeFact)]
            assert [replace(f, filing=replace(f.filing, seq=0)) for f in replayed] == live
            assert [each.corrected and each.corrected.code for each in live] == [
                None,
                OutcomeCode.EXCLUDED,
            ]

    run(use())


def test_an_outcome_by_number_is_of_the_newest_filed_revision() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            first = await here.at.score(filed())
            second = await here.at.score(filed(NUMBERS[0], line(), line(), revision=2))
            assert (await here.tell(line_numbers=[2]))["decision_id"] == second["decision_id"]
            told_of = await here.tell(revision=1)
            assert told_of["decision_id"] == first["decision_id"]
            by_id = await here.tell(entry_number=..., decision_id=first["decision_id"])
            assert by_id["entry_number"] == NUMBERS[0]

    run(use())


def test_a_held_entry_marks_its_outcomes_as_held_by_us() -> None:
    async def use() -> None:
        with office(HOLDING) as here:
            await here.at.models.reload()
            await here.at.score(filed())
            assert (await here.tell())["held_by_us"] is True

    run(use())


def test_what_is_not_the_tenants_is_not_found() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            decision = await here.at.score(filed())
            for named in (
                {"entry_number": NUMBERS[1]},
                {"revision": 2},
                {"caller": STRANGER},
            ):
                found = await here.refused(NotFound, **named)
                assert found == [("/entry_number", "not_filed")]
            named = {"entry_number": ..., "decision_id": decision["decision_id"]}
            assert await here.refused(NotFound, **named, caller=STRANGER) == []
            assert await here.page(STRANGER) == {"outcomes": [], "next": None}

    run(use())


def test_a_draft_has_no_outcome() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            draft = await here.at.score(entry())
            named = {"entry_number": ..., "decision_id": draft["decision_id"]}
            assert await here.refused(InvalidOutcome, **named) == [("/decision_id", "draft")]

    run(use())


def test_a_line_that_the_entry_lacks_is_refused() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(TWO_LINES)
            found = await here.refused(InvalidOutcome, line_numbers=[2, 3])
            assert found == [("/line_numbers/1", "unknown_line")]

    run(use())


@pytest.mark.parametrize(
    ("days", "event_at", "is_recorded"),
    [
        ({"arrival_date": "2026-11-20"}, "2026-09-21", True),
        ({"arrival_date": "2026-11-20"}, "2026-09-20", False),
        ({"arrival_date": "2026-11-20", "export_date": "2026-10-20"}, "2026-08-21", True),
        ({"arrival_date": "2026-11-20", "export_date": "2026-10-20"}, "2026-08-20", False),
        ({"entry_date": "2026-11-20"}, "2019-03-01", False),
        ({}, "2019-03-01", True),  # no day is declared: nothing to hold it against
    ],
)
def test_nothing_happened_to_goods_long_before_their_entry(
    days: dict[str, str], event_at: str, is_recorded: bool
) -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            dated = filed() | dict.fromkeys(("arrival_date", "export_date", "entry_date"))
            dated = {name: each for name, each in (dated | days).items() if each is not None}
            await here.at.score(dated)
            if is_recorded:
                assert await here.tell(event_at=event_at)
            else:
                found = await here.refused(InvalidOutcome, event_at=event_at)
                assert found == [("/event_at", "before_entry")]

    run(use())


def test_lines_of_a_long_entry_are_read_too() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            long = filed(NUMBERS[0], *[line(description="x" * 200) for _ in range(400)])
            await here.at.score(long)
            assert await here.tell(line_numbers=[400])
            with pytest.raises(InvalidOutcome):
                await here.tell(line_numbers=[401])

    run(use())


def test_a_correction_names_what_it_corrects_and_both_stay() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(TWO_LINES)
            pending = await here.tell(code="detained_pending")
            wrong = await here.tell(code="seized")
            right = await here.tell(code="released_exception", corrects=wrong["outcome_id"])
            page = await here.page()
            shown = {each["outcome_id"]: each["corrected_by"] for each in page["outcomes"]}
            assert shown == {
                pending["outcome_id"]: None,  # what follows a pending detention corrects nothing
                wrong["outcome_id"]: right["outcome_id"],
                right["outcome_id"]: None,
            }
            with pytest.raises(Conflict) as refused:
                await here.tell(corrects=wrong["outcome_id"])
            (problem,) = refused.value.problems
            assert (problem.pointer, problem.code) == ("/corrects", "corrected_before")

    run(use())


def test_the_second_of_two_corrections_in_one_request_is_named() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(TWO_LINES)
            wrong = await here.tell(code="seized")
            before = len(here.at.ledger.kept)
            twice = told(corrects=wrong["outcome_id"])
            with pytest.raises(Conflict) as refused:
                await here.tell({"outcomes": [told(), twice, told(), twice]})
            (problem,) = refused.value.problems
            assert (problem.pointer, problem.code) == ("/outcomes/3/corrects", "corrected_before")
            assert len(here.at.ledger.kept) == before

    run(use())


def test_only_an_outcome_of_the_same_entry_is_corrected() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            await here.at.score(filed(NUMBERS[1]))
            wrong = await here.tell()
            here.observed.facts.clear()
            for named in (
                {"corrects": "nothing"},
                {"corrects": wrong["outcome_id"], "entry_number": NUMBERS[1]},
            ):
                assert await here.refused(Conflict, **named) == [("/corrects", "not_there")]

    run(use())


def foreign(number: str | None) -> dict[str, Any]:
    """A filed entry under another scheme, or without a number."""
    document = filed(identifier_scheme="kr-kcs") | {"entry_number": number}
    return {name: value for name, value in document.items() if value is not None}


def test_a_foreign_number_is_taken_as_it_is() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(foreign("KR 2026/77"))
            await here.at.score(foreign("A11-0000001-1"))  # by chance of the form that CBP prints
            for number in ("KR 2026/77", "A11-0000001-1"):
                told_of = await here.tell(entry_number=number)
                assert told_of["entry_number"] == number
                page = await here.page(entry_number=number)
                assert [each["outcome_id"] for each in page["outcomes"]] == [told_of["outcome_id"]]

    run(use())


def without_number(at: Bench) -> DecisionRecord:
    """File the newest decision again without a number, straight into the ledger."""
    bare = replace(at.ledger.records[-1], entry_number=None, decision_id="bare")
    at.ledger.kept.append(bare)
    return bare


def test_a_filing_without_a_number_is_spoken_of_by_its_decision() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            without_number(here.at)
            by_id: dict[str, Any] = {"entry_number": ..., "decision_id": "bare"}
            wrong = await here.tell(**by_id)
            assert wrong["entry_number"] is None
            await here.tell(**by_id, corrects=wrong["outcome_id"])
            other = await here.tell()
            with pytest.raises(Conflict):
                await here.tell(**by_id, corrects=other["outcome_id"])

    run(use())


def erase(at: Bench, number: int) -> None:
    """Erase the payload of a record."""
    found = at.ledger.kept[number - 1]
    at.ledger.kept[number - 1] = (
        replace(found, document=b"")
        if isinstance(found, EventRecord)
        else replace(found, request=b"", evidence=b"", response=b"")
    )


def test_of_an_erased_entry_only_the_whole_can_have_an_outcome() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            erase(here.at, 1)
            found = await here.refused(InvalidOutcome)
            assert found == [("/line_numbers", "erased")]
            assert await here.tell(line_numbers=None)
            assert here.observed.facts == []

    run(use())


def test_an_erased_outcome_is_neither_shown_nor_corrected() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            gone = await here.tell()
            erase(here.at, 2)
            assert (await here.page())["outcomes"] == []
            here.observed.facts.clear()
            found = await here.refused(Conflict, corrects=gone["outcome_id"])
            assert found == [("/corrects", "erased")]

    run(use())


def test_several_are_recorded_together_or_not_at_all() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(TWO_LINES)
            both = {"outcomes": [told(), told(code="seized", line_numbers=[2])]}
            shown = await here.tell(both)
            assert [each["code"] for each in shown["outcomes"]] == ["excluded", "seized"]
            assert [fact.seq for fact in here.observed.facts] == [2, 3]
            before = len(here.at.ledger.kept)
            with pytest.raises(InvalidOutcome) as refused:
                await here.tell({"outcomes": [told(), *[told(line_numbers=[9])] * 30]})
            assert len(refused.value.problems) == MAX_FAULTS
            assert refused.value.problems[0].pointer == "/outcomes/1/line_numbers/0"
            assert len(here.at.ledger.kept) == before

    run(use())


def test_the_same_key_records_once_and_answers_alike() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            first = await here.answer(told(), "key-1")
            again = await here.answer(told(), "key-1")
            assert (again.body, again.replayed) == (first.body, True)
            assert len(here.observed.facts) == 1
            with pytest.raises(IdempotencyMismatch):
                await here.answer(told(code="seized"), "key-1")

    run(use())


def test_a_key_answered_by_another_process_meanwhile_is_replayed() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            first = await here.answer(told(), "key-1")
            asked = Asked(CALLER, claim=claim_of(OUTCOMES_ROUTE, told(), "key-1", CALLER))
            late = await here.service._record(asked, told())
            assert (late.body, late.replayed) == (first.body, True)
            assert len(here.observed.facts) == 1

    run(use())


def test_a_ledger_that_is_down_records_nothing() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            await here.at.score(filed())
            here.at.ledger.fails = True
            with pytest.raises(LedgerUnavailable):
                await here.tell()
            assert here.observed.facts == []

    run(use())


def test_pages_follow_one_another_and_can_be_narrowed() -> None:
    async def use() -> None:
        with office() as here:
            await here.at.models.reload()
            decision = await here.at.score(filed())
            await here.at.score(filed(NUMBERS[1]))
            early = [await here.tell() for _ in range(3)]
            here.at.clock.move(days=1)
            late = await here.tell(entry_number=NUMBERS[1])
            ids = [each["outcome_id"] for each in (*early, late)]

            async def found(**wanted: Any) -> tuple[list[str], str | None]:
                page = await here.page(**wanted)
                return [each["outcome_id"] for each in page["outcomes"]], page["next"]

            assert await found(limit=4) == (ids, None)
            first, cursor = await found(limit=3)
            assert (first, cursor) == (ids[:3], "5")
            assert await found(limit=3, after_seq=int(cursor or 0)) == (ids[3:], None)
            assert await found(since=here.at.clock.now()) == (ids[3:], None)
            assert await found(decision_id=decision["decision_id"]) == (ids[:3], None)
            for number in (NUMBERS[1], NUMBERS[1].replace("-", "")):
                assert await found(entry_number=number) == (ids[3:], None)
            assert await found(entry_number=NUMBERS[2]) == ([], None)

    run(use())
