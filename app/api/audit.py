"""GET /v1/audit: what was done to the tenant's keys, people, lists and cases, and by whom."""

import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.operation import COMMON_ERRORS, Operation, parameter
from app.api.paging import read_page
from app.api.state import state_of
from app.core.access import Scope
from app.core.audit import Action
from app.core.query import query_refused
from app.services.audit import MAX_PAGE, audit_page

AUDIT_PATH = "/v1/audit"
_ID = re.compile(r"[0-9A-Z]{26}", re.ASCII)


async def audit(request: Request) -> Response:
    """Return events of the tenant in their order, a page at a time."""
    caller = await authenticate(request, Scope.AUDIT_READ)
    page = read_page(request, MAX_PAGE, _ID, others=("action",))
    action = _action(page.others.get("action"))
    log = state_of(request)["audit"]
    document = await audit_page(log, caller.tenant, page.next, page.limit, action)
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(document), headers=headers, media_type="application/json")


def _action(given: str | None) -> Action | None:
    if given is None:
        return None
    if given not in set(Action):
        raise query_refused("action", "unknown_value", f"wanted one of {', '.join(Action)}")
    return Action(given)


def audit_operations() -> dict[tuple[str, str], Operation]:
    """Return what the OpenAPI document says of the route."""
    event_id = {"type": "string", "pattern": f"^{_ID.pattern}$"}
    return {
        (AUDIT_PATH, "get"): Operation(
            summary="What was done to keys, people, lists and cases, in order.",
            scope=Scope.AUDIT_READ,
            answer=audit_schema(),
            errors=("bad-request", "invalid-query", *COMMON_ERRORS, "ledger-unavailable"),
            parameters=(
                parameter("next", "query", "Where the page before ended.", event_id),
                parameter(
                    "limit",
                    "query",
                    "How many, 50 unless told.",
                    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
                ),
                parameter(
                    "action", "query", "Only these.", {"type": "string", "enum": list(Action)}
                ),
            ),
            answer_examples=audit_examples(),
        )
    }


def audit_schema() -> dict[str, Any]:
    """Return the JSON Schema of a page of events."""
    text = {"type": "string"}
    event = {
        "title": "AuditEvent",
        "type": "object",
        "properties": {
            "event_id": text,
            "at": {"type": "string", "format": "date-time"},
            "actor": text,
            "action": {"type": "string", "enum": list(Action)},
            "subject": text,
            "details": {"type": "object", "additionalProperties": text},
            "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
        "required": ["event_id", "at", "actor", "action", "subject", "details", "hash"],
        "additionalProperties": False,
    }
    return {
        "title": "AuditPage",
        "type": "object",
        "properties": {
            "events": {"type": "array", "items": event},
            "next": {"type": ["string", "null"]},
        },
        "required": ["events", "next"],
        "additionalProperties": False,
    }


def audit_examples() -> dict[str, Any]:
    """Return examples of a page: a key revoked, a list activated, nothing more."""
    revoked = _example(
        "key.revoked", "command-line:dana", "01KAT5XW4E0000000000000001", {"name": "old system"}
    )
    activated = _example(
        "list.activated",
        "key:01KAT5XW4E0000000000000002",
        "imp_3f9c1a",
        {"kind": "uflpa", "version": "2026-11-01"},
    )
    return {
        "revoked": {"events": [revoked], "next": revoked["event_id"]},
        "activated": {"events": [activated], "next": None},
        "nothing": {"events": [], "next": None},
    }


def _example(action: str, actor: str, subject: str, details: dict[str, str]) -> dict[str, Any]:
    return {
        "event_id": "01KAT5XW4E000000000000000Z",
        "at": "2026-11-24T02:31:07.412345Z",
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": details,
        "hash": "0" * 63 + "1",
    }
