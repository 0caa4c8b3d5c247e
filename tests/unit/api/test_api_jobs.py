"""Jobs over HTTP: accepted, worked on, read back, cancelled, and never another tenant's."""

import io
from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.api.jobs import NDJSON, PARQUET
from app.api.jobs_schema import job_examples, result_examples
from app.core.jobs import JobState
from app.core.refusals import JobsUnavailable
from tests.apps import ALL, READS, STRANGER, WRITES, Spoken, spoken
from tests.desks import entry, filed, line
from tests.job_desks import MAX_OPEN
from tests.json_schema import DOCUMENT, faults

PATHS = DOCUMENT["paths"]
JOB = DOCUMENT["components"]["schemas"]["Job"]


@pytest.fixture(scope="module")
def api() -> Iterator[Spoken]:
    """An application with jobs; tests end what they begin."""
    with spoken() as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(api: Spoken) -> None:
    api.jobs.kept.empty()


def submit(api: Spoken, *documents: Any, key: str = ALL, **how: Any) -> Any:
    """Submit these as lines; bytes are taken as they are."""
    rows = [each if isinstance(each, bytes) else orjson.dumps(each) for each in documents]
    headers = {"Content-Type": NDJSON} | how.pop("headers", {})
    body = how.pop("content", b"\n".join(rows))
    path = how.pop("path", "/v1/jobs")
    return api.post(path, key=key, content=body, headers=headers, **how)


def work(api: Spoken) -> None:
    """Work on jobs until nothing waits, on the application's own loop."""
    portal = api.client.portal
    assert portal is not None
    while portal.call(api.jobs.runner.work_once):
        pass


def results(api: Spoken, job_id: str, query: str = "") -> list[Any]:
    answer = api.get(f"/v1/jobs/{job_id}/results{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    return [orjson.loads(each) for each in answer.content.splitlines()]


def test_a_job_is_accepted_worked_on_and_read_back(api: Spoken) -> None:
    answer = submit(api, entry(), b"{", filed())
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['job_id']}"
    assert (job["state"], job["entries"], faults(job, JOB)) == ("queued", 3, [])
    work(api)
    shown = api.get(answer.headers["location"]).json()
    assert (shown["state"], shown["scored"], shown["refused"]) == ("succeeded", 2, 1)
    assert faults(shown, JOB) == []
    found = results(api, job["job_id"])
    schema = PATHS["/v1/jobs/{job_id}/results"]["get"]["responses"]["200"]["content"][NDJSON]
    assert [faults(each, schema["schema"]) for each in found] == [[], [], []]
    assert [each["status"] for each in found] == ["scored", "refused", "scored"]
    decision = found[2]["answer"]
    stored = api.get(f"/v1/decisions/{decision['decision_id']}").json()["response"]
    assert stored == decision


def test_results_are_walked_by_link_while_the_job_goes_on(api: Spoken) -> None:
    job_id = submit(api, *[entry()] * 3).json()["job_id"]
    waiting = api.get(f"/v1/jobs/{job_id}/results?limit=2")
    assert (waiting.content, "link" in waiting.headers) == (b"", True)
    work(api)
    seen, path = [], f"/v1/jobs/{job_id}/results?limit=2"
    while path:
        answer = api.get(path)
        seen += [orjson.loads(each)["index"] for each in answer.content.splitlines()]
        link = answer.headers.get("link", "")
        assert link == "" or link.endswith('>; rel="next"')
        path = link[1:].partition(">")[0]
    assert seen == [0, 1, 2]


