"""/v1/webhooks: who is told that a job ended, and what became of telling them."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.jobs_state import jobs_of
from app.api.limits import BodyLimit, read_within
from app.api.paging import read_page
from app.api.score import read_json
from app.api.state import state_of
from app.core.access import Scope
from app.core.audit import Action
from app.core.canonical import canonical_json
from app.core.query import query_refused
from app.core.webhooks import DeliveryQuery, DeliveryState, delivery_document
from app.services.audit import AuditLog, keep
from app.services.webhooks import MAX_DELIVERIES

WEBHOOKS_PATH = "/v1/webhooks"
MAX_BODY = 16 * 1024  # bytes; an endpoint is a URL
_LIMIT = BodyLimit(MAX_BODY)
_ID = re.compile(r"msg_[0-9A-Z]{1,26}", re.ASCII)
_PRIVATE = {"Cache-Control": "no-store"}


async def add_webhook(request: Request) -> Response:
    """Make an endpoint: 201 with its secret, shown this once."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    document = await read_json(await read_within(request, _LIMIT))
    webhook, body = await jobs_of(request)["webhooks"].add(caller, document)
    # The host alone: the rest of an address may be a secret.
    details = {"host": urlsplit(webhook.url).hostname or ""}
    await keep(_audit(request), caller, Action.WEBHOOK_ADDED, webhook.webhook_id, details)
    headers = {**_PRIVATE, "Location": f"{WEBHOOKS_PATH}/{webhook.webhook_id}"}
    return Response(body, 201, headers=headers, media_type="application/json")


async def webhooks(request: Request) -> Response:
    """Return the tenant's endpoints."""
    caller = await authenticate(request, Scope.DECISION_READ)
    return _json(await jobs_of(request)["webhooks"].list(caller.tenant))


async def remove_webhook(request: Request) -> Response:
    """Remove an endpoint; what waits for it is given up."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    webhook_id = request.path_params["webhook_id"]
    await jobs_of(request)["webhooks"].remove(caller.tenant, webhook_id)
    await keep(_audit(request), caller, Action.WEBHOOK_REMOVED, webhook_id, {})
    return Response(status_code=204, headers=_PRIVATE)


async def rotate_secret(request: Request) -> Response:
    """Give an endpoint a new secret, shown this once."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    webhook_id = request.path_params["webhook_id"]
    body = await jobs_of(request)["webhooks"].rotate(caller.tenant, webhook_id)
    await keep(_audit(request), caller, Action.WEBHOOK_SECRET, webhook_id, {}, once=False)
    return _json(body)


async def deliveries(request: Request) -> Response:
    """Return what was sent to an endpoint, newest first, a page at a time."""
    caller = await authenticate(request, Scope.DECISION_READ)
    page = read_page(request, MAX_DELIVERIES, _ID, others=("state",))
    query = DeliveryQuery(
        webhook_id=request.path_params["webhook_id"],
        state=_state(page.others.get("state")),
        before=page.next,
        limit=page.limit,
    )
    return _json(await jobs_of(request)["webhooks"].deliveries(caller.tenant, query))


async def redeliver(request: Request) -> Response:
    """Send a delivery again, with its own id: 202."""
    caller = await authenticate(request, Scope.SCORE_WRITE)
    webhook_id = request.path_params["webhook_id"]
    delivery_id = request.path_params["delivery_id"]
    service = jobs_of(request)["webhooks"]
    found = await service.redeliver(caller.tenant, webhook_id, delivery_id)
    return _json(canonical_json(delivery_document(found)), 202)


def _state(given: str | None) -> DeliveryState | None:
    if given is None:
        return None
    if given not in DeliveryState.__members__.values():
        raise query_refused("state", "unknown_value", f"wanted one of {', '.join(DeliveryState)}")
    return DeliveryState(given)


def _audit(request: Request) -> AuditLog:
    return state_of(request)["audit"]


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, headers=_PRIVATE, media_type="application/json")
