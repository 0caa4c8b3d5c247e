"""A job as it is kept: many entries in chunks, exactly one result a line, and how far it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.core.errors import FieldProblem
from app.core.refusals import InvalidJob

CHUNK_ENTRIES = 50  # docs/jobs.md: what one step scores; a single entry waits for one at most
CHUNK_BYTES = 256 * 1024  # of a chunk's lines together, unless one line is larger
BOM = b"\xef\xbb\xbf"


class JobForm(StrEnum):
    """How the entries came."""

    NDJSON = "ndjson"
    PARQUET = "parquet"


class JobState(StrEnum):
    """Where a job is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to be done."""
        return self in OPEN_STATES


OPEN_STATES = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job; `scored` and `refused` count the entries that have their result.

    `submitted_by` is the id of the key; `problem` says why a failed job failed, None otherwise;
    at `expires_at` job and results are forgotten. Moments are UTC, None where not reached.
    """

    job_id: str
    tenant: str
    submitted_by: str
    idempotency_key: str | None
    body_digest: str
    explain: str
    form: JobForm
    entries: int
    created_at: datetime
    state: JobState = JobState.QUEUED
    scored: int = 0
    refused: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    problem: str | None = None

    @property
    def done(self) -> int:
        """How many entries have their result."""
        return self.scored + self.refused


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of a job's entries: its number, the index of its first entry, and one line each."""

    number: int
    first: int
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """One result a line of a chunk, in order, and how many entries were scored and refused."""

    number: int
    results: tuple[bytes, ...]
    scored: int

    @property
    def refused(self) -> int:
        """How many entries were refused."""
        return len(self.results) - self.scored


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job: a write under an older `epoch` is refused."""

    job: Job
    epoch: int


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Results from one index on, in order; `next_index` is where the next page begins."""

    results: tuple[bytes, ...]
    next_index: int


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What one job may hold."""

    max_entries: int
    max_line_bytes: int


def chunks_of(lines: Iterable[bytes], limits: JobLimits) -> Iterator[Chunk]:
    """Yield the chunks of NDJSON `lines`; blank lines and a byte order mark are passed over.

    Raises InvalidJob for a line that is too long, for too many entries, and for none.
    """
    number, first, waiting, size = 0, 0, list[bytes](), 0
    for place, raw in enumerate(lines, 1):
        line = raw.removeprefix(BOM).strip() if place == 1 else raw.strip()
        if not line:
            continue
        if len(line) > limits.max_line_bytes:
            message = f"line {place}: wanted at most {limits.max_line_bytes} bytes an entry"
            raise _invalid("line_too_long", message)
        if first + len(waiting) >= limits.max_entries:
            raise _invalid("entries_count", f"wanted at most {limits.max_entries} entries")
        if waiting and (len(waiting) >= CHUNK_ENTRIES or size + len(line) > CHUNK_BYTES):
            yield Chunk(number, first, tuple(waiting))
            number, first, waiting, size = number + 1, first + len(waiting), [], 0
        waiting.append(line)
        size += len(line)
    if not waiting:
        raise _invalid("entries_count", "found no entry, wanted at least one")
    yield Chunk(number, first, tuple(waiting))


def count_entries(chunks: Sequence[Chunk]) -> int:
    """Return how many entries are in `chunks`."""
    return sum(len(each.lines) for each in chunks)


def _invalid(code: str, message: str) -> InvalidJob:
    return InvalidJob("The job has 1 problem.", [FieldProblem("", code, message)])


def job_document(job: Job) -> dict[str, Any]:
    """Return a job as it is shown: no entry, no party."""
    return {
        "job_id": job.job_id,
        "state": job.state.value,
        "form": job.form.value,
        "explain": job.explain,
        "entries": job.entries,
        "done": job.done,
        "scored": job.scored,
        "refused": job.refused,
        "created_at": moment_shown(job.created_at),
        "started_at": moment_shown(job.started_at),
        "finished_at": moment_shown(job.finished_at),
        "expires_at": moment_shown(job.expires_at),
        "submitted_by": job.submitted_by,
        "problem": job.problem,
    }


def moment_shown(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC with milliseconds; None stays None."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
