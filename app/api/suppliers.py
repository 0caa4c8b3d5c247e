"""GET /v1/suppliers and /v1/suppliers/{key}: what is known of the caller's own suppliers."""

from collections.abc import Collection

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.state import state_of
from app.core.access import Scope
from app.services.supplier_query import read_country, read_day, read_name, refused
from app.services.suppliers import Suppliers


async def suppliers(request: Request) -> Response:
    """Return the tenant's suppliers of a name."""
    caller = await authenticate(request, Scope.DECISION_READ)
    given = _parameters(request, ("name", "country"))
    name, country = read_name(given.get("name", "")), read_country(given.get("country"))
    desk = state_of(request)["desk"]
    found = await Suppliers(desk.ledger, desk.workers).search(caller.tenant, name, country)
    return _answer(found)


async def supplier(request: Request) -> Response:
    """Return what is known of one supplier, today or as of the end of a day."""
    caller = await authenticate(request, Scope.DECISION_READ)
    given = _parameters(request, ("at",))
    desk = state_of(request)["desk"]
    today = desk.clock.now().date()
    at = read_day(given.get("at"), today)
    found = await Suppliers(desk.ledger, desk.workers).show(
        caller.tenant, request.path_params["key"], desk.models.serving, today, at
    )
    return _answer(found)


def _parameters(request: Request, known: Collection[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            wanted = ", ".join(known)
            raise refused(name, "unknown_parameter", f"the query parameters are {wanted}")
        if name in given:
            raise refused(name, "repeated_parameter", "wanted it once")
        given[name] = value
    return given


def _answer(document: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(document), headers=headers, media_type="application/json")
