"""Canonical JSON by RFC 8785, so that a signature can be checked in any language.

Names are sorted by UTF-16 code units, numbers are written as ECMAScript writes them, texts escape
what JSON must and nothing else. A document has exactly one spelling.
"""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_LARGEST_EXACT = 2**53  # integers above it are not told apart by every reader
_POINT_FROM, _POINT_TO = -6, 21  # powers of ten that are written without an exponent


def canonical_bytes(document: Any) -> bytes:  # any JSON value
    """Return the one spelling of a JSON value, UTF-8.

    Raises ValueError for a number that is not finite or is an integer beyond 2^53, and TypeError
    for what is not JSON.
    """
    return "".join(_written(document)).encode()


def _written(value: Any) -> Iterator[str]:
    if value is None or isinstance(value, bool | str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int):
        if abs(value) > _LARGEST_EXACT:
            raise ValueError("found an integer beyond 2^53, wanted one that every reader keeps")
        yield str(value)
    elif isinstance(value, float):
        yield number_text(value)
    elif isinstance(value, dict):
        yield from _object(value)
    elif isinstance(value, list | tuple):
        yield from _array(value)
    else:
        raise TypeError(f"found {type(value).__name__}, wanted a JSON value")


def _object(value: dict[str, Any]) -> Iterator[str]:
    opening = "{"
    for name in sorted(value, key=lambda each: each.encode("utf-16-be", "surrogatepass")):
        yield f"{opening}{json.dumps(name, ensure_ascii=False)}:"
        yield from _written(value[name])
        opening = ","
    yield "}" if value else "{}"


def _array(value: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    opening = "["
    for each in value:
        yield opening
        yield from _written(each)
        opening = ","
    yield "]" if value else "[]"


def number_text(number: float) -> str:
    """Return a finite float as ECMAScript writes it: 1, 0.1, 1e-7, 1e+21; ValueError for others."""
    if not math.isfinite(number):
        raise ValueError("found a number that is not finite")
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    _, found, exponent = Decimal(repr(abs(number))).as_tuple()
    every = "".join(map(str, found))
    digits = every.rstrip("0")
    # the decimal point stands behind so many of the digits
    point = len(every) + int(exponent)
    if len(digits) <= point <= _POINT_TO:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    if 0 < point <= _POINT_TO:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if _POINT_FROM < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"
