"""A decision proven: its signed receipt, the keys that check it, and its replay."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.operation import JSON
from app.api.state import state_of
from app.core.access import Scope

DECISION = "/v1/decisions/{decision_id}"
RECEIPT_PATH, REPLAY_PATH = f"{DECISION}/receipt", f"{DECISION}/replay"
RECEIPT_KEYS_PATH = "/v1/receipt-keys"
_HEADERS = {"Cache-Control": "no-store"}


async def receipt(request: Request) -> Response:
    """Return the signed receipt of a decision, in the one spelling that its signature is of."""
    caller = await authenticate(request, Scope.DECISION_READ)
    receipts = state_of(request)["receipts"]
    body = await receipts.receipt(caller.tenant, request.path_params["decision_id"])
    return Response(body, headers=_HEADERS, media_type=JSON)


async def replay(request: Request) -> Response:
    """Compute a decision again from what was stored, and say whether it is the same."""
    caller = await authenticate(request, Scope.DECISION_READ)
    replays = state_of(request)["replays"]
    found = await replays.replay(caller.tenant, request.path_params["decision_id"])
    return Response(orjson.dumps(found), headers=_HEADERS, media_type=JSON)


async def receipt_keys(request: Request) -> Response:
    """Return the public keys that receipts are checked with, the one in use first."""
    await authenticate(request, Scope.DECISION_READ)
    return Response(orjson.dumps(state_of(request)["receipts"].keys()), media_type=JSON)
