"""Recall, value recall and miss rate: their status, their weights and their bounds."""

import numpy as np
import pytest

from app.core.estimates.estimate import Status
from app.core.estimates.recall import Inspected, miss_rate, recall, value_recall


def _inspected(
    *, held: tuple[int, int], drawn: tuple[int, int], odds: float = 0.02, drawn_usd: float = 1.0
) -> Inspected:
    """(positives, others) of the held stratum, then of the drawn one."""
    positive = np.repeat([True, False, True, False], [*held, *drawn])
    is_drawn = np.repeat([False, True], [sum(held), sum(drawn)])
    return Inspected(
        positive, np.where(is_drawn, odds, 1.0), is_drawn, np.where(is_drawn, drawn_usd, 1.0)
    )


def test_recall_weighs_each_draw_by_its_odds() -> None:
    found = _inspected(held=(500, 1_000), drawn=(10, 990))
    estimate = recall(found, ~found.drawn)
    assert estimate.status is Status.MEASURED
    assert (estimate.n, estimate.positives_below_line) == (2_500, 10)
    assert estimate.value == pytest.approx(500 / (500 + 10 / 0.02))
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < 0.40
    assert estimate.high > 0.60


@pytest.mark.parametrize("positives", [0, 1, 4])
def test_below_five_found_there_is_no_value_but_bounds(positives: int) -> None:
    found = _inspected(held=(500, 1_000), drawn=(positives, 990))
    estimate = recall(found, ~found.drawn)
    assert estimate.status is Status.NOT_ESTIMABLE
    assert estimate.value is None
    assert estimate.low is None
    assert estimate.worst is not None
    assert estimate.best is not None
    assert 0 < estimate.worst < 500 / (500 + positives / 0.02) <= estimate.best <= 1


def test_five_to_nine_found_are_provisional() -> None:
    found = _inspected(held=(50, 50), drawn=(5, 90))
    assert recall(found, ~found.drawn).status is Status.PROVISIONAL


def test_without_a_draw_nothing_is_ruled_out() -> None:
    found = _inspected(held=(50, 50), drawn=(0, 0))
    estimate = recall(found, np.ones(100, bool))
    assert (estimate.worst, estimate.best) == (0.0, 1.0)
    nothing = recall(_inspected(held=(0, 0), drawn=(0, 0)), np.zeros(0, bool))
    assert (nothing.n, nothing.worst, nothing.best) == (0, 0.0, 1.0)


def test_where_no_row_lies_under_the_line_nothing_is_missed() -> None:
    found = _inspected(held=(50, 50), drawn=(0, 0))
    estimate = recall(found, np.ones(100, bool), (0, 0))
    assert estimate.value is None
    assert (estimate.worst, estimate.best) == (1.0, 1.0)


def test_known_positives_that_would_be_released_cap_the_best_case() -> None:
    found = _inspected(held=(60, 0), drawn=(0, 900), odds=0.5)
    above = np.zeros(len(found), bool)
    above[:30] = True  # half of the held ones fall under the proposed line
    estimate = recall(found, above, (0, 900))
    assert estimate.best == pytest.approx(0.5)
    assert recall(found, np.zeros(len(found), bool), (0, 900)).best == 0


def test_no_more_can_be_missed_than_was_left_unseen() -> None:
    found = _inspected(held=(60, 0), drawn=(1, 9))
    assert recall(found, ~found.drawn, (0, 20)).worst == pytest.approx(60 / 81, abs=0.01)


def test_positives_without_a_declared_value_have_no_value_recall() -> None:
    found = _inspected(held=(0, 5), drawn=(12, 90), drawn_usd=0.0)
    estimate = value_recall(found, ~found.drawn)
    assert (estimate.status, estimate.worst) == (Status.NOT_ESTIMABLE, None)


def test_a_line_over_every_positive_recalls_none() -> None:
    found = _inspected(held=(5, 5), drawn=(12, 90))
    estimate = recall(found, np.zeros(len(found), bool))
    assert (estimate.value, estimate.low) == (0.0, 0.0)


def test_value_recall_weighs_by_entered_usd() -> None:
    found = _inspected(held=(500, 1_000), drawn=(10, 990), drawn_usd=3.0)
    estimate = value_recall(found, ~found.drawn)
    assert estimate.value == pytest.approx(500 / (500 + 3 * 10 / 0.02))


def test_the_miss_rate_is_of_the_random_stratum() -> None:
    found = _inspected(held=(500, 500), drawn=(20, 9_980))
    estimate = miss_rate(found, ~found.drawn)
    assert estimate.value == pytest.approx(20)
    assert (estimate.low, estimate.high) == pytest.approx((13, 31), abs=0.6)  # specs, section 2
    assert estimate.n == 10_000


def test_the_miss_rate_counts_what_was_held_and_would_be_released() -> None:
    found = _inspected(held=(10, 0), drawn=(10, 990), odds=0.5)
    every = miss_rate(found, np.zeros(len(found), bool))
    assert every.value == pytest.approx(10_000 * (10 + 20) / (10 + 2_000))


def test_a_miss_rate_that_cannot_be_told_has_bounds_only() -> None:
    found = _inspected(held=(5, 5), drawn=(2, 998))
    estimate = miss_rate(found, ~found.drawn)
    assert estimate.value is None
    assert estimate.worst is not None
    assert estimate.best is not None
    assert estimate.worst > 20 > estimate.best
    nothing = _inspected(held=(5, 5), drawn=(0, 0))
    assert miss_rate(nothing, ~nothing.drawn).worst is None
