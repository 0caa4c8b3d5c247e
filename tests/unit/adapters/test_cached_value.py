"""A cached prediction comes back bit for bit, or not at all."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.cached_value import NO_CONTRIBUTIONS, pack, unpack
from app.core.records import CachedScore

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
KEY = "acme:sha256:1:abc"
SCORE = CachedScore(-3.1, (0.5, -0.25, 1e-300))


def packed(score: CachedScore = SCORE) -> bytes:
    value = pack(KEY, score)
    assert value is not None
    return value


@given(st.text(), FLOATS, st.none() | st.lists(FLOATS, max_size=50).map(tuple))
def test_what_was_put_comes_back_bit_for_bit(
    key: str, raw: float, contributions: tuple[float, ...] | None
) -> None:
    try:
        key.encode()
    except UnicodeEncodeError:
        return
    score = CachedScore(raw, contributions)
    found = unpack(key, pack(key, score))
    assert found is not None
    assert struct.pack("d", found.raw_score) == struct.pack("d", raw)
    assert found.contributions == contributions


def test_another_key_finds_nothing() -> None:
    assert unpack(KEY + "x", packed()) is None


def test_no_contributions_are_not_the_same_as_none_of_them() -> None:
    assert unpack(KEY, packed(CachedScore(1.0, None))) == CachedScore(1.0, None)
    assert unpack(KEY, packed(CachedScore(1.0, ()))) == CachedScore(1.0, ())


@given(st.integers(0, len(packed()) - 1), st.integers(1, 255))
def test_any_changed_byte_is_a_miss(place: int, change: int) -> None:
    value = bytearray(packed())
    value[place] ^= change
    assert unpack(KEY, bytes(value)) is None


@given(st.binary(max_size=200))
def test_garbage_is_a_miss(value: bytes) -> None:
    assert unpack(KEY, value) is None


@pytest.mark.parametrize("end", range(0, len(packed()), 7))
def test_a_cut_value_is_a_miss(end: int) -> None:
    assert unpack(KEY, packed()[:end]) is None


def test_a_longer_value_is_a_miss() -> None:
    assert unpack(KEY, packed() + b"\0") is None


@pytest.mark.parametrize("value", [None, "text", 7, [b"list"], bytearray(packed())])
def test_what_is_not_bytes_is_a_miss(value: object) -> None:
    assert unpack(KEY, value) is None


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_not_finite_is_neither_kept_nor_given(number: float) -> None:
    assert pack(KEY, CachedScore(number)) is None
    assert pack(KEY, CachedScore(1.0, (number,))) is None


def test_a_value_with_a_number_that_is_not_finite_is_a_miss() -> None:
    name = KEY.encode()
    body = struct.pack(f">HH{len(name)}sd", len(name), NO_CONTRIBUTIONS, name, float("nan"))
    assert unpack(KEY, b"ERS1" + zlib.crc32(body).to_bytes(4, "big") + body) is None


def test_more_than_the_form_holds_is_not_kept() -> None:
    assert pack("k" * 70_000, SCORE) is None
    assert pack(KEY, CachedScore(1.0, (0.0,) * NO_CONTRIBUTIONS)) is None


def test_a_value_takes_eight_bytes_a_number() -> None:
    assert len(packed()) == 12 + len(KEY) + 8 * 4
