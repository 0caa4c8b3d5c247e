"""POST /v1/score and /v1/score/batch: bytes in, bytes out."""

import hashlib
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.deadlines import DEADLINE
from app.api.problems import request_id_of
from app.api.query import read_parameters
from app.api.state import State, state_of
from app.core.access import Scope
from app.core.errors import RequestRefused
from app.core.json_text import parse_json
from app.core.query import query_refused
from app.core.records import IdempotencyClaim
from app.services.assessed import Explain, Trace
from app.services.batch import BATCH_ROUTE
from app.services.callers import Caller
from app.services.desk import Answer, Asked
from app.services.scoring import SCORE_ROUTE

PARSED_ON_LOOP = 64 * 1024  # bytes; docs/api.md
_MAX_KEY = 255
Work = Callable[[State, Asked, Any], Awaitable[Answer]]


async def score(request: Request) -> Response:
    """Score one entry."""
    return await _answer(request, SCORE_ROUTE, lambda s, a, d: s["scoring"].score(a, d))


async def score_batch(request: Request) -> Response:
    """Score up to 500 entries; each is answered in its place."""
    return await _answer(request, BATCH_ROUTE, lambda s, a, d: s["batch"].score(a, d))


async def _answer(request: Request, route: str, work: Work) -> Response:
    started = perf_counter()
    caller = await authenticate(request, Scope.SCORE_WRITE)
    explain = read_explain(request)
    body = await request.body()
    claim = read_claim(request, route, caller, explain, body)
    document = await read_json(body)
    state = state_of(request)
    answer = await work(state, Asked(caller, explain, claim, request.scope.get(DEADLINE)), document)
    if route == SCORE_ROUTE and not answer.replayed:
        state["telemetry"].asked(caller.key_id, document)
    state["telemetry"].scored(request_id_of(request), answer, perf_counter() - started)
    return Response(answer.body, headers=_headers(answer), media_type="application/json")


async def read_json(body: bytes) -> Any:
    """Return the value of a body; a large one is parsed in a thread."""
    if len(body) <= PARSED_ON_LOOP:
        return parse_json(body)
    return await run_in_threadpool(parse_json, body)


def read_explain(request: Request) -> Explain:
    """Return how much of the why is asked for; raises RequestRefused for other queries."""
    wanted = read_parameters(request, ("explain",)).get("explain", Explain.CODES)
    if wanted not in Explain.__members__.values():
        raise query_refused("explain", "unknown_value", "wanted none, codes or full")
    return Explain(wanted)


def read_claim(
    request: Request, route: str, caller: Caller, explain: Explain, body: bytes
) -> IdempotencyClaim | None:
    """Return the claim of the Idempotency-Key, bound to the very bytes and to `explain`."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        message = f"wanted an Idempotency-Key of 1 to {_MAX_KEY} printable ASCII characters"
        raise RequestRefused(message)
    digest = hashlib.sha256(f"{explain}\n".encode() + body).hexdigest()
    return IdempotencyClaim(tenant=caller.tenant, route=route, key=key, body_digest=digest)


def _headers(answer: Answer) -> dict[str, str]:
    headers = {"Cache-Control": "no-store", "Server-Timing": server_timing(answer.trace)}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return headers


def server_timing(trace: Trace) -> str:
    """Return where the time went, in milliseconds, as a Server-Timing header."""
    parts = (
        ("features", trace.features_s),
        ("history", trace.history_s),
        ("model", trace.model_s),
        ("ledger", trace.ledger_s),
    )
    return ", ".join(f"{name};dur={seconds * 1000:.3f}" for name, seconds in parts)
