"""The published document is the served one, is valid, and every example in it holds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api import examples
from app.api.openapi import openapi_bytes, openapi_document

DOCUMENT = openapi_document()
METHODS = {(path, method) for path, found in DOCUMENT["paths"].items() for method in found}
DECIDING = (
    ("/v1/score", "post"),
    ("/v1/score/batch", "post"),
    ("/v1/decisions/{decision_id}", "get"),
    ("/v1/decisions/{decision_id}/evidence", "get"),
)


def test_the_published_file_is_the_served_document(repository: Path) -> None:
    published = (repository / "docs" / "openapi.json").read_bytes()
    assert json.loads(published) == json.loads(openapi_bytes())


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def contents(operation: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an operation reads and what it answers with, errors aside."""
    if "requestBody" in operation:
        yield from operation["requestBody"]["content"].items()
    for answer in operation["responses"].values():
        for kind, content in answer.get("content", {}).items():
            if kind != "application/problem+json":
                yield kind, content


@pytest.mark.parametrize(("path", "method"), sorted(METHODS))
def test_every_content_has_examples_and_each_is_valid(path: str, method: str) -> None:
    for _, content in contents(DOCUMENT["paths"][path][method]):
        assert content["examples"]
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for name, example in content["examples"].items():
            found = [
                f"{name}: {each.json_path}" for each in validator.iter_errors(example["value"])
            ]
            assert found == []


@pytest.mark.parametrize(("path", "method"), DECIDING)
def test_what_tells_a_decision_has_an_entry_released_one_held_and_one_degraded(
    path: str, method: str
) -> None:
    for kind, content in contents(DOCUMENT["paths"][path][method]):
        if kind == "application/json":
            assert list(content["examples"]) == list(examples.NAMES)


def test_every_link_leads_to_an_operation_and_names_its_parameters() -> None:
    by_id = {
        each["operationId"]: each for found in DOCUMENT["paths"].values() for each in found.values()
    }
    links = [
        link
        for operation in by_id.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert links
    for link in links:
        named = {each["name"] for each in by_id[link["operationId"]]["parameters"]}
        assert link["parameters"].keys() <= named
