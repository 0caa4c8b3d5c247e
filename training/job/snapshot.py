"""Stage snapshot: the data as they are now, frozen in the run folder with counts and digests."""

import csv
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path

import orjson

from app.core.document.entry_document import Submission, read_submission, submission_bytes
from app.core.entry import Entry, Intent
from app.core.errors import DataRefused
from app.core.mapping import MappedRow
from app.core.reference import load_reference
from training.files import file_digest, open_data, write_atomically
from training.ingest import Ingested, ingest
from training.job.artefacts import write_json
from training.job.config import place_of
from training.job.job import Job
from training.job.ledger_file import take_ledger

ENTRIES, OUTCOMES, NOTE = "entries", "outcomes", "snapshot.json"
LEDGER_ENTRIES = "entries.ndjson"
COLUMNS = (
    "entry_number",
    "line_numbers",
    "code",
    "source",
    "regime",
    "event_at",
    "known_at",
    "outcome_id",
    "corrects",
    "odds",
    "recorded_by",
)


def snapshot(job: Job, out: Path) -> None:
    """Freeze entries and outcomes; of a ledger, what it said before the day of the run."""
    data = job.config.data
    counts: Mapping[str, int] = {}
    ledger = place_of(job.folder, data.ledger)
    if ledger is not None:
        taken = take_ledger(ledger, data.tenant, job.as_of, job.steps)
        counts = taken.counts
        documents = [submission_bytes(Submission(each, Intent.FILED)) for each in taken.entries]
        write_atomically(out / LEDGER_ENTRIES, b"".join(each + b"\n" for each in documents))
        write_atomically(out / f"{OUTCOMES}.csv", csv_text(COLUMNS, taken.outcomes))
    else:
        for name, source in ((ENTRIES, data.entries), (OUTCOMES, data.outcomes)):
            path = place_of(job.folder, source)
            if path is not None:
                shutil.copyfile(path, out / f"{name}{path.suffix.lower()}")
    files = {
        path.name: {"sha256": file_digest(path), "rows": count_rows(path)}
        for path in sorted(out.iterdir())
    }
    reference = load_reference()
    document = {
        "as_of": job.as_of.isoformat(),
        "files": files,
        "ledger": dict(counts),
        "reference": {"version": reference.version, "digest": reference.digest},
    }
    write_json(out / NOTE, document)


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as CSV with the columns named."""
    file = StringIO()
    writer = csv.DictWriter(file, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def count_rows(path: Path) -> int:
    """Return how many rows a data file has."""
    if path.suffix == ".ndjson":
        with path.open("rb") as file:
            return sum(1 for _ in file)
    return sum(1 for _ in open_data(path).read())


def frozen(job: Job, name: str) -> Path:
    """Return the frozen file of entries or outcomes."""
    folder = job.path("snapshot", NOTE).parent
    found = [path for path in sorted(folder.glob(f"{name}.*")) if path.name != NOTE]
    if not found:
        raise DataRefused(f"snapshot: found no {name}")
    return found[0]


def entries_of(job: Job) -> Ingested:
    """Return the entries of the snapshot filed before the day of the run, each by itself."""
    return job.once("entries", lambda: _entries(job))


def _entries(job: Job) -> Ingested:
    path = frozen(job, ENTRIES)
    if path.suffix == ".ndjson":
        rows = tuple(_row(number, entry) for number, entry in enumerate(_documents(path), 1))
        found = Ingested(path, rows, (), len(rows), Counter(), tuple(range(len(rows))))
    else:
        found = ingest(path, job.mapping(), job.steps, allowed=job.config.validation.quarantine)
    return known_before(found, job)


def known_before(found: Ingested, job: Job) -> Ingested:
    """Return the entries filed before the day, of each the last revision, in order of filing."""
    last: dict[str, MappedRow] = {}
    for place, row in enumerate(found.rows):
        if row.entry.moment is None or row.entry.moment >= job.as_of:
            continue
        number = row.entry.entry_number or f"row {place}"
        kept = last.get(number)
        if kept is None or kept.entry.revision <= row.entry.revision:
            last[number] = row
    rows = tuple(sorted(last.values(), key=lambda row: row.entry.moment or job.as_of))
    if not rows:
        raise DataRefused(f"{found.path.name}: found no entry of before {job.as_of}")
    return Ingested(found.path, rows, found.quarantined, found.total, found.flags, ())


def _documents(path: Path) -> Iterator[Entry]:
    with path.open("rb") as file:
        for line in file:
            yield read_submission(orjson.loads(line)).entry


def _row(number: int, entry: Entry) -> MappedRow:
    return MappedRow(entry, tuple({} for _ in entry.lines), (), (number,) * len(entry.lines))
