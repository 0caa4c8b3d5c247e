"""JSON read without doubt: no repeated key, no NaN, no second reading of the same bytes."""

import json
from typing import Any

from app.core.errors import BundleUnreadable


def parse_strict(data: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in `data`; `name` is the file's, for the message.

    Raises BundleUnreadable for bytes that are not UTF-8 JSON, for a repeated key, NaN or infinity,
    for nesting beyond Python's, and for a document that is not an object.
    """
    try:
        document = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unrepeated, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise BundleUnreadable(f"{name}: {type(error).__name__}, wanted strict JSON") from error
    if not isinstance(document, dict):
        raise BundleUnreadable(f"{name}: found {type(document).__name__}, wanted a JSON object")
    return document


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("found a key twice, wanted each once")
    return document


def _no_constant(name: str) -> float:
    raise ValueError(f"found {name}, wanted a number")
