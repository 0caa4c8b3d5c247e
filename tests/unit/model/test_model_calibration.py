import math
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from app.core.errors import BundleUnreadable
from app.core.model.calibration import (
    LOGISTIC_SHARE,
    Beta,
    Calibration,
    Isotonic,
    Platt,
    beta_features,
    calibration_of,
)
from app.core.scale import MIN_PROBABILITY

RANDOM = np.random.default_rng(3)
RAW = RANDOM.normal(size=600) * 2
LABELS = (RANDOM.random(600) < 1 / (1 + np.exp(-RAW))).astype(int)
FEATURES = np.array([beta_features(float(raw)) for raw in RAW])


def fitted_forms() -> dict[str, Calibration]:
    return {
        "platt": calibration_of(LogisticRegression().fit(RAW[:, np.newaxis], LABELS)),
        "beta": calibration_of(LogisticRegression().fit(FEATURES, LABELS)),
        "isotonic": calibration_of(IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS)),
    }


FORMS = fitted_forms()
Fitted = TypeVar("Fitted")
raws = st.floats(-60, 60, allow_nan=False)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_recognised_from_the_stock_object(form: str) -> None:
    assert FORMS[form].form == form


@pytest.mark.parametrize("form", FORMS)
@given(left=raws, right=raws)
def test_a_higher_raw_score_is_never_a_lower_probability(
    form: str, left: float, right: float
) -> None:
    low, high = sorted([left, right])

    assert FORMS[form].probability(low) <= FORMS[form].probability(high)


@pytest.mark.parametrize("form", FORMS)
@given(raw=st.floats(-10, 10), step=st.floats(1e-6, 1))
def test_a_higher_raw_score_is_a_higher_probability_within_the_clip(
    form: str, raw: float, step: float
) -> None:
    lower, higher = FORMS[form].probability(raw), FORMS[form].probability(raw + step)
    assume(lower > MIN_PROBABILITY and higher < 1 - MIN_PROBABILITY)

    assert lower < higher


@pytest.mark.parametrize("form", FORMS)
def test_neighbouring_floats_never_turn_around(form: str) -> None:
    for start in RANDOM.normal(size=500) * 5:
        here = float(start)
        for _ in range(20):
            there = math.nextafter(here, math.inf)
            assert FORMS[form].probability(here) <= FORMS[form].probability(there)
            here = there


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("raw", [-1e308, -1000.0, 1000.0, 1e308])
def test_a_probability_stays_off_zero_and_one(form: str, raw: float) -> None:
    assert MIN_PROBABILITY <= FORMS[form].probability(raw) <= 1 - MIN_PROBABILITY


def test_platt_is_what_scikit_learn_says() -> None:
    fitted = LogisticRegression().fit(RAW[:, np.newaxis], LABELS)
    theirs = fitted.predict_proba(RAW[:, np.newaxis])[:, 1]
    ours = [calibration_of(fitted).probability(float(raw)) for raw in RAW]

    # two ways to write the logistic function differ in the last bits
    assert np.abs(theirs - ours).max() < 1e-14


def test_beta_is_what_scikit_learn_says_on_the_beta_features() -> None:
    fitted = LogisticRegression().fit(FEATURES, LABELS)
    theirs = fitted.predict_proba(FEATURES)[:, 1]
    ours = [calibration_of(fitted).probability(float(raw)) for raw in RAW]

    assert np.abs(theirs - ours).max() < 1e-14  # as above


def test_the_beta_features_of_even_odds_are_the_log_of_a_half() -> None:
    low, high = beta_features(0.0)

    assert (low, high) == (math.log(0.5), -math.log(0.5))


def test_isotonic_stays_within_the_logistic_share_of_scikit_learn() -> None:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS)
    theirs = fitted.predict(RAW)
    ours = np.array([calibration_of(fitted).probability(float(raw)) for raw in RAW])

    assert np.abs(theirs - ours).max() <= LOGISTIC_SHARE


def test_isotonic_is_linear_between_two_steps_and_flat_outside() -> None:
    steps = Isotonic((0.0, 1.0), (0.2, 0.6))

    def stepped(raw: float) -> float:
        plain = LOGISTIC_SHARE / (1 + math.exp(-raw))
        return (steps.probability(raw) - plain) / (1 - LOGISTIC_SHARE)

    # undoing the blend rounds
    assert stepped(-1.0) == pytest.approx(0.2, abs=1e-15)
    assert stepped(0.5) == pytest.approx(0.4, abs=1e-15)
    assert stepped(2.0) == pytest.approx(0.6, abs=1e-15)


def platt(**changes: object) -> LogisticRegression:
    return altered(LogisticRegression().fit(RAW[:, np.newaxis], LABELS), changes)


def isotonic(**changes: object) -> IsotonicRegression:
    return altered(IsotonicRegression(out_of_bounds="clip").fit(RAW, LABELS), changes)


def altered(fitted: Fitted, changes: dict[str, object]) -> Fitted:
    for name, value in changes.items():
        setattr(fitted, name, value)
    return fitted


@pytest.mark.parametrize(
    "unusable",
    [
        platt(coef_=np.array([[-1.0]])),
        platt(coef_=np.array([[0.0]])),
        platt(coef_=np.array([[np.nan]])),
        platt(coef_=np.array([[1.0, -0.1]])),
        platt(coef_=np.array([[1.0, 1.0, 1.0]])),
        platt(intercept_=np.array([np.inf])),
        platt(classes_=np.array([0, 1, 2])),
        LogisticRegression(),
        IsotonicRegression(),
        IsotonicRegression(increasing=False).fit(RAW, 1 - LABELS),
        isotonic(X_thresholds_=np.array([0.0, 0.0]), y_thresholds_=np.array([0.1, 0.2])),
        isotonic(X_thresholds_=np.array([0.0, 1.0]), y_thresholds_=np.array([0.1, 1.2])),
        isotonic(X_thresholds_=np.array([0.0, 1.0]), y_thresholds_=np.array([-0.1, 0.2])),
        isotonic(X_thresholds_=np.array([0.0, 1.0]), y_thresholds_=np.array([0.1])),
        isotonic(X_thresholds_=np.array([]), y_thresholds_=np.array([])),
        isotonic(X_thresholds_=np.array([0.0, np.nan]), y_thresholds_=np.array([0.1, 0.2])),
        DecisionTreeClassifier().fit(RAW[:, np.newaxis], LABELS),
        None,
    ],
)
def test_a_calibrator_that_would_not_rise_is_refused(unusable: object) -> None:
    with pytest.raises(BundleUnreadable, match="calibrator"):
        calibration_of(unusable)


def test_a_calibration_is_of_numbers_alone() -> None:
    assert calibration_of(platt(coef_=np.array([[2.0]]), intercept_=np.array([-1.0]))) == Platt(
        2.0, -1.0
    )
    two = LogisticRegression().fit(FEATURES, LABELS)
    two.coef_ = np.array([[0.0, 2.0]])
    assert isinstance(calibration_of(two), Beta)
