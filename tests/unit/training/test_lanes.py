"""A training line never sees its own label; what serves equals what was fitted in columns."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.core.features.lane import Cross
from training.lanes import (
    blank,
    count_lanes,
    cross_fitted,
    find_keys,
    fit_lanes,
    fit_norms,
    fold_numbers,
    lane_features,
)

CROSSES = (
    Cross("chapter", ("hs2",), None, 2.0),
    Cross("goods", ("hs2", "origin"), "chapter", 1.5),
    Cross("office", ("port",), None, 5.0),
)
DRAW = np.random.default_rng(5)
FIELDS = [
    {
        "hs2": f"{DRAW.integers(61, 65)}",
        "origin": "CN" if DRAW.random() < 0.5 else "VN",
        "port": "1",
    }
    for _ in range(200)
]
TARGETS = (DRAW.random((200, 2)) < 0.3).astype(np.float64)
WEIGHTS = np.where(DRAW.random(200) < 0.2, 0.5, 1.0)
FOLDS = fold_numbers(np.arange(200), 5, seed=1)
ROOT = np.array([WEIGHTS.sum(), *(WEIGHTS[:, None] * TARGETS).sum(axis=0)])


def test_what_serves_equals_what_was_fitted_in_columns() -> None:
    keys = find_keys(CROSSES, FIELDS)
    counts = count_lanes(keys, TARGETS, WEIGHTS)
    columns = lane_features(keys, counts, ROOT, slice(None))
    fitted = fit_lanes(keys, ("a", "b"), TARGETS, WEIGHTS, [])
    rows = np.array([fitted.values(each, math.nan) for each in FIELDS])
    # the same arithmetic; numpy's log may differ from the C library's in the last bit
    np.testing.assert_allclose(rows, columns, rtol=1e-14, atol=1e-14)


@given(st.integers(0, 199))
def test_a_line_never_sees_its_own_label(line: int) -> None:
    keys = find_keys(CROSSES, FIELDS)
    flipped = TARGETS.copy()
    flipped[line] = 1 - flipped[line]
    before = cross_fitted(keys, TARGETS, WEIGHTS, FOLDS)
    after = cross_fitted(keys, flipped, WEIGHTS, FOLDS)
    same_fold = FOLDS[line] == FOLDS
    assert (before[same_fold] == after[same_fold]).all()
    assert (before[~same_fold] != after[~same_fold]).any()


def test_a_cross_fitted_row_is_what_the_other_folds_teach() -> None:
    keys = find_keys(CROSSES, FIELDS)
    found = cross_fitted(keys, TARGETS, WEIGHTS, FOLDS)
    inside = FOLDS == 2
    others = [each for each, skip in zip(FIELDS, inside, strict=True) if not skip]
    fitted = fit_lanes(
        find_keys(CROSSES, others), ("a", "b"), TARGETS[~inside], WEIGHTS[~inside], []
    )
    mine = [each for each, own in zip(FIELDS, inside, strict=True) if own]
    rows = np.array([fitted.values(each, math.nan) for each in mine])
    # counts are differences here and sums there; halves and ones are exact in both
    np.testing.assert_allclose(found[inside], rows, rtol=1e-12, atol=1e-12)


def test_blank_lanes_have_the_same_columns_and_teach_nothing() -> None:
    fitted = fit_lanes(find_keys(CROSSES, FIELDS), ("a", "b"), TARGETS, WEIGHTS, [])
    empty = blank(fitted)
    assert empty.feature_names == fitted.feature_names
    rows = {tuple(empty.values(each, math.nan)) for each in FIELDS}
    assert len(rows) == 1


def test_lines_of_one_group_share_a_fold_and_folds_are_even() -> None:
    groups = np.repeat(np.arange(50), 3)
    folds = fold_numbers(groups, 5, seed=3)
    assert all(len(set(folds[groups == group])) == 1 for group in range(50))
    assert np.bincount(folds).tolist() == [30] * 5
    assert (fold_numbers(groups, 5, seed=3) == folds).all()


def test_norms_are_medians_of_lanes_with_enough_lines() -> None:
    cross = Cross("norm", ("hs6",), None, 1.0)
    fields = [
        {"hs6": "620140", "value": str(value), "weight": weight}
        for value, weight in ((1, "1"), (2, ""), (4, "3"))
    ] + [{"hs6": "030617", "value": "9", "weight": ""}]
    (norm,) = fit_norms([cross], fields, [1.0, math.nan, 2.0, math.nan], minimum=2)
    assert set(norm.medians) == {"620140"}
    value, weight, price = norm.medians["620140"]
    assert value == math.log1p(2)
    assert weight == (math.log1p(1) + math.log1p(3)) / 2
    assert price == math.log(2) / 2
    served = fit_lanes(find_keys([], []), ("a",), np.zeros((4, 1)), np.ones(4), [norm])
    per_kg = [1.0, math.nan, 2.0, math.nan]
    rows = np.array([served.values(f, each) for f, each in zip(fields, per_kg, strict=True)])
    assert rows[1, 0] == 0
    assert np.isnan(rows[1, 1:]).all()
    assert np.isnan(rows[3]).all()


def test_a_measure_no_line_of_a_lane_had_has_no_norm() -> None:
    cross = Cross("norm", ("hs6",), None, 1.0)
    (norm,) = fit_norms([cross], [{"hs6": "620140", "value": "1"}], [math.nan], minimum=1)
    assert math.isnan(norm.medians["620140"][1])
