"""Canonical JSON is that of RFC 8785: one document, one spelling."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.receipt_canonical import canonical_bytes, number_text

NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.5, "-1.5"),
    (1e-7, "1e-7"),
    (1.5e-7, "1.5e-7"),
    (0.000001, "0.000001"),
    (0.1 + 0.2, "0.30000000000000004"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (5e-324, "5e-324"),
    (333333333.33333329, "333333333.3333333"),
    (1e23, "1e+23"),
    (123456789012345680000.0, "123456789012345680000"),
]


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_a_number_is_written_as_ecmascript_writes_it(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_reads_back_to_the_same_one(number: float) -> None:
    assert float(number_text(number)) == number


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        canonical_bytes([number])


def test_names_are_sorted_by_utf16_units_and_texts_escape_what_they_must() -> None:
    # the order of the RFC's own example: a name outside the first plane sorts by its surrogates
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical_bytes(dict.fromkeys(names, True)).decode()
    order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(written)) == order
    assert canonical_bytes('\u000f\n"\\/\u20ac') == '"\\u000f\\n\\"\\\\/\u20ac"'.encode()


def test_an_empty_object_and_array_are_written_without_spaces() -> None:
    assert canonical_bytes({"b": [], "a": {}, "c": [1, None]}) == b'{"a":{},"b":[],"c":[1,null]}'


@pytest.mark.parametrize(("value", "error"), [(2**53 + 1, ValueError), (b"bytes", TypeError)])
def test_what_a_reader_could_not_keep_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        canonical_bytes({"a": value})
