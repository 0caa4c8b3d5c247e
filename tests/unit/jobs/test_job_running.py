"""Jobs are worked on in turns, within a share of the time, and survive whatever fails."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.core.errors import LedgerUnavailable
from app.core.jobs import Chunk, ChunkResult, Job, JobState, Lease
from app.core.refusals import JobsUnavailable
from app.services.jobs_backlog import Tally
from app.services.jobs_running import JobRunner, Pace
from tests.desks import run, until
from tests.fakes import NOW, HandClock
from tests.job_records import KEEP, TERM, Stores, chunks, job, result_of

QUICK = Pace(share=0.5, poll_s=0.01, lease_s=0.3, slice_s=60)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Stores]:
    stores = Stores.in_folder(tmp_path)
    yield stores
    stores.database.close()


@dataclass
class HandScorer:
    """Scores at once, or when told, or not at all."""

    gate: asyncio.Event | None = None
    errors: list[Exception] = field(default_factory=list)
    scored: list[tuple[str, int]] = field(default_factory=list)

    async def score(self, of: Job, chunk: Chunk) -> ChunkResult:
        self.scored.append((of.job_id, chunk.number))
        if self.errors:
            raise self.errors.pop(0)
        if self.gate is not None:
            await self.gate.wait()
        return result_of(chunk)


@dataclass
class Rests:
    """Sleeps that only count."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Work:
    """A runner over stores, and what it did."""

    kept: Stores
    scorer: HandScorer = field(default_factory=HandScorer)
    rests: Rests = field(default_factory=Rests)
    clock: HandClock = field(default_factory=HandClock)
    ended: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def runner(self, pace: Pace = QUICK) -> JobRunner:
        return JobRunner(
            self.kept.jobs,
            self.scorer,  # type: ignore[arg-type]  # has what is used of one
            self.clock,
            pace=pace,
            ended=lambda: self.ended.append(1),
            tally=self.tally,
            sleep=self.rests,
        )

    def state(self, job_id: str = "J1") -> JobState:
        found = self.kept.jobs.find("acme", job_id)
        assert found is not None
        return found.state

    async def watched(self, runner: JobRunner, job_id: str = "J1") -> None:
        """Watch until a job has ended."""
        task = asyncio.create_task(runner.watch())
        await until(lambda: not self.state(job_id).is_open)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_where_nothing_waits_nothing_is_done(kept: Stores) -> None:
    assert run(Work(kept).runner().work_once()) is False


def test_a_job_is_done_chunk_by_chunk_with_rests_between(kept: Stores) -> None:
    work = Work(kept)
    kept.add(job(entries=3), *chunks(1, 1, 1))
    assert run(work.runner().work_once()) is True
    assert work.state() is JobState.SUCCEEDED
    assert work.scorer.scored == [("J1", 0), ("J1", 1), ("J1", 2)]
    assert len(work.rests.seconds) == 2
    assert all(seconds > 0 for seconds in work.rests.seconds)
    assert work.ended == [1]
    assert work.tally.ended == {"succeeded": 1}


def test_a_process_that_does_nothing_else_takes_no_rest(kept: Stores) -> None:
    work = Work(kept)
    kept.add(job())
    run(work.runner(Pace(share=1.0)).work_once())
    assert work.rests.seconds == []


def test_a_turn_ends_and_the_job_waits_for_the_next(kept: Stores) -> None:
    work = Work(kept)
    kept.add(job())
    runner = work.runner(Pace(slice_s=0.0))
    run(runner.work_once())
    assert work.scorer.scored == []
    assert kept.take().job.job_id == "J1"  # it was let go


def test_a_service_that_is_down_leaves_the_job_for_later(kept: Stores) -> None:
    work = Work(kept, HandScorer(errors=[LedgerUnavailable("down")]))
    kept.add(job())
    runner = work.runner()
    with pytest.raises(LedgerUnavailable):
        run(runner.work_once())
    assert work.state() is JobState.RUNNING
    run(runner.work_once())
    assert work.state() is JobState.SUCCEEDED


def test_whatever_fails_is_tried_again(kept: Stores) -> None:
    errors = [LedgerUnavailable("down"), ValueError("odd")]
    work = Work(kept, HandScorer(errors=[*errors]))
    kept.add(job("J1"))
    kept.add(job("J2"))
    run(work.watched(work.runner(), "J2"))
    assert work.state("J1") is JobState.SUCCEEDED


