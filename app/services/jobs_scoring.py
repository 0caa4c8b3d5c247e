"""Score one chunk of a job: the same answers as a batch, each entry in its line, never twice."""

import re
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
import structlog

from app.core.canonical import digest
from app.core.errors import Conflict, EntryRiskError, RequestRefused, ServiceUnavailable
from app.core.jobs import Chunk, ChunkResult, Job
from app.core.json_text import parse_json
from app.core.records import IdempotencyClaim
from app.services.assessed import Explain
from app.services.batch import RenderProblem
from app.services.callers import Caller
from app.services.desk import Asked
from app.services.jobs_ports import BatchScorer
from app.services.workers import Lane, Workers

JOB_ROUTE = "POST /v1/jobs"
ATTEMPTS = 3  # at a chunk as a whole, before its entries are tried one by one
_PLACE = re.compile(r"^/entries/[0-9]+")  # in the batch, which is not what was submitted

log = structlog.get_logger(__name__)


class ChunkScorer:
    """Turns a chunk into one result a line.

    Each chunk carries an idempotency claim of job and number, kept in the same transaction as its
    decisions: a chunk that was decided, and whose result was lost with the process, is answered
    from there.
    """

    def __init__(self, batch: BatchScorer, workers: Workers, render: RenderProblem) -> None:
        """Score by `batch`, whose problems `render` wrote; read lines in a thread of `workers`."""
        self._batch = batch
        self._workers = workers
        self._render = render

    async def score(self, job: Job, chunk: Chunk) -> ChunkResult:
        """Return the results in order; an entry that cannot be scored has a problem instead.

        Raises ServiceUnavailable alone: then nothing was decided, or it is decided once when the
        chunk comes again.
        """
        found = await self._workers.run(
            Lane.BATCH, lambda: [self._read(line) for line in chunk.lines]
        )
        good = [at for at, each in enumerate(found) if not isinstance(each, RequestRefused)]
        items = [
            _Item(self._render(each) if isinstance(each, RequestRefused) else b"") for each in found
        ]
        for at, item in zip(good, await self._answers(job, chunk, found, good), strict=True):
            items[at] = item
        results = tuple(_result(chunk.first + at, item) for at, item in enumerate(items))
        return ChunkResult(chunk.number, results, sum(each.is_scored for each in items))

    def _read(self, line: bytes) -> object:
        try:
            return parse_json(line)
        except RequestRefused as error:
            return error

    async def _answers(
        self, job: Job, chunk: Chunk, found: list[object], good: list[int]
    ) -> list["_Item"]:
        if not good:
            return []
        entries = [found[at] for at in good]
        claim = IdempotencyClaim(
            tenant=job.tenant,
            route=JOB_ROUTE,
            key=f"{job.job_id}/{chunk.number}",
            body_digest=digest(b"\n".join(chunk.lines)),
        )
        for _ in range(ATTEMPTS):
            try:
                return await self._ask(job, entries, claim)
            except ServiceUnavailable:
                raise
            except Conflict:  # somebody filed one of these meanwhile: what is filed is seen now
                continue
            except Exception as error:  # noqa: BLE001  # one bad entry must not stop the others
                log.warning("job_chunk_failed", job_id=job.job_id, error=type(error).__name__)
        return [
            await self._alone(job, found[at], replace(claim, key=f"{claim.key}/{at}"))
            for at in good
        ]

    async def _alone(self, job: Job, entry: object, claim: IdempotencyClaim) -> "_Item":
        try:
            return (await self._ask(job, [entry], claim))[0]
        except ServiceUnavailable:
            raise
        except RequestRefused as error:
            return _Item(self._render(error))
        except Exception as error:  # noqa: BLE001  # outermost for this entry: logged, and told
            log.error("job_entry_failed", key=claim.key, error=type(error).__name__)  # noqa: TRY400 - no trace: it may show a party
            return _Item(orjson.dumps(_INTERNAL))

    async def _ask(self, job: Job, entries: list[object], claim: IdempotencyClaim) -> list["_Item"]:
        caller = Caller(job.tenant, job.submitted_by)
        asked = Asked(caller, Explain(job.explain), claim)
        answer = await self._batch.score(asked, {"entries": entries})
        return await self._workers.run(Lane.BATCH, lambda: _split(answer.body))


class _Item(NamedTuple):
    """What stands in a line: an answer, or the problem there is instead."""

    body: bytes
    is_scored: bool = False


_INTERNAL = {
    "type": f"/errors/{EntryRiskError.code}",
    "title": EntryRiskError.title,
    "status": EntryRiskError.status,
    "detail": EntryRiskError.title,
}


def _split(body: bytes) -> list[_Item]:
    return [
        _Item(orjson.dumps(_own(each)), "decision_id" in each)
        for each in orjson.loads(body)["results"]
    ]


def _own(item: dict[str, Any]) -> dict[str, Any]:
    """Return an answer as it is, and a problem with pointers into its own entry."""
    for each in item.get("errors", ()):
        each["pointer"] = _PLACE.sub("", each["pointer"])
    return item


def _result(index: int, item: _Item) -> bytes:
    status, name = (b"scored", b"answer") if item.is_scored else (b"refused", b"problem")
    return b'{"index":%d,"status":"%s","%s":%s}' % (index, status, name, item.body)
