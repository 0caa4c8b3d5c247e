"""Whether a change lets any line off more mildly: exact, over every combination of segments."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from app.core.governance.document import CutPoints, PolicyDocument, Segment
from app.core.policy import Band


class Direction(StrEnum):
    """Tightening: no entry's band falls. Loosening: some fall. Mixed: some fall and some rise."""

    TIGHTENING = "tightening"
    LOOSENING = "loosening"
    MIXED = "mixed"

    @property
    def approvals(self) -> int:
        """How many people have to approve; a mixed change is a loosening."""
        return 1 if self is Direction.TIGHTENING else 2


def direction_of(before: PolicyDocument, after: PolicyDocument) -> Direction:
    """Return what exchanging `before` for `after` does to the bands of lines, of any segments.

    The table of bands while evidence is missing counts too; a lower exploration rate is a
    loosening, as less of what is released is looked at.
    """
    falls = lets_off(before, after) or after.exploration_rate < before.exploration_rate
    if not falls:
        return Direction.TIGHTENING
    return Direction.MIXED if lets_off(after, before) else Direction.LOOSENING


def lets_off(before: PolicyDocument, after: PolicyDocument) -> bool:
    """Say whether some line, at some score, has a milder band after than before."""
    return (
        _rises(before, after, lambda cuts: cuts.review_at)
        or _rises(before, after, lambda cuts: cuts.hold_at)
        or _degrades_more_mildly(before, after)
    )


def _rises(
    before: PolicyDocument, after: PolicyDocument, point: Callable[[CutPoints], int]
) -> bool:
    """Say whether a cut point is higher after than before for some combination of segments.

    A combination has at most one value in each dimension. Where overrides match, the lowest
    counts: so one that is lower than all others of its combination is compared with the highest
    point that a combination with its segment can have afterwards.
    """
    old = {segment: point(cuts) for segment, cuts in before.overrides.items()}
    new = {segment: point(cuts) for segment, cuts in after.overrides.items()}
    base, base_after = point(before.cuts), point(after.cuts)
    if any(_highest_with(segment, new, base_after) > value for segment, value in old.items()):
        return True
    untouched = [value for segment, value in new.items() if segment not in old]
    return max([base_after, *untouched]) > base


def _highest_with(segment: Segment, new: Mapping[Segment, int], base: int) -> int:
    if segment in new:
        return new[segment]
    elsewhere = [value for each, value in new.items() if each.dimension is not segment.dimension]
    return max([base, *elsewhere])


def _degrades_more_mildly(before: PolicyDocument, after: PolicyDocument) -> bool:
    def band(policy: PolicyDocument, group: str | None) -> Band:
        named = None if group is None else policy.degraded.get(group)
        return policy.degraded_default if named is None else named

    groups = [None, *before.degraded, *after.degraded]
    return any(band(after, each).strictness < band(before, each).strictness for each in groups)
