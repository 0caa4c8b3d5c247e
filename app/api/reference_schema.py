"""What GET /v1/reference and its imports answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api.operation import COMMON_ERRORS, Operation, parameter, path_parameter
from app.core.access import Scope
from app.core.reference import ListName
from app.core.reference.importers import KINDS
from app.core.reference.versions import ImportState
from app.core.rehearsal import WINDOW_DAYS, Change
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
        {"type": "string"},
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
                "conflict",
                "body-too-large",
                "unsupported-media-type",
                "list-refused",
                "ledger-unavailable",
            ),
            parameters=(_KIND, _AS_OF),
            request_examples={"uflpa": _LIST},
            answer_examples={"staged": import_example()},
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
_LIST = (
    "Entity Name,Effective Date\n"
    "Camel Group Co. Ltd.,08/02/2023\nExample Cotton Co. Ltd.,03/01/2026\n"
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
    report = _object(
        "ImportReport",
        {
            "tables": _list(_TEXT),
            "rows_read": _WHOLE,
            "added": _WHOLE,
            "removed": _WHOLE,
            "changed": _WHOLE,
            "rejects": _list(reject),
        },
    )
    entity = {"type": "string", "enum": ["added", "changed", "ended", "removed"]}
    listed = _object("ListedChange", {"change": entity, **_entity(), **_dates()})
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


def reference_example() -> dict[str, Any]:
    """Return a made-up answer of GET /v1/reference."""
    table = {
        "name": "entities",
        "rows": 179,
        "as_of": "2026-11-20",
        "age_days": 4,
        "sources": ["uflpa-list-2026-11-20"],
        "digest": "sha256:" + "e1" * 32,
    }
    return {
        "version": "2026-11-20",
        "digest": "sha256:" + "a2" * 32,
        "age_days": 4,
        "refused": None,
        "tables": [table],
        "activations": [_ACTIVATION],
        "imports": [],
    }


def import_example() -> dict[str, Any]:
    """Return a made-up import that would meet one entry."""
    dates = {"effective_from": "2026-03-01", "effective_to": None}
    entity = {
        "entity_id": "uflpa-example-cotton",
        "list": "UFLPA",
        "entity": "Example Cotton Co. Ltd.",
        "regime": "UFLPA",
    }
    change = {"change": "gained", "line_number": 1, "role": "manufacturer", **entity}
    supplier = "supplier:" + "5c" * 16
    decision = "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T"
    entry = {
        "decision_id": decision,
        "entry_number": "B7603245278",
        "revision": 1,
        "dated": "2026-11-16",
        "suppliers": [supplier],
        "changes": [{**change, "match": 1.0, "strength": "strong", **dates}],
    }
    return {
        **_HEAD,
        "state": "staged",
        "activation": None,
        "report": {
            "tables": ["entities"],
            "rows_read": 2,
            "added": 1,
            "removed": 0,
            "changed": 0,
            "rejects": [],
        },
        "entities": [{"change": "added", **entity, **dates}],
        "rehearsal": {
            "window_days": WINDOW_DAYS,
            "screened": 5120,
            "digest": "sha256:" + "7d" * 32,
            "entries": [entry],
            "suppliers": [{"key": supplier, "decision_ids": [decision]}],
        },
        "notices": [],
    }


def activated_example() -> dict[str, Any]:
    """Return the same import once it was activated."""
    text = (
        "The manufacturer of line 1 and the list UFLPA: a match would be found today for entries "
        "dated on or after 2026-03-01. The entry is dated 2026-11-16. In law from 2026-03-01, "
        "known here since 2026-11-24."
    )
    notice = {
        "decision_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8S9T",
        "entry_number": "B7603245278",
        "change": "gained",
        "text": text,
    }
    return {
        **import_example(),
        "state": "activated",
        "activation": _ACTIVATION,
        "notices": [notice],
    }


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
_DAY: Schema = {"type": "string", "format": "date"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_BEFORE = {"version": "2026-11-01", "digest": "sha256:" + "a1" * 32}
_AFTER = {"version": "2026-11-20", "digest": "sha256:" + "a2" * 32}
_HEAD = {
    "import_id": "imp-3f9c1a5be07d4428c6aa",
    "kind": "uflpa",
    "as_of": "2026-11-20",
    "staged_at": "2026-11-24T02:20:41.007Z",
    "file": {"digest": "sha256:" + "f1" * 32, "bytes": len(_LIST)},
    "before": _BEFORE,
    "after": _AFTER,
}
_ACTIVATION = {
    "number": 1,
    "import_id": "imp-3f9c1a5be07d4428c6aa",
    "activated_at": "2026-11-24T02:31:07.412Z",
    "before": _BEFORE,
    "after": _AFTER,
}
