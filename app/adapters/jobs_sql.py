"""Jobs in a SQL database: accepted whole, worked on under a lease, one result a line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, or_, select, update

from app.adapters.jobs_database import JobsDatabase
from app.adapters.jobs_rows import chunk_row, finish, job_of, packed, read_job, row_of, unpacked
from app.adapters.jobs_schema import job_chunks, jobs
from app.adapters.ledger_schema import UtcTime
from app.core.errors import IdempotencyMismatch
from app.core.jobs import (
    OPEN_STATES,
    Chunk,
    ChunkResult,
    Job,
    JobState,
    Lease,
    ResultPage,
)
from app.core.refusals import QuotaExceeded

MAX_STALLS = 5  # leases lost in a row, by crashes, before a job is given up
READ_AT_ONCE = 8  # chunks
_OPEN = jobs.c.state.in_(sorted(OPEN_STATES))


class SqlJobStore:
    """The port JobStore over `database`; every method blocks, failures are JobsUnavailable."""

    def __init__(self, database: JobsDatabase, *, keep: timedelta) -> None:
        """Keep an ended job for `keep`. Where no other process can work, leases are let go."""
        self._database = database
        self._keep = keep
        if not database.is_shared:
            with database.writing() as connection:
                connection.execute(update(jobs).where(_OPEN).values(leased_until=None))

    def add(self, job: Job, chunks: Sequence[Chunk], max_open: int) -> tuple[Job, bool]:
        """Keep a new job with all its entries, and say True; or the one its key made before.

        Raises IdempotencyMismatch where that had another body, and QuotaExceeded where the tenant
        has `max_open` jobs that did not end.
        """
        rows = [chunk_row(job.job_id, each) for each in chunks]
        with self._database.writing(job.tenant) as connection:
            kept = _kept(connection, job)
            if kept is not None:
                return kept, False
            count = select(func.count()).select_from(jobs)
            open_jobs = connection.scalar(count.where(_OPEN, jobs.c.tenant == job.tenant)) or 0
            if open_jobs >= max_open:
                raise QuotaExceeded(f"{max_open} jobs of yours did not end yet; none was started.")
            connection.execute(insert(jobs), row_of(job))
            connection.execute(insert(job_chunks), rows)
        return job, True

    def find(self, tenant: str, job_id: str) -> Job | None:
        """Return the tenant's own job, or None."""
        query = select(jobs).where(jobs.c.job_id == job_id, jobs.c.tenant == tenant)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else job_of(row)

    def list(self, tenant: str, before: str | None, limit: int) -> list[Job]:
        """Return the tenant's jobs, newest first, those before the id `before` if there is one."""
        query = select(jobs).where(jobs.c.tenant == tenant)
        if before is not None:
            query = query.where(jobs.c.job_id < before)
        query = query.order_by(jobs.c.job_id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(query).mappings()]

    def cancel(self, tenant: str, job_id: str, now: datetime) -> Job | None:
        """Cancel the tenant's job and return it, None if there is none; an ended job stays so.

        What a worker is in the middle of is finished first, so that no decision lacks its result.
        """
        query = select(jobs).where(jobs.c.job_id == job_id, jobs.c.tenant == tenant)
        with self._database.writing() as connection:
            row = connection.execute(query.with_for_update()).mappings().first()
            if row is None:
                return None
            if not JobState(row["state"]).is_open:
                return job_of(row)
            if row["leased_until"] is None or row["leased_until"] < now:
                return finish(connection, job_id, JobState.CANCELLED, now, self._keep)
            asked = update(jobs).where(jobs.c.job_id == job_id)
            connection.execute(asked.values(state=JobState.CANCELLING.value))
            return read_job(connection, job_id)

    def take(self, now: datetime, until: datetime) -> Lease | None:
        """Return the right to work on a job until then, None where nothing waits.

        The tenant that waited longest comes first, and of its jobs the oldest. What was being
        cancelled, or was lost by crashes too often, is ended here.
        """
        with self._database.reading() as connection:  # most of the time nothing waits
            waiting = select(jobs.c.job_id).where(_OPEN, _is_free(now)).limit(1)
            if connection.execute(waiting).first() is None:
                return None
        with self._database.writing() as connection:
            while (job := _next(connection, now)) is not None:
                stalls = select(jobs.c.stalls).where(jobs.c.job_id == job.job_id)
                if job.state is JobState.CANCELLING:
                    finish(connection, job.job_id, JobState.CANCELLED, now, self._keep)
                elif (connection.scalar(stalls) or 0) >= MAX_STALLS:
                    finish(connection, job.job_id, JobState.FAILED, now, self._keep, "stalled")
                else:
                    return _leased(connection, job, now, until)
            return None

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold a lease longer; False where it is lost."""
        with self._database.writing() as connection:
            return _hold(connection, lease, leased_until=until)

    def next_chunk(self, job_id: str) -> Chunk | None:
        """Return the first chunk that has no result, or None."""
        columns = job_chunks.c
        query = (
            select(columns.number, columns.first, columns.lines)
            .where(columns.job_id == job_id, columns.results.is_(None), columns.lines.is_not(None))
            .order_by(columns.number)
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Chunk(row.number, row.first, unpacked(row.lines))

    def put(self, lease: Lease, result: ChunkResult, now: datetime, until: datetime) -> Job | None:
        """Keep a chunk's results, hold the lease on, and return the job; None: the lease is lost.

        The last chunk ends the job, and so does any while it is being cancelled.
        """
        job_id = lease.job.job_id
        columns = job_chunks.c
        written = (
            update(job_chunks)
            .where(columns.job_id == job_id, columns.number == result.number)
            .where(columns.results.is_(None))
            .values(results=packed(result.results), lines=None)
        )
        with self._database.writing() as connection:
            if not _hold(connection, lease, leased_until=until, served_at=now, stalls=0):
                return None
            if connection.execute(written).rowcount != 1:
                return None
            scored, refused = jobs.c.scored + result.scored, jobs.c.refused + result.refused
            _hold(connection, lease, scored=scored, refused=refused)
            job = read_job(connection, job_id)
            if job.done == job.entries:
                return finish(connection, job_id, JobState.SUCCEEDED, now, self._keep)
            if job.state is JobState.CANCELLING:
                return finish(connection, job_id, JobState.CANCELLED, now, self._keep)
            return job

    def release(self, lease: Lease, now: datetime) -> None:
        """Give a lease back, for whoever comes next; nothing happens where it is lost."""
        with self._database.writing() as connection:
            _hold(connection, lease, leased_until=None, served_at=now, stalls=0)

    def results(self, job_id: str, first: int, limit: int) -> ResultPage:
        """Return at most `limit` results from the index `first` on, as far as they are there."""
        columns = job_chunks.c
        query = (
            select(columns.number, columns.first, columns.results)
            .where(columns.job_id == job_id, columns.results.is_not(None))
            .where(columns.first + columns.size > first)
            .order_by(columns.number)
            .limit(READ_AT_ONCE)
        )
        found: list[bytes] = []
        last = -1
        with self._database.reading() as connection:
            while len(found) < limit:
                rows = connection.execute(query.where(columns.number > last)).all()
                if not rows:
                    break
                for row in rows:
                    found += unpacked(row.results)[max(0, first - row.first) :]
                last = rows[-1].number
        page = tuple(found[:limit])
        return ResultPage(page, first + len(page))

    def forget(self, now: datetime) -> int:
        """Remove jobs, entries and results whose time has come; return how many jobs."""
        expired = select(jobs.c.job_id).where(jobs.c.expires_at < now)
        with self._database.writing() as connection:
            connection.execute(delete(job_chunks).where(job_chunks.c.job_id.in_(expired)))
            return connection.execute(delete(jobs).where(jobs.c.expires_at < now)).rowcount


def _kept(connection: Connection, job: Job) -> Job | None:
    if job.idempotency_key is None:
        return None
    query = select(jobs).where(
        jobs.c.tenant == job.tenant, jobs.c.idempotency_key == job.idempotency_key
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    if row["body_digest"] != job.body_digest:
        raise IdempotencyMismatch("The Idempotency-Key was used before with another job.")
    return job_of(row)


def _next(connection: Connection, now: datetime) -> Job | None:
    served = (
        select(jobs.c.tenant, func.max(jobs.c.served_at).label("served_at"))
        .group_by(jobs.c.tenant)
        .subquery()
    )
    query = (
        select(jobs)
        .join(served, served.c.tenant == jobs.c.tenant)
        .where(_OPEN, _is_free(now))
        .order_by(served.c.served_at.nulls_first(), jobs.c.job_id)
        .limit(1)
        .with_for_update(of=jobs, skip_locked=True)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else job_of(row)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(jobs.c.leased_until.is_(None), jobs.c.leased_until < now)


def _leased(connection: Connection, job: Job, now: datetime, until: datetime) -> Lease:
    connection.execute(
        update(jobs)
        .where(jobs.c.job_id == job.job_id)
        .values(
            state=JobState.RUNNING.value,
            started_at=func.coalesce(jobs.c.started_at, literal(now, UtcTime)),
            epoch=jobs.c.epoch + 1,
            leased_until=until,
            stalls=jobs.c.stalls + 1,
        )
    )
    epoch = connection.scalar(select(jobs.c.epoch).where(jobs.c.job_id == job.job_id))
    return Lease(read_job(connection, job.job_id), epoch or 0)


def _hold(connection: Connection, lease: Lease, **values: object) -> bool:
    """Change a job that is still held under `lease`; False where it is not."""
    held = update(jobs).where(jobs.c.job_id == lease.job.job_id, jobs.c.epoch == lease.epoch, _OPEN)
    return connection.execute(held.values(values)).rowcount == 1
