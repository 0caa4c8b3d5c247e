"""/v1/jobs: many entries accepted at once, scored beside everything else, read back by and by."""

import asyncio
import re
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.jobs_state import jobs_of
from app.api.limits import BodyLimit
from app.api.paging import Page, read_page
from app.api.score import read_explain
from app.core.access import Scope
from app.core.canonical import canonical_json
from app.core.errors import RequestRefused
from app.core.jobs import JobForm, job_document
from app.core.refusals import JobsUnavailable
from app.services.jobs import MAX_PAGE, MAX_RESULTS, Submission

JOBS_PATH = "/v1/jobs"
NDJSON, PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"
JOB_TYPES = (NDJSON, PARQUET, "application/jsonl")
RESULTS_A_PAGE = 200
_WRITTEN_AT_ONCE = 1 << 20  # bytes kept before they go to disk
_MAX_KEY = 255
_ID = re.compile(r"[0-9A-Z]{1,26}", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)
_PRIVATE = {"Cache-Control": "no-store"}


def job_body_limit(max_mib: int) -> BodyLimit:
    """Return what POST /v1/jobs reads: at most `max_mib` MiB, two at a time."""
    return BodyLimit(max_mib * 1024 * 1024, NDJSON, max_running=2, or_types=JOB_TYPES[1:])


async def submit_job(request: Request) -> Response:
    """Accept a job: 202 with its place once all of it is kept."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    explain, key = read_explain(request), _read_key(request)
    service = jobs_of(request)["jobs"]
    with await service.open_spool() as file:
        await _receive(request, file)
        accepted = await service.submit(
            Submission(
                caller=caller,
                form=_form(request),
                explain=explain,
                body=file,
                idempotency_key=key,
            )
        )
    headers = {**_PRIVATE, "Location": f"{JOBS_PATH}/{accepted.job.job_id}"}
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
    body = canonical_json(job_document(accepted.job))
    return Response(body, 202, headers=headers, media_type="application/json")


async def jobs(request: Request) -> Response:
    """Return the tenant's jobs, newest first, a page at a time."""
    caller = await authenticate(request, Scope.DECISION_READ)
    page = read_page(request, MAX_PAGE, _ID)
    body = await jobs_of(request)["jobs"].page(caller.tenant, page.next, page.limit)
    return Response(body, headers=_PRIVATE, media_type="application/json")


async def job(request: Request) -> Response:
    """Return a job of the tenant's: its state, and how far it is."""
    caller = await authenticate(request, Scope.DECISION_READ)
    found = await jobs_of(request)["jobs"].show(caller.tenant, request.path_params["job_id"])
    body = canonical_json(job_document(found))
    return Response(body, headers=_PRIVATE, media_type="application/json")


async def cancel_job(request: Request) -> Response:
    """Cancel a job of the tenant's; one that ended stays as it is."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    found = await jobs_of(request)["jobs"].cancel(caller.tenant, request.path_params["job_id"])
    body = canonical_json(job_document(found))
    return Response(body, headers=_PRIVATE, media_type="application/json")


async def job_results(request: Request) -> Response:
    """Return results that are there, from `next` on, as lines of JSON or as Parquet.

    `Link` with rel="next" says where to go on; without it these were the last.
    """
    caller = await authenticate(request, Scope.DECISION_READ)
    page = read_page(request, MAX_RESULTS, _INDEX, usual=RESULTS_A_PAGE)
    job_id, first = request.path_params["job_id"], int(page.next or 0)
    service = jobs_of(request)["jobs"]
    found, results = await service.results(caller.tenant, job_id, first, page.limit)
    headers = {**_PRIVATE, "Vary": "Accept"}
    if found.state.is_open or results.next_index < found.done:
        headers["Link"] = _next_link(job_id, page, results.next_index)
    if PARQUET in request.headers.get("accept", ""):
        body, media_type = await service.as_parquet(results), PARQUET
    else:
        body, media_type = b"".join(each + b"\n" for each in results.results), NDJSON
    return Response(body, headers=headers, media_type=media_type)


def _next_link(job_id: str, page: Page, first: int) -> str:
    query = f"next={first}&limit={page.limit}"
    return f'<{JOBS_PATH}/{job_id}/results?{query}>; rel="next"'


def _form(request: Request) -> JobForm:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return JobForm.PARQUET if media_type == PARQUET else JobForm.NDJSON


def _read_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"wanted an Idempotency-Key of 1 to {_MAX_KEY} printable ASCII characters"
        raise RequestRefused(message)
    return key


async def _receive(request: Request, file: BinaryIO) -> None:
    """Stream the body to disk; its size is counted by the limits around this route."""
    waiting = bytearray()
    async for part in request.stream():
        waiting += part
        if len(waiting) >= _WRITTEN_AT_ONCE:
            await _write(file, bytes(waiting))
            waiting.clear()
    await _write(file, bytes(waiting))


async def _write(file: BinaryIO, data: bytes) -> None:
    try:
        await asyncio.to_thread(file.write, data)
        await asyncio.to_thread(file.flush)
    except OSError as error:
        raise JobsUnavailable(f"the body cannot be kept: {error.strerror}") from error