def test_parquet_goes_in_and_comes_out(api: Spoken) -> None:
    rows = [entry(line(description=None)), entry(line(origin_country="??"))]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    answer = submit(api, content=file.getvalue(), headers={"Content-Type": PARQUET})
    assert (answer.status_code, answer.json()["form"]) == (202, "parquet")
    work(api)
    path = f"/v1/jobs/{answer.json()['job_id']}/results"
    got = api.client.get(path, headers={"Authorization": f"Bearer {ALL}", "Accept": PARQUET})
    assert got.headers["content-type"] == PARQUET
    first, second = pq.read_table(io.BytesIO(got.content)).to_pylist()
    assert (first["index"], first["status"], first["problem"]) == (0, "scored", None)
    assert orjson.loads(first["answer"])["score"] == first["score"]
    assert (second["status"], second["score"]) == ("refused", None)
    assert orjson.loads(second["problem"])["errors"][0]["pointer"] == "/lines/0/origin_country"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", NDJSON, 422, "entries_count"),
        (b"\n \n", NDJSON, 422, "entries_count"),
        (b"{}\n" * 501, NDJSON, 422, "entries_count"),
        (b"x" * 70_000, NDJSON, 422, "line_too_long"),
        (b"PAR1 it is not", PARQUET, 422, "not_parquet"),
        (b"{}", "application/json", 415, None),
        (b"{}", "", 415, None),
    ],
)
def test_what_is_no_job_is_refused_whole(
    api: Spoken, body: bytes, media_type: str, status: int, code: str | None
) -> None:
    answer = submit(api, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if code:
        assert answer.json()["errors"][0]["code"] == code
    assert api.get("/v1/jobs").json()["jobs"] == []


def test_a_large_body_is_written_in_parts(api: Spoken) -> None:
    large = b'{"lines":"' + b"x" * 60_000 + b'"}'
    assert submit(api, *[large] * 30).json()["entries"] == 30


def test_the_same_key_and_body_give_the_same_job(api: Spoken) -> None:
    headers = {"Idempotency-Key": "key-1"}
    first, again = submit(api, entry(), headers=headers), submit(api, entry(), headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = submit(api, filed(), headers=headers)
    assert other.json()["type"] == "/errors/idempotency-mismatch"
    assert submit(api, entry(), headers={"Idempotency-Key": ""}).status_code == 400


def test_a_tenant_has_so_many_open_jobs(api: Spoken) -> None:
    made = [submit(api, entry()) for _ in range(MAX_OPEN)]
    more = submit(api, entry())
    assert (more.status_code, more.headers["retry-after"]) == (429, "60")
    assert more.json()["type"] == "/errors/quota-exceeded"
    assert submit(api, entry(), key=STRANGER).status_code == 202
    api.client.delete(made[0].headers["location"], headers={"Authorization": f"Bearer {ALL}"})
    assert submit(api, entry()).status_code == 202


def cancel(api: Spoken, job_id: str, key: str = ALL) -> Any:
    return api.client.delete(f"/v1/jobs/{job_id}", headers={"Authorization": f"Bearer {key}"})


def test_a_cancelled_job_decides_nothing_more(api: Spoken) -> None:
    before = len(api.at.ledger.records)
    job_id = submit(api, entry()).json()["job_id"]
    assert cancel(api, job_id).json()["state"] == JobState.CANCELLED
    work(api)
    assert len(api.at.ledger.records) == before
    answer = api.get(f"/v1/jobs/{job_id}/results")
    assert (answer.content, "link" in answer.headers) == (b"", False)
    assert cancel(api, job_id).status_code == 200


def test_each_route_needs_its_scope(api: Spoken) -> None:
    assert submit(api, entry(), key=READS).status_code == 403
    job_id = submit(api, entry(), key=WRITES).json()["job_id"]
    for path in ("/v1/jobs", f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/results"):
        assert api.get(path, READS).status_code == 200
        assert api.get(path, WRITES).status_code == 403
        assert api.get(path, None).status_code == 401
    assert cancel(api, job_id, READS).status_code == 403


def test_another_tenant_neither_sees_nor_cancels(api: Spoken) -> None:
    job_id = submit(api, entry()).json()["job_id"]
    assert api.get("/v1/jobs", STRANGER).json() == {"jobs": [], "next": None}
    for path in (f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/results"):
        assert api.get(path, STRANGER).status_code == 404
    assert cancel(api, job_id, STRANGER).status_code == 404
    assert api.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"


def test_jobs_are_listed_newest_first(api: Spoken) -> None:
    made = [submit(api, entry()).json()["job_id"] for _ in range(3)]
    page = api.get("/v1/jobs?limit=2").json()
    schema = PATHS["/v1/jobs"]["get"]["responses"]["200"]["content"]["application/json"]
    assert faults(page, schema["schema"]) == []
    rest = api.get(f"/v1/jobs?next={page['next']}").json()
    assert [each["job_id"] for each in page["jobs"] + rest["jobs"]] == made[::-1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("colour=red", 400),
        ("limit=1&limit=2", 400),
        ("limit=0", 422),
        ("limit=201", 422),
        ("limit=x", 422),
        ("next=?", 422),
        ("next=", 422),
        ("next=%ff", 422),
    ],
)
def test_a_query_that_is_not_clear_is_refused(api: Spoken, query: str, status: int) -> None:
    answer = api.get(f"/v1/jobs?{query}")
    assert answer.status_code == status
    pointer = f"/query/{query.partition('=')[0]}"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert submit(api, entry(), path=f"/v1/jobs?{query}").status_code == 400


def test_explain_is_that_of_the_job(api: Spoken) -> None:
    job_id = submit(api, entry(), path="/v1/jobs?explain=full").json()["job_id"]
    work(api)
    assert "base_value" in results(api, job_id)[0]["answer"]["lines"][0]


def test_examples_are_as_published() -> None:
    for example in job_examples().values():
        assert faults(example, JOB) == []
    schema = PATHS["/v1/jobs/{job_id}/results"]["get"]["responses"]["200"]["content"][NDJSON]
    for example in result_examples().values():
        assert faults(example, schema["schema"]) == []


def test_a_disk_that_refuses_is_said_and_nothing_is_kept(api: Spoken) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    async def full() -> io.BytesIO:
        return Full()

    api.jobs.service.open_spool = full  # type: ignore[method-assign]  # a disk that is full
    try:
        answer = submit(api, entry())
    finally:
        del api.jobs.service.open_spool
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"] == f"/errors/{JobsUnavailable.code}"
