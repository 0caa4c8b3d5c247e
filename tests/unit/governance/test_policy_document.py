"""Policies are read strictly, have one byte string, and never treat a higher score more mildly."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.governance import (
    Capacity,
    CutPoints,
    Dimension,
    InvalidPolicy,
    PolicyDocument,
    Segment,
    document_of,
    read_policy,
)
from app.core.json_text import parse_json
from app.core.policy import Band, Policy, decide
from tests.policy_documents import POLICIES, SEGMENTS, policy, segment

WHOLE = {
    "review_at": 620,
    "hold_at": 760,
    "overrides": [
        {"segment": "origin", "value": "CN", "review_at": 500, "hold_at": 700},
        {"segment": "hs_chapter", "value": "52", "review_at": 450, "hold_at": 1001},
        {"segment": "route_class", "value": "none", "review_at": 700, "hold_at": 800},
        {"segment": "port_of_entry", "value": "2704", "review_at": 600, "hold_at": 760},
        {"segment": "entry_type", "value": "11", "review_at": 600, "hold_at": 760},
    ],
    "exploration_rate": 0.015,
    "degraded": {"lists": "hold", "history": "review"},
    "degraded_default": "hold",
    "capacity": {
        "roster_hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 7.5),
        "review_minutes": 12,
        "hold_minutes": 45.5,
    },
    "expires_at": "2027-03-01T01:00:00+01:00",
}


def problems(**changes: Any) -> set[tuple[str, str]]:
    document = {name: value for name, value in {**WHOLE, **changes}.items() if value is not ...}
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(parse_json(json.dumps(document).encode()))
    return {(each.pointer, each.code) for each in refused.value.problems}


def test_a_whole_policy_is_read_and_written_back_to_the_same_bytes() -> None:
    made = read_policy(parse_json(json.dumps(WHOLE).encode()))
    assert made.cuts == CutPoints(620, 760)
    assert made.overrides[segment("CN")] == CutPoints(500, 700)
    assert made.capacity == Capacity((7.5,) * 7, 12.0, 45.5)
    assert made.expires_at == datetime(2027, 3, 1, tzinfo=UTC)
    assert made.degraded == {"lists": Band.HOLD, "history": Band.REVIEW}
    again = read_policy(parse_json(made.canonical))
    assert (again, again.digest) == (made, made.digest)
    assert made.digest.startswith("sha256:")


def test_the_least_policy_is_two_cut_points() -> None:
    made = read_policy({"review_at": 600, "hold_at": 800})
    assert made == policy()
    assert read_policy(parse_json(made.canonical)) == made


def test_the_order_of_overrides_is_not_part_of_a_policy() -> None:
    turned = {**WHOLE, "overrides": list(reversed(WHOLE["overrides"]))}  # type: ignore[call-overload]  # a list
    assert read_policy(turned).digest == read_policy(WHOLE).digest


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"review_at": 1002}, {("/review_at", "out_of_range")}),
        ({"review_at": True}, {("/review_at", "out_of_range")}),
        ({"review_at": 600.5}, {("/review_at", "out_of_range")}),
        ({"hold_at": ...}, {("/hold_at", "out_of_range")}),
        ({"hold_at": 100}, {("/hold_at", "cut_points_out_of_order")}),
        ({"colour": 1, "a/b": {}}, {("/colour", "unknown_field"), ("/a~1b", "unknown_field")}),
        ({"exploration_rate": 1.5}, {("/exploration_rate", "out_of_range")}),
        ({"exploration_rate": "much"}, {("/exploration_rate", "out_of_range")}),
        ({"degraded": {"Lists!": "hold"}}, {("/degraded/Lists!", "invalid_group")}),
        ({"degraded": {"lists": "maybe"}}, {("/degraded/lists", "unknown_value")}),
        ({"degraded": []}, {("/degraded", "wrong_type")}),
        ({"degraded_default": "none"}, {("/degraded_default", "unknown_value")}),
        ({"overrides": {}}, {("/overrides", "wrong_type")}),
        ({"overrides": [7]}, {("/overrides/0", "wrong_type")}),
        ({"capacity": 7}, {("/capacity", "wrong_type")}),
        ({"expires_at": "soon"}, {("/expires_at", "invalid_moment")}),
        ({"expires_at": "2027-03-01T00:00:00"}, {("/expires_at", "invalid_moment")}),
        ({"expires_at": 7}, {("/expires_at", "invalid_moment")}),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert problems(**changes) == expected


@pytest.mark.parametrize(
    ("dimension", "value", "code"),
    [
        ("origin", "XX", "invalid_country"),
        ("entry_type", "1", "invalid_entry_type"),
        ("hs_chapter", "00", "invalid_code"),
        ("port_of_entry", "", "invalid_code"),
        ("route_class", "by sea", "unknown_value"),
        ("origin", 7, "wrong_type"),
    ],
)
def test_a_segment_that_no_line_can_be_in_is_refused(
    dimension: str, value: object, code: str
) -> None:
    override = {"segment": dimension, "value": value, "review_at": 1, "hold_at": 2}
    assert problems(overrides=[override]) == {("/overrides/0/value", code)}


def test_the_same_segment_twice_and_an_override_within_one_are_refused() -> None:
    one = {"segment": "origin", "value": "CN", "review_at": 1, "hold_at": 2}
    assert problems(overrides=[one, one]) == {("/overrides/1/value", "duplicate_segment")}
    nested = {**one, "overrides": []}
    assert problems(overrides=[nested]) == {("/overrides/0/overrides", "unknown_field")}


def test_a_missing_roster_day_is_named_and_at_most_twenty_problems_are_told() -> None:
    capacity = {"roster_hours": {"mon": 8}, "review_minutes": 1, "hold_minutes": 1}
    found = problems(capacity=capacity)
    assert len(found) == 6
    assert ("/capacity/roster_hours/sun", "out_of_range") in found
    assert len(problems(overrides=[7] * 60)) == 20


def test_what_is_no_object_is_one_problem() -> None:
    with pytest.raises(InvalidPolicy, match="1 problem\\."):
        read_policy([])


def test_the_strictest_override_counts_in_whatever_order() -> None:
    made = read_policy(WHOLE)
    cn, cotton = segment("CN"), Segment(Dimension.HS_CHAPTER, "52")
    assert made.cuts_of([]) == made.cuts
    assert made.cuts_of([segment("VN")]) == made.cuts
    assert made.cuts_of([cn, cotton]) == made.cuts_of([cotton, cn]) == CutPoints(450, 700)


def test_a_bundles_baseline_is_a_policy_like_any_other() -> None:
    baseline = Policy(review_at=600, hold_at=800, exploration_rate=0.1, degraded={"x": Band.HOLD})
    made = document_of(baseline)
    assert (made.cuts, made.exploration_rate) == (CutPoints(600, 800), 0.1)
    assert (made.degraded, made.degraded_default) == ({"x": Band.HOLD}, Band.REVIEW)


@given(POLICIES, st.sets(SEGMENTS), st.integers(0, 1000), st.integers(0, 1000))
def test_a_higher_score_is_never_treated_more_mildly_in_any_segment(
    made: PolicyDocument, segments: set[Segment], one: int, other: int
) -> None:
    low, high = sorted((one, other))
    review_at, hold_at = made.cuts_of(segments)
    served = Policy(review_at=review_at, hold_at=hold_at)
    milder, stricter = (decide(score, served).band.strictness for score in (low, high))
    assert milder <= stricter
