"""Goods at risk: found by prefix and origin, in force on the day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ReferenceRefused
from tests.reference_packs import row, small_pack

DAY = date(2025, 6, 1)


def test_goods_are_found_by_any_of_their_prefixes_once() -> None:
    pack = small_pack(goods=[row("goods", hs_prefixes="61;6109;610910")])
    assert [each.good for each in pack.goods_risks("6109100012", "CN", DAY)] == ["Garments"]
    assert [each.good for each in pack.goods_risks("620342", "CN", DAY)] == []


def test_the_row_of_the_longest_prefix_comes_first() -> None:
    pack = small_pack(
        goods=[
            row("goods", good="chapter", hs_prefixes="61", country=""),
            row("goods", good="subheading", hs_prefixes="610910"),
            row("goods", good="heading", hs_prefixes="6109"),
        ]
    )
    found = [each.good for each in pack.goods_risks("6109100012", "CN", DAY)]
    assert found == ["subheading", "heading", "chapter"]


def test_a_row_of_one_origin_is_not_found_for_another() -> None:
    assert small_pack().goods_risks("610910", "VN", DAY) == ()


def test_a_row_of_any_origin_is_found_for_each() -> None:
    pack = small_pack(goods=[row("goods", country="")])
    assert len(pack.goods_risks("610910", "VN", DAY)) == 1
    assert len(pack.goods_risks("610910", "", DAY)) == 1


def test_rows_hold_from_their_first_day_until_the_day_they_end() -> None:
    rows = [row("goods", effective_from="2022-06-21", effective_to="2024-09-05")]
    pack = small_pack(goods=rows)
    days = [date(2022, 6, 20), date(2022, 6, 21), date(2024, 9, 4), date(2024, 9, 5)]
    assert [len(pack.goods_risks("610910", "CN", on)) for on in days] == [0, 1, 1, 0]


def test_a_source_is_given_as_a_text_a_person_can_read() -> None:
    assert small_pack().goods_risks("610910", "CN", DAY)[0].source == "made up for tests"


@given(st.text("0123456789", min_size=6, max_size=10), st.sampled_from(["CN", "VN", ""]))
def test_every_row_found_has_a_prefix_of_the_code(code: str, origin: str) -> None:
    pack = small_pack(goods=[row("goods", hs_prefixes="1;23;6109"[2:], country="")])
    for found in pack.goods_risks(code, origin, DAY):
        assert code.startswith(found.hs_prefixes)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"hs_prefixes": "6"}, "HS prefix is '6'"),
        ({"hs_prefixes": "6a"}, "HS prefix is '6a'"),
        ({"country": "XX"}, "country is 'XX'"),
        ({"forced_labour": ""}, "forced_labour is ''"),
    ],
)
def test_a_malformed_goods_row_is_refused(cells: dict[str, str], message: str) -> None:
    with pytest.raises(ReferenceRefused, match=f"goods.csv row 2: {message}"):
        small_pack(goods=[row("goods", **cells)])
