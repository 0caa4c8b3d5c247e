"""Metrics equal values worked out by hand, ties included."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import average_precision_score, roc_auc_score

from training.metrics import (
    auroc,
    average_precision,
    brier,
    calibration_bins,
    expected_calibration_error,
    log_loss,
    precision_at,
    ranking,
    recall_at,
    revenue_at,
    summary,
    tie_keys,
    top,
)

# Twenty lines, five positive. Three share 0.6 (one positive), two share 0.2.
SCORES = np.array(
    [
        0.95,
        0.9,
        0.8,
        0.7,
        0.6,
        0.6,
        0.6,
        0.5,
        0.45,
        0.4,
        0.35,
        0.3,
        0.25,
        0.2,
        0.2,
        0.15,
        0.1,
        0.08,
        0.05,
        0.01,
    ]
)
LABELS = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], dtype=float)
VALUES = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 100] + [200] * 10, dtype=float)
# The three tied lines stand at places 4, 5, 6; by these keys line 5 goes first, 4 last.
TIES = np.array([0, 0, 0, 0, 9, 1, 5] + [0] * 13, dtype=np.uint64)


def test_ties_are_broken_by_their_keys() -> None:
    assert ranking(SCORES, TIES)[:8].tolist() == [0, 1, 2, 3, 5, 6, 4, 7]


def test_average_precision_counts_a_tie_as_one_step() -> None:
    # recall steps: 1/5 at 1/1, 1/5 at 2/2, 1/5 at 3/4, 1/5 at 4/7 (after the tie), 1/5 at 5/11
    assert average_precision(LABELS, SCORES) == pytest.approx(
        (1 + 1 + 3 / 4 + 4 / 7 + 5 / 11) / 5, abs=1e-15
    )


def test_auroc_counts_a_tie_as_half() -> None:
    # of 15 negatives below: line 0 beats 15, 1 beats 15, 3 beats 14, 5 beats 12 and ties 2, 10: 9
    assert auroc(LABELS, SCORES) == pytest.approx((15 + 15 + 14 + 13 + 9) / 75, abs=1e-15)


def test_precision_recall_and_value_recall_at_capacity() -> None:
    order = ranking(SCORES, TIES)
    assert precision_at(10, LABELS, order) == 1.0
    assert recall_at(10, LABELS, order) == 0.4
    assert recall_at(25, LABELS, order) == 0.8  # the tie's positive goes first by its key
    assert revenue_at(10, LABELS, VALUES, order) == 30 / 330


def test_at_least_one_line_is_examined() -> None:
    assert [top(1, 20), top(5, 20), top(10, 20), top(5, 8134)] == [1, 1, 2, 406]


def test_log_loss_and_brier_by_hand() -> None:
    labels, scores = np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.25, 0.8])
    by_hand = -(math.log(0.5) + math.log(0.75) + math.log(0.8)) / 3
    assert log_loss(labels, scores) == pytest.approx(by_hand, abs=1e-15)
    assert brier(labels, scores) == pytest.approx((0.25 + 0.0625 + 0.04) / 3, abs=1e-15)


def test_calibration_error_over_ten_bins_of_two() -> None:
    order = ranking(SCORES, TIES)
    pairs = [order[::-1][at : at + 2] for at in range(0, 20, 2)]
    by_hand = sum(2 * abs(SCORES[p].mean() - LABELS[p].mean()) for p in pairs) / 20
    found = expected_calibration_error(LABELS, SCORES, order)
    assert found == pytest.approx(by_hand, abs=1e-15)
    assert [each["n"] for each in calibration_bins(LABELS, SCORES, order)] == [2] * 10
    assert calibration_bins(LABELS, SCORES, order)[-1] == {
        "n": 2,
        "share": 0.1,
        "probability": (0.95 + 0.9) / 2,
        "rate": 1.0,
    }


def test_a_summary_holds_every_figure() -> None:
    found = summary(LABELS, SCORES, TIES, VALUES)
    assert (found["n"], found["positives"]) == (20, 5)
    assert found["p_at_1"] == found["p_at_5"] == 1.0
    assert found["r_at_10"] == 0.4
    assert found["brier_skill"] == pytest.approx(1 - found["brier"] / (0.25 * 0.75), abs=1e-15)
    assert found["observed_over_expected"] == pytest.approx(5 / SCORES.sum(), abs=1e-15)


def test_one_class_or_no_line_is_not_defined_instead_of_an_error() -> None:
    none = summary(np.zeros(3), SCORES[:3], TIES[:3], VALUES[:3])
    assert math.isnan(none["ap"])
    assert math.isnan(none["auroc"])
    assert math.isnan(none["r_at_5"])
    assert math.isnan(none["brier_skill"])
    empty = summary(np.zeros(0), np.zeros(0), TIES[:0], np.zeros(0))
    assert (empty["n"], empty["positives"]) == (0, 0)
    assert empty.keys() == summary(LABELS, SCORES, TIES, VALUES).keys()
    zero = summary(np.zeros(1), np.zeros(1), TIES[:1], VALUES[:1])
    assert math.isnan(zero["observed_over_expected"])


def test_another_score_may_rank() -> None:
    found = summary(LABELS, SCORES, TIES, VALUES, ranked_by=-SCORES)
    assert found["auroc"] == pytest.approx(1 - (15 + 15 + 14 + 13 + 9) / 75, abs=1e-15)


def test_tie_keys_never_change() -> None:
    assert tie_keys(["97061800#1", "é"]).tolist() == [3725587133259050463, 14635220546840893743]


@given(
    arrays.arrays(np.float64, 30, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])),
    arrays.arrays(np.float64, 30, elements=st.sampled_from([0.0, 1.0])),
)
def test_ap_and_auroc_agree_with_scikit_learn(
    scores: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    labels: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> None:
    labels[0], labels[1] = 0.0, 1.0
    # sums in another order
    assert average_precision(labels, scores) == pytest.approx(
        average_precision_score(labels, scores), abs=1e-12
    )
    assert auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
