"""What answers look like, as JSON Schema 2020-12; requests are described by what reads them."""

from typing import Any

from app.core.document import ENTRY_KIND
from app.core.policy import Band, FloorKind
from app.core.resubmission import Changed
from app.services.batch import MAX_BATCH

Schema = dict[str, Any]
COMPONENTS = "#/components/schemas/"


def lift(schema: Any, components: dict[str, Schema]) -> Any:  # any JSON value
    """Return `schema` with each titled object moved to `components` and referred to by title."""
    if isinstance(schema, list):
        return [lift(each, components) for each in schema]
    if not isinstance(schema, dict):
        return schema
    lifted = {key: lift(value, components) for key, value in schema.items()}
    title = schema.get("title")
    if not isinstance(title, str) or schema.get("type") != "object":
        return lifted
    components[title] = lifted
    return {"$ref": COMPONENTS + title}


def entry_schema() -> Schema:
    """Return what POST /v1/score reads."""
    return ENTRY_KIND.schema()


def batch_schema() -> Schema:
    """Return what POST /v1/score/batch reads."""
    entries = {
        "type": "array",
        "items": {},
        "minItems": 1,
        "maxItems": MAX_BATCH,
        "description": "Each as for POST /v1/score; one that is refused gets a problem in its "
        "place and never rejects the rest.",
    }
    return _object("Batch", {"entries": entries}, additional=False)


def answer_schema() -> Schema:
    """Return what POST /v1/score answers."""
    return _object(
        "Answer",
        {
            "decision_id": _text("Id of the decision, a ULID."),
            "entry_number": _nullable(_text("As printed.")),
            "revision": {"type": "integer", "minimum": 1},
            "scored_at": {"type": "string", "format": "date-time"},
            "score": _score("That of the worst line."),
            "probability": _probability("That of the worst line."),
            "band": _band(),
            "supersedes": _nullable(_text("The decision on the same filing that this replaces.")),
            "history_seq": {"type": "integer", "description": "State of history that was read."},
            "lines": _list(_line()),
            "resubmission": _nullable(_resubmission()),
            "screening": _list(_hit()),
            "preflight": _list(_finding()),
            "unknowns": _list(_text("What is missing, in plain words.")),
            "exploration": {"type": "boolean", "description": "Drawn for a document check."},
            "degraded": {"type": "boolean"},
            "degraded_groups": _list(_text("Evidence that was missing.")),
            "model": _object("Model", {"version": _text(""), "digest": _text("")}),
            "policy": _object("Policy", {"version": {"type": "integer"}, "source": _text("")}),
            "reference": _object("Reference", {"version": _text(""), "digest": _text("")}),
        },
    )


def _resubmission() -> Schema:
    changed = {"type": "string", "enum": [str(each) for each in Changed]}
    return _object(
        "Resubmission",
        {
            "of": _text("The earlier decision on the same goods."),
            "changed": _list(changed),
            "band": _band(),
        },
    )


def _line() -> Schema:
    required = {
        "line_number": {"type": "integer", "minimum": 1, "maximum": 999},
        "score": _score("0 to 1000, log-odds; 40 points double the odds, 960 is one in two."),
        "probability": _probability("Calibrated, that the line would be denied if examined."),
        "band": _band(),
        "floors": _list({"type": "string", "enum": [str(each) for each in FloorKind]}),
    }
    optional = {
        "reasons": _list(_reason()),
        "raw_score": {"type": "number", "description": "Log-odds; with explain=full."},
        "base_value": {"type": "number", "description": "Log-odds; with explain=full."},
        "contributions": _list(_contribution()),
    }
    schema = _object("AnsweredLine", {**required, **optional})
    schema["required"] = list(required)
    return schema


def _reason() -> Schema:
    return _object(
        "Reason",
        {
            "code": _text("Stable."),
            "text": _text("What the data shows."),
            "group": _text("What it speaks of."),
            "regime": _nullable(_text("The law it touches.")),
            "contribution": {"type": "number", "description": "Log-odds."},
            "source": _nullable(_text("Where the fact comes from.")),
        },
    )


def _contribution() -> Schema:
    value = {"type": ["number", "null"], "description": "As encoded; null is unknown."}
    number = {"type": "number", "description": "Log-odds; all and base_value add to raw_score."}
    fields = {"feature": _text("Column."), "value": value, "contribution": number}
    return _object("Contribution", fields)


def _hit() -> Schema:
    return _object(
        "ScreeningHit",
        {
            "line_number": {"type": ["integer", "null"], "description": "null: on all lines."},
            "role": _text(""),
            "list": _text(""),
            "entity": _text("As listed."),
            "entity_id": _text(""),
            "regime": _text(""),
            "match": {"type": "number", "minimum": 0, "maximum": 1},
            "effective_from": _nullable({"type": "string", "format": "date"}),
            "why": _text(""),
        },
    )


def _finding() -> Schema:
    severity = {"type": "string", "enum": ["error", "warning", "info"]}
    return _object(
        "Finding",
        {
            "code": _text(""),
            "severity": severity,
            "path": _text("JSON Pointer."),
            "text": _text(""),
        },
    )


def batch_answer_schema() -> Schema:
    """Return what POST /v1/score/batch answers."""
    either = {"anyOf": [answer_schema(), problem_schema()]}
    return _object("BatchAnswer", {"results": _list(either)})


def decision_schema() -> Schema:
    """Return what GET /v1/decisions/{id} answers."""
    return _object(
        "Decision",
        {
            "decision_id": _text(""),
            "intent": {"type": "string", "enum": ["draft", "filed"]},
            "body_digest": _text("sha256: over the request as understood."),
            "examined_because": _text(
                "model, screening, rule, resubmission, degraded, exploration or none."
            ),
            "exploration_odds": _probability("Of being drawn for a document check."),
            "request": entry_schema(),
            "response": answer_schema(),
        },
    )


def problem_schema() -> Schema:
    """Return the form of every error (RFC 9457)."""
    fault = _object(
        "FieldFault",
        {"pointer": _text("JSON Pointer."), "code": _text("Stable."), "message": _text("")},
    )
    schema = _object(
        "Problem",
        {
            "type": _text("Explained at this path of the server."),
            "title": _text(""),
            "status": {"type": "integer"},
            "detail": _text(""),
            "instance": _text("Request id."),
            "errors": _list(fault),
        },
    )
    schema["required"] = ["type", "title", "status", "detail"]
    return schema


def _object(title: str, properties: dict[str, Schema], *, additional: bool = True) -> Schema:
    schema: Schema = {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }
    return schema if additional else {**schema, "additionalProperties": False}


def _text(meaning: str) -> Schema:
    return {"type": "string", "description": meaning} if meaning else {"type": "string"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _score(meaning: str) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": 1000, "description": meaning}


def _probability(meaning: str) -> Schema:
    return {"type": "number", "minimum": 0, "maximum": 1, "description": meaning}


def _band() -> Schema:
    meaning = "release < review < hold; treat one you do not know as review."
    return {"type": "string", "enum": [str(band) for band in Band], "description": meaning}
