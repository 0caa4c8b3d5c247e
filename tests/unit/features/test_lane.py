"""Lane priors: an unseen lane has its parent's rate, and what is frozen is what is served."""

import json
import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry, EntryLine
from app.core.errors import BundleUnreadable, InvalidField
from app.core.features.lane import (
    FIELD_NAMES,
    NORM_NAMES,
    Cross,
    FittedLanes,
    ValueNorm,
    lane_feature_names,
    lane_fields,
    log_odds,
    magnitude,
    measures,
    parent_positions,
    plain,
    value_per_kg,
)

CHAPTER = Cross("chapter", ("hs2",), None, 2.0)
GOODS = Cross("goods", ("hs6", "origin"), "chapter", 2.0)


def lanes(*, norms: bool = True) -> FittedLanes:
    """Ten lines, two positive; all of chapter 62, four of them padded jackets from China."""
    norm = ValueNorm(Cross("norm", ("hs6",), None, 1.0), {"620140": (2.0, 1.0, math.nan)})
    return FittedLanes(
        crosses=[CHAPTER, GOODS],
        targets=["denied"],
        root=(10.0, 2.0),
        counts=[{"62": (10.0, 2.0)}, {"620140\x1fCN": (4.0, 2.0)}],
        norms=[norm] if norms else [],
    )


def line(**changes: object) -> EntryLine:
    given_: dict[str, object] = {
        "line_number": 1,
        "hts": "6201407511",
        "origin_country": "CN",
        "entered_value_usd": Decimal(100),
        "gross_weight_kg": Decimal(8),
    }
    return EntryLine(**(given_ | changes))  # type: ignore[arg-type]  # values of a test


def entry(of: EntryLine, **changes: object) -> Entry:
    return Entry(lines=(of,), entry_date=date(2026, 11, 20), **changes)  # type: ignore[arg-type]  # values of a test


def test_a_rate_is_drawn_towards_the_parents() -> None:
    row = lanes().values({"hs2": "62", "hs6": "620140", "origin": "CN"}, math.nan)
    chapter = (2 + 2 * 0.2) / (10 + 2)
    goods = (2 + 2 * chapter) / (4 + 2)
    assert row[:4] == [log_odds(chapter), math.log1p(10), log_odds(goods), math.log1p(4)]


def test_an_unseen_lane_has_exactly_its_parents_rate_and_no_support() -> None:
    row = lanes().values({"hs2": "62", "hs6": "620140", "origin": "VN"}, math.nan)
    assert row[2] == row[0]
    assert row[3] == 0


def test_an_unseen_chapter_has_the_rate_of_all_lines() -> None:
    row = lanes().values({"hs2": "03"}, math.nan)
    assert row[0] == row[2] == pytest.approx(log_odds(0.2), rel=1e-12)  # one rounding of the draw


def test_measures_are_held_against_the_lanes_medians() -> None:
    fields = {"hs6": "620140", "value": "100", "weight": "8"}
    row = lanes().values(fields, 12.5)
    assert row[4] == math.log1p(100) - 2.0
    assert row[5] == math.log1p(8) - 1.0
    assert math.isnan(row[6])


def test_a_lane_without_a_norm_and_a_line_without_measures_are_unknown() -> None:
    assert all(map(math.isnan, lanes().values({"hs6": "030617"}, 1.0)[4:]))
    assert all(map(math.isnan, lanes().values({"hs6": "620140"}, math.inf)[4:]))


def test_names_and_values_agree_in_number() -> None:
    for fitted in (lanes(), lanes(norms=False)):
        assert len(fitted.values({}, math.nan)) == len(fitted.feature_names)
    assert lanes().feature_names[-3:] == NORM_NAMES


def test_a_second_target_carries_its_name() -> None:
    assert lane_feature_names([CHAPTER], ["critical", "fraud"]) == (
        "lane.chapter.log_odds",
        "lane.chapter.fraud_log_odds",
        "lane.chapter.support",
    )


