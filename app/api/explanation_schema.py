"""What the explanations of a decision read and answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api.operation import COMMON_ERRORS, Operation, path_parameter
from app.core.access import Scope
from app.core.explanation import EXPLANATION_KIND, ExplanationKind
from app.core.resubmission import Changed

Schema = dict[str, Any]
_PATH = "/v1/decisions/{decision_id}/explanations"


def explanation_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of explanations by path and method."""
    decision_id = path_parameter("decision_id", "Id of the decision whose change is explained.")
    return {
        (_PATH, "post"): Operation(
            summary="Explain why the same goods are declared otherwise; lifts the floor.",
            scope=Scope.CASE_EXPLAIN,
            body=EXPLANATION_KIND.schema(),
            answer=explanation_schema(),
            answer_status=201,
            errors=(
                *COMMON_ERRORS,
                "malformed-json",
                "not-found",
                "conflict",
                "body-too-large",
                "unsupported-media-type",
                "invalid-explanation",
                "ledger-unavailable",
            ),
            parameters=(decision_id,),
            request_examples={"corrected": _GIVEN},
            answer_examples={"corrected": explanation_example()},
        ),
        (_PATH, "get"): Operation(
            summary="What was explained of a decision.",
            scope=Scope.DECISION_READ,
            answer=_object(
                "Explanations", {"explanations": {"type": "array", "items": explanation_schema()}}
            ),
            errors=(*COMMON_ERRORS, "not-found", "ledger-unavailable"),
            parameters=(decision_id,),
            answer_examples={"corrected": {"explanations": [explanation_example()]}},
        ),
    }


def explanation_schema() -> Schema:
    """Return an explanation as it is kept."""
    changed = {"type": "string", "enum": [str(each) for each in Changed]}
    return _object(
        "Explanation",
        {
            "decision_id": _text("The decision it speaks for."),
            "kind": {"type": "string", "enum": [str(each) for each in ExplanationKind]},
            "reason": _text("What happened, in a person's words."),
            "recorded_by": _text("Id of the key that gave it."),
            "recorded_at": {"type": "string", "format": "date-time"},
            "of": _text("The earlier decision on the same goods."),
            "changed": {"type": "array", "items": changed},
        },
    )


_GIVEN = {
    "kind": "corrected_error",
    "reason": "The supplier's first invoice named the wrong country of origin.",
}


def explanation_example() -> dict[str, Any]:
    """Return an explanation, made up."""
    return _GIVEN | {
        "decision_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T",
        "of": "01KAT0PZZQ8Y3B4N5M6P7R8S9T",
        "changed": ["origin_country"],
        "recorded_by": "01KAT0AAAA8Y3B4N5M6P7R8S9T",
        "recorded_at": "2026-11-24T09:12:44.020Z",
    }


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _text(meaning: str) -> Schema:
    return {"type": "string", "description": meaning}
