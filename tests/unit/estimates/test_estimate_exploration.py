"""The draw keeps to its odds, its budget and its caps, and can be held to them."""

from typing import Any

import numpy as np
import pytest

from app.core.errors import InvalidField
from app.core.estimates.exploration import exploration, within_limits
from app.core.exploration import LEAST_ODDS, Expected, ExplorationPlan, exploration_odds
from app.core.policy import Band, draw_exploration
from tests.snapshots import snapshot

KEY = b"a key of thirty-two bytes, made up"


def _odds(plan: ExplorationPlan, *segments: str, under: int = 500, **expected: float) -> float:
    return exploration_odds(
        plan, segments=segments, points_under_line=under, expected=Expected(**expected)
    )


def test_segments_have_rates_of_their_own() -> None:
    plan = ExplorationPlan(0.01, by_segment={"origin:VN": 0.05, "chapter:61": 0.0})
    assert _odds(plan) == 0.01
    assert _odds(plan, "chapter:03", "origin:VN") == 0.05
    assert _odds(plan, "chapter:61", "origin:VN") == 0


def test_odds_are_higher_just_under_the_line() -> None:
    plan = ExplorationPlan(0.01, near_rate=0.1, near_points=40)
    assert _odds(plan, under=40) == 0.1
    assert _odds(plan, under=41) == 0.01
    assert _odds(ExplorationPlan(0.2, near_rate=0.1, near_points=40), under=1) == 0.2


def test_caps_lower_the_odds_and_never_to_nothing() -> None:
    plan = ExplorationPlan(0.02, budget=100, importer_cap=5)
    assert _odds(plan, draws=100) == 0.02
    assert _odds(plan, draws=400) == 0.005
    assert _odds(plan, importer_entries=10) == 0.02
    assert _odds(plan, importer_entries=1_000) == 0.005
    assert _odds(plan, importer_entries=1e9) == LEAST_ODDS
    assert _odds(ExplorationPlan(1e-9, importer_cap=1), importer_entries=1e12) == 1e-9
    assert _odds(ExplorationPlan(0.0, importer_cap=1), importer_entries=5) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": -0.1},
        {"rate": 0.1, "near_rate": 1.1},
        {"rate": 0.1, "by_segment": {"origin:VN": 2.0}},
        {"rate": 0.1, "budget": 0},
        {"rate": 0.1, "importer_cap": -1},
    ],
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        ExplorationPlan(**wrong)


def test_draws_of_the_plan_stay_within_binomial_limits_of_their_stored_odds() -> None:
    plan = ExplorationPlan(0.02, by_segment={"origin:VN": 0.05}, importer_cap=40)
    drawn, odds, group = [], [], []
    for number in range(20_000):
        segment = ("origin:CN", "origin:VN")[number % 2]
        wanted = exploration_odds(
            plan,
            segments=(segment,),
            points_under_line=200,
            expected=Expected(importer_entries=4_000 if number % 4 < 2 else 100),
        )
        made = draw_exploration(
            key=KEY, tenant="acme", fingerprint=f"bill:{number}", band=Band.RELEASE, rate=wanted
        )
        drawn.append(made.drawn)
        odds.append(made.odds)
        group.append(number % 2)
    found = within_limits(
        ("CN", "VN"),
        np.array(group, np.int32),
        np.array(drawn),
        np.array(odds),
        found_below=0,
    )
    assert all(each.is_within for each in found)
    assert found[0].expected == pytest.approx(5_000 * 0.01 + 5_000 * 0.02)
    assert found[1].expected == pytest.approx(5_000 * 0.01 + 5_000 * 0.05)


def test_a_draw_that_is_not_what_its_odds_say_is_told() -> None:
    drawn = np.arange(1_000) < 60
    found = within_limits(
        ("all",), np.zeros(1_000, np.int32), drawn, np.full(1_000, 0.02), found_below=3
    )
    assert found[0].share.positives_below_line == 3
    assert (found[0].drawn, found[0].is_within) == (60, False)
    assert found[0].low <= 20 <= found[0].high


def test_the_draw_is_told_by_size_segment_budget_and_importer() -> None:
    n = 400
    row = np.arange(n)
    released = row >= 40
    drawn = released & (row % 10 == 0)
    found = exploration(
        snapshot(
            n,
            score=[0] * n,
            old_band=np.where(released, 0, 2),
            odds=np.where(released, 0.1, 0.0),
            is_drawn=drawn,
            outcome=np.where(drawn, np.where(row == 100, 2, np.where(row == 50, 0, 1)), 0),
            is_mature=row < 350,
            importer=["big" if each < 200 else str(each) for each in row],
            importer_size=["large" if each < 200 else "small" for each in row],
            hs_chapter=["61" if each < 300 else "62" for each in row],
        ),
        budget=72,
        importer_cap=10,
    )
    assert (found.whole.eligible, found.whole.drawn) == (360, 36)
    assert found.whole.expected == pytest.approx(36)
    assert [(each.group, each.drawn) for each in found.by_size] == [("large", 16), ("small", 20)]
    assert [each.group for each in found.by_segment] == ["61", "62"]
    assert found.by_size[1].share.value == 0.1
    assert (found.days, found.per_day, found.budget_used) == (400, 0.09, 0.5)
    assert (found.importers_over_cap, found.most_of_one_importer) == (1, 16)
    assert (found.matured, found.closed, found.found) == (31, 30, 1)


def test_without_a_draw_nothing_was_drawn() -> None:
    for rows in (snapshot(), snapshot(0, reasons=np.empty((0, 3), object))):
        found = exploration(rows)
        assert (found.whole.eligible, found.whole.is_within) == (0, True)
        assert (found.by_size, found.budget_used, found.importers_over_cap) == ((), None, None)