def test_lanes_survive_bytes_bit_for_bit() -> None:
    fitted = lanes()
    again = FittedLanes.from_bytes(fitted.to_bytes())
    assert again.to_bytes() == fitted.to_bytes()
    assert again.feature_names == fitted.feature_names
    assert again.counts == fitted.counts
    fields = {"hs2": "62", "hs6": "620140", "origin": "CN", "value": "3"}
    assert repr(again.values(fields, 2.0)) == repr(fitted.values(fields, 2.0))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": 2}',
        json.dumps({"format": 1, "crosses": [{}], "targets": [], "root": []}).encode(),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BundleUnreadable, match="lane priors"):
        FittedLanes.from_bytes(data)


@pytest.mark.parametrize(
    ("fields", "smoothing"),
    [((), 1.0), (("moon",), 1.0), (("hs6",), 0.0), (("hs6",), math.inf)],
)
def test_a_cross_of_nothing_or_of_unknown_fields_is_refused(
    fields: tuple[str, ...], smoothing: float
) -> None:
    with pytest.raises(InvalidField, match="cross bad"):
        Cross("bad", fields, None, smoothing)


def test_an_attribute_can_be_crossed() -> None:
    cross = Cross("tax", ("attribute:tax_type", "hs2"), None, 1.0)
    assert cross.key({"attribute:tax_type": "A", "hs2": "62"}) == "A\x1f62"
    assert cross.key({}) == "\x1f"


def test_a_parent_comes_before_its_child_and_a_name_once() -> None:
    assert parent_positions([CHAPTER, GOODS]) == (None, 0)
    with pytest.raises(InvalidField, match="wanted an earlier cross"):
        parent_positions([GOODS, CHAPTER])
    with pytest.raises(InvalidField, match="twice"):
        parent_positions([CHAPTER, CHAPTER])


def test_all_fields_are_named_and_attributes_are_added() -> None:
    of = line(attributes={"tax_type": "A"}, preference="KR", duty_rate_percent=Decimal("8.0"))
    fields = lane_fields(entry(of, export_country="HK"), of, ("tax_type", "absent"))
    assert tuple(fields) == (*FIELD_NAMES, "attribute:tax_type")
    assert fields["treatment"] == "KR|A|"
    assert (fields["rate"], fields["export"], fields["hs4"]) == ("8", "HK", "6201")


def test_what_was_not_declared_is_empty() -> None:
    of = line(gross_weight_kg=None)
    fields = lane_fields(entry(of), of, ())
    unknown = {name for name, value in fields.items() if value == ""}
    assert unknown == set(FIELD_NAMES) - {
        "hts",
        "hs6",
        "hs4",
        "hs2",
        "origin",
        "value",
        "value_magnitude",
    }


def test_a_magnitude_is_the_power_of_two_above() -> None:
    assert [magnitude(Decimal(each)) for each in ("4", "7.99", "8", "0.5", "0")] == [
        "3",
        "3",
        "4",
        "0",
        "none",
    ]
    assert magnitude(None) == ""


def test_value_per_kilogram_is_unknown_without_a_weight() -> None:
    assert value_per_kg(line()) == 12.5
    assert math.isnan(value_per_kg(line(gross_weight_kg=Decimal(0))))
    assert math.isnan(value_per_kg(line(gross_weight_kg=None)))
    free = line(entered_value_usd=Decimal(0))
    assert lane_fields(entry(free), free, ())["per_kg_magnitude"] == "none"


def test_equal_numbers_are_one_field_value() -> None:
    assert plain(Decimal("8.0")) == plain(Decimal(8)) == plain(Decimal("8.00")) == "8"
    assert plain(Decimal("1E+2")) == "100"


@given(
    st.sampled_from(["", "0", "3.5", "1e3"]),
    st.sampled_from(["", "0", "2"]),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_measures_are_finite_or_unknown(value: str, weight: str, per_kg: float) -> None:
    found = measures({"value": value, "weight": weight}, per_kg)
    assert len(found) == 3
    assert not any(map(math.isinf, found))


@given(st.floats(0, 1))
def test_log_odds_never_are_infinite(rate: float) -> None:
    assert math.isfinite(log_odds(rate))
