"""Canonical JSON: equal documents are equal bytes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.canonical import (
    canonical_json,
    digest,
    number_or_null,
    plain_decimal,
    sha256_hex,
)

NUMBERS = st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=4)


@given(st.dictionaries(st.text(alphabet=st.characters(codec="utf-8")), st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(document: dict[str, int]) -> None:
    turned = dict(reversed(document.items()))
    assert canonical_json(document) == canonical_json(turned)


@given(NUMBERS)
def test_equal_numbers_are_written_alike(number: Decimal) -> None:
    assert plain_decimal(number) == plain_decimal(number.normalize())
    assert Decimal(plain_decimal(number)) == number


@pytest.mark.parametrize(
    ("number", "text"), [("1E+3", "1000"), ("48250.00", "48250"), ("-0", "0"), ("0.50", "0.5")]
)
def test_decimals_have_no_exponent_and_no_trailing_zeros(number: str, text: str) -> None:
    assert plain_decimal(Decimal(number)) == text
    assert canonical_json({"n": Decimal(number)}) == f'{{"n":"{text}"}}'.encode()


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"when": object()})


def test_unknown_numbers_are_null() -> None:
    assert number_or_null(float("nan")) is None
    assert number_or_null(1.5) == 1.5


def test_digests_name_their_algorithm() -> None:
    assert digest(b"") == f"sha256:{sha256_hex(b'')}"
    assert sha256_hex(b"").startswith("e3b0c44298fc1c14")
