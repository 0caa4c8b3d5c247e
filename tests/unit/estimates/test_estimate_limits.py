"""Intervals: against published figures, at the edges, and against each other."""

import math
import subprocess
import sys

import numpy as np
import pytest

from app.core.estimates.limits import (
    Limits,
    binomial_range,
    discoveries,
    effective_n,
    predicted_range,
    sampled_total,
    share_limits,
    sign_test,
    wilson,
)

NONE = np.empty(0)


@pytest.mark.parametrize(
    ("n", "low", "high"), [(20, 0.58, 0.92), (100, 0.71, 0.87), (400, 0.76, 0.84)]
)
def test_wilson_gives_the_published_widths_at_four_in_five(n: int, low: float, high: float) -> None:
    assert wilson(0.8, n) == pytest.approx((low, high), abs=0.005)


@pytest.mark.parametrize(("n", "low", "high"), [(1_000, 5, 73), (10_000, 13, 31)])
def test_wilson_gives_the_published_miss_rates(n: int, low: float, high: float) -> None:
    limits = wilson(0.002, n)
    assert (10_000 * limits.low, 10_000 * limits.high) == pytest.approx((low, high), abs=0.6)


def test_wilson_stays_within_a_share() -> None:
    assert wilson(0.0, 10).low == 0
    assert wilson(1.0, 10).high == 1


def test_equal_weights_tell_as_much_as_their_number() -> None:
    assert effective_n(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_n(np.array([1.0, 100.0])) < 1.1
    assert effective_n(NONE) == 0


def test_the_limits_of_a_count_are_the_exact_poisson_ones() -> None:
    tiny = np.full(5, 1e-9)  # drawn so seldom that the population is as good as endless
    limits = sampled_total(np.ones(5), tiny, heaviest=1.0)
    assert limits == pytest.approx((1.6235, 11.6683), abs=1e-3)  # Garwood 1936, 5 seen
    nothing = sampled_total(NONE, NONE, heaviest=50.0)
    assert nothing == pytest.approx((0, 50 * 3.6889), abs=0.01)  # 0 seen


def test_where_nothing_was_drawn_no_total_is_ruled_out() -> None:
    assert sampled_total(NONE, NONE, heaviest=math.inf) == (0, math.inf)


def test_a_share_of_two_counted_totals_is_certain() -> None:
    assert share_limits(3, Limits(3, 3), 1, Limits(1, 1)) == pytest.approx((0.75, 0.75))


def test_a_share_with_nothing_found_on_one_side_reaches_its_end() -> None:
    assert share_limits(5, Limits(2, 9), 0, Limits(0, 4)).high == 1
    assert share_limits(0, Limits(0, 4), 5, Limits(2, 9)).low == 0
    assert share_limits(5, Limits(2, 9), 4, Limits(1, math.inf)).low == 0
    assert share_limits(5, Limits(2, math.inf), 4, Limits(1, 9)).high == 1


def test_discoveries_follow_the_step_up_rule() -> None:
    found = discoveries(np.array([0.041, 0.001, 0.03, 0.9, 0.02]))
    assert found.tolist() == [False, True, True, False, True]
    # step-up: the largest that passes carries all below it
    assert discoveries(np.array([0.04, 0.035, 0.03, 0.05, 0.045])).all()
    assert discoveries(NONE).tolist() == []
    assert not discoveries(np.array([0.5, 0.9])).any()


def test_the_sign_test_is_exact() -> None:
    assert sign_test(0, 0) == 1
    assert sign_test(5, 5) == 1
    assert sign_test(10, 0) == sign_test(0, 10) == pytest.approx(2 / 1024)


def test_draws_stay_within_binomial_limits() -> None:
    low, high = binomial_range(10_000, 0.01)
    assert (low, high) == pytest.approx((81, 120), abs=1)
    assert binomial_range(0, 0.5) == (0, 0)


def test_predicted_counts_are_wider_where_days_vary_more() -> None:
    assert predicted_range(0, 0) == (0, 0)
    poisson = predicted_range(100, 100)
    wider = predicted_range(100, 400)
    assert poisson == pytest.approx((83, 117), abs=2)
    assert wider == pytest.approx((68, 134), abs=4)
    assert predicted_range(0.01, 0.01) == (0, 0)
    assert predicted_range(0.5, 4)[0] == 0


def test_scipy_is_loaded_by_the_first_interval_that_needs_it() -> None:
    asked = (
        "import sys; import app.core.estimates.capacity, app.core.estimates.figures, "
        "app.core.estimates.solver; from app.core.estimates.limits import sign_test; "
        "assert 'scipy' not in sys.modules; sign_test(1, 2); assert 'scipy.special' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)
