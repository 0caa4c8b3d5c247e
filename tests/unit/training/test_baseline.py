"""The policy a bundle starts with comes as near to the wanted shares as whole scores allow."""

import numpy as np

from app.core.policy import Policy
from app.core.scale import MAX_SCORE
from training.baseline import baseline_policy, cut_point


def test_cut_points_give_the_wanted_shares() -> None:
    probabilities = np.linspace(0.0001, 0.5, 1000)
    document = baseline_policy(probabilities, 0.05, 0.01)
    assert abs(document["held_out_shares"]["review"] - 0.05) < 0.02
    assert document["hold_at"] >= document["review_at"]
    policy = Policy.from_bundle(document)
    assert (policy.version, policy.source) == (0, "bundle")


def test_what_stands_at_the_top_of_the_scale_is_always_looked_at() -> None:
    assert cut_point(np.full(100, MAX_SCORE), 0.05) == MAX_SCORE


def test_of_two_equally_near_the_stricter_line_is_drawn() -> None:
    # 10 of 100 at or above 500, none at or above 501: 5 per cent lies in the middle
    assert cut_point(np.array([400] * 90 + [500] * 10), 0.05) == MAX_SCORE
