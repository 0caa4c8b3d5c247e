"""Canonical JSON: the one byte string of a document, and its SHA-256."""

import hashlib
import math
from decimal import Decimal
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS


def canonical_json(document: Any) -> bytes:  # any JSON-able value
    """Return `document` as JSON with sorted keys, no spaces, UTF-8, shortest exact floats.

    Decimals become strings without exponent or trailing zeros. NaN becomes null. Raises TypeError
    for what is not JSON-able.
    """
    return orjson.dumps(document, default=_plain, option=_OPTIONS)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return plain_decimal(value)
    raise TypeError(f"found {type(value).__name__}, wanted a JSON value")


def plain_decimal(number: Decimal) -> str:
    """Return a number without exponent or trailing zeros: 48250.00, 48250 and 4.825E4 are one."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data`, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as it is written everywhere: sha256:<64 hex digits>."""
    return f"sha256:{sha256_hex(data)}"


def number_or_null(value: float) -> float | None:
    """Return a float as JSON has it: NaN, an unknown, is null."""
    return None if math.isnan(value) else value
