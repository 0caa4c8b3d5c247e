"""What POST and GET /v1/outcomes read and answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api.operation import COMMON_ERRORS, IDEMPOTENCY_KEY, JSON, Operation, parameter
from app.core.access import Scope
from app.core.document.kinds import Text
from app.core.outcome_claim import CLAIM_KIND, MAX_OUTCOMES, OUTCOMES
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.reasons.kinds import Regime
from app.services.outcomes import MAX_PAGE

Schema = dict[str, Any]
_PATH = "/v1/outcomes"


def outcome_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of outcomes by path and method."""
    return {
        (_PATH, "post"): Operation(
            summary="Record what became of filed entries; a correction is added, never written "
            "over.",
            scope=Scope.OUTCOME_WRITE,
            body=claims_schema(),
            body_types=(JSON,),
            answer={"anyOf": [outcome_schema(), _several(outcome_schema(), "RecordedOutcomes")]},
            answer_status=201,
            errors=(
                *COMMON_ERRORS,
                "bad-request",
                "invalid-query",
                "malformed-json",
                "not-found",
                "conflict",
                "body-too-large",
                "unsupported-media-type",
                "invalid-outcome",
                "idempotency-mismatch",
                "ledger-unavailable",
            ),
            parameters=(_KEY,),
            request_examples=claim_examples(),
            answer_examples=recorded_examples(),
        ),
        (_PATH, "get"): Operation(
            summary="Outcomes in the order they were recorded, those that were corrected too.",
            scope=Scope.DECISION_READ,
            answer=page_schema(),
            errors=(*COMMON_ERRORS, "bad-request", "invalid-query", "ledger-unavailable"),
            parameters=_NARROWING,
            answer_examples={"corrected": page_example()},
        ),
    }


_KEY = parameter(
    "Idempotency-Key",
    "header",
    "The same key and body replays the stored answer byte for byte.",
    IDEMPOTENCY_KEY,
)
_NARROWING = (
    parameter("decision_id", "query", "Of this decision.", Text(64).schema()),
    parameter("entry_number", "query", "Of this entry.", Text(40).schema()),
    parameter(
        "since",
        "query",
        "Recorded on or after this day or moment.",
        {"anyOf": [{"type": "string", "format": each} for each in ("date", "date-time")]},
    ),
    parameter(
        "limit",
        "query",
        "How many at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50},
    ),
    parameter(
        "next",
        "query",
        "Where the page before ended: its `next`.",
        {"type": "string", "pattern": "^[0-9]{1,18}$"},
    ),
)


def claims_schema() -> Schema:
    """Return what POST /v1/outcomes reads: one outcome, or up to 500 of them, all or none."""
    claims = {
        "type": "array",
        "items": CLAIM_KIND.schema(),
        "minItems": 1,
        "maxItems": MAX_OUTCOMES,
    }
    several = {**_object("OutcomeClaims", {OUTCOMES: claims}), "additionalProperties": False}
    return {"anyOf": [CLAIM_KIND.schema(), several]}


def outcome_schema() -> Schema:
    """Return an outcome as it was recorded."""
    return _object("Outcome", _fields())


def page_schema() -> Schema:
    """Return what GET /v1/outcomes answers."""
    kept = _object(
        "KeptOutcome",
        {
            **_fields(),
            "seq": {"type": "integer", "description": "Place in the ledger."},
            "corrected_by": _nullable(_text("Id of the outcome that puts this one right.")),
        },
    )
    more = _nullable(_text("Ask for the next page with it; null: this was the last."))
    return _object("OutcomePage", {OUTCOMES: {"type": "array", "items": kept}, "next": more})


def _fields() -> dict[str, Schema]:
    numbers = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 999}}
    day = {"type": "string", "format": "date"}
    return {
        "outcome_id": _text("Id of the outcome."),
        "decision_id": _text("The filed decision it speaks of."),
        "entry_number": _nullable(_text("As printed.")),
        "line_numbers": _nullable(numbers),
        "code": {"type": "string", "enum": [str(each) for each in OutcomeCode]},
        "source": {"type": "string", "enum": [str(each) for each in OutcomeSource]},
        "regime": _nullable({"type": "string", "enum": [str(each) for each in Regime]}),
        "event_at": {**day, "description": "Day on which it happened."},
        "known_at": {**day, "description": "Day on which it became known."},
        "recorded_at": {"type": "string", "format": "date-time"},
        "recorded_by": _text("Id of the key that told it."),
        "corrects": _nullable(_text("Id of the earlier outcome that this one puts right.")),
        "held_by_us": {
            "type": "boolean",
            "description": "The decision's band was hold: what stopped the entry may be us.",
        },
    }


def claim_examples() -> dict[str, Any]:
    """Return made-up outcomes as a client tells them."""
    excluded = {
        "entry_number": "B76-0324527-8",
        "line_numbers": [1],
        "code": "excluded",
        "source": "government",
        "regime": "CAATSA-321",
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
    }
    checked = {
        "decision_id": _DECISION,
        "line_numbers": None,
        "code": "document_check_clear",
        "source": "review",
        "regime": None,
        "event_at": "2026-11-19",
        "known_at": "2026-11-19",
    }
    return {
        "excluded": excluded,
        "correction": {**excluded, "code": "seized", "corrects": _FIRST},
        "several": {OUTCOMES: [excluded, checked]},
    }


def recorded_examples() -> dict[str, Any]:
    """Return what those are answered with."""
    excluded, checked = _excluded(), {**_excluded(), **claim_examples()["several"][OUTCOMES][1]}
    checked["outcome_id"] = _SECOND
    return {
        "excluded": excluded,
        "correction": _correction(),
        "several": {OUTCOMES: [excluded, checked]},
    }


def page_example() -> dict[str, Any]:
    """Return a page with an outcome and its correction."""
    first = {**_excluded(), "seq": 90212, "corrected_by": _SECOND}
    second = {**_correction(), "seq": 90215, "corrected_by": None}
    return {OUTCOMES: [first, second], "next": None}


def _excluded() -> dict[str, Any]:
    return {
        "outcome_id": _FIRST,
        "decision_id": _DECISION,
        **claim_examples()["excluded"],
        "recorded_at": "2026-11-24T02:31:07.412Z",
        "recorded_by": "01KAT0Q6ZQ0000000000000K01",
        "corrects": None,
        "held_by_us": True,
    }


def _correction() -> dict[str, Any]:
    told = claim_examples()["correction"]
    return {**_excluded(), **told, "outcome_id": _SECOND, "recorded_at": "2026-11-24T08:05:00.000Z"}


def _several(outcome: Schema, title: str) -> Schema:
    return _object(title, {OUTCOMES: {"type": "array", "items": outcome}})


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _text(meaning: str) -> Schema:
    return {"type": "string", "description": meaning}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_DECISION = "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T"
_FIRST, _SECOND = "01KAT0RB1N4C7D8E9F0G1H2J3K", "01KAT0RZ5T6V7W8X9Y0Z1A2B3C"
