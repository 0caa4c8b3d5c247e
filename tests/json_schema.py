"""What of JSON Schema the published document uses, checked: where a value is not as it says."""

import re
from typing import Any

from app.api import schema
from app.api.openapi import openapi_document

DOCUMENT = openapi_document()
KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def faults(value: Any, given: Any, place: str = "") -> list[str]:
    """Return where `value` is not as its schema says; the part of JSON Schema that is used."""
    if "$ref" in given:
        name = given["$ref"].removeprefix(schema.COMPONENTS)
        return faults(value, DOCUMENT["components"]["schemas"][name], place)
    if "anyOf" in given:
        tried = [faults(value, each, place) for each in given["anyOf"]]
        return [] if not all(tried) else min(tried, key=len)
    kinds = given.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_a(value, kind) for kind in kinds):
        return [f"{place}: found {value!r}, wanted {kinds}"]
    found = []
    if "enum" in given and value not in given["enum"]:
        found.append(f"{place}: found {value!r}, wanted one of {given['enum']}")
    if "pattern" in given and not re.search(given["pattern"], value):
        found.append(f"{place}: found {value!r}, wanted {given['pattern']}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = given.get("minimum", value), given.get("maximum", value)
        if not low <= value <= high:
            found.append(f"{place}: found {value}, wanted {low} to {high}")
    if isinstance(value, dict):
        found += object_faults(value, given, place)
    if isinstance(value, list) and "items" in given:
        for at, each in enumerate(value):
            found += faults(each, given["items"], f"{place}/{at}")
    return found


def is_a(value: Any, kind: str) -> bool:
    """Say whether a value is of a JSON Schema type."""
    if kind in {"integer", "number"}:
        numbers = int if kind == "integer" else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


def object_faults(value: dict[str, Any], given: Any, place: str) -> list[str]:
    """Return what is missing of an object, and what is wrong in it."""
    found = [f"{place}: lacks {name}" for name in given.get("required", []) if name not in value]
    known = given.get("properties", {})
    for name, each in value.items():
        if name in known:
            found += faults(each, known[name], f"{place}/{name}")
        elif given.get("additionalProperties") is False:
            found.append(f"{place}: has {name}")
    return found
