"""JSON is read strictly: what two parsers could read differently is refused, with its place."""

import json
from decimal import Decimal

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidEntry, MalformedJson
from app.core.json_text import MAX_DEPTH, is_deep, parse_json, pointer_part

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy, JSON is not
@given(JSON)
def test_plain_json_is_read_as_any_parser_reads_it(value: object) -> None:
    try:
        data = orjson.dumps(value)
    except TypeError:  # a lone surrogate is no JSON text
        return
    if not is_deep(data):
        assert parse_json(data) == value


def test_numbers_are_exact() -> None:
    assert parse_json(b"[0.1, 48250.00, 7]") == [Decimal("0.1"), Decimal("48250.00"), 7]
    assert isinstance(parse_json(b"7"), int)


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        (b'{"a":1,"a":2}', "/a", "duplicate_key"),
        (b'{"a":{"b":[0,{"x":1,"x":1}]}}', "/a/b/1/x", "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "/a", "duplicate_key"),
        (b'{"a/b~":1,"a/b~":2}', "/a~1b~0", "duplicate_key"),
        (b'{"lines":[{"v":NaN}]}', "/lines/0/v", "not_a_number"),
        (b"[1,-Infinity]", "/1", "not_a_number"),
        (b"Infinity", "", "not_a_number"),
    ],
)
def test_a_repeated_key_or_a_number_that_is_none_is_named_by_its_place(
    text: bytes, pointer: str, code: str
) -> None:
    with pytest.raises(InvalidEntry) as refused:
        parse_json(text)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)


def test_a_repeated_key_beyond_what_is_searched_is_still_refused() -> None:
    text = b'{"a":"' + b"x" * 200_000 + b'","b":1,"b":2}'
    with pytest.raises(InvalidEntry) as refused:
        parse_json(text)
    assert refused.value.problems[0].code == "duplicate_key"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[1,]", b"nul", b'{"a":}', b'"\x01"', b'"\\ud800"', b"\xff", b"{} x", b"]", b"}{"],
)
def test_what_is_no_json_is_refused_by_its_place_alone(text: bytes) -> None:
    with pytest.raises(MalformedJson) as refused:
        parse_json(text)
    assert refused.value.problems == ()


@pytest.mark.parametrize(
    "text", [b'{"\\x":1,"a":NaN', b'{"secret name":1 "b"', b'{"a":1,"a":', b'{"b":1,"b":2,}x']
)
def test_a_refusal_never_repeats_what_was_sent(text: bytes) -> None:
    with pytest.raises((MalformedJson, InvalidEntry)) as refused:
        parse_json(text)
    assert "secret" not in str(refused.value)


def test_sixteen_levels_are_read_and_seventeen_refused() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        deep = opening * 100 + b"1" + closing * 100
        with pytest.raises(MalformedJson) as refused:
            parse_json(deep)
        assert refused.value.problems[0].code == "too_deep"


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_json(b'"' + b"[" * 50 + b'\\"[["') == "[" * 50 + '"[['


def test_pointer_parts_are_short_and_printable() -> None:
    assert pointer_part(3) == "3"
    assert pointer_part("a\n/~" + "x" * 100) == "a?~1~0" + "x" * 36


@pytest.mark.parametrize("shift", range(6))
@pytest.mark.parametrize("text", ['[[[[{{"', "\\", '\\"[', "é\\\\[{"])
def test_brackets_in_strings_of_a_long_text_are_no_depth_wherever_they_lie(
    text: str, shift: int
) -> None:
    # So long that it is looked at in several pieces, cut at any byte of the texts.
    document = ["x" * shift, *[text] * 20_000]
    sent = json.dumps(document, separators=(",", ":")).encode()
    assert parse_json(sent) == document
    assert not is_deep(sent)
    assert is_deep(sent[:-1] + b"," + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]")
