"""Jobs, chunks and deliveries as rows, and the one way a job ends."""

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update
from ulid import ULID

from app.adapters.jobs_schema import deliveries, job_chunks, jobs, webhooks
from app.core.jobs import Chunk, Job, JobForm, JobState
from app.core.webhooks import DeliveryState, event_of

_QUICK = 1  # zlib's fastest level: entries repeat their field names


def row_of(job: Job) -> dict[str, object]:
    """Return a new job as its row."""
    fields: dict[str, object] = {name: getattr(job, name) for name in Job.__dataclass_fields__}
    return {
        **fields,
        "form": job.form.value,
        "state": job.state.value,
        "epoch": 0,
        "stalls": 0,
    }


def job_of(row: RowMapping) -> Job:
    """Return the job of a row."""
    fields = {name: row[name] for name in Job.__dataclass_fields__}
    return Job(**{**fields, "form": JobForm(row["form"]), "state": JobState(row["state"])})


def chunk_row(job_id: str, chunk: Chunk) -> dict[str, object]:
    """Return a chunk of a new job as its row."""
    return {
        "job_id": job_id,
        "number": chunk.number,
        "first": chunk.first,
        "size": len(chunk.lines),
        "lines": packed(chunk.lines),
    }


def packed(lines: Iterable[bytes]) -> bytes:
    """Return lines, none with a line feed inside, as one compressed value."""
    return zlib.compress(b"\n".join(lines), _QUICK)


def unpacked(value: bytes) -> tuple[bytes, ...]:
    """Return the lines that were packed."""
    return tuple(zlib.decompress(value).split(b"\n"))


def read_job(connection: Connection, job_id: str) -> Job:
    """Return the job of that id, which has to be there."""
    query = select(jobs).where(jobs.c.job_id == job_id)
    return job_of(connection.execute(query).mappings().one())


def finish(  # noqa: PLR0913, PLR0917 - what is kept of an end
    connection: Connection,
    job_id: str,
    state: JobState,
    now: datetime,
    keep: timedelta,
    problem: str | None = None,
) -> Job:
    """End a job: fence its worker off, forget what was not scored, and tell those who asked.

    The deliveries are written in the same transaction, so that none is lost and none is sent of a
    job that did not end.
    """
    ended = {
        "state": state.value,
        "finished_at": now,
        "expires_at": now + keep,
        "problem": problem,
        "epoch": jobs.c.epoch + 1,
        "leased_until": None,
    }
    connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(ended))
    left = update(job_chunks).where(job_chunks.c.job_id == job_id).values(lines=None)
    connection.execute(left)
    job = read_job(connection, job_id)
    event, payload = event_of(job)
    endpoints = select(webhooks.c.webhook_id).where(
        webhooks.c.tenant == job.tenant, webhooks.c.disabled_at.is_(None)
    )
    rows = [
        {
            "delivery_id": f"msg_{ULID()}",
            "webhook_id": webhook_id,
            "tenant": job.tenant,
            "event": event,
            "payload": payload,
            "created_at": now,
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "due_at": now,
        }
        for webhook_id in connection.scalars(endpoints)
    ]
    if rows:
        connection.execute(insert(deliveries), rows)
    return job
