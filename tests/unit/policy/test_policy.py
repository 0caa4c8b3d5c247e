"""Bands from scores: cut points in order, floors that only raise, draws that never re-roll."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.errors import BundleUnreadable, InvalidField
from app.core.policy import (
    Band,
    Draw,
    Floor,
    FloorKind,
    Policy,
    decide,
    draw_exploration,
    shipment_fingerprint,
    strictest,
)

POLICY = Policy(review_at=600, hold_at=800)
SCREENED = Floor(FloorKind.SCREENING, Band.HOLD)
DEGRADED = Floor(FloorKind.DEGRADED, Band.REVIEW)
SCORES = st.integers(0, 1000)
CUTS = st.tuples(st.integers(0, 1001), st.integers(0, 1001)).map(sorted)
FLOORS = st.lists(st.builds(Floor, st.sampled_from(FloorKind), st.sampled_from(Band)), max_size=4)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, Band.RELEASE),
        (599, Band.RELEASE),
        (600, Band.REVIEW),
        (799, Band.REVIEW),
        (800, Band.HOLD),
        (1000, Band.HOLD),
    ],
)
def test_a_score_at_a_cut_point_is_in_the_stricter_band(score: int, band: Band) -> None:
    assert decide(score, POLICY).band is band


@given(SCORES, SCORES, CUTS, FLOORS)
def test_a_higher_score_is_never_treated_more_mildly(
    one: int, other: int, cuts: list[int], floors: list[Floor]
) -> None:
    policy = Policy(review_at=cuts[0], hold_at=cuts[1])
    low, high = sorted([one, other])
    milder, stricter = decide(low, policy, floors).band, decide(high, policy, floors).band
    assert milder.strictness <= stricter.strictness


@given(SCORES, FLOORS)
def test_a_floor_only_raises_and_is_named_only_where_it_does(
    score: int, floors: list[Floor]
) -> None:
    verdict = decide(score, POLICY, floors)
    assert verdict.model_band is POLICY.band_of(score)
    assert verdict.band is strictest([verdict.model_band, *(each.band for each in floors)])
    assert all(each.band.strictness > verdict.model_band.strictness for each in verdict.floors)


def test_bands_are_ordered() -> None:
    assert [band.strictness for band in Band] == [0, 1, 2]
    assert strictest([]) is Band.RELEASE
    assert strictest([Band.REVIEW, Band.HOLD, Band.RELEASE]) is Band.HOLD


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("review_at", {"review_at": 1.5, "hold_at": 3}),
        ("review_at", {"review_at": True, "hold_at": 3}),
        ("review_at", {"review_at": -1, "hold_at": 3}),
        ("hold_at", {"review_at": 1, "hold_at": 1002}),
        ("hold_at", {"review_at": 5, "hold_at": 4}),
        ("exploration_rate", {"review_at": 5, "hold_at": 9, "exploration_rate": 1.1}),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidField) as refused:
        Policy(**values)
    assert refused.value.field == field


def test_the_bundle_brings_a_baseline_policy() -> None:
    policy = Policy.from_bundle({"review_at": 1, "hold_at": 2, "degraded": {"history": "hold"}})
    assert (policy.version, policy.source, policy.exploration_rate) == (0, "bundle", 0.0)
    assert policy.degraded["history"] is Band.HOLD


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"review_at": 2},
        {"review_at": 2, "hold_at": 1},
        {"review_at": 1, "hold_at": 2, "degraded": {"history": "perhaps"}},
        {"review_at": 1, "hold_at": 2, "degraded": 3},
        {"review_at": 1, "hold_at": 2, "exploration_rate": None},
    ],
)
def test_a_baseline_policy_that_is_none_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(BundleUnreadable):
        Policy.from_bundle(document)


def test_missing_evidence_sets_the_floor_of_its_group() -> None:
    policy = Policy(review_at=1, hold_at=2, degraded={"lists": Band.HOLD})
    assert policy.degraded_floor([]) is None
    assert policy.degraded_floor(["history"]) == DEGRADED
    assert policy.degraded_floor(["history", "lists"]) == Floor(FloorKind.DEGRADED, Band.HOLD)


def draw(fingerprint: str, rate: float = 0.5, band: Band = Band.RELEASE, key: bytes = b"k") -> Draw:
    return draw_exploration(key=key, tenant="acme", fingerprint=fingerprint, band=band, rate=rate)


@given(st.text(), st.floats(0.01, 1))
def test_the_same_goods_always_get_the_same_draw(fingerprint: str, rate: float) -> None:
    fingerprint = fingerprint.encode(errors="replace").decode()
    assert draw(fingerprint, rate) == draw(fingerprint, rate)


def test_a_rate_of_one_draws_all_and_of_zero_none() -> None:
    assert draw("a", 1.0) == Draw(drawn=True, odds=1.0)
    assert draw("a", 0.0) == Draw(drawn=False, odds=0.0)


def test_the_share_drawn_is_the_rate() -> None:
    drawn = sum(draw(str(number), 0.1).drawn for number in range(5000))
    assert 430 < drawn < 570  # five standard deviations of a binomial at 0.1


def test_another_key_draws_others() -> None:
    one = [draw(str(number)).drawn for number in range(64)]
    other = [draw(str(number), key=b"other").drawn for number in range(64)]
    assert one != other


@pytest.mark.parametrize("band", [Band.REVIEW, Band.HOLD])
def test_what_is_looked_at_anyway_is_not_drawn(band: Band) -> None:
    assert draw("a", 1.0, band) == Draw(drawn=False, odds=0.0)


def entry(**changes: Any) -> Entry:
    line = {"hts": "620140", "origin_country": "CN", "entered_value_usd": "1"}
    return read_submission({"lines": [line], **changes}).entry


def test_the_fingerprint_is_of_the_bills_else_containers_else_the_entry_number() -> None:
    number = {"entry_number": "B76-0324527-8"}
    boxes = {"containers": ["OOLU9182736"], **number}
    bills = {"bills_of_lading": ["B2", "b1 ", "B1"], **boxes}
    assert shipment_fingerprint(entry(**bills), "D1") == "bill:B1\x1fB2"
    assert shipment_fingerprint(entry(**boxes), "D1") == "container:OOLU9182736"
    assert shipment_fingerprint(entry(**number), "D1") == "entry:B7603245278"
    assert shipment_fingerprint(entry(), "D1") == "decision:D1"
