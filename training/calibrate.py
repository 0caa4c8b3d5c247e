"""A stock scikit-learn calibrator fitted on held-out scores, never on training rows.

Which form (Platt, beta, isotonic) is chosen by log loss over blocks of weeks of the held-out rows;
the form served is that of app.core.model.calibration. See docs/adr/0010-calibration.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from app.core.errors import BundleUnreadable, DataRefused
from app.core.model.calibration import beta_features, calibration_of
from training.metrics import log_loss

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ISOTONIC_NEEDS = 1000  # positives and negatives each (specs: training, stage 7)
BLOCKS = 5  # of whole weeks, to judge a form on rows it was not fitted on
_WEAK_PENALTY = 1e6  # inverse strength: as good as none, yet finite where classes separate


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A fitted calibrator, its form, and the held-out log loss of every form tried."""

    fitted: object
    form: str
    losses: Mapping[str, float]


def calibrate(raw: Floats, labels: Floats, weights: Floats, weeks: Ints) -> Calibrated:
    """Return the best calibrator of held-out `raw` scores (n,); `weeks` (n,) make the blocks.

    Raises DataRefused where the scores do not rise with the labels at all.
    """
    forms = _forms(labels)
    blocks = _blocks(weeks)
    losses: dict[str, float] = {}
    for name, fit in forms.items():
        loss = _held_out_loss(fit, raw, labels, weights, blocks)
        if loss is not None:
            losses[name] = loss
    for name in sorted(losses, key=lambda each: losses[each]):
        fitted = forms[name](raw, labels, weights)
        if _serves(fitted):
            return Calibrated(fitted, name, losses)
    raise DataRefused("calibration: held-out scores do not rise with the label")


Fit = Callable[[Floats, Floats, Floats], object]


def _forms(labels: Floats) -> dict[str, Fit]:
    forms: dict[str, Fit] = {"platt": fit_platt, "beta": fit_beta}
    positives = int(labels.sum())
    if min(positives, len(labels) - positives) >= ISOTONIC_NEEDS:
        forms["isotonic"] = fit_isotonic
    return forms


def fit_platt(raw: Floats, labels: Floats, weights: Floats) -> LogisticRegression:
    """Return a logistic regression on the raw score."""
    return _logistic(raw[:, None], labels, weights)


def fit_beta(raw: Floats, labels: Floats, weights: Floats) -> LogisticRegression:
    """Return a logistic regression on the two beta features of the raw score."""
    return _logistic(np.array([beta_features(each) for each in raw]), labels, weights)


def fit_isotonic(raw: Floats, labels: Floats, weights: Floats) -> IsotonicRegression:
    """Return an isotonic regression on the raw score, its ends held off 0 and 1.

    The lowest and highest level are drawn in by one line's worth, so that a run of equal labels
    never claims certainty.
    """
    ends = {"y_min": 1 / (len(labels) + 2), "y_max": 1 - 1 / (len(labels) + 2)}
    fitted = IsotonicRegression(**ends, out_of_bounds="clip")
    return fitted.fit(raw, labels, sample_weight=weights)


def _logistic(rows: Floats, labels: Floats, weights: Floats) -> LogisticRegression:
    model = LogisticRegression(C=_WEAK_PENALTY, max_iter=1000)
    return model.fit(rows, labels.astype(np.int64), sample_weight=weights)


def _blocks(weeks: Ints) -> Ints:
    """Return the block (n,) of each row: runs of whole weeks, about equal in rows."""
    names, places, counts = np.unique(weeks, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return (before * min(BLOCKS, len(names)) // len(weeks))[places]


def _held_out_loss(
    fit: Fit, raw: Floats, labels: Floats, weights: Floats, blocks: Ints
) -> float | None:
    """Return the log loss over blocks, each predicted by the others; None where a fit fails."""
    predicted = np.full(len(raw), labels.mean())
    for block in np.unique(blocks):
        inside = blocks == block
        if len(np.unique(labels[~inside])) < 2:
            continue
        fitted = fit(raw[~inside], labels[~inside], weights[~inside])
        if not _serves(fitted):
            return None
        predicted[inside] = apply(fitted, raw[inside])
    return log_loss(labels, predicted, weights)


def _serves(fitted: object) -> bool:
    try:
        calibration_of(fitted)
    except BundleUnreadable:
        return False
    return True


def apply(fitted: object, raw: Floats) -> Floats:
    """Return probabilities (n,) exactly as the service computes them."""
    calibration = calibration_of(fitted)
    return np.array([calibration.probability(each) for each in raw.tolist()])
