"""What a tenant may ask in a while: counted once it is known who asks, told in every answer."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Scope

from app.api.state import entrance_of
from app.services.admission import Pool
from app.services.callers import Caller
from app.services.rates import Standing

STANDING = "entry_risk.standing"  # in the scope, once the request was counted
POOL = "entry_risk.pool"


async def count_request(request: Request, caller: Caller) -> None:
    """Count the request against its tenant's limit; raises RateExceeded beyond it."""
    kind = request.scope.get(POOL, Pool.OTHER)
    standing = await entrance_of(request.scope)["rates"].count(caller.tenant, kind)
    request.scope[STANDING] = standing
    if not standing.is_admitted:
        raise standing.refusal()


def tell_standing(scope: Scope, headers: MutableHeaders) -> None:
    """Add RateLimit-Policy and RateLimit to an answer whose request was counted."""
    standing: Standing | None = scope.get(STANDING)
    if standing is not None:
        headers["RateLimit-Policy"] = standing.policy_header()
        headers["RateLimit"] = standing.header()
