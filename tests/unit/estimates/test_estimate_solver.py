"""The solver keeps to every target or names the one it can't, and never invents recall."""

from typing import Any

import numpy as np
import pytest

from app.core.errors import InvalidField
from app.core.estimates.figures import Desk, WhatIfs
from app.core.estimates.lines import Lines, Prepared
from app.core.estimates.solver import Solved, Targets, Unmet, as_lines, solve
from app.core.refusals import NotEstimable
from tests.snapshots import START, large, snapshot

CURRENT = (700, 760)
N = 1_000


def _prepared(**given: Any) -> Prepared:
    """1,000 rows of one day, one at each score from 0; cases take half an hour."""
    plain: dict[str, Any] = {
        "score": np.arange(N),
        "decided_at": np.full(N, START),
        "case_minutes": np.where(np.arange(N) < 100, 30.0, np.nan),
    }
    return Prepared(snapshot(N, **(plain | given)))


def _known_bad(*scores: int) -> dict[str, Any]:
    return {"known_bad": ["golden" if score in scores else "" for score in range(N)]}


def test_as_many_alerts_as_hours_allow() -> None:
    found = solve(_prepared(), Targets(hours_per_day=40), CURRENT)
    assert isinstance(found, Solved)
    assert (found.review_at, found.hold_at) == (920, 920)
    assert (found.hours_per_day, found.alerts_per_day) == (40, 80)


def test_the_tighter_of_two_limits_counts() -> None:
    found = solve(_prepared(), Targets(hours_per_day=40, alerts_per_day=50), CURRENT)
    assert isinstance(found, Solved)
    assert found.review_at == 950


def test_known_bad_is_found_with_as_few_alerts_as_can_be() -> None:
    found = solve(_prepared(**_known_bad(300, 600, 900)), Targets(known_bad_recall=0.6), CURRENT)
    assert isinstance(found, Solved)
    assert found.review_at == 600
    assert found.known_bad_recall.value == pytest.approx(2 / 3)


def test_without_a_target_the_lines_stay() -> None:
    found = solve(_prepared(), Targets(), CURRENT)
    assert isinstance(found, Solved)
    assert (found.review_at, found.hold_at) == CURRENT


@pytest.mark.parametrize(
    ("targets", "unmet"),
    [
        (Targets(alerts_per_day=5), Unmet("alerts_per_day", 5, 10.0)),
        (Targets(hours_per_day=4), Unmet("hours_per_day", 4, 5.0)),
        (
            Targets(hours_per_day=40, known_bad_recall=0.95),
            Unmet("known_bad_recall", 0.95, 0.5),
        ),
        (Targets(precision=0.5), Unmet("precision", 0.5, 0.25)),
    ],
)
def test_the_target_that_cannot_be_met_is_named(targets: Targets, unmet: Unmet) -> None:
    closed = np.arange(N) >= 900
    found = _prepared(
        floor=np.where(np.arange(N) < 10, 2, 0),
        outcome=np.where(closed, np.where(np.arange(N) % 4, 1, 2), 0),
        old_band=np.where(closed, 2, 0),
        **_known_bad(300, 950),
    )
    assert solve(found, targets, (900, 900)) == unmet


def test_precision_is_met_by_the_lowest_hold_line_that_is_told() -> None:
    score = np.arange(N)
    outcome = np.where(score >= 800, np.where((score >= 900) | (score % 2 == 0), 2, 1), 0)
    rows = _prepared(outcome=outcome)
    found = solve(rows, Targets(precision=0.9), CURRENT)
    assert isinstance(found, Solved)
    assert found.precision.value is not None
    assert found.precision.value >= 0.9
    lower = WhatIfs(rows, Lines(700, found.hold_at - 1), Desk()).current.detection.held.precision
    assert lower.value is not None
    assert lower.value < 0.9
    untold = solve(_prepared(), Targets(precision=0.9), CURRENT)
    assert untold == Unmet("precision", 0.9, None)


def _drawn(positives: int) -> Prepared:
    """Held from 700 on, every fifth of them bad; below, all drawn at one half, so many bad."""
    score = np.arange(N)
    held = score >= 700
    bad = np.where(held, score % 5 == 0, score < positives)
    return _prepared(
        outcome=np.where(bad, 2, 1),
        old_band=np.where(held, 2, 0),
        is_drawn=~held,
        odds=np.where(held, 0.0, 0.5),
    )


@pytest.mark.parametrize("positives", [0, 4, 9])
def test_a_recall_that_is_not_measured_is_never_invented(positives: int) -> None:
    with pytest.raises(NotEstimable, match="wanted 10"):
        solve(_drawn(positives), Targets(recall=0.9), CURRENT)


def test_a_recall_of_known_bad_cases_needs_some() -> None:
    with pytest.raises(NotEstimable, match="known bad"):
        solve(_prepared(), Targets(known_bad_recall=0.9), CURRENT)


def test_a_measured_recall_is_met_by_the_highest_line_that_has_it() -> None:
    rows = _drawn(20)  # 60 bad held, 40 below by the draw
    found = solve(rows, Targets(recall=0.6, alerts_per_day=400), CURRENT)
    assert isinstance(found, Solved)
    assert found.review_at == 700
    assert found.recall.value == pytest.approx(0.6)
    too_much = solve(rows, Targets(recall=0.9, alerts_per_day=300), CURRENT)
    assert isinstance(too_much, Unmet)
    assert (too_much.target, too_much.wanted) == ("recall", 0.9)
    assert too_much.reachable == pytest.approx(0.6)


@pytest.mark.parametrize("wrong", [{"precision": 1.1}, {"alerts_per_day": -1}])
def test_targets_that_no_line_could_have_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidField):
        Targets(**wrong)


def test_solutions_are_what_the_figures_say() -> None:
    rows = Prepared(large(20_000))
    found = solve(rows, Targets(alerts_per_day=20), CURRENT)
    assert isinstance(found, Solved)
    figures = WhatIfs(rows, as_lines(found), Desk()).current
    assert figures.volume.per_day.mean == pytest.approx(found.alerts_per_day)
    assert figures.workload.hours_per_day == pytest.approx(found.hours_per_day)
    assert figures.detection.held.precision == found.precision
