"""A chunk has one result a line, whatever its lines are, and is never decided twice."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from app.api.problems import problem_bytes
from app.core.errors import Conflict, LedgerUnavailable
from app.core.jobs import Chunk
from app.services.desk import Answer, Asked
from app.services.jobs_scoring import ATTEMPTS, ChunkScorer
from tests.desks import NUMBERS, Bench, bench, entry, filed, line, run
from tests.job_records import job


class Failing:
    """The batch use case behind a fault: it fails so often, or at a line that is marked."""

    def __init__(self, at: Bench, error: Exception, times: int = 0, mark: str = "") -> None:
        self._at = at
        self._error = error
        self._left = times
        self._mark = mark
        self.asked: list[Asked] = []

    async def score(self, asked: Asked, document: object) -> Answer:
        self.asked.append(asked)
        if self._left:
            self._left -= 1
            raise self._error
        if self._mark and self._mark in repr(document):
            raise self._error
        return await self._at.batch.score(asked, document)


@pytest.fixture
def at() -> Iterator[Bench]:
    with bench(render=problem_bytes) as made:
        run(made.models.reload())
        yield made


def lines(*documents: Any) -> Chunk:
    """A chunk of these; bytes are taken as they are."""
    rows = [each if isinstance(each, bytes) else orjson.dumps(each) for each in documents]
    return Chunk(2, 100, tuple(rows))


def scored(at: Bench, chunk: Chunk, by: Failing | None = None) -> list[Any]:
    scorer = ChunkScorer(by or at.batch, at.workers, problem_bytes)
    result = run(scorer.score(job(explain="none"), chunk))
    found = [orjson.loads(each) for each in result.results]
    assert [each["index"] for each in found] == list(range(100, 100 + len(chunk.lines)))
    assert result.scored == sum(each["status"] == "scored" for each in found)
    assert result.refused == len(found) - result.scored
    return found


def test_each_line_is_answered_in_its_place(at: Bench) -> None:
    chunk = lines(entry(), b"{", {"lines": []}, filed(), b'{"lines":1,"lines":2}')
    first, broken, empty, filing, twice = scored(at, chunk)
    assert first["answer"]["band"]
    assert broken["problem"]["type"] == "/errors/malformed-json"
    assert empty["problem"]["errors"][0]["pointer"] == "/lines"
    assert filing["answer"]["entry_number"] == NUMBERS[0]
    assert twice["problem"]["errors"][0]["code"] == "duplicate_key"
    assert len(at.ledger.records) == 2


def test_a_line_that_is_no_object_points_to_itself(at: Bench) -> None:
    (wrong,) = scored(at, lines(7))
    assert wrong["problem"]["errors"][0]["pointer"] == ""


def test_a_chunk_without_a_good_line_decides_nothing(at: Bench) -> None:
    assert [each["status"] for each in scored(at, lines(b"{", b"["))] == ["refused"] * 2
    assert at.ledger.records == []


def test_a_chunk_that_was_decided_is_answered_from_the_ledger(at: Bench) -> None:
    chunk = lines(entry(), entry(line(origin_country="VN")))
    first = scored(at, chunk)
    assert scored(at, chunk) == first
    assert len(at.ledger.records) == 2


def test_a_filing_made_meanwhile_is_seen_at_the_next_try(at: Bench) -> None:
    by = Failing(at, Conflict("filed meanwhile"), times=1)
    assert [each["status"] for each in scored(at, lines(entry()), by)] == ["scored"]
    assert len({each.claim for each in by.asked}) == 1


def test_one_bad_entry_does_not_stop_the_others(at: Bench) -> None:
    by = Failing(at, ValueError("a party's name"), mark="XX-1")
    good, bad = scored(at, lines(entry(), entry(bills_of_lading=["XX-1"])), by)
    assert good["status"] == "scored"
    assert bad["problem"]["type"] == "/errors/internal"
    assert "party" not in repr(bad)
    keys = [each.claim.key for each in by.asked if each.claim]
    assert keys == ["J1/2"] * ATTEMPTS + ["J1/2/0", "J1/2/1"]


def test_a_refusal_of_one_entry_alone_is_its_result(at: Bench) -> None:
    by = Failing(at, Conflict("filed with another body"), mark="XX-1")
    (refused,) = scored(at, lines(entry(bills_of_lading=["XX-1"])), by)
    assert refused["problem"]["type"] == "/errors/conflict"


def test_a_service_that_is_down_is_no_result(at: Bench) -> None:
    by = Failing(at, LedgerUnavailable("down"), times=1)
    with pytest.raises(LedgerUnavailable):
        scored(at, lines(entry()), by)
    down = Failing(at, LedgerUnavailable("down"), mark="XX-1")
    with pytest.raises(LedgerUnavailable):
        scored(at, lines(entry(bills_of_lading=["XX-1"])), down)


class DownLater(Failing):
    """Fails with one error as a whole, and with another entry by entry."""

    async def score(self, asked: Asked, document: object) -> Answer:
        self.asked.append(asked)
        if len(self.asked) <= ATTEMPTS:
            raise ValueError
        raise LedgerUnavailable("down")


def test_a_service_that_goes_down_between_entries_is_no_result(at: Bench) -> None:
    with pytest.raises(LedgerUnavailable):
        scored(at, lines(entry()), DownLater(at, ValueError()))
