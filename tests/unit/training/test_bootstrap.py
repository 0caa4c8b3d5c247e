"""Intervals resample whole weeks, always alike for one seed."""

import math

import numpy as np
import pytest

from training.bootstrap import interval, week_samples

WEEKS = np.array([1, 1, 1, 2, 2, 5])


def test_a_sample_is_made_of_whole_weeks() -> None:
    for rows in week_samples(WEEKS, seed=1, replicates=20):
        counts = np.bincount(rows, minlength=6)
        assert counts[0] == counts[1] == counts[2]
        assert counts[3] == counts[4]
        assert counts[0] + counts[3] + counts[5] == 3


def test_the_same_seed_draws_the_same_weeks() -> None:
    one, other = week_samples(WEEKS, seed=4), week_samples(WEEKS, seed=4)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_an_interval_holds_the_middle_of_the_replicates() -> None:
    samples = [np.array([each]) for each in range(101)]
    low, high = interval(samples, lambda rows: float(rows[0]), level=0.9)
    assert (low, high) == pytest.approx((5, 95), abs=1e-12)  # quantiles interpolate


def test_undefined_replicates_are_left_out() -> None:
    samples = [np.array([0]), np.array([1])]
    assert interval(samples, lambda rows: math.nan if rows[0] else 3.0) == (3.0, 3.0)
    assert all(map(math.isnan, interval(samples, lambda _rows: math.nan)))
