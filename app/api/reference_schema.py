"""What GET /v1/reference and its imports answer, as JSON Schema."""

from typing import Any

from app.api.operation import COMMON_ERRORS, Operation, link, parameter, path_parameter
from app.api.reference_examples import (
    PUBLISHED,
    activated_example,
    import_example,
    reference_example,
)
from app.core.access import Scope
from app.core.reference import ListName
from app.core.reference.importers import KINDS
from app.core.reference.versions import ImportState
from app.core.rehearsal import Change
from app.core.screening import HitStrength

Schema = dict[str, Any]
LIST_TYPES = ("text/csv", "text/html", "application/octet-stream")
_IMPORT = "/v1/reference/imports/{import_id}"


def reference_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of the lists by path and method."""
    import_id = path_parameter("import_id", "Id of the import.")
    tag = parameter(
        "If-Match",
        "header",
        "ETag of the import as it was read; it stands for the very set that is touched.",
        {"type": "string", "minLength": 1},
        required=True,
    )
    conditional = ("not-found", "precondition-failed", "precondition-required")
    return {
        ("/v1/reference", "get"): Operation(
            summary="What lists and tables serve, what served before, and what waits.",
            scope=Scope.DECISION_READ,
            answer=reference_schema(),
            errors=COMMON_ERRORS,
            answer_examples={"served": reference_example()},
        ),
        ("/v1/reference/imports", "post"): Operation(
            summary="Stage a published list beside what serves; 200 if it is staged already.",
            scope=Scope.LIST_ADMIN,
            body={"type": "string", "description": "The list, byte for byte as published."},
            body_types=LIST_TYPES,
            answer=import_schema(),
            answer_status=201,
            errors=(
                *COMMON_ERRORS,
                "bad-request",
                "invalid-query",
                "conflict",
                "body-too-large",
                "unsupported-media-type",
                "list-refused",
                "ledger-unavailable",
            ),
            parameters=(_KIND, _AS_OF),
            request_examples={"uflpa": PUBLISHED},
            answer_examples={"staged": import_example()},
            links={
                "import": link(_IMPORT, "get", import_id="/import_id"),
                "discard": link(_IMPORT, "delete", import_id="/import_id"),
                "activate": link(f"{_IMPORT}/activate", "post", import_id="/import_id"),
            },
        ),
        (_IMPORT, "get"): Operation(
            summary="An import, and what it touches of the caller's own open entries.",
            scope=Scope.LIST_ADMIN,
            answer=import_schema(),
            errors=(*COMMON_ERRORS, "not-found", "ledger-unavailable"),
            parameters=(import_id,),
            answer_examples={"staged": import_example()},
        ),
        (_IMPORT, "delete"): Operation(
            summary="Discard a staged import; If-Match: * will do.",
            scope=Scope.LIST_ADMIN,
            answer_status=204,
            errors=(*COMMON_ERRORS, "conflict", *conditional, "ledger-unavailable"),
            parameters=(import_id, tag),
        ),
        (f"{_IMPORT}/activate", "post"): Operation(
            summary="Make a staged import what serves; the same again gives the same answer.",
            scope=Scope.LIST_ADMIN,
            answer=import_schema(),
            errors=(*COMMON_ERRORS, *conditional, "ledger-unavailable"),
            parameters=(import_id, tag),
            answer_examples={"activated": activated_example()},
        ),
    }


_KIND = parameter(
    "kind", "query", "What is published.", {"type": "string", "enum": sorted(KINDS)}, required=True
)
_AS_OF = parameter(
    "as_of",
    "query",
    "Day the publication was in force; today if absent.",
    {"type": "string", "format": "date"},
)


def reference_schema() -> Schema:
    """Return what GET /v1/reference answers."""
    table = _object(
        "ReferenceTable",
        {
            "name": _TEXT,
            "rows": _WHOLE,
            "as_of": _DAY,
            "age_days": _WHOLE,
            "sources": _list(_TEXT),
            "digest": _TEXT,
        },
    )
    waiting = _object("WaitingImport", {**_head(), "state": _one_of(ImportState)})
    refused = {"type": "string", "description": "Why what should serve does not."}
    return _object(
        "ServedReference",
        {
            "version": _TEXT,
            "digest": _TEXT,
            "age_days": _WHOLE,
            "refused": _nullable(refused),
            "tables": _list(table),
            "activations": _list(_activation()),
            "imports": _list(waiting),
        },
    )


def import_schema() -> Schema:
    """Return what the routes of an import answer."""
    reject = _object("RejectedRow", {"row": _WHOLE, "reason": _TEXT})
    of_row = {"table": _TEXT, "row": _TEXT, "fields": _list(_TEXT), "decisive": _DECISIVE}
    report = _object(
        "ImportReport",
        {
            "tables": _list(_TEXT),
            "rows_read": _WHOLE,
            "added": _WHOLE,
            "removed": _WHOLE,
            "changed": _WHOLE,
            "changed_decisive": _WHOLE,
            "changed_notes": _WHOLE,
            "changes": _list(_object("RowChange", of_row)),
            "rejects": _list(reject),
        },
    )
    entity = {"type": "string", "enum": ["added", "changed", "ended", "removed"]}
    differs = {"fields": _list(_TEXT), "decisive": _DECISIVE}
    listed = _object("ListedChange", {"change": entity, **differs, **_entity(), **_dates()})
    return _object(
        "ListImport",
        {
            **_head(),
            "state": _one_of(ImportState),
            "activation": _nullable(_activation()),
            "report": report,
            "entities": _list(listed),
            "rehearsal": _rehearsal(),
            "notices": _list(_notice()),
        },
    )


def _rehearsal() -> Schema:
    change = _object(
        "HitChange",
        {
            "change": _one_of(Change),
            "line_number": {"type": ["integer", "null"], "description": "null: on all lines."},
            "role": _TEXT,
            **_entity(),
            "match": {"type": "number", "minimum": 0, "maximum": 1},
            "strength": _one_of(HitStrength),
            **_dates(),
        },
    )
    entry = _object(
        "TouchedEntry",
        {
            "decision_id": _TEXT,
            "entry_number": _nullable(_TEXT),
            "revision": _WHOLE,
            "dated": _DAY,
            "suppliers": _list(_TEXT),
            "changes": _list(change),
        },
    )
    supplier = _object("TouchedSupplier", {"key": _TEXT, "decision_ids": _list(_TEXT)})
    return _object(
        "Rehearsal",
        {
            "window_days": _WHOLE,
            "screened": {"type": "integer", "description": "Open entries looked at."},
            "digest": _TEXT,
            "entries": _list(entry),
            "suppliers": _list(supplier),
        },
    )


def _notice() -> Schema:
    return _object(
        "Notice",
        {
            "decision_id": _TEXT,
            "entry_number": _nullable(_TEXT),
            "change": _one_of(Change),
            "text": _TEXT,
        },
    )


def _head() -> dict[str, Schema]:
    return {
        "import_id": _TEXT,
        "kind": {"type": "string", "enum": sorted(KINDS)},
        "as_of": _DAY,
        "staged_at": _MOMENT,
        "file": _object("PublishedFile", {"digest": _TEXT, "bytes": _WHOLE}),
        "before": _pack(),
        "after": _pack(),
    }


def _activation() -> Schema:
    return _object(
        "Activation",
        {
            "number": _WHOLE,
            "import_id": _TEXT,
            "activated_at": _MOMENT,
            "before": _pack(),
            "after": _pack(),
        },
    )


def _pack() -> Schema:
    return _object("Reference", {"version": _TEXT, "digest": _TEXT})


def _entity() -> dict[str, Schema]:
    return {
        "entity_id": _TEXT,
        "list": _one_of(ListName),
        "entity": _TEXT,
        "regime": _TEXT,
    }


def _dates() -> dict[str, Schema]:
    return {"effective_from": _nullable(_DAY), "effective_to": _nullable(_DAY)}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(names: Any) -> Schema:
    return {"type": "string", "enum": [str(each) for each in names]}


_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_DECISIVE: Schema = {
    "type": "boolean",
    "description": "Whether it can alter a decision: not only notes or sources differ.",
}
_DAY: Schema = {"type": "string", "format": "date"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
