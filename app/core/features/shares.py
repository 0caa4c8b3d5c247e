"""Shares of outcomes as known on the day, each drawn towards the share of a parent.

A share is drawn towards that of a parent where outcomes are few, and the parent's towards its own:
supplier and MID towards the manufacturer's town, goods and route towards the lane, all towards
everyone's, and everyone's towards 1 % (empirical Bayes; docs/history.md).
"""

from collections.abc import Callable
from typing import Final

from app.core.features.facts import LineFacts
from app.core.history import PartyState

# The weight of a parent in outcomes: 5 for one's own share, 100 for everyone's towards 1 %.
OWN_SMOOTHING: Final = 5.0
OVERALL_SMOOTHING: Final = 100.0
OVERALL_PRIOR: Final = 0.01
PARENTS: Final = {"supplier": "city", "mid": "city", "goods": "lane", "route": "lane"}
EVERYONE: Final = "everyone"

Measure = Callable[[PartyState, int], tuple[float, float]]  # weight of what is counted, of all


def denied(state: PartyState, day: int) -> tuple[float, float]:
    """Return the weight of denied lines, and of lines denied or cleared."""
    found = state.denied_on(day)
    return found, found + state.cleared_on(day)


def detained(state: PartyState, day: int) -> tuple[float, float]:
    """Return the weight of detained lines, and of lines of which anything is known.

    A line that was detained is often denied or cleared later, so the two are not added up.
    """
    found = state.detained_on(day)
    return found, max(found, denied(state, day)[1])


def nexus(state: PartyState, day: int) -> tuple[float, float]:
    """Return the weight of lines whose document check found a nexus, and of all checked."""
    found = state.review_nexus_on(day)
    return found, found + state.review_clear_on(day)


def share(facts: LineFacts, kind: str, measure: Measure) -> float:
    """Return the share that `measure` counts under the key of `kind`, drawn towards its parent's.

    `everyone` is the root. Under a key that is not known it is the parent's share.
    """
    kept = facts.shares.get((kind, measure))
    if kept is None:
        kept = facts.shares[kind, measure] = _share(facts, kind, measure)
    return kept


def _share(facts: LineFacts, kind: str, measure: Measure) -> float:
    state: PartyState | None = getattr(facts.history, kind)
    if kind == EVERYONE:
        above, smoothing = OVERALL_PRIOR, OVERALL_SMOOTHING
    else:
        above, smoothing = share(facts, PARENTS.get(kind, EVERYONE), measure), OWN_SMOOTHING
    if state is None:
        return above
    found, known = measure(state, facts.day)
    return (found + smoothing * above) / (known + smoothing)
