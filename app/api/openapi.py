"""The OpenAPI 3.1 document: one table of operations, and what is served is what is published."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app import __version__
from app.api import examples, schema
from app.api.audit import audit_operations
from app.api.evidence_schema import evidence_operations
from app.api.explanation_schema import explanation_operations
from app.api.jobs_schema import job_operations
from app.api.meta_schema import meta_operations
from app.api.operation import (
    BODY_ERRORS,
    COMMON_ERRORS,
    IDEMPOTENCY_KEY,
    Operation,
    link,
    operation_id,
    path_parameter,
)
from app.api.outcome_schema import outcome_operations
from app.api.problems import MEDIA_TYPE, errors_by_code
from app.api.receipts_schema import receipt_operations
from app.api.reference_schema import reference_operations
from app.api.supplier_schema import supplier_operations
from app.api.webhooks_schema import webhook_operations
from app.core.access import Scope
from app.services.assessed import Explain


def operations() -> dict[tuple[str, str], Operation]:
    """Return the operations by path and method."""
    return {
        ("/v1/score", "post"): Operation(
            summary="Score one entry.",
            scope=Scope.SCORE_WRITE,
            body=schema.entry_schema(),
            answer=schema.answer_schema(),
            errors=(*COMMON_ERRORS, *BODY_ERRORS),
            parameters=(_EXPLAIN, _IDEMPOTENCY_KEY),
            request_examples=examples.requests(),
            answer_examples=examples.answers(),
            links=_TO_DECISION,
        ),
        ("/v1/score/batch", "post"): Operation(
            summary="Score up to 500 entries; each is answered in its place.",
            scope=Scope.SCORE_WRITE,
            body=schema.batch_schema(),
            answer=schema.batch_answer_schema(),
            errors=(*COMMON_ERRORS, *BODY_ERRORS),
            parameters=(_EXPLAIN, _IDEMPOTENCY_KEY),
            request_examples=examples.batch_requests(),
            answer_examples=examples.batch_answers(),
        ),
        ("/v1/decisions/{decision_id}", "get"): Operation(
            summary="A decision as it was given, and the entry it was given for.",
            scope=Scope.DECISION_READ,
            answer=schema.decision_schema(),
            errors=(*COMMON_ERRORS, "not-found", "ledger-unavailable"),
            parameters=(path_parameter("decision_id", "Id of the decision."),),
            answer_examples=examples.decisions(),
        ),
        **evidence_operations(),
        **explanation_operations(),
        **receipt_operations(),
        **outcome_operations(),
        **job_operations(),
        **webhook_operations(),
        **reference_operations(),
        **supplier_operations(),
        **audit_operations(),
        **meta_operations(),
    }


_DECISION = "/v1/decisions/{decision_id}"
_TO_DECISION = {
    "decision": link(_DECISION, "get", decision_id="/decision_id"),
    "evidence": link(f"{_DECISION}/evidence", "get", decision_id="/decision_id"),
    "check": link(f"{_DECISION}/evidence/check", "post", decision_id="/decision_id"),
    "explain": link(f"{_DECISION}/explanations", "post", decision_id="/decision_id"),
    "explanations": link(f"{_DECISION}/explanations", "get", decision_id="/decision_id"),
}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "required": False,
    "description": "codes: reasons for every line at review or above; full: every contribution.",
    "schema": {"type": "string", "enum": [str(each) for each in Explain], "default": "codes"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body replays the stored answer byte for byte.",
    "schema": dict(IDEMPOTENCY_KEY),
}


def openapi_document() -> dict[str, Any]:
    """Return the document; schemas with a title are components."""
    components: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for (path, method), operation in operations().items():
        paths.setdefault(path, {})[method] = _operation(path, method, operation, components)
    schema.lift(schema.problem_schema(), components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "entry-risk", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = (
    "How likely each line of a customs entry is to be stopped and denied as made with forced "
    "labour, why, and under which law. Clients treat a band they do not know as review."
)


def _operation(
    path: str, method: str, operation: Operation, components: dict[str, Any]
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": operation_id(path, method),
        "parameters": list(operation.parameters),
        "responses": {
            str(operation.answer_status): _answered(operation, components),
            **{
                str(status): schema.lift(each, components)
                for status, each in operation.also.items()
            },
            **_errors(operation.errors),
        },
    }
    if operation.scope is not None:
        document["security"] = [{"key": []}]
        document["description"] = f"Needs a key with the scope `{operation.scope}`."
    if operation.body is not None:
        body = {
            "schema": schema.lift(operation.body, components),
            "examples": _examples(operation.request_examples),
        }
        content = dict.fromkeys(operation.body_types, body)
        document["requestBody"] = {"required": True, "content": content}
    return document


def _answered(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    links = {"links": dict(operation.links)} if operation.links else {}
    if operation.answer is None:
        return {"description": "Done; no content.", **links}
    answer: dict[str, Any] = {"schema": schema.lift(operation.answer, components)}
    if operation.answer_examples:
        answer["examples"] = _examples(operation.answer_examples)
    content = {operation.answer_type: answer}
    for kind, examples_of in operation.also_as.items():
        content[kind] = {"schema": {"type": "string"}, "examples": _examples(examples_of)}
    return {"description": "Answered.", "content": content, **links}


def _examples(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in found.items()}


def _errors(codes: tuple[str, ...]) -> dict[str, Any]:
    known = errors_by_code()
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(known[code].status), []).append(known[code].title)
    reference = {"$ref": f"{schema.COMPONENTS}Problem"}
    return {
        status: {
            "description": "; ".join(titles),
            "content": {MEDIA_TYPE: {"schema": reference}},
        }
        for status, titles in sorted(by_status.items())
    }


@cache
def openapi_bytes() -> bytes:
    """Return the document as it is served."""
    return orjson.dumps(openapi_document())


def openapi_text() -> str:
    """Return docs/openapi.json: the served document, a field a line."""
    return json.dumps(openapi_document(), indent=1, ensure_ascii=False) + "\n"


async def openapi(_request: Request) -> Response:
    """Return the OpenAPI document."""
    return Response(openapi_bytes(), media_type="application/json")
