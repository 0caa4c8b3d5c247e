"""With which odds a released shipment is drawn for a document check: rates, budget and caps.

Caps never say no: they lower the odds, so that every entry keeps odds above 0 and the odds stored
with its decision are those it was drawn with. `app.core.policy.draw_exploration` draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.core.errors import InvalidField

LEAST_ODDS = 1e-6  # below any cap: what can never be drawn can never be weighed


@dataclass(frozen=True, slots=True)
class ExplorationPlan:
    """Shares of released entries to draw, each in [0, 1].

    `rate` for all, `by_segment` for those named (a chapter, an origin, as the tenant's policy
    names them; the first that matches counts), `near_rate` for scores up to `near_points` under
    the review line where it is above the other. `budget` and `importer_cap` are the draws expected
    at most of the tenant, and of one importer, in a window; None where there is no limit. Raises
    InvalidField.
    """

    rate: float
    by_segment: Mapping[str, float] = field(default_factory=dict)
    near_rate: float = 0.0
    near_points: int = 0
    budget: float | None = None
    importer_cap: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no share, and limits of 0 or less."""
        shares = {"rate": self.rate, "near_rate": self.near_rate, **self.by_segment}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise InvalidField(name, "out_of_range", f"found {share}, wanted 0 to 1")
        for name in ("budget", "importer_cap"):
            limit = getattr(self, name)
            if limit is not None and limit <= 0:
                raise InvalidField(name, "out_of_range", f"found {limit}, wanted more than 0")
        object.__setattr__(self, "by_segment", MappingProxyType(dict(self.by_segment)))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a window is expected to bring, from the one before it.

    `draws` of the tenant without a budget, `importer_entries` released of the importer in question
    (0 where it is new). The same goods are held against the same numbers all window long.
    """

    draws: float = 0.0
    importer_entries: float = 0.0


def exploration_odds(
    plan: ExplorationPlan,
    *,
    segments: tuple[str, ...],
    points_under_line: int,
    expected: Expected,
) -> float:
    """Return the odds, in [0, 1], to hand to `draw_exploration` and to store with its draw.

    `segments` the entry belongs to, most telling first; `points_under_line` its score lies under
    the review line (1 is just under it). 0 only where the plan's rate for it is 0.
    """
    named = (plan.by_segment[each] for each in segments if each in plan.by_segment)
    rate = next(named, plan.rate)
    if points_under_line <= plan.near_points:
        rate = max(rate, plan.near_rate)
    if rate == 0:
        return 0.0
    odds = rate
    if plan.budget is not None and expected.draws > plan.budget:
        odds *= plan.budget / expected.draws
    if plan.importer_cap is not None and expected.importer_entries > 0:
        odds = min(odds, plan.importer_cap / expected.importer_entries)
    return max(odds, min(rate, LEAST_ODDS))
