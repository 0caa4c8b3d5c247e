"""Every field of the wire contract is in the glossary."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.api import outcome_schema, schema


def _names(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        properties = found.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for value in found.values():
            yield from _names(value)
    elif isinstance(found, list):
        for value in found:
            yield from _names(value)


def test_wire_fields_are_in_the_glossary(repository: Path) -> None:
    known = set(re.findall(r"`([a-z_]+)`", (repository / "docs" / "glossary.md").read_text()))
    shapes = (
        schema.entry_schema(),
        schema.answer_schema(),
        outcome_schema.claims_schema(),
        outcome_schema.page_schema(),
    )
    fields = {name for shape in shapes for name in _names(shape)}
    assert len(fields) > 60
    assert fields - known == set()
