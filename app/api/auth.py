"""Who asks: a bearer key, and whether it may."""

from starlette.requests import Request

from app.api.limits_tenant import count_request
from app.api.state import state_of
from app.core.access import Scope
from app.core.errors import Unauthenticated
from app.services.callers import Caller, caller_of

_MAX_HEADER = 512  # characters; keys are far shorter


async def authenticate(request: Request, scope: Scope) -> Caller:
    """Return who asks, if the key is live and has `scope`.

    Raises Unauthenticated without a live key, Forbidden without the scope, and RateExceeded where
    its tenant asks too often. The tenant comes from the key alone.
    """
    header = request.headers.get("authorization", "")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret or len(header) > _MAX_HEADER:
        raise Unauthenticated("wanted Authorization: Bearer <key>")
    caller = caller_of(await state_of(request)["keys"].find(secret.strip()), scope)
    await count_request(request, caller)
    return caller
