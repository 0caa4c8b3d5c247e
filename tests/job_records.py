"""Jobs, chunks and endpoints as tests need them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from app.adapters.jobs_database import JobsDatabase
from app.adapters.jobs_schema import jobs_metadata
from app.adapters.jobs_sql import SqlJobStore
from app.adapters.webhook_store import SqlWebhookStore
from app.core.jobs import Chunk, ChunkResult, Job, JobForm, Lease
from app.core.webhooks import Webhook
from tests.fakes import NOW

KEEP = timedelta(days=7)
TERM = timedelta(seconds=30)


def job(job_id: str = "J1", **changes: Any) -> Job:
    """A queued job of two entries, unless said otherwise."""
    fields: dict[str, Any] = {
        "job_id": job_id,
        "tenant": "acme",
        "submitted_by": "K1",
        "idempotency_key": None,
        "body_digest": "sha256:0",
        "explain": "codes",
        "form": JobForm.NDJSON,
        "entries": 2,
        "created_at": NOW,
    }
    return Job(**{**fields, **changes})


def chunks(*sizes: int) -> list[Chunk]:
    """Chunks of so many lines each: {"n":0}, {"n":1}, ..."""
    made, first = [], 0
    for number, size in enumerate(sizes or (1, 1)):
        lines = tuple(b'{"n":%d}' % at for at in range(first, first + size))
        made.append(Chunk(number, first, lines))
        first += size
    return made


def result_of(chunk: Chunk, scored: int | None = None) -> ChunkResult:
    """The results of a chunk: as many lines, all scored unless said otherwise."""
    lines = tuple(b"result of " + each for each in chunk.lines)
    return ChunkResult(chunk.number, lines, len(lines) if scored is None else scored)


def webhook(webhook_id: str = "W1", **changes: Any) -> Webhook:
    """An endpoint of acme's."""
    fields: dict[str, Any] = {
        "webhook_id": webhook_id,
        "tenant": "acme",
        "url": "https://hooks.example.com/",
        "created_at": NOW,
        "created_by": "K1",
        "sealed": (b"sealed",),
    }
    return Webhook(**{**fields, **changes})


class Stores:
    """Both stores over one database."""

    def __init__(self, url: str) -> None:
        self.database = JobsDatabase(url)
        self.jobs = SqlJobStore(self.database, keep=KEEP)
        self.webhooks = SqlWebhookStore(self.database)

    def empty(self) -> None:
        """Remove everything."""
        with self.database.writing() as connection:
            for table in reversed(jobs_metadata.sorted_tables):
                connection.execute(delete(table))

    @classmethod
    def in_folder(cls, folder: Path) -> "Stores":
        """Over a file."""
        return cls(f"sqlite:///{folder / 'jobs.db'}")

    def add(self, each: Job, *some: Chunk, max_open: int = 100) -> Job:
        """Keep a job."""
        return self.jobs.add(each, some or chunks(), max_open)[0]

    def take(self, now: datetime = NOW) -> Lease:
        """Take the next job; there has to be one."""
        lease = self.jobs.take(now, now + TERM)
        assert lease is not None
        return lease

    def work(self, lease: Lease, now: datetime = NOW) -> Job | None:
        """Give the next chunk of a job its results."""
        chunk = self.jobs.next_chunk(lease.job.job_id)
        assert chunk is not None
        return self.jobs.put(lease, result_of(chunk), now, now + TERM)

    def finish(self, job_id: str, now: datetime = NOW) -> Job:
        """Add a job and work on it until it ends."""
        self.add(job(job_id))
        lease = self.take(now)
        while (found := self.work(lease, now)) is not None and found.state.is_open:
            pass
        assert found is not None
        return found
