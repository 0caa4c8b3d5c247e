"""Ranking and calibration metrics, as specs of docs/training.md define them; numpy only."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAPACITIES = (1, 2, 5, 10)  # per cent of the rows that can be examined
BINS = 10  # equal-count bins of the calibration error
_CLIP = 1e-7  # probabilities are never 0 or 1 (docs/api.md)


def tie_keys(ids: Sequence[str]) -> NDArray[np.uint64]:
    """Return a fixed hash of each id (n,), so that ties are broken without favour, always alike."""
    digests = [blake2b(each.encode("utf-8", "surrogatepass"), digest_size=8) for each in ids]
    return np.array([int.from_bytes(each.digest(), "big") for each in digests], dtype=np.uint64)


def ranking(scores: Floats, ties: NDArray[np.uint64]) -> Ints:
    """Return row positions (n,) from the highest score to the lowest, ties by their keys."""
    return np.lexsort((ties, -scores))


def top(share_percent: int, rows: int) -> int:
    """Return k, how many of `rows` are examined at a capacity in per cent; at least 1."""
    return max(1, share_percent * rows // 100)


def precision_at(share: int, labels: Floats, order: Ints) -> float:
    """Return positives among the top `share` per cent over how many were examined."""
    chosen = order[: top(share, len(order))]
    return float(labels[chosen].sum() / len(chosen))


def recall_at(share: int, labels: Floats, order: Ints) -> float:
    """Return positives among the top `share` per cent over all positives; NaN without any."""
    return _share_of(labels, order[: top(share, len(order))])


def revenue_at(share: int, labels: Floats, values: Floats, order: Ints) -> float:
    """Return value of positives among the top `share` per cent over value of all positives."""
    return _share_of(labels * values, order[: top(share, len(order))])


def _share_of(amounts: Floats, chosen: Ints) -> float:
    whole = amounts.sum()
    return float(amounts[chosen].sum() / whole) if whole > 0 else float("nan")


def average_precision(labels: Floats, scores: Floats) -> float:
    """Return the area under the precision-recall steps; rows of one score are one step.

    NaN without a positive.
    """
    positives = labels.sum()
    if positives == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ends = _step_ends(scores[order])
    hits = np.cumsum(labels[order])[ends]
    gained = np.diff(hits, prepend=0.0)
    return float(np.sum(gained * hits / (ends + 1)) / positives)


def auroc(labels: Floats, scores: Floats) -> float:
    """Return the chance that a positive outscores a negative, a tie counting half; NaN if moot."""
    positives = labels.sum()
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    ends = _step_ends(scores[order])
    starts = np.concatenate(([0], ends[:-1] + 1))
    mean_rank = np.repeat((starts + ends) / 2 + 1, ends - starts + 1)
    rank_sum = float(mean_rank[labels[order] > 0].sum())
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def _step_ends(ordered: Floats) -> Ints:
    """Positions of the last row of each run of equal values."""
    return np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))


def log_loss(labels: Floats, probabilities: Floats, weights: Floats | None = None) -> float:
    """Return the mean negative log-likelihood in nats; `weights` (n,) say what a row stands for."""
    kept = np.clip(probabilities, _CLIP, 1 - _CLIP)
    losses = labels * np.log(kept) + (1 - labels) * np.log1p(-kept)
    return float(-np.average(losses, weights=weights))


def brier(labels: Floats, probabilities: Floats, weights: Floats | None = None) -> float:
    """Return the mean squared error of the probability."""
    return float(np.average((probabilities - labels) ** 2, weights=weights))


def calibration_bins(
    labels: Floats, probabilities: Floats, order: Ints, weights: Floats | None = None
) -> list[dict[str, float]]:
    """Return 10 equal-count bins from the lowest probability up.

    Each has n, mean probability and rate, weighted, and `share`, its part of the weights.
    """
    each = np.ones(len(labels)) if weights is None else weights
    parts = [part for part in np.array_split(order[::-1], BINS) if len(part)]
    return [
        {
            "n": len(part),
            "share": float(each[part].sum() / each.sum()),
            "probability": float(np.average(probabilities[part], weights=each[part])),
            "rate": float(np.average(labels[part], weights=each[part])),
        }
        for part in parts
    ]


def expected_calibration_error(
    labels: Floats, probabilities: Floats, order: Ints, weights: Floats | None = None
) -> float:
    """Return the mean gap between probability and rate over 10 equal-count bins."""
    bins = calibration_bins(labels, probabilities, order, weights)
    return sum(each["share"] * abs(each["probability"] - each["rate"]) for each in bins)


def summary(  # noqa: PLR0913 - columns of one table of rows
    labels: Floats,
    probabilities: Floats,
    ties: NDArray[np.uint64],
    values: Floats,
    *,
    ranked_by: Floats | None = None,
    weights: Floats | None = None,
) -> dict[str, float | int]:
    """Return every figure of one set of rows, all (n,); `ranked_by` defaults to probabilities.

    `weights` say for how many lines each stands; figures of the probability (log loss, Brier, ECE,
    observed over expected) are weighted, figures of the ranking count rows.

    A figure that is not defined (a set of one class, or no row) is NaN.
    """
    count, positives = len(labels), int(labels.sum())
    if count == 0:
        return {name: float("nan") for name in _names()} | {"n": 0, "positives": 0}
    scores = probabilities if ranked_by is None else ranked_by
    order = ranking(scores, ties)
    found: dict[str, float | int] = {
        "ap": average_precision(labels, scores),
        "auroc": auroc(labels, scores),
    }
    for share in CAPACITIES:
        found[f"p_at_{share}"] = precision_at(share, labels, order)
        found[f"r_at_{share}"] = recall_at(share, labels, order)
        found[f"rev_at_{share}"] = revenue_at(share, labels, values, order)
    found["log_loss"] = log_loss(labels, probabilities, weights)
    found["brier"] = brier(labels, probabilities, weights)
    base = float(np.average(labels, weights=weights))
    constant = base * (1 - base)
    found["brier_skill"] = 1 - found["brier"] / constant if constant > 0 else float("nan")
    found["ece"] = expected_calibration_error(labels, probabilities, order, weights)
    expected = float(np.average(probabilities, weights=weights))
    found["observed_over_expected"] = base / expected if expected else float("nan")
    return found | {"n": count, "positives": positives}


def _names() -> list[str]:
    at = [f"{kind}_at_{share}" for kind in ("p", "r", "rev") for share in CAPACITIES]
    rest = ["log_loss", "brier", "brier_skill", "ece", "observed_over_expected"]
    return ["ap", "auroc", *at, *rest]
