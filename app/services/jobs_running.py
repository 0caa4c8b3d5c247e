"""Work on jobs beside everything else: a share of the time, a chunk at a time, never twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog

from app.core.errors import ServiceUnavailable
from app.core.jobs import ChunkResult, Job, Lease
from app.core.refusals import JobsUnavailable
from app.services.jobs_backlog import Tally
from app.services.jobs_ports import JobStore
from app.services.jobs_scoring import ChunkScorer
from app.services.ports import Clock

LEASE_S = 30.0  # after a crash another process takes over once this is over
SLICE_S = 5.0  # of work on one job before others have their turn
FORGET_EVERY_S = 600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much of its time a process gives to jobs, in (0, 1], and how often it looks, seconds."""

    share: float = 0.5
    poll_s: float = 2.0
    lease_s: float = LEASE_S
    slice_s: float = SLICE_S


class JobRunner:
    """Takes the next job, scores chunk after chunk of it, and lets others have their turn."""

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        store: JobStore,
        scorer: ChunkScorer,
        clock: Clock,
        *,
        pace: Pace | None = None,
        ended: Callable[[], None] = lambda: None,
        tally: Tally | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Work on the jobs of `store`; `ended` is called once a job has ended."""
        self._store = store
        self._scorer = scorer
        self._clock = clock
        self._pace = pace or Pace()
        self._ended = ended
        self._tally = tally or Tally()
        self._sleep = sleep
        self._wanted = asyncio.Event()
        self._forgot_at = float("-inf")

    def wake(self) -> None:
        """Look for work now: a job was accepted."""
        self._wanted.set()

    async def watch(self) -> None:
        """Work for ever; what fails is tried again a little later."""
        pause_s = self._pace.poll_s
        while True:
            try:
                worked = await self.work_once()
                await self._forget()
                pause_s = self._pace.poll_s
            except ServiceUnavailable as error:
                log.warning("jobs_wait", code=error.code, detail=error.detail)
                worked, pause_s = False, min(2 * pause_s, 30.0)
            except Exception as error:  # noqa: BLE001  # outermost: the next job may be a good one
                log.error("jobs_failed", error=type(error).__name__)  # noqa: TRY400 - no trace: it may show a party
                worked = False
            if not worked:
                await self._wait(pause_s)

    async def work_once(self) -> bool:
        """Give one job its turn and return True; False where nothing waits.

        Raises ServiceUnavailable where it cannot go on now; the job then waits for its next turn.
        """
        self._wanted.clear()
        now = self._clock.now()
        lease = await asyncio.to_thread(self._store.take, now, now + self._term)
        if lease is None:
            return False
        try:
            await self._take_turn(lease)
        finally:
            # not awaited: whoever ends the service cancels this, and the lease is still let go
            self._let_go(lease)
        return True

    @property
    def _term(self) -> timedelta:
        return timedelta(seconds=self._pace.lease_s)

    def _let_go(self, lease: Lease) -> None:
        try:
            self._store.release(lease, self._clock.now())
        except JobsUnavailable as error:
            log.warning("job_not_released", detail=error.detail)

    async def _take_turn(self, lease: Lease) -> None:
        until = monotonic() + self._pace.slice_s
        while monotonic() < until:
            chunk = await asyncio.to_thread(self._store.next_chunk, lease.job.job_id)
            if chunk is None:
                return
            began = monotonic()
            result = await self._held(lease, self._scorer.score(lease.job, chunk))
            if result is None:
                return
            job = await self._put(lease, result)
            if job is None:
                return
            if not job.state.is_open:
                log.info("job_ended", job_id=job.job_id, state=job.state, entries=job.done)
                self._tally.job_ended(job.state)
                self._ended()
                return
            await self._rest(monotonic() - began)

    async def _put(self, lease: Lease, result: ChunkResult) -> Job | None:
        now = self._clock.now()
        return await asyncio.to_thread(self._store.put, lease, result, now, now + self._term)

    async def _held(self, lease: Lease, work: Awaitable[ChunkResult]) -> ChunkResult | None:
        """Return what `work` gives, the lease renewed meanwhile; None where it was lost."""
        task = asyncio.ensure_future(work)
        try:
            while True:
                await asyncio.wait({task}, timeout=self._pace.lease_s / 3)
                if task.done():
                    return task.result()
                until = self._clock.now() + self._term
                if not await asyncio.to_thread(self._store.renew, lease, until):
                    log.warning("job_lease_lost", job_id=lease.job.job_id)
                    return None
        finally:
            task.cancel()

    async def _rest(self, worked_s: float) -> None:
        """Leave the rest of the time to others."""
        rest_s = worked_s * (1 / self._pace.share - 1)
        if rest_s > 0:
            await self._sleep(rest_s)

    async def _wait(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), pause_s)
        except TimeoutError:
            return

    async def _forget(self) -> None:
        if monotonic() - self._forgot_at < FORGET_EVERY_S:
            return
        self._forgot_at = monotonic()
        forgotten = await asyncio.to_thread(self._store.forget, self._clock.now())
        if forgotten:
            log.info("jobs_forgotten", jobs=forgotten)
