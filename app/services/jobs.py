"""Accept jobs, show how far they are, hand out their results, cancel them."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from app.core.canonical import canonical_json
from app.core.errors import NotFound
from app.core.jobs import Job, JobForm, JobLimits, ResultPage, chunks_of, count_entries
from app.core.jobs import job_document as document_of
from app.services.assessed import Explain
from app.services.callers import Caller
from app.services.jobs_ports import JobStore, ParquetFiles, Spool
from app.services.jobs_running import JobRunner
from app.services.ports import Clock

MAX_PAGE = 200  # jobs; docs/api.md
MAX_RESULTS = 1000  # results a page; docs/jobs.md
DIGESTED_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A job as it was submitted: who asks, the body on disk, and how to read it."""

    caller: Caller
    form: JobForm
    explain: Explain
    body: BinaryIO
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The job that a submission is, and whether it was submitted before."""

    job: Job
    replayed: bool


class JobService:
    """The use cases behind /v1/jobs."""

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        store: JobStore,
        runner: JobRunner,
        parquet: ParquetFiles,
        spool: Spool,
        clock: Clock,
        *,
        limits: JobLimits,
        max_open: int,
        new_id: Callable[[datetime], str],
    ) -> None:
        """Keep jobs in `store`; a tenant may have `max_open` that did not end."""
        self._store = store
        self._runner = runner
        self._parquet = parquet
        self._spool = spool
        self._clock = clock
        self._limits = limits
        self._max_open = max_open
        self._new_id = new_id

    async def open_spool(self) -> BinaryIO:
        """Return an empty file for a body to be streamed into; the caller closes it."""
        return await asyncio.to_thread(self._spool.open)

    async def submit(self, submission: Submission) -> Accepted:
        """Keep the job, all of it, and return it.

        Raises InvalidJob, IdempotencyMismatch, QuotaExceeded and JobsUnavailable; then nothing
        was kept.
        """
        job, is_new = await asyncio.to_thread(self._accept, submission)
        if is_new:
            self._runner.wake()
        return Accepted(job, replayed=not is_new)

    def _accept(self, submission: Submission) -> tuple[Job, bool]:
        body_digest = _digest(submission)
        lines = submission.body
        if submission.form is JobForm.PARQUET:
            lines = self._spool.open()
        try:
            if lines is not submission.body:
                submission.body.seek(0)
                self._parquet.read(submission.body, lines)
            lines.seek(0)
            longest = self._limits.max_line_bytes + 1
            chunks = list(chunks_of(iter(lambda: lines.readline(longest), b""), self._limits))
        finally:
            if lines is not submission.body:
                lines.close()
        now = self._clock.now()
        job = Job(
            job_id=self._new_id(now),
            tenant=submission.caller.tenant,
            submitted_by=submission.caller.key_id,
            idempotency_key=submission.idempotency_key,
            body_digest=body_digest,
            explain=submission.explain.value,
            form=submission.form,
            entries=count_entries(chunks),
            created_at=now,
        )
        return self._store.add(job, chunks, self._max_open)

    async def show(self, tenant: str, job_id: str) -> Job:
        """Return the tenant's job; raises NotFound for any other."""
        return _found(await asyncio.to_thread(self._store.find, tenant, job_id))

    async def page(self, tenant: str, before: str | None, limit: int) -> bytes:
        """Return a page of the tenant's jobs, newest first, with where the next one begins."""
        jobs = await asyncio.to_thread(self._store.list, tenant, before, limit + 1)
        more = jobs[limit - 1].job_id if len(jobs) > limit else None
        return canonical_json({"jobs": [document_of(each) for each in jobs[:limit]], "next": more})

    async def cancel(self, tenant: str, job_id: str) -> Job:
        """Cancel the tenant's job and return it; one that ended stays as it is. Raises NotFound."""
        now = self._clock.now()
        job = _found(await asyncio.to_thread(self._store.cancel, tenant, job_id, now))
        self._runner.wake()
        return job

    async def results(
        self, tenant: str, job_id: str, first: int, limit: int
    ) -> tuple[Job, ResultPage]:
        """Return the job and its results from the index `first` on, as far as they are there.

        The job is read first: where it has ended, the page is all there will be. Raises NotFound.
        """
        job = await self.show(tenant, job_id)
        return job, await asyncio.to_thread(self._store.results, job_id, first, limit)

    async def as_parquet(self, page: ResultPage) -> bytes:
        """Return results as a Parquet file."""
        return await asyncio.to_thread(self._parquet.write, page.results)


def _digest(submission: Submission) -> str:
    """Return what a submission is known by again: its bytes, form and `explain`."""
    hashed = hashlib.sha256(f"{submission.form}\n{submission.explain}\n".encode())
    submission.body.seek(0)
    while part := submission.body.read(DIGESTED_AT_ONCE):
        hashed.update(part)
    return f"sha256:{hashed.hexdigest()}"


def _found(job: Job | None) -> Job:
    if job is None:
        raise NotFound("No job of that id is yours.")
    return job
