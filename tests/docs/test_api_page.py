"""The page of the wire contract names every route, field and limit that is served."""

from pathlib import Path

import pytest

from app.api import outcome_schema, schema
from app.api.routes import API_ROUTES, ApiRoute
from app.core.document import ENTRY_FIELDS, MAX_FAULTS
from app.core.document.kinds import ListOf, ObjectOf
from app.core.json_text import MAX_DEPTH
from app.services.batch import MAX_BATCH
from app.settings import Settings


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "api.md").read_text()


def entry_fields() -> set[str]:
    """Return the fields of an entry, its lines, parties and legs."""
    names: set[str] = set()
    kinds: list[object] = [ObjectOf(object, ENTRY_FIELDS, "Entry")]
    while kinds:
        kind = kinds.pop()
        inner = kind.each if isinstance(kind, ListOf) else kind
        if isinstance(inner, ObjectOf):
            names |= inner.fields.keys()
            kinds += [each.kind for each in inner.fields.values()]
    return names


def answer_fields() -> set[str]:
    """Return the fields of answers and outcomes at any depth."""
    names: set[str] = set()
    left: list[object] = [
        schema.answer_schema(),
        outcome_schema.claims_schema(),
        outcome_schema.page_schema(),
    ]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            names |= each.get("properties", {}).keys()
            left += each.values()
        if isinstance(each, list):
            left += each
    return names


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: route.path)
def test_every_route_is_on_the_page(page: str, route: ApiRoute) -> None:
    assert f"`{route.method} {route.path}`" in page


@pytest.mark.parametrize("name", sorted(entry_fields()))
def test_every_field_of_an_entry_is_on_the_page(page: str, name: str) -> None:
    assert f"`{name}`" in page


@pytest.mark.parametrize("name", sorted(answer_fields()))
def test_every_field_of_an_answer_is_on_the_page(page: str, name: str) -> None:
    assert f"`{name}`" in page or f'"{name}"' in page


def test_the_limits_on_the_page_are_those_of_the_code(page: str) -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert defaults["max_body_kib"] == 1024
    assert defaults["max_batch_body_kib"] == 8 * 1024
    for said in (
        "1 MiB for an entry, 8 MiB for a batch",
        f"{defaults['max_running']} entries and {defaults['max_running_batches']} batches",
        f"deeper than {MAX_DEPTH} levels",
        f"1 to {MAX_BATCH} entries",
        f"at most {MAX_FAULTS}",
    ):
        assert said in page
