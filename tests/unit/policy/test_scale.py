"""The score scale keeps its meaning: 40 points double the odds, 960 is one in two."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.scale import (
    MIN_PROBABILITY,
    POINTS_TO_DOUBLE_THE_ODDS,
    clip_probability,
    probability_at,
    score_of,
)

PROBABILITIES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("probability", "score"),
    [(0.5, 960), (1 / 3, 920), (2 / 3, 1000), (0.0431, 781), (0.0, 30), (1.0, 1000), (1e-9, 30)],
)
def test_known_probabilities_have_their_scores(probability: float, score: int) -> None:
    assert score_of(probability) == score


@given(PROBABILITIES, PROBABILITIES)
def test_a_higher_probability_never_has_a_lower_score(one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert score_of(low) <= score_of(high)


@given(PROBABILITIES)
def test_scores_stay_on_the_scale(probability: float) -> None:
    assert 0 <= score_of(probability) <= 1000


@given(st.integers(40, 999))
def test_a_score_is_that_of_its_own_probability(score: int) -> None:
    assert score_of(probability_at(score)) == score


def test_forty_points_double_the_odds() -> None:
    low, high = probability_at(600), probability_at(600 + POINTS_TO_DOUBLE_THE_ODDS)
    assert math.isclose(high / (1 - high), 2 * low / (1 - low))


def test_probabilities_are_clipped_at_both_ends() -> None:
    assert clip_probability(0) == MIN_PROBABILITY
    assert clip_probability(1) == 1 - MIN_PROBABILITY
    assert clip_probability(0.25) == 0.25
