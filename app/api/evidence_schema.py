"""What the routes of evidence take and answer, as JSON Schema and operations of the document."""

from typing import Any

from app.api.evidence import DATES
from app.api.evidence_examples import checked, evidence_examples, filled_examples
from app.api.operation import COMMON_ERRORS, Operation, path_parameter
from app.core.access import Scope
from app.core.clocks import Counting, Start
from app.core.counterfactuals import Certainty
from app.core.policy import Band
from app.core.remedies import CauseKind, Role
from app.core.remedies.filled import FILLED_KIND
from app.core.remedies.index import Lack, RowStatus

Schema = dict[str, Any]
_PATH = "/v1/decisions/{decision_id}/evidence"


def evidence_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of evidence by path and method."""
    decision = path_parameter("decision_id", "Id of the decision.")
    return {
        (_PATH, "get"): Operation(
            summary="What would settle a decision: documents, clocks, an index, letters.",
            scope=Scope.DECISION_READ,
            answer=evidence_schema(),
            errors=(
                *COMMON_ERRORS,
                "bad-request",
                "invalid-query",
                "not-found",
                "ledger-unavailable",
            ),
            parameters=(decision, _FORMAT, *(_day(name) for name in DATES)),
            answer_examples=evidence_examples(),
            also_as={"text/html": {"page": "<!doctype html><title>Evidence</title>"}},
        ),
        (f"{_PATH}/check", "post"): Operation(
            summary="What a filled index lacks; nothing is stored.",
            scope=Scope.DECISION_READ,
            body=FILLED_KIND.schema(),
            answer=checked_schema(),
            errors=(
                *COMMON_ERRORS,
                *("bad-request", "invalid-query", "malformed-json", "not-found", "body-too-large"),
                *("unsupported-media-type", "invalid-index", "ledger-unavailable"),
            ),
            parameters=(decision,),
            request_examples=filled_examples(),
            answer_examples=checked(),
        ),
    }


_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "html: a page to print; also where Accept wants HTML and no JSON.",
    "schema": {"type": "string", "enum": ["json", "html"], "default": "json"},
}


def _day(name: str) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": "A day that is known; it starts its own clock.",
        "schema": {"type": "string", "format": "date"},
    }


def evidence_schema() -> Schema:
    """Return what GET /v1/decisions/{id}/evidence answers."""
    return _object(
        "Evidence",
        {
            "decision_id": _TEXT,
            "entry_number": _nullable(_TEXT),
            "revision": {"type": "integer", "minimum": 1},
            "scored_at": {"type": "string", "format": "date-time"},
            "band": _enum(Band),
            "disclaimer": _TEXT,
            "lines": _list(_line()),
            "causes": _list(_cause()),
            "demands": _list(_demand()),
            "clocks": _list(_clock()),
            "index": _list(_row()),
            "letters": _list(_letter()),
            "what_would_help": _object("Advice", {"text": _TEXT, "proposals": _list(_proposal())}),
        },
    )


def checked_schema() -> Schema:
    """Return what POST /v1/decisions/{id}/evidence/check answers."""
    missing = _object(
        "MissingEvidence",
        {
            "row": _WHOLE,
            "lack": _enum(Lack),
            "item": _nullable(_about(_WHOLE, "The line, or the statement from 1.")),
        },
    )
    return _object("CheckedIndex", {"complete": {"type": "boolean"}, "missing": _list(missing)})


def _line() -> Schema:
    return _object(
        "EvidenceLine",
        {
            "line_number": _WHOLE,
            "hts": _TEXT,
            "origin_country": _TEXT,
            "description": _nullable(_TEXT),
            "band": _enum(Band),
            "family": _family(),
            "causes": _list(_cause()),
        },
    )


def _family() -> Schema:
    return _object("CommodityFamily", {"code": _TEXT, "title": _TEXT})


def _cause() -> Schema:
    return _object(
        "Cause",
        {
            "kind": _enum(CauseKind),
            "code": _TEXT,
            "text": _TEXT,
            "regime": _nullable(_TEXT),
            "source": _nullable(_TEXT),
        },
    )


def _demand() -> Schema:
    review = _object(
        "Review",
        {
            "code": _TEXT,
            "title": _TEXT,
            "standard": _about(_TEXT, "How surely it must be shown."),
            "portal": _nullable(_about(_DAY, "Since when CBP's portal is mandatory for it.")),
            "verified": {"type": "boolean"},
        },
    )
    document = _object(
        "WantedDocument",
        {
            "document": _TEXT,
            "title": _TEXT,
            "shows": _list(_TEXT),
            "supplied_by": _list(_enum(Role)),
            "citation": _TEXT,
            "verified": {"type": "boolean"},
            "review": _nullable(_TEXT),
            "line_numbers": _list(_WHOLE),
        },
    )
    return _object(
        "Demand",
        {
            "regime": _nullable(_TEXT),
            "title": _TEXT,
            "family": _nullable(_family()),
            "line_numbers": _list(_WHOLE),
            "causes": _list(_about(_TEXT, "Codes.")),
            "reviews": _list(review),
            "documents": _list(document),
            "none_because": _list(_about(_TEXT, "Why none is defined.")),
        },
    )


def _clock() -> Schema:
    return _object(
        "Clock",
        {
            "code": _TEXT,
            "text": _TEXT,
            "actor": _about(_TEXT, "Who must act: CBP or importer."),
            "days": _about(_WHOLE, "How long, in what `counting` says."),
            "counting": _enum(Counting),
            "start": _enum(Start),
            "starts_on": _nullable(_DAY),
            "stands_in": _nullable(_about(_TEXT, "What gave the start; null: its own day.")),
            "due_on": _nullable(_DAY),
            "is_working_day": {"type": ["boolean", "null"]},
            "citation": _TEXT,
            "verified": {"type": "boolean"},
        },
    )


def _row() -> Schema:
    return _object(
        "IndexRow",
        {
            "row": _WHOLE,
            "document": _TEXT,
            "title": _TEXT,
            "regime": _nullable(_TEXT),
            "review": _nullable(_TEXT),
            "line_numbers": _list(_WHOLE),
            "shows": _list(_TEXT),
            "file": {"type": ["string", "null"]},
            "pages": {"type": ["string", "null"]},
            "status": _enum(RowStatus),
        },
    )


def _letter() -> Schema:
    return _object(
        "Letter",
        {
            "addressee": _nullable(_TEXT),
            "subject": _TEXT,
            "line_numbers": _list(_WHOLE),
            "wanted_by": _nullable(_DAY),
            "documents": _list(_TEXT),
            "text": _TEXT,
            "html": _about(_TEXT, "The same words as a page."),
        },
    )


def _proposal() -> Schema:
    score = _object(
        "LineScore", {"raw_score": {"type": "number"}, "score": _WHOLE, "band": _enum(Band)}
    )
    effect = _object(
        "Effect",
        {
            "line_number": _WHOLE,
            "now": score,
            "lowest": score,
            "highest": score,
            "changes": {"type": "boolean"},
        },
    )
    return _object(
        "Proposal",
        {
            "code": _TEXT,
            "path": _about(_TEXT, "JSON Pointer into the entry."),
            "line_number": _nullable(_WHOLE),
            "text": _TEXT,
            "certainty": _enum(Certainty),
            "basis": _about(_TEXT, "Where the values tried come from."),
            "effects": _list(effect),
        },
    )


_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_DAY: Schema = {"type": "string", "format": "date"}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _enum(words: Any) -> Schema:  # a StrEnum class
    return {"type": "string", "enum": [str(each) for each in words]}


def _about(schema: Schema, meaning: str) -> Schema:
    return {**schema, "description": meaning}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}
