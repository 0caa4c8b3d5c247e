"""GET /v1/decisions/{id}: the decision as it was given, and what it was given for."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.state import state_of
from app.core.access import Scope
from app.core.records import DecisionRecord


async def decision(request: Request) -> Response:
    """Return the stored decision of the caller's tenant, request and response byte for byte."""
    caller = await authenticate(request, Scope.DECISION_READ)
    decision_id = request.path_params["decision_id"]
    record = await state_of(request)["desk"].decision(caller.tenant, decision_id)
    body = decision_bytes(record)
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


def decision_bytes(record: DecisionRecord) -> bytes:
    """Return the decision's document; `request` and `response` are the stored bytes."""
    head = orjson.dumps(
        {
            "decision_id": record.decision_id,
            "intent": record.intent.value,
            "body_digest": record.body_digest,
            "examined_because": record.examined_because,
            "exploration_odds": record.exploration_odds,
        }
    )
    return b"".join(
        [head[:-1], b',"request":', record.request, b',"response":', record.response, b"}"]
    )
