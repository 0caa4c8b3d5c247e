"""GET /v1/suppliers and /v1/suppliers/{key}: what is known of the caller's own suppliers."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.query import read_parameters
from app.api.state import state_of
from app.core.access import Scope
from app.services.supplier_query import read_country, read_day, read_name
from app.services.suppliers import Suppliers


async def suppliers(request: Request) -> Response:
    """Return the tenant's suppliers of a name."""
    caller = await authenticate(request, Scope.DECISION_READ)
    given = read_parameters(request, ("name", "country"))
    name, country = read_name(given.get("name", "")), read_country(given.get("country"))
    desk = state_of(request)["desk"]
    found = await Suppliers(desk.ledger, desk.workers).search(caller.tenant, name, country)
    return _answer(found)


async def supplier(request: Request) -> Response:
    """Return what is known of one supplier, today or as of the end of a day."""
    caller = await authenticate(request, Scope.DECISION_READ)
    given = read_parameters(request, ("at",))
    desk = state_of(request)["desk"]
    today = desk.clock.now().date()
    at = read_day(given.get("at"), today)
    found = await Suppliers(desk.ledger, desk.workers).show(
        caller.tenant, request.path_params["key"], desk.models.serving, today, at
    )
    return _answer(found)


def _answer(document: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(document), headers=headers, media_type="application/json")
