"""POST and GET /v1/outcomes: what became of filed entries."""

import re
from datetime import UTC, date, datetime, time
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import authenticate
from app.api.problems import request_id_of
from app.api.query import read_parameters
from app.api.score import read_claim, read_json
from app.api.state import state_of
from app.core.access import Scope
from app.core.document.kinds import Text
from app.core.errors import InvalidField
from app.core.outcome_claim import count_outcomes
from app.core.query import query_refused
from app.services.assessed import Explain
from app.services.desk import Asked
from app.services.outcomes import MAX_PAGE, OUTCOMES_ROUTE, OutcomeQuery

_PARAMETERS = ("decision_id", "entry_number", "since", "limit", "next")
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_DECISION_ID = re.compile(r"[0-9A-Z]{1,64}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


async def record_outcomes(request: Request) -> Response:
    """Record one outcome, or up to 500 in a list; all or none."""
    started = perf_counter()
    caller = await authenticate(request, Scope.OUTCOME_WRITE)
    read_parameters(request, ())
    body = await request.body()
    claim = read_claim(request, OUTCOMES_ROUTE, caller, Explain.NONE, body)
    document = await read_json(body)
    state = state_of(request)
    answer = await state["outcomes"].record(Asked(caller, Explain.NONE, claim), document)
    recorded = 0 if answer.replayed else count_outcomes(document)
    state["telemetry"].recorded(request_id_of(request), recorded, perf_counter() - started)
    headers = {"Cache-Control": "no-store"}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, 201, headers=headers, media_type="application/json")


async def outcomes(request: Request) -> Response:
    """Return the tenant's outcomes, those that were corrected too, a page at a time."""
    caller = await authenticate(request, Scope.DECISION_READ)
    body = await state_of(request)["outcomes"].page(caller, read_query(request))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


def read_query(request: Request) -> OutcomeQuery:
    """Return what is asked for; RequestRefused for parameters that are not known or not clear."""
    given = read_parameters(request, _PARAMETERS)
    return OutcomeQuery(
        decision_id=_decision_id(given),
        entry_number=_text(given, "entry_number", 40),
        since=_moment(given["since"]) if "since" in given else None,
        after_seq=_number("next", given.get("next", "0"), 0, 10**18),
        limit=_number("limit", given.get("limit", "50"), 1, MAX_PAGE),
    )


def _decision_id(given: dict[str, str]) -> str | None:
    found = given.get("decision_id")
    if found is not None and not _DECISION_ID.fullmatch(found):
        raise query_refused(
            "decision_id", "invalid_text", "wanted an id: capital letters and digits"
        )
    return found


def _text(given: dict[str, str], name: str, longest: int) -> str | None:
    if name not in given:
        return None
    try:
        return Text(longest).read(name, given[name])
    except InvalidField as error:
        raise query_refused(name, error.problem, error.message) from None


def _number(name: str, raw: str, low: int, high: int) -> int:
    if not _NUMBER.fullmatch(raw) or not low <= int(raw) <= high:
        wanted = "what a page gave as next" if name == "next" else f"a number from {low} to {high}"
        raise query_refused(name, "unknown_value", f"wanted {wanted}")
    return int(raw)


def _moment(raw: str) -> datetime:
    try:
        if _DAY.fullmatch(raw):
            return datetime.combine(date.fromisoformat(raw), time(), UTC)
        if _MOMENT.fullmatch(raw):
            return datetime.fromisoformat(raw).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "wanted a day as 2026-11-24, or a moment as 2026-11-24T02:31:07Z"
    raise query_refused("since", "invalid_date", message)
