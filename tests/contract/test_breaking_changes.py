"""What clients were promised in the released document is kept; a planted break is found."""

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.api.openapi import openapi_document
from tests.contract.breaking import RELEASED, breaks

Document = dict[str, Any]
OLD: Document = json.loads(RELEASED.read_text())
SCORE = OLD["paths"]["/v1/score"]["post"]


def test_nothing_that_was_released_is_broken() -> None:
    assert breaks(OLD, openapi_document()) == []


def test_the_document_breaks_nothing_of_itself() -> None:
    assert breaks(OLD, deepcopy(OLD)) == []


def schemas(document: Document) -> Any:
    return document["components"]["schemas"]


def score(document: Document) -> Any:
    return document["paths"]["/v1/score"]["post"]


BREAKS: dict[str, tuple[Callable[[Document], object], str]] = {
    "a route goes": (lambda d: d["paths"].pop("/v1/outcomes"), "GET /v1/outcomes: is gone"),
    "a method goes": (
        lambda d: d["paths"]["/v1/outcomes"].pop("get"),
        "GET /v1/outcomes: is gone",
    ),
    "a key is needed": (
        lambda d: d["paths"]["/v1/meta"]["get"].update(security=[{"key": []}]),
        "GET /v1/meta: needs a key now",
    ),
    "an operation is renamed": (
        lambda d: score(d).update(operationId="score"),
        "POST /v1/score: operationId changed",
    ),
    "a parameter goes": (
        lambda d: score(d).update(parameters=score(d)["parameters"][:1]),
        "POST /v1/score Idempotency-Key: is gone",
    ),
    "a parameter is demanded": (
        lambda d: score(d)["parameters"][1].update(required=True),
        "POST /v1/score Idempotency-Key: is required now",
    ),
    "a parameter takes less": (
        lambda d: score(d)["parameters"][0]["schema"].update(enum=["none", "codes"]),
        "POST /v1/score explain: takes fewer values",
    ),
    "the body's media type changes": (
        lambda d: score(d)["requestBody"].update(content={"application/cbor": {}}),
        "POST /v1/score body: no application/json any more",
    ),
    "a body is demanded": (
        lambda d: d["paths"]["/v1/meta"]["get"].update(requestBody={"required": True}),
        "GET /v1/meta: needs a body now",
    ),
    "a body is read no more": (
        lambda d: score(d).pop("requestBody"),
        "POST /v1/score: reads no body any more",
    ),
    "a field of the entry is demanded": (
        lambda d: schemas(d)["Entry"]["required"].append("filer_code"),
        "POST /v1/score body/filer_code: is required now",
    ),
    "a field of the entry is refused": (
        lambda d: schemas(d)["Entry"]["properties"].pop("filer_code"),
        "POST /v1/score body/filer_code: is refused now",
    ),
    "fewer lines are taken": (
        lambda d: schemas(d)["Entry"]["properties"]["lines"].update(maxItems=500),
        "POST /v1/score body/lines: maxItems fell",
    ),
    "more lines are demanded": (
        lambda d: schemas(d)["Entry"]["properties"]["lines"].update(minItems=2),
        "POST /v1/score body/lines: minItems rose",
    ),
    "another pattern is demanded": (
        lambda d: schemas(d)["EntryLine"]["properties"]["hts"].update(pattern="^[0-9]{10}$"),
        "POST /v1/score body/lines/*/hts: pattern changed",
    ),
    "null is refused": (
        lambda d: schemas(d)["Entry"]["properties"].update(revision={"type": "integer"}),
        "POST /v1/score body/revision: takes ['integer'], took ['null']",
    ),
    "another status": (
        lambda d: score(d)["responses"].update({"201": score(d)["responses"].pop("200")}),
        "POST /v1/score: no longer answers 200",
    ),
    "a field of the answer goes": (
        lambda d: schemas(d)["Answer"]["properties"].pop("band"),
        "POST /v1/score 200/band: is gone",
    ),
    "a field of the answer may be absent": (
        lambda d: schemas(d)["Answer"]["required"].remove("score"),
        "POST /v1/score 200/score: may be absent now",
    ),
    "a field of the answer changes its type": (
        lambda d: schemas(d)["AnsweredLine"]["properties"]["score"].update(type="number"),
        "POST /v1/score 200/lines/*/score: is ['integer', 'number'], was ['integer']",
    ),
    "an answer may be null": (
        lambda d: schemas(d)["Answer"]["properties"].update(
            scored_at={"anyOf": [{"type": "string"}, {"type": "null"}]}
        ),
        "POST /v1/score 200/scored_at: is ['null'], was ['string']",
    ),
    "a form of the answer is emptied": (
        lambda d: schemas(d)["BatchAnswer"].update(properties={}),
        "POST /v1/score/batch 200/results: is gone",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_planted_break_is_found(name: str) -> None:
    plant, said = BREAKS[name]
    new = deepcopy(OLD)
    plant(new)
    assert said in breaks(OLD, new)


def grow(document: Document) -> None:
    """Change what may change: more fields, more values, fewer demands."""
    document["paths"]["/v2/score"] = {"post": deepcopy(SCORE)}
    score(document)["parameters"].append({"in": "query", "name": "x", "schema": {}})
    entry, answer = schemas(document)["Entry"], schemas(document)["Answer"]
    entry["properties"]["colour"] = {"type": "string"}
    entry["properties"]["lines"].update(maxItems=2000)
    answer["properties"]["colour"] = {"type": "string"}
    answer["properties"]["band"]["enum"].append("refuse")
    score(document)["responses"]["418"] = {"description": "Teapot."}


def test_growth_is_no_break() -> None:
    new = deepcopy(OLD)
    grow(new)
    assert breaks(OLD, new) == []


def test_the_gate_fails_on_a_planted_break_and_names_it(tmp_path: Path) -> None:
    new = deepcopy(OLD)
    del new["paths"]["/v1/outcomes"]
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps(new))
    command = [sys.executable, "-m", "tests.contract.breaking", str(planted)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "breaks clients: GET /v1/outcomes: is gone" in run.stderr
