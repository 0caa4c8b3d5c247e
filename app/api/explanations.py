"""POST and GET /v1/decisions/{id}/explanations: why goods were declared otherwise than before."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.limits import BodyLimit, read_within
from app.api.score import read_json
from app.api.state import state_of
from app.core.access import Scope
from app.core.audit import Action
from app.services.audit import keep
from app.services.explanations import Explanations

_LIMIT = BodyLimit(16 * 1024)  # docs/api.md
_HEADERS = {"Cache-Control": "no-store"}


async def explain(request: Request) -> Response:
    """Record one explanation; the same again is answered as it is kept."""
    caller = await authenticate(request, Scope.CASE_EXPLAIN)
    document = await read_json(await read_within(request, _LIMIT))
    decision_id = request.path_params["decision_id"]
    kept = await _explanations(request).explain(caller, decision_id, document)
    details = {"kind": str(kept["kind"])}
    await keep(state_of(request)["audit"], caller, Action.CASE_EXPLAINED, decision_id, details)
    return _answer(kept, 201)


async def explanations(request: Request) -> Response:
    """Return what was explained of a decision, oldest first."""
    caller = await authenticate(request, Scope.DECISION_READ)
    decision_id = request.path_params["decision_id"]
    given = await _explanations(request).given(caller.tenant, decision_id)
    return _answer({"explanations": given}, 200)


def _explanations(request: Request) -> Explanations:
    desk = state_of(request)["desk"]
    return Explanations(desk.ledger, desk.clock)


def _answer(document: object, status: int) -> Response:
    body = orjson.dumps(document)
    return Response(body, status, headers=_HEADERS, media_type="application/json")
