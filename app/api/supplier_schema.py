"""What the routes of suppliers answer, as JSON Schema with made-up examples."""

from typing import Any

from app.api.operation import COMMON_ERRORS, Operation, parameter, path_parameter
from app.core.access import Scope
from app.core.codes import CountryCode
from app.core.document.kinds import CodeOf, Text
from app.core.history import OUTCOME_KINDS
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.services.supplier_query import MAX_NAME

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_DAY: Schema = {"type": "string", "format": "date"}
_USD: Schema = {"type": "string", "description": "US dollars, a decimal string."}
_KEY = "supplier:5e2f6d0c9a41b7385e2f6d0c9a41b738"


def supplier_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of suppliers by path and method."""
    name = Text(MAX_NAME).schema()
    country = CodeOf(CountryCode).schema()
    return {
        ("/v1/suppliers", "get"): Operation(
            summary="The caller's suppliers of a name, however it is written, last seen first.",
            scope=Scope.DECISION_READ,
            answer=search_schema(),
            errors=(*COMMON_ERRORS, "bad-request", "invalid-query", "ledger-unavailable"),
            parameters=(
                parameter("name", "query", "The supplier's name.", name, required=True),
                parameter("country", "query", "In this country, ISO 3166-1 alpha-2.", country),
            ),
            answer_examples={"found": {"suppliers": [_found_example()]}},
        ),
        ("/v1/suppliers/{key}", "get"): Operation(
            summary="What is known of a supplier, now or at the end of a day.",
            scope=Scope.DECISION_READ,
            answer=supplier_schema(),
            errors=(
                *COMMON_ERRORS,
                "bad-request",
                "invalid-query",
                "not-found",
                "ledger-unavailable",
                "model-unavailable",
            ),
            parameters=(
                path_parameter("key", "Opaque key of the supplier, as the search gave it."),
                parameter("at", "query", "As of the end of this day (UTC); now if absent.", _DAY),
            ),
            answer_examples={"now": supplier_example()},
        ),
    }


def search_schema() -> Schema:
    """Return what GET /v1/suppliers answers."""
    found = {
        "key": _TEXT,
        **_party(),
        "decisions": _COUNT,
        "lines": _COUNT,
        "last_seen": _DAY,
    }
    return _object("FoundSuppliers", {"suppliers": _list(_object("FoundSupplier", found))})


def supplier_schema() -> Schema:
    """Return what GET /v1/suppliers/{key} answers."""
    share = {"name": _TEXT, "lines": _COUNT, "value_usd": _USD, **_seen()}
    shares = _list(_object("SupplierShare", share))
    month = {"month": _TEXT, "entries": _COUNT, "lines": _COUNT, "value_usd": _USD}
    return _object(
        "Supplier",
        {
            "key": _TEXT,
            "at": _DAY,
            "history_seq": _COUNT,
            "spellings": _list(
                _object("SupplierSpelling", {**_party(), "entries": _COUNT, **_seen()})
            ),
            "filings": _COUNT,
            "drafts": _COUNT,
            "history": {"anyOf": [_history(), {"type": "null"}]},
            "outcomes": _outcomes(),
            "screening": _list(_hit()),
            "goods": shares,
            "origins": shares,
            "routes": shares,
            "signals": _list(_object("SupplierSignal", {"code": _TEXT, "text": _TEXT})),
            "months": _list(_object("SupplierMonth", month)),
            "is_complete": {"type": "boolean"},
            "degraded_groups": _list(_TEXT),
        },
    )


def _history() -> Schema:
    kinds = [kind.value for kind in OUTCOME_KINDS]
    weights = _object("OutcomeWeights", dict.fromkeys(kinds, _NUMBER))
    names = ("goods", "origins", "routes", "importers")
    return _object(
        "SupplierHistory",
        {
            "lines": _COUNT,
            "entries": _COUNT,
            "first_seen": _MAYBE_TEXT,
            "last_seen": _MAYBE_TEXT,
            "lines_recent": _NUMBER,
            "lines_decayed": _NUMBER,
            "value_recent_usd": _NUMBER,
            "value_decayed_usd": _NUMBER,
            "kg_decayed": _NUMBER,
            "outcome_weights": weights,
            "distinct": _object("SupplierDistinct", dict.fromkeys(names, _COUNT)),
        },
    )


def _outcomes() -> Schema:
    outcome = {
        "outcome_id": _TEXT,
        "decision_id": _TEXT,
        "line_numbers": {"type": ["array", "null"], "items": _COUNT},
        "code": {"type": "string", "enum": [str(each) for each in OutcomeCode]},
        "source": {"type": "string", "enum": [str(each) for each in OutcomeSource]},
        "regime": _MAYBE_TEXT,
        "known_at": _DAY,
    }
    counts = dict.fromkeys((kind.value for kind in OUTCOME_KINDS), _COUNT)
    fields = {
        "by_kind": _object("OutcomeCounts", counts),
        "newest": _list(_object("SupplierOutcome", outcome)),
    }
    return _object("SupplierOutcomes", fields)


def _hit() -> Schema:
    return _object(
        "SupplierHit",
        {
            "role": _TEXT,
            "list": _TEXT,
            "entity": _TEXT,
            "entity_id": _TEXT,
            "regime": _TEXT,
            "match": {"type": "number", "minimum": 0, "maximum": 1},
            "effective_from": _MAYBE_TEXT,
            "why": _TEXT,
            "strength": _TEXT,
            "effective_to": _MAYBE_TEXT,
            "order": _TEXT,
            "how": _list(_TEXT),
        },
    )


def _party() -> dict[str, Schema]:
    return dict.fromkeys(("name", "number", "mid", "city", "country"), _MAYBE_TEXT)


def _seen() -> dict[str, Schema]:
    return {"first_seen": _DAY, "last_seen": _DAY}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


_DECLARED = {
    "name": "Example Trading Garment Co., Ltd.",
    "number": None,
    "mid": "CNEXATRA12DAN",
    "city": "Dandong",
    "country": "CN",
}


def _found_example() -> dict[str, Any]:
    return {"key": _KEY, **_DECLARED, "decisions": 3, "lines": 4, "last_seen": "2026-11-16"}


def supplier_example() -> dict[str, Any]:
    """Return a supplier, made up."""
    seen = {"first_seen": "2026-10-02", "last_seen": "2026-11-16"}
    kinds = [kind.value for kind in OUTCOME_KINDS]

    def share(name: str) -> dict[str, Any]:
        return {"name": name, "lines": 4, "value_usd": "97500.5", **seen}

    def month(name: str, entries: int, lines: int, value: str) -> dict[str, Any]:
        return {"month": name, "entries": entries, "lines": lines, "value_usd": value}

    return {
        "key": _KEY,
        "at": "2026-11-24",
        "history_seq": 90211,
        "spellings": [{**_DECLARED, "entries": 3, **seen}],
        "filings": 3,
        "drafts": 0,
        "history": {
            "lines": 4,
            "entries": 3,
            **seen,
            "lines_recent": 2.6,
            "lines_decayed": 3.7,
            "value_recent_usd": 61250.5,
            "value_decayed_usd": 90400.0,
            "kg_decayed": 3500.0,
            "outcome_weights": dict.fromkeys(kinds, 0.0),
            "distinct": {"goods": 1, "origins": 1, "routes": 1, "importers": 1},
        },
        "outcomes": {"by_kind": dict.fromkeys(kinds, 0), "newest": []},
        "screening": [],
        "goods": [share("6201")],
        "origins": [share("CN")],
        "routes": [share("CN>KR>US")],
        "signals": [{"code": "NEW_ROUTE", "text": "Ways first seen in the last 30 days: CN>KR."}],
        "months": [month("2026-10", 1, 2, "48250"), month("2026-11", 2, 2, "49250.5")],
        "is_complete": True,
        "degraded_groups": [],
    }
