"""A planted disparity is flagged; without one, hardly ever anything is."""

import numpy as np
import pytest

from app.core.estimates.burden import burdens, compare_groups, newly_affected
from app.core.estimates.lines import Prepared
from tests.snapshots import SIZES, snapshot

RUNS = 200
FALSE_ALARMS = 0.05  # specs of thresholds, section 10, test 8
IMPORTERS = 1_500
EVERY = np.arange(6)


def _flags(seed: int, planted: float) -> list[bool]:
    """Whether each size class is flagged; the small ones are hit `planted` times as often.

    Importers differ among themselves, and their cases come together.
    """
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, IMPORTERS).astype(np.int32)
    exposure = 1 + rng.poisson(np.array([5, 20, 80])[group]).astype(np.float64)
    rate = 0.02 * rng.gamma(2, 0.5, IMPORTERS) * np.where(group == 0, planted, 1.0)
    events = rng.binomial(exposure.astype(int), np.minimum(rate, 1)).astype(np.float64)
    found = compare_groups(SIZES, group, events, exposure)
    return [burden.is_flagged for burden in found]


def test_a_planted_disparity_is_flagged() -> None:
    flagged = [_flags(seed, 3.0)[0] for seed in range(20)]
    assert all(flagged)


def test_without_a_disparity_false_alarms_are_rare() -> None:
    alarms = [any(_flags(seed, 1.0)) for seed in range(RUNS)]
    assert np.mean(alarms) <= FALSE_ALARMS


def test_intervals_of_a_ratio_hold_the_truth_though_cases_come_together() -> None:
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(RUNS):
        group = rng.integers(0, 2, IMPORTERS).astype(np.int32)
        exposure = np.full(IMPORTERS, 20.0)
        rate = 0.05 * rng.gamma(0.5, 2.0, IMPORTERS)  # a few importers bear most of it
        events = rng.binomial(20, np.minimum(rate, 1)).astype(np.float64)
        found = compare_groups(("a", "b"), group, events, exposure)[0]
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 1.0 <= found.high)
    assert np.mean(covered) >= 0.92


def test_few_events_give_no_ratio() -> None:
    group = np.array([0, 0, 1, 1], np.int32)
    found = compare_groups(("a", "b"), group, np.array([2.0, 2, 50, 50]), np.full(4, 100.0))
    assert [each.ratio for each in found] == [None, None]
    assert [each.events for each in found] == [4, 100]
    assert not any(each.is_flagged for each in found)


def test_false_holds_are_counted_by_who_bears_them() -> None:
    prepared = Prepared(
        snapshot(
            6,
            outcome=[1, 1, 2, 0, 1, 1],
            is_mature=np.array([1, 1, 1, 1, 0, 1]) == 1,
            importer_size=["small", "small", "small", "large", "large", "large"],
            hold_hours=[4, np.nan, 9, 9, 9, 8],
        )
    )
    sizes = [each for each in burdens(prepared, EVERY) if each.dimension == "importer_size"]
    assert [each.false_holds.group for each in sizes] == ["small", "large"]
    assert [each.false_holds.events for each in sizes] == [2, 1]
    assert [each.hold_hours for each in sizes] == [4, 8]
    assert [each.confirmed for each in sizes] == [1, 0]
    assert {each.dimension for each in burdens(prepared, EVERY)} == {
        "importer_size",
        "broker",
        "origin",
        "port",
    }


def test_importers_newly_affected_had_no_alert_before() -> None:
    prepared = Prepared(
        snapshot(
            4, importer=["a", "a", "b", "c"], importer_size=["small", "small", "large", "large"]
        )
    )
    before = np.array([True, False, False, False])
    after = np.array([True, True, True, False])
    found = newly_affected(prepared, before, after)
    assert [(each.group, each.events, each.exposure) for each in found] == [
        ("small", 0, 1),
        ("large", 1, 2),
    ]


@pytest.mark.parametrize("size", [1, 2])
def test_one_importer_alone_still_varies(size: int) -> None:
    group = np.array([0] * size + [1] * 50, np.int32)
    events = np.array([40.0] * size + [5.0] * 50)
    found = compare_groups(("a", "b"), group, events, np.full(50 + size, 100.0))[0]
    assert found.low is not None
    assert found.ratio == pytest.approx(8)
    assert found.low < 8
