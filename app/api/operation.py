"""What the OpenAPI document says of one operation, and the words that operations share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.access import Scope

JSON = "application/json"
COMMON_ERRORS = (
    "unauthenticated",
    "forbidden",
    "rate-exceeded",
    "overloaded",
    "deadline-exceeded",
)
BODY_ERRORS = (
    "bad-request",
    "invalid-query",
    "malformed-json",
    "conflict",
    "body-too-slow",
    "body-too-large",
    "unsupported-media-type",
    "invalid-entry",
    "idempotency-mismatch",
    "ledger-unavailable",
    "model-unavailable",
)

IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[!-~]([ -~]*[!-~])?$",  # printable; a header ends in no blank
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the document says of one operation.

    `answer_status` is that of its answer, which may have no content (None); `body_types` are the
    media types of what it reads; `also` are further answers by status, as the document has them;
    `also_as` are further media types of the answer with their examples, texts all; `links` name the
    operations that an answer's fields lead to.
    """

    summary: str
    answer: Mapping[str, Any] | None = None
    answer_type: str = JSON
    answer_status: int = 200
    scope: Scope | None = None
    body: Mapping[str, Any] | None = None
    body_types: tuple[str, ...] = (JSON,)
    errors: tuple[str, ...] = ()
    parameters: tuple[Mapping[str, Any], ...] = ()
    request_examples: Mapping[str, Any] = field(default_factory=dict)
    answer_examples: Mapping[str, Any] = field(default_factory=dict)
    also: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    also_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def operation_id(path: str, method: str) -> str:
    """Return the id of an operation: get_v1_decisions_decision_id."""
    return f"{method}{path.replace('/', '_').replace('{', '').replace('}', '')}"


def link(path: str, method: str, **parameters: str) -> dict[str, Any]:
    """Return a link to an operation; `parameters` are JSON Pointers into the answer's body."""
    found = {name: f"$response.body#{pointer}" for name, pointer in parameters.items()}
    return {"operationId": operation_id(path, method), "parameters": found}


def path_parameter(name: str, meaning: str) -> dict[str, Any]:
    """Return a part of the path as a parameter."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "string"},
    }


def parameter(
    name: str, where: str, meaning: str, schema: Mapping[str, Any], *, required: bool = False
) -> dict[str, Any]:
    """Return a parameter of the query or a header."""
    return {
        "name": name,
        "in": where,
        "required": required,
        "description": meaning,
        "schema": dict(schema),
    }
