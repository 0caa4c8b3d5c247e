"""What the routes that tell of the process answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api.operation import JSON, Operation, path_parameter

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_WHOLE: Schema = {"type": "integer"}
_TRUTH: Schema = {"type": "boolean"}
_PLAIN = "text/plain"
CONDITIONS = ("model", "policy", "ledger", "disk", "lists", "accepting")


def meta_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations that tell of the process by path and method."""
    return {
        ("/v1/features", "get"): Operation(
            summary="The feature catalogue.",
            answer=features_schema(),
            answer_examples={"catalogue": {"features": [_FEATURE]}},
        ),
        ("/v1/meta", "get"): Operation(
            summary="What runs.",
            answer=meta_schema(),
            answer_examples={"serving": meta_example(), "without_a_model": bare_meta_example()},
        ),
        ("/livez", "get"): Operation(
            summary="Whether the process lives; touches nothing.",
            answer=_TEXT,
            answer_type=_PLAIN,
            answer_examples={"alive": "ok\n"},
        ),
        ("/readyz", "get"): Operation(
            summary="Whether traffic may come; 503 if not.",
            answer=readiness_schema(),
            answer_examples={"ready": _readiness()},
            also={503: _unready()},
        ),
        ("/metrics", "get"): Operation(
            summary="Metrics in Prometheus's text format.",
            answer=_TEXT,
            answer_type=_PLAIN,
            answer_examples={"metrics": "entry_risk_model_loaded 1.0\n"},
        ),
        ("/errors/{code}", "get"): Operation(
            summary="What an error means.",
            answer=_TEXT,
            answer_type=_PLAIN,
            errors=("not-found",),
            parameters=(path_parameter("code", "The last part of a problem's type."),),
            answer_examples={"forbidden": "Forbidden\n\ncode: forbidden\nstatus: 403\n"},
        ),
        ("/openapi.json", "get"): Operation(
            summary="This document.",
            answer={"type": "object", "required": ["openapi", "info", "paths"]},
            answer_examples={
                "beginning": {"openapi": "3.1.0", "info": {"title": "entry-risk"}, "paths": {}}
            },
        ),
    }


def readiness_schema() -> Schema:
    """Return what GET /readyz answers, ready or not."""
    conditions = _object("Conditions", dict.fromkeys(CONDITIONS, _TRUTH))
    return _object("Readiness", {"ready": _TRUTH, "conditions": conditions})


def _readiness(**broken: bool) -> dict[str, Any]:
    conditions = {**dict.fromkeys(CONDITIONS, True), **broken}
    return {"ready": not broken, "conditions": conditions}


def _unready() -> dict[str, Any]:
    examples = {
        "without_a_ledger": {"value": _readiness(ledger=False)},
        "with_old_lists": {"value": _readiness(lists=False)},
        "about_to_end": {"value": _readiness(accepting=False)},
    }
    return {
        "description": "Not ready; `conditions` says why.",
        "content": {JSON: {"schema": readiness_schema(), "examples": examples}},
    }


def features_schema() -> Schema:
    """Return what GET /v1/features answers."""
    feature = {**dict.fromkeys(("name", "group", "unit", "missing", "text"), _TEXT), "used": _TRUTH}
    features = {"type": "array", "items": _object("Feature", feature)}
    return _object("Features", {"features": features})


def meta_schema() -> Schema:
    """Return what GET /v1/meta answers."""
    return _object(
        "Meta",
        {
            "build": _object("Build", {"version": _TEXT, "python": _TEXT}),
            "model": _model(),
            "policy": {"anyOf": [_policy(), {"type": "null"}]},
            "reference": _reference(),
            "history": _object("HistoryStatus", {"mode": _TEXT, "store": _TEXT}),
            "ledger": _object("LedgerStatus", {"kind": _TEXT, "writable": _TRUTH}),
            "cache": _object("CacheStatus", {"kind": _TEXT}),
        },
    )


def _model() -> Schema:
    refused = _object(
        "RefusedModel", dict.fromkeys(("version", "code", "detail"), _TEXT) | {"at": _MOMENT}
    )
    signer = _object("Signer", {"key_id": _TEXT, "dev": _TRUTH})
    always = {
        "version": _MAYBE_TEXT,
        "digest": _MAYBE_TEXT,
        "refused": {"anyOf": [refused, {"type": "null"}]},
    }
    where_one_serves = {
        "sequence": _WHOLE,
        "label": _TEXT,
        "trained_at": _TEXT,
        "signer": signer,
        "features": _WHOLE,
        "attributes": _TEXTS,
        "evaluation": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
        "learned_from": _MAYBE_TEXT,
        "notes": _TEXTS,
    }
    return {**_object("MetaModel", {**always, **where_one_serves}), "required": list(always)}


def _policy() -> Schema:
    return _object(
        "MetaPolicy",
        {
            "version": _WHOLE,
            "source": _TEXT,
            "review_at": _WHOLE,
            "hold_at": _WHOLE,
            "exploration_rate": {"type": "number", "minimum": 0, "maximum": 1},
        },
    )


def _reference() -> Schema:
    table = _object("MetaTable", {"name": _TEXT, "rows": _WHOLE, "as_of": _DAY})
    lists = {
        "age_days": {**_WHOLE, "description": "Of the newest named list; compared with its limit."},
        "max_age_days": {"type": ["integer", "null"], "description": "null: any age will do."},
    }
    return _object(
        "MetaReference",
        {
            "version": _TEXT,
            "digest": _TEXT,
            "age_days": {"type": ["integer", "null"]},
            "lists": _object("ListsAge", lists),
            "tables": {"type": "array", "items": table},
        },
    )


def meta_example() -> dict[str, Any]:
    """Return a made-up answer of GET /v1/meta."""
    model = {
        "version": "2026-11-24-3f9c1a",
        "digest": "sha256:" + "3f" * 32,
        "sequence": 12,
        "label": "nexus",
        "trained_at": "2026-11-24T01:10:00Z",
        "signer": {"key_id": "9b7270a1e3f2b2e2", "dev": False},
        "features": 149,
        "attributes": [],
        "evaluation": {"ap": 0.41, "n": 48_000},
        "learned_from": "Demo world, synthetic.",
        "notes": [],
        "refused": None,
    }
    policy = {
        "version": 0,
        "source": "bundle",
        "review_at": 700,
        "hold_at": 780,
        "exploration_rate": 0.01,
    }
    return {**bare_meta_example(), "model": model, "policy": policy}


def bare_meta_example() -> dict[str, Any]:
    """Return a made-up answer of GET /v1/meta while no bundle serves."""
    return {
        "build": {"version": "0.1.0", "python": "3.11.7"},
        "model": {"version": None, "digest": None, "refused": None},
        "policy": None,
        "reference": {
            "version": "2026-11-01",
            "digest": "sha256:" + "a1" * 32,
            "age_days": 23,
            "lists": {"age_days": 23, "max_age_days": 180},
            "tables": [{"name": "entities", "rows": 178, "as_of": "2026-11-01"}],
        },
        "history": {"mode": "live", "store": "memory"},
        "ledger": {"kind": "sqlite", "writable": True},
        "cache": {"kind": "memory"},
    }


_DAY: Schema = {"type": "string", "format": "date"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FEATURE = {
    "name": "commodity.dol_forced_labour",
    "group": "commodity",
    "unit": "1 yes, 0 no",
    "missing": "never",
    "text": "Whether the US Department of Labor lists these goods from the origin declared as made "
    "with forced labour.",
    "used": True,
}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }
