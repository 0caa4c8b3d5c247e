"""A job is accepted whole or not at all, shown to its tenant alone, and read page by page."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pytest

from app.core.errors import FieldProblem, IdempotencyMismatch, NotFound
from app.core.jobs import JobForm, JobLimits, JobState
from app.core.refusals import InvalidJob
from app.services.assessed import Explain
from app.services.callers import Caller
from app.services.jobs import JobService, Submission
from app.services.jobs_running import JobRunner
from tests.desks import CALLER, TENANT, run
from tests.fakes import HandClock
from tests.job_desks import OrderedIds
from tests.job_records import Stores

STRANGER = Caller("other", "K2")


class MemorySpool:
    """Bodies in memory, which count how many are open."""

    def __init__(self) -> None:
        self.made: list[io.BytesIO] = []

    def open(self) -> BinaryIO:
        self.made.append(io.BytesIO())
        return self.made[-1]


class MadeUpParquet:
    """Parquet whose rows are its words, and which is not read if it begins with no."""

    def read(self, file: BinaryIO, lines: BinaryIO) -> None:
        text = file.read()
        if text.startswith(b"no"):
            raise InvalidJob("no", [FieldProblem("", "not_parquet", "no")])
        lines.write(b"\n".join(text.split()))

    def write(self, results: Sequence[bytes]) -> bytes:
        return b"PAR1" + b"".join(results)


@dataclass
class Office:
    """The use cases over a real store, with a runner that nobody runs."""

    kept: Stores
    service: JobService
    spool: MemorySpool

    def submit(self, body: bytes = b"{}\n{}", caller: Caller = CALLER, **changes: Any) -> Any:
        fields: dict[str, Any] = {"form": JobForm.NDJSON, "explain": Explain.CODES}
        asked = Submission(caller=caller, body=io.BytesIO(body), **{**fields, **changes})
        return run(self.service.submit(asked))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    kept = Stores.in_folder(tmp_path)
    clock, spool = HandClock(), MemorySpool()
    nobody: Any = None
    service = JobService(
        kept.jobs,
        JobRunner(kept.jobs, nobody, clock),
        MadeUpParquet(),
        spool,
        clock,
        limits=JobLimits(max_entries=5, max_line_bytes=10),
        max_open=3,
        new_id=OrderedIds(),
    )
    yield Office(kept, service, spool)
    kept.database.close()


def test_a_body_of_lines_is_a_queued_job(office: Office) -> None:
    accepted = office.submit(b'{"a":1}\n\n{"b":2}')
    assert (accepted.job.state, accepted.job.entries) == (JobState.QUEUED, 2)
    assert not accepted.replayed
    assert run(office.service.show(TENANT, accepted.job.job_id)) == accepted.job
    chunk = office.kept.jobs.next_chunk(accepted.job.job_id)
    assert chunk is not None
    assert chunk.lines == (b'{"a":1}', b'{"b":2}')


def test_the_rows_of_a_parquet_file_are_lines(office: Office) -> None:
    accepted = office.submit(b'{"a":1} {"b":2}', form=JobForm.PARQUET)
    assert (accepted.job.form, accepted.job.entries) == (JobForm.PARQUET, 2)
    with pytest.raises(InvalidJob):
        office.submit(b"no", form=JobForm.PARQUET)
    assert all(each.closed for each in office.spool.made)


@pytest.mark.parametrize("body", [b"", b"{}\n" * 6, b'{"longer":"than ten"}', b"x" * 100])
def test_what_is_no_job_is_not_kept(office: Office, body: bytes) -> None:
    with pytest.raises(InvalidJob):
        office.submit(body)
    assert office.kept.jobs.list(TENANT, None, 9) == []


def test_a_key_names_one_job_with_its_body_form_and_explain(office: Office) -> None:
    first = office.submit(idempotency_key="k")
    again = office.submit(idempotency_key="k")
    assert (again.job, again.replayed) == (first.job, True)
    others: list[dict[str, Any]] = [
        {"body": b"{}"},
        {"explain": Explain.NONE},
        {"form": JobForm.PARQUET},
    ]
    for other in others:
        with pytest.raises(IdempotencyMismatch):
            office.submit(**{"idempotency_key": "k", **other})
    assert not office.submit(idempotency_key="k", caller=STRANGER).replayed


def test_a_tenant_sees_and_cancels_its_own_jobs_alone(office: Office) -> None:
    job_id = office.submit().job.job_id
    for asked in (
        office.service.show("other", job_id),
        office.service.cancel("other", job_id),
        office.service.results("other", job_id, 0, 10),
    ):
        with pytest.raises(NotFound):
            run(asked)
    assert run(office.service.cancel(TENANT, job_id)).state is JobState.CANCELLED
    job, page = run(office.service.results(TENANT, job_id, 0, 10))
    assert (job.state, page.results) == (JobState.CANCELLED, ())


def test_jobs_are_paged_newest_first(office: Office) -> None:
    made = [office.submit().job.job_id for _ in range(3)]
    page = orjson.loads(run(office.service.page(TENANT, None, 2)))
    assert [each["job_id"] for each in page["jobs"]] == [made[2], made[1]]
    rest = orjson.loads(run(office.service.page(TENANT, page["next"], 2)))
    assert ([each["job_id"] for each in rest["jobs"]], rest["next"]) == ([made[0]], None)


def test_results_are_read_as_lines_or_as_parquet(office: Office) -> None:
    job_id = office.submit().job.job_id
    lease = office.kept.take(HandClock().now())
    office.kept.work(lease)
    _, page = run(office.service.results(TENANT, job_id, 0, 10))
    assert page.results == (b"result of {}", b"result of {}")
    assert run(office.service.as_parquet(page)).startswith(b"PAR1result")


def test_a_body_has_a_file_to_arrive_in(office: Office) -> None:
    with run(office.service.open_spool()) as file:
        assert file is office.spool.made[0]