def test_a_job_that_comes_while_nothing_is_done_is_taken_at_once(kept: Stores) -> None:
    work = Work(kept)
    runner = work.runner(Pace(poll_s=600))

    async def submit() -> None:
        task = asyncio.create_task(runner.watch())
        await asyncio.sleep(0.05)
        kept.add(job())
        runner.wake()
        await until(lambda: not work.state().is_open)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(submit())
    assert work.state() is JobState.SUCCEEDED


def test_a_long_chunk_keeps_its_lease(kept: Stores) -> None:
    async def long_chunk() -> None:
        work = Work(kept, HandScorer(gate=asyncio.Event()))
        task = asyncio.create_task(work.runner().work_once())
        await until(lambda: bool(work.scorer.scored))
        work.clock.move(seconds=100)  # beyond the first term: only a renewal holds it
        later = work.clock.now()
        await until(lambda: _renewed(kept, later))
        assert kept.jobs.take(later, later + TERM) is None
        assert work.scorer.gate is not None
        work.scorer.gate.set()
        await task
        assert work.state() is JobState.SUCCEEDED

    kept.add(job())
    run(long_chunk())


def _renewed(kept: Stores, later: object) -> bool:
    with kept.database.reading() as connection:
        text = "SELECT leased_until FROM jobs"
        return str(connection.exec_driver_sql(text).scalar()) > str(later)[:19]


def test_a_lost_lease_ends_the_turn_and_writes_nothing(kept: Stores) -> None:
    async def lost() -> None:
        work = Work(kept, HandScorer(gate=asyncio.Event()))
        task = asyncio.create_task(work.runner().work_once())
        await until(lambda: bool(work.scorer.scored))
        taken = kept.jobs.take(NOW + 2 * TERM, NOW + 9 * TERM)
        assert taken is not None
        await task
        assert kept.jobs.results("J1", 0, 9).results == ()
        assert kept.work(taken, NOW + 2 * TERM) is not None

    kept.add(job())
    run(lost())


class LosesAtTheEnd(HandScorer):
    """Scores, and has the lease taken away before the result is kept."""

    def __init__(self, kept: Stores) -> None:
        super().__init__()
        self._kept = kept
        self.taken: Lease | None = None

    async def score(self, of: Job, chunk: Chunk) -> ChunkResult:
        self.taken = self._kept.jobs.take(NOW + 2 * TERM, NOW + 9 * TERM)
        return result_of(chunk)


def test_a_result_that_comes_too_late_is_not_kept(kept: Stores) -> None:
    scorer = LosesAtTheEnd(kept)
    kept.add(job())
    assert run(Work(kept, scorer).runner().work_once())
    assert scorer.taken is not None
    assert kept.jobs.results("J1", 0, 9).results == ()


def test_whoever_ends_the_service_lets_the_lease_go(kept: Stores) -> None:
    async def ended() -> None:
        work = Work(kept, HandScorer(gate=asyncio.Event()))
        task = asyncio.create_task(work.runner().watch())
        await until(lambda: bool(work.scorer.scored))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    kept.add(job())
    run(ended())
    assert kept.take().job.job_id == "J1"


def test_a_store_that_fails_while_a_lease_is_let_go_is_no_error(tmp_path: Path) -> None:
    class Fails(type(Stores.in_folder(tmp_path).jobs)):  # type: ignore[misc]  # the class itself
        def release(self, lease: Lease, now: object) -> None:
            raise JobsUnavailable("down")

    kept = Stores.in_folder(tmp_path)
    kept.jobs = Fails(kept.database, keep=KEEP)
    kept.add(job())
    work = Work(kept)
    assert run(work.runner().work_once())
    assert work.state() is JobState.SUCCEEDED


def test_what_expired_is_forgotten_now_and_then(kept: Stores) -> None:
    work = Work(kept)
    work.clock.move(days=8)

    async def forgotten() -> None:
        task = asyncio.create_task(work.runner().watch())
        await until(lambda: kept.jobs.find("acme", "J1") is None)
        kept.finish("J2")
        await asyncio.sleep(0.05)
        assert kept.jobs.find("acme", "J2") is not None  # not before the next time
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    kept.finish("J1")
    run(forgotten())


def test_a_job_with_nothing_left_to_score_ends_its_turn(kept: Stores) -> None:
    kept.add(job(entries=9), *chunks(1))
    assert run(Work(kept).runner().work_once())
    assert kept.jobs.results("J1", 0, 9).next_index == 1
