"""What the filings of one supplier show, month by month and against what was before."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core.document import read_submission
from app.core.suppliers import (
    MAX_MONTHS,
    Supplied,
    goods_of,
    months_of,
    origins_of,
    routes_of,
    signals_of,
    spellings_of,
    supplied_lines,
    supplier_keys,
    supplier_of,
)

AT = date(2026, 11, 24)
MAKER = {"name": "Example Trading Garment Co., Ltd.", "city": "Dandong", "country": "CN"}


def supplied(days: int, *lines: dict[str, Any], **changes: Any) -> Supplied:
    """Return an entry filed `days` before AT whose lines are all the supplier's."""
    usual = {
        "hts": "6201407511",
        "origin_country": "CN",
        "entered_value_usd": "1000",
        "manufacturer": MAKER,
    }
    document = {"lines": [usual | each for each in lines or ({},)]} | changes
    entry = read_submission(document).entry
    return Supplied(AT - timedelta(days=days), entry, entry.lines)


def codes(*filed: Supplied) -> list[str]:
    """Return the codes of what changed of late."""
    return [each.code for each in signals_of(filed, AT)]


def test_the_supplier_is_the_manufacturer_else_the_seller() -> None:
    seller = {"name": "Quay Sourcing", "country": "HK"}
    entry = supplied(0, {}, {"manufacturer": {"city": "Dandong"}, "seller": seller},
                     {"manufacturer": None}).entry  # fmt: skip
    made, sold, neither = entry.lines
    first, second, third = supplier_keys(entry)
    assert supplier_of(made) == made.manufacturer
    assert supplier_of(sold) == sold.seller
    assert third is None
    assert supplier_of(neither) is None
    assert first is not None
    assert second is not None
    assert supplied_lines(entry, first) == (made,)
    assert supplied_lines(entry, second) == (sold,)


def test_spellings_are_told_apart_and_the_last_used_comes_first() -> None:
    other = {"manufacturer": MAKER | {"name": "EXAMPLE TRADING GARMENT"}}
    filed = [
        supplied(9),
        supplied(3, other, other),
        supplied(5, {"manufacturer": MAKER | {"address": "12 Zhenxing Road"}}),
    ]
    newest, older = spellings_of(filed, 10)
    assert (newest.party.name, newest.entries) == ("EXAMPLE TRADING GARMENT", 1)
    assert (older.entries, older.first, older.last) == (2, filed[0].on, filed[2].on)
    assert spellings_of(filed, 1) == (newest,)
    assert spellings_of([supplied(1, {"manufacturer": None})], 5) == ()


def test_goods_origins_and_ways_are_ranked_by_value() -> None:
    shoes = {"hts": "640399", "entered_value_usd": "9000", "origin_country": "VN"}
    filed = [supplied(9, {}, shoes, export_country="VN"), supplied(2)]
    first, second = goods_of(filed, 10)
    assert (first.name, first.value_usd, first.lines) == ("6403", Decimal(9000), 1)
    assert (second.name, second.lines) == ("6201", 2)
    assert (second.first, second.last) == (filed[0].on, filed[1].on)
    assert [each.name for each in origins_of(filed, 1)] == ["VN"]
    assert [each.name for each in routes_of(filed, 10)] == ["VN", "CN>VN"]


def test_months_follow_each_other_without_a_gap_to_the_day_asked_for() -> None:
    filed = [supplied(70, {}, {}), supplied(2), supplied(3)]
    months = months_of(filed, AT)
    assert [each.month for each in months] == ["2026-09", "2026-10", "2026-11"]
    assert [(each.entries, each.lines) for each in months] == [(1, 2), (0, 0), (2, 2)]
    assert months[0].value_usd == Decimal(2000)
    assert months_of([], AT) == ()
    assert len(months_of([supplied(2000), supplied(1)], AT)) == MAX_MONTHS


def test_nothing_has_changed_without_a_before_or_of_late() -> None:
    assert codes() == codes(supplied(3)) == codes(supplied(100)) == []
    assert codes(supplied(3), supplied(100), supplied(40)) == []


@pytest.mark.parametrize(
    ("line", "changes", "code", "text"),
    [
        ({"hts": "640399"}, {}, "NEW_GOODS", "HS headings first seen in the last 30 days: 6403."),
        ({"origin_country": "VN"}, {}, "NEW_ORIGIN", "Origins first seen in the last 30 days: VN."),
        ({}, {"export_country": "KR"}, "NEW_ROUTE",
         "Ways first seen in the last 30 days: CN>KR."),
    ],
)  # fmt: skip
def test_what_was_not_seen_before_is_new(
    line: dict[str, Any], changes: dict[str, Any], code: str, text: str
) -> None:
    (signal,) = signals_of([supplied(50), supplied(3, line, **changes)], AT)
    assert (signal.code, signal.text) == (code, text)


def test_a_signal_names_a_few_and_counts_the_rest() -> None:
    many = [{"hts": f"64{number:02}99"} for number in range(1, 6)]
    (signal,) = signals_of([supplied(50), supplied(3, *many)], AT)
    assert signal.text.endswith("6401, 6402, 6403 and 2 more.")


def test_one_that_was_silent_for_half_a_year_is_dormant_then_active() -> None:
    (signal,) = signals_of([supplied(200), supplied(3, {"entered_value_usd": "99999"})], AT)
    assert signal.code == "DORMANT_THEN_ACTIVE"
    assert "197 days" in signal.text


def test_a_volume_is_sudden_against_the_normal_of_as_many_days() -> None:
    steady = [supplied(days) for days in range(31, 211, 30)]
    assert codes(*steady, supplied(3)) == []
    (signal,) = signals_of([*steady, supplied(3, {"entered_value_usd": "4000"})], AT)
    assert signal.code == "SUDDEN_VOLUME"
    assert "3.4 times" in signal.text
    assert codes(supplied(40), supplied(3, {"entered_value_usd": "99999"})) == []
    free = supplied(100, {"entered_value_usd": "0"})
    assert codes(free, supplied(3)) == []
