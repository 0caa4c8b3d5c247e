"""Every field of the wire contract is in the glossary."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.api import schema


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
    fields = {*_names(schema.entry_schema()), *_names(schema.answer_schema())}
    assert len(fields) > 60
    assert fields - known == set()
