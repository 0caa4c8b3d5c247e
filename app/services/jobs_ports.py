"""What jobs need from outside; adapters satisfy these Protocols by shape."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, Protocol

from app.core.jobs import Chunk, ChunkResult, Job, Lease, ResultPage
from app.services.desk import Answer, Asked


class JobStore(Protocol):
    """Where jobs are kept; every method blocks, every failure is JobsUnavailable."""

    def add(self, job: Job, chunks: Sequence[Chunk], max_open: int) -> tuple[Job, bool]:
        """Keep a new job with all its entries, and say True; or the one its key made before.

        Raises IdempotencyMismatch where that had another body, and QuotaExceeded where the tenant
        has `max_open` jobs that did not end.
        """
        ...

    def find(self, tenant: str, job_id: str) -> Job | None:
        """Return the tenant's own job, or None."""
        ...

    def list(self, tenant: str, before: str | None, limit: int) -> list[Job]:
        """Return the tenant's jobs, newest first, those before the id `before` if there is one."""
        ...

    def cancel(self, tenant: str, job_id: str, now: datetime) -> Job | None:
        """Cancel the tenant's job and return it, None if there is none; an ended job stays so."""
        ...

    def take(self, now: datetime, until: datetime) -> Lease | None:
        """Return the right to work on a job until then, None where nothing waits."""
        ...

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold a lease longer; False where it is lost."""
        ...

    def next_chunk(self, job_id: str) -> Chunk | None:
        """Return the first chunk that has no result, or None."""
        ...

    def put(self, lease: Lease, result: ChunkResult, now: datetime, until: datetime) -> Job | None:
        """Keep a chunk's results, hold the lease on, and return the job; None: the lease is lost.

        The last chunk ends the job, and so does any while it is being cancelled.
        """
        ...

    def release(self, lease: Lease, now: datetime) -> None:
        """Give a lease back, for whoever comes next; nothing happens where it is lost."""
        ...

    def results(self, job_id: str, first: int, limit: int) -> ResultPage:
        """Return at most `limit` results from the index `first` on, as far as they are there."""
        ...

    def forget(self, now: datetime) -> int:
        """Remove jobs, entries and results whose time has come; return how many jobs."""
        ...


class BatchScorer(Protocol):
    """What scores a chunk: the use case behind POST /v1/score/batch."""

    async def score(self, asked: Asked, document: object) -> Answer:
        """Return `{"results": [...]}` for `{"entries": [...]}`; see BatchService."""
        ...


class ParquetFiles(Protocol):
    """Parquet read and written outside this process; both methods block."""

    def read(self, file: BinaryIO, lines: BinaryIO) -> None:
        """Write each row of a Parquet `file` to `lines` as a line of JSON.

        Raises InvalidJob for what is no Parquet or too much of it.
        """
        ...

    def write(self, results: Sequence[bytes]) -> bytes:
        """Return results, a JSON object each, as a Parquet file."""
        ...


class Spool(Protocol):
    """Where a body lies while it arrives."""

    def open(self) -> BinaryIO:
        """Return an empty file that is gone once it is closed, or the process ends (blocking)."""
        ...
