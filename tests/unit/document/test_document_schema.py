"""The JSON Schema of an entry says of each kind what its reading asks for."""

import re
from decimal import Decimal
from typing import Any

import pytest

from app.core.document import ENTRY_KIND
from app.core.document.kinds import (
    Amount,
    Choice,
    CodeOf,
    Day,
    Field,
    ListOf,
    Text,
    TextMap,
    Whole,
)
from app.core.entry import HtsCode, Intent
from app.core.errors import InvalidField


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (Day(), {"type": "string", "format": "date"}),
        (Choice(Intent), {"type": "string", "enum": ["draft", "filed"]}),
        (Whole(1, 9), {"type": "integer", "minimum": 1, "maximum": 9}),
        (
            ListOf(Day(), 3, least=1),
            {
                "type": "array",
                "items": {"type": "string", "format": "date"},
                "maxItems": 3,
                "minItems": 1,
            },
        ),
    ],
)
def test_a_kind_says_its_schema(kind: Any, schema: dict[str, Any]) -> None:
    assert kind.schema() == schema


def test_codes_and_texts_are_described_by_patterns_that_read_as_they_do() -> None:
    code = CodeOf(HtsCode).schema()["pattern"]
    assert re.search(code, "0902300015")
    assert not re.search(code, "09023")
    text = Text(5).schema()["pattern"]
    assert all(re.search(text, good) for good in ("a", " a ", "a b"))
    assert not any(re.search(text, bad) for bad in ("", "  ", "a\x00"))
    assert TextMap(5).schema()["additionalProperties"]["maxLength"] == 5


def test_money_is_a_string_and_a_measure_either() -> None:
    assert Amount(Decimal(9)).schema()["type"] == "string"
    number, text = Amount(Decimal(9), numbers=True).schema()["anyOf"]
    assert (number["maximum"], text["type"]) == (9.0, "string")


def test_what_is_required_may_not_be_null_and_the_rest_may() -> None:
    assert Field(Day(), "When.", required=True).schema()["type"] == "string"
    assert {"type": "null"} in Field(Day(), "When.").schema()["anyOf"]


def test_an_entry_allows_no_other_field_and_asks_for_three() -> None:
    schema = ENTRY_KIND.schema()
    assert not schema["additionalProperties"]
    assert schema["required"] == ["lines"]
    line = schema["properties"]["lines"]["items"]
    assert line["required"] == ["hts", "origin_country", "entered_value_usd"]


def test_a_whole_number_may_be_written_with_a_point_and_no_fraction() -> None:
    assert Whole(1, 9).read("quantity", Decimal("7.0")) == 7
    with pytest.raises(InvalidField, match="a whole number"):
        Whole(1, 9).read("quantity", Decimal("7.5"))
    with pytest.raises(InvalidField, match="from 1 to 9"):
        Whole(1, 9).read("quantity", Decimal("1e9"))
