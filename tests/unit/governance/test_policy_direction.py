"""Tightening, loosening or mixed: exact, held against every line that there can be."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given

from app.core.governance import CutPoints, Dimension, Direction, PolicyDocument, Segment
from app.core.governance.direction import direction_of, lets_off
from app.core.policy import Band, Policy
from tests.policy_documents import POLICIES, VALUES, policy, segment

STRICTER, MILDER = CutPoints(500, 700), CutPoints(700, 900)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (policy(), Direction.TIGHTENING),
        (policy(599), Direction.TIGHTENING),
        (policy(601), Direction.LOOSENING),
        (policy(600, 801), Direction.LOOSENING),
        (policy(599, 801), Direction.MIXED),
        (policy(overrides={segment(): STRICTER}), Direction.TIGHTENING),
        (policy(overrides={segment(): MILDER}), Direction.LOOSENING),
        (policy(overrides={segment(): STRICTER, segment("VN"): MILDER}), Direction.MIXED),
        (policy(degraded={"lists": Band.HOLD}), Direction.TIGHTENING),
        (policy(degraded={"lists": Band.RELEASE}), Direction.LOOSENING),
        (policy(degraded_default=Band.RELEASE), Direction.LOOSENING),
        (policy(exploration_rate=0.1), Direction.TIGHTENING),
    ],
)
def test_what_a_change_does(after: PolicyDocument, expected: Direction) -> None:
    assert direction_of(policy(), after) is expected


def test_less_exploration_is_a_loosening() -> None:
    assert direction_of(policy(exploration_rate=0.1), policy()) is Direction.LOOSENING


def test_taking_away_a_strict_override_is_a_loosening() -> None:
    assert direction_of(policy(overrides={segment(): STRICTER}), policy()) is Direction.LOOSENING


def test_a_mixed_change_wants_as_many_as_a_loosening() -> None:
    assert [each.approvals for each in Direction] == [1, 2, 2]


def lines() -> Iterator[tuple[Segment, ...]]:
    """Yield every line there can be: one value in each dimension, or none that is named."""
    for values in product(*([None, *found] for found in VALUES.values())):
        yield tuple(
            Segment(dimension, value)
            for dimension, value in zip(VALUES, values, strict=True)
            if value is not None
        )


def band(made: PolicyDocument, line: tuple[Segment, ...], score: int) -> int:
    review_at, hold_at = made.cuts_of(line)
    return Policy(review_at=review_at, hold_at=hold_at).band_of(score).strictness


def degraded(made: PolicyDocument, group: str) -> int:
    return made.degraded.get(group, made.degraded_default).strictness


@given(POLICIES, POLICIES)
def test_a_change_lets_off_a_line_if_and_only_if_some_line_has_a_milder_band(
    before: PolicyDocument, after: PolicyDocument
) -> None:
    falls = any(
        band(after, line, score) < band(before, line, score)
        for line in lines()
        for score in range(13)
    )
    falls |= any(
        degraded(after, each) < degraded(before, each) for each in ("lists", "history", "other")
    )
    assert lets_off(before, after) is falls


def test_an_override_of_another_dimension_can_let_off_the_lines_of_a_lost_one() -> None:
    cotton = Segment(Dimension.HS_CHAPTER, "52")
    before = policy(600, 800, overrides={segment(): CutPoints(650, 850)})
    after = policy(600, 800, overrides={cotton: CutPoints(660, 850)})
    assert lets_off(before, after)
    assert direction_of(before, after) is Direction.MIXED
