"""The score scale: calibrated probability as an integer from 0 to 1000 on the log-odds scale.

40 points double the odds and even odds stand at 960, so that a score keeps its meaning when the
model changes: 960 is one in two, 800 about one in 17, 600 about one in 513, and the base rate of
real entries, about one in 7,500, near 445.
Source: docs/adr/0003-a-score-scale-that-keeps-its-meaning.md.
"""

import math

POINTS_TO_DOUBLE_THE_ODDS = 40
EVEN_ODDS_SCORE = 960
MAX_SCORE = 1000
MIN_PROBABILITY = 1e-7  # probabilities are clipped to [this, 1 - this]; specs of the wire contract
_POINTS_PER_LOG_ODD = POINTS_TO_DOUBLE_THE_ODDS / math.log(2)


def clip_probability(probability: float) -> float:
    """Return `probability` kept within [1e-7, 1 - 1e-7]."""
    return min(max(probability, MIN_PROBABILITY), 1 - MIN_PROBABILITY)


def score_of(probability: float) -> int:
    """Return the score of a calibrated probability in [0, 1]: an integer from 0 to 1000.

    It never falls when the probability rises. Halves are rounded to even.
    """
    kept = clip_probability(probability)
    log_odds = math.log(kept / (1 - kept))
    points = round(EVEN_ODDS_SCORE + _POINTS_PER_LOG_ODD * log_odds)
    return min(max(points, 0), MAX_SCORE)


def probability_at(score: int) -> float:
    """Return the probability whose exact score is `score`: what a cut point means."""
    return 1 / (1 + math.exp((EVEN_ODDS_SCORE - score) / _POINTS_PER_LOG_ODD))
