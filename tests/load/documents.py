"""Entries for processes that only ask: importing the application costs more than asking."""

from typing import Any


def document_of(value_usd: int) -> dict[str, Any]:
    """Return the least an entry needs, of one line of that value."""
    goods = {"hts": "6201407511", "origin_country": "CN", "entered_value_usd": f"{value_usd}.00"}
    return {"lines": [goods]}
