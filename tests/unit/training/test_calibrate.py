"""A calibrator is stock, rises strictly, and is judged on rows it was not fitted on."""

import numpy as np
import pytest

from app.core.errors import DataRefused
from app.core.model.calibration import calibration_of
from training.calibrate import ISOTONIC_NEEDS, apply, calibrate, fit_isotonic
from training.metrics import log_loss


def made(count: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(11)
    raw = draw.normal(0, 2, count)
    labels = (draw.random(count) < 1 / (1 + np.exp(-slope * raw))).astype(float)
    return raw, labels, np.ones(count), np.arange(count) * 13 // count


def test_the_form_with_the_least_held_out_loss_is_chosen() -> None:
    raw, labels, weights, weeks = made(3000, slope=0.5)
    found = calibrate(raw, labels, weights, weeks)
    assert found.form == min(found.losses, key=lambda form: found.losses[form])
    assert calibration_of(found.fitted).form == found.form
    plain = log_loss(labels, 1 / (1 + np.exp(-raw)))
    assert log_loss(labels, apply(found.fitted, raw)) < plain


def test_isotonic_is_tried_only_with_enough_of_both_classes() -> None:
    raw, labels, weights, weeks = made(4 * ISOTONIC_NEEDS)
    assert "isotonic" in calibrate(raw, labels, weights, weeks).losses
    few = slice(0, 2 * ISOTONIC_NEEDS - 2)
    part = calibrate(raw[few], labels[few], weights[few], weeks[few])
    assert set(part.losses) <= {"platt", "beta"}


def test_isotonic_never_claims_certainty_and_serves() -> None:
    raw = np.linspace(-3, 3, 100)
    labels = (raw > 0).astype(float)
    fitted = fit_isotonic(raw, labels, np.ones(100))
    found = apply(fitted, raw)
    assert 0 < found.min() < found.max() < 1
    assert (np.diff(found) > 0).all()


def test_scores_that_do_not_rise_with_the_label_are_refused() -> None:
    raw, labels, weights, weeks = made(500)
    with pytest.raises(DataRefused, match="do not rise"):
        calibrate(-raw, labels, weights, weeks)


def test_a_block_without_both_classes_elsewhere_is_passed_over() -> None:
    raw = np.array([-1.0, 0.5, 1.0, -0.5, 2.0, 1.5])
    labels = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0])
    weeks = np.array([1, 1, 2, 1, 2, 2])
    assert calibrate(raw, labels, np.ones(6), weeks).form in {"platt", "beta"}
