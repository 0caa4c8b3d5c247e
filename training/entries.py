"""Rows of a foreign file as documents that a server reads, one a line (NDJSON)."""

from collections.abc import Iterator
from pathlib import Path

from app.core.document import Submission, submission_bytes
from app.core.entry import Intent
from app.core.mapping import MappedRow, load_mapping
from training.files import write_atomically
from training.ingest import QUARANTINE_LIMIT, ingest
from training.progress import Steps


def write_entries(  # noqa: PLR0913 - one argument an option of the command
    mapping: str,
    data: Path,
    out: Path,
    steps: Steps,
    *,
    intent: Intent = Intent.DRAFT,
    limit: int | None = None,
    allow_quarantine: float = QUARANTINE_LIMIT,
) -> int:
    """Write the entries of the file at `data` to `out` and return how many there are.

    Quarantined rows are left out; `limit` keeps the first entries only. Raises DataRefused as
    ingest does.
    """
    found = ingest(data, load_mapping(mapping), steps, allowed=allow_quarantine)
    rows = found.rows[:limit]
    write_atomically(out, b"".join(_documents(rows, intent)))
    return len(rows)


def _documents(rows: tuple[MappedRow, ...], intent: Intent) -> Iterator[bytes]:
    for row in rows:
        yield submission_bytes(Submission(row.entry, intent)) + b"\n"
