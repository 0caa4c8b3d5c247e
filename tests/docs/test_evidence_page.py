"""The pages of evidence and counterfactuals say what the tables and the code say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.api.evidence_schema import checked_schema, evidence_schema
from app.core.clocks import CLOCKS, Clock, Start
from app.core.counterfactuals import FILLED, MOST_LINES, NOTHING, Certainty
from app.core.remedies import Document, Family, load_remedies
from app.core.remedies.filled import FILLED_KIND, MAX_ROWS
from app.core.remedies.index import Lack

REMEDIES = load_remedies()


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "evidence.md").read_text()


@pytest.mark.parametrize("document", REMEDIES.documents.values(), ids=lambda each: each.document_id)
def test_every_document_is_on_the_page(page: str, document: Document) -> None:
    (row,) = (each for each in page.splitlines() if each.startswith(f"| `{document.document_id}`"))
    assert document.title in row
    assert document.source in row
    assert row.endswith("| yes |" if document.verified else "| no |")


@pytest.mark.parametrize("family", REMEDIES.families.values(), ids=lambda each: each.family)
def test_every_family_is_on_the_page(page: str, family: Family) -> None:
    (row,) = (each for each in page.splitlines() if each.startswith(f"| `{family.family}` "))
    assert ", ".join(family.hs_prefixes) in row
    for document in family.documents:
        assert document.document_id in row


def test_every_review_is_on_the_page(page: str) -> None:
    for remedy in REMEDIES.regimes.values():
        for review in remedy.reviews:
            begin = f"| {remedy.regime} | `{review.code}` "
            (row,) = (each for each in page.splitlines() if each.startswith(begin))
            for document in review.documents:
                assert document.document_id in row


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda each: each.code)
def test_every_clock_is_on_the_page(page: str, clock: Clock) -> None:
    (row,) = (each for each in page.splitlines() if each.startswith(f"| `{clock.code}` |"))
    for said in (clock.about, str(clock.length), clock.start.value, clock.citation):
        assert said in row
    assert row.endswith("| yes |" if clock.verified else "| no |")


def test_days_lacks_and_limits_are_on_the_page(page: str) -> None:
    for start in Start:
        assert f"`{start.value}`" in page
    for lack in Lack:
        assert f"| `{lack.value}` |" in page
    assert f"at most {MAX_ROWS:,}" in page


def test_what_is_filled_and_how_sure_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "counterfactuals.md").read_text()
    for name in FILLED:
        assert f"`{name}`" in page
    for certainty in Certainty:
        assert f"| `{certainty.value}` |" in page
    assert f"the {MOST_LINES} strictest lines" in page
    assert NOTHING in page


def _names(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        yield from found.get("properties", {})
        for value in found.values():
            yield from _names(value)
    elif isinstance(found, list):
        for value in found:
            yield from _names(value)


def test_every_field_of_evidence_is_in_the_glossary(repository: Path) -> None:
    known = set(re.findall(r"`([a-z_]+)`", (repository / "docs" / "glossary.md").read_text()))
    schemas = (evidence_schema(), checked_schema(), FILLED_KIND.schema())
    assert {name for each in schemas for name in _names(each)} - known == set()
