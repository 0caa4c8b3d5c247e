"""No value without status, interval and n; no value at all where nothing can be known."""

import math

import pytest

from app.core.estimates.estimate import (
    Estimate,
    Status,
    estimated,
    outwards,
    proportion,
    status_of,
    unknown,
)
from app.core.estimates.limits import Limits


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (0, Status.NOT_ESTIMABLE),
        (4, Status.NOT_ESTIMABLE),
        (5, Status.PROVISIONAL),
        (9, Status.PROVISIONAL),
        (10, Status.MEASURED),
    ],
)
def test_status_comes_from_positives_found_below_the_line(found: int, status: Status) -> None:
    assert status_of(found) is status


def test_what_cannot_be_estimated_has_no_value_in_its_document() -> None:
    document = unknown(120, 3, (0.1, 0.9)).document()
    assert document == {
        "status": "not_estimable",
        "n": 120,
        "positives_below_line": 3,
        "bounds": {"worst": 0.1, "best": 0.9},
    }
    assert unknown(0, 0).document() == {
        "status": "not_estimable",
        "n": 0,
        "positives_below_line": 0,
    }


def test_a_value_carries_its_interval_and_n() -> None:
    found = estimated(0.5, Limits(0.4, 0.6), status=Status.MEASURED, n=100, positives_below_line=12)
    assert found.document() == {
        "status": "measured",
        "n": 100,
        "positives_below_line": 12,
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
    }
    assert str(found) == "0.5 (0.4 to 0.6; measured; n 100, 12 found below the line)"


def test_what_cannot_be_estimated_says_so_in_words() -> None:
    assert str(unknown(1200, 1)) == "not estimable (n 1,200, 1 found below the line)"
    worst = "not estimable (at worst 0.1, at best 0.9; n 9, 0 found below the line)"
    assert str(unknown(9, 0, (0.1, 0.9))) == worst


@pytest.mark.parametrize(
    "parts",
    [
        {"status": Status.NOT_ESTIMABLE, "value": 0.5},
        {"status": Status.NOT_ESTIMABLE, "low": 0.1, "high": 0.2},
        {"status": Status.MEASURED, "value": 0.5},
        {"status": Status.MEASURED, "value": 0.5, "low": 0.6, "high": 0.7},
        {"status": Status.MEASURED, "value": 0.5, "low": 0.1, "high": math.inf},
        {"status": Status.MEASURED, "value": 0.5, "low": 0.1, "high": 0.9, "n": 0},
        {"status": Status.PROVISIONAL},
        {
            "status": Status.MEASURED,
            "value": 0.5,
            "low": 0.1,
            "high": 0.9,
            "worst": 0.1,
            "best": 0.9,
        },
        {"status": Status.NOT_ESTIMABLE, "worst": 0.1},
    ],
)
def test_a_value_without_interval_or_n_cannot_be_made(parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="found"):
        Estimate(**({"n": 10, "positives_below_line": 12} | parts))  # type: ignore[arg-type]


def test_a_share_seen_whole_is_provisional_below_thirty() -> None:
    assert proportion(0, 0, positives_below_line=0).status is Status.NOT_ESTIMABLE
    assert proportion(3, 29, positives_below_line=0).status is Status.PROVISIONAL
    found = proportion(320, 400, positives_below_line=0)
    assert found.status is Status.MEASURED
    # Wilson 95 % at 0.80 of 400; specs of thresholds, section 2
    assert (round(found.low or 0, 2), round(found.high or 0, 2)) == (0.76, 0.84)


def test_bounds_are_rounded_away_from_each_other() -> None:
    assert outwards(0.123, 0.456, 2) == (0.12, 0.46)
    assert outwards(31.2, 4.8, 0) == (32, 4)
    assert outwards(math.inf, 4.8, 0) == (math.inf, 4)
