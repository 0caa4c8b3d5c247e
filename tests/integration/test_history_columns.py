"""History in columns is history by replay, for every feature of every line."""

from pathlib import Path

import numpy as np
import pytest

from tests.history_worlds import (
    computed,
    differing,
    end_of_entry,
    odd_rows,
    perturbed,
    replayed,
    world_folder,
    write_rows,
)
from training.history_columns import FEATURE_NAMES


def test_a_world_with_late_outcomes_and_corrections_is_the_same_by_replay(tmp_path: Path) -> None:
    folder = world_folder(tmp_path, 5_000)
    found, wanted = computed(folder), replayed(folder)
    assert found.shape == wanted.shape
    assert differing(found, wanted) == {}
    # nothing was equal for want of anything to compare
    assert np.isfinite(wanted).any(axis=0).all()


@pytest.mark.nightly
def test_a_large_world_is_the_same_by_replay(tmp_path: Path) -> None:
    folder = world_folder(tmp_path, 200_000)
    assert differing(computed(folder, 1 << 17), replayed(folder)) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("batch_lines", [7, 10_000])
def test_rows_in_which_anything_may_be_missing_are_the_same_by_replay(
    tmp_path: Path, seed: int, batch_lines: int
) -> None:
    folder = write_rows(tmp_path, *odd_rows(150, seed))
    assert differing(computed(folder, batch_lines), replayed(folder)) == {}


def _hold_the_past_still(folder: Path, moments: int) -> None:
    lines, outcomes = odd_rows(60, seed=4)
    write_rows(folder, lines, outcomes)
    before = {"columns": computed(folder), "replay": replayed(folder)}
    draws = np.random.default_rng(5)
    changed = 0
    for seed in range(moments):
        after = int(draws.integers(0, len(lines) - 1))
        end = end_of_entry(lines, after)
        write_rows(folder, *perturbed(lines, outcomes, after, seed))
        for name, features in (("columns", computed(folder)), ("replay", replayed(folder))):
            same = np.array_equal(features[:end], before[name][:end], equal_nan=True)
            assert same, f"{name}: line {after}, seed {seed}"
            changed += not np.array_equal(features, before[name], equal_nan=True)
    assert changed > moments  # what came later was not the same


@pytest.mark.nightly
def test_what_comes_later_changes_no_earlier_history(tmp_path: Path) -> None:
    _hold_the_past_still(tmp_path, 12)


@pytest.mark.nightly
def test_what_comes_later_changes_no_earlier_history_at_a_thousand_moments(tmp_path: Path) -> None:
    _hold_the_past_still(tmp_path, 1_000)


def test_features_are_those_of_the_catalogue_that_history_feeds() -> None:
    assert len(FEATURE_NAMES) == 53
