"""The policy a bundle starts with: two cut points from held-out scores at set review shares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.features import LineFacts
from app.core.policy import Band
from app.core.rules import findings_of
from app.core.scale import MAX_SCORE, score_of
from app.core.screening import HitStrength

REVIEW_SHARE = 0.05  # of lines, review or hold; what a small desk can look at
HOLD_SHARE = 0.01


def baseline_policy(
    probabilities: NDArray[np.float64],
    review_share: float = REVIEW_SHARE,
    hold_share: float = HOLD_SHARE,
    weights: NDArray[np.float64] | None = None,
) -> dict[str, Any]:
    """Return cut points on the 0 to 1000 score, version 0, and the shares they give.

    Each cut point is the score that comes nearest to its share of the held-out lines; scores are
    whole numbers, so a share is met only as far as they part the lines. Both are on the scale:
    where more lines than the share stand at its top, the share is exceeded. `weights` (n,) say for
    how many lines of trade each stands.
    """
    each = np.ones(len(probabilities)) if weights is None else weights
    scores = np.array([score_of(one) for one in probabilities.tolist()])
    review_at = cut_point(scores, review_share, each)
    hold_at = max(cut_point(scores, hold_share, each), review_at)
    return {
        "version": 0,
        "review_at": review_at,
        "hold_at": hold_at,
        "exploration_rate": 0.0,
        "wanted_shares": {"review": review_share, "hold": hold_share},
        "held_out_shares": {
            "review": float(np.average(scores >= review_at, weights=each)),
            "hold": float(np.average(scores >= hold_at, weights=each)),
        },
    }


def is_held_by_law(facts: LineFacts) -> bool:
    """Return whether a strong hit or a rule holds the line, whatever its score."""
    if any(hit.strength is HitStrength.STRONG for hit in facts.hits):
        return True
    return any(finding.floor is Band.HOLD for finding in findings_of(facts))


def cut_point(
    scores: NDArray[np.int64], share: float, weights: NDArray[np.float64] | None = None
) -> int:
    """Return the score at or above which the share of `scores` (n,) comes nearest to `share`."""
    # never above the scale: a line at its top is looked at, however many stand there
    candidates = np.unique(np.append(scores, MAX_SCORE))
    at_or_above = np.array([np.average(scores >= each, weights=weights) for each in candidates])
    # the highest of equals: rather too few than too many
    gaps = np.abs(at_or_above - share)
    return int(candidates[np.flatnonzero(gaps == gaps.min())[-1]])
