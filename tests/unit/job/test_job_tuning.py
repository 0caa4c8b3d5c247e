"""Tuning has to earn its place beyond the noise of weeks and of seeds."""

from functools import cache

import numpy as np

from tests.small_world import silent
from training.fit import Choice, Table, choose
from training.job.tuning import Tuned, seed_noise, tune
from training.recipe import Candidate

POOR = Candidate("poor", (), {"num_leaves": 2, "learning_rate": 0.01}, (3,))
GOOD = Candidate("good", (), {"num_leaves": 12, "min_data_in_leaf": 10}, (60,))


def table(count: int, seed: int) -> Table:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(count, 4))
    odds = 3 * rows[:, 0] * rows[:, 1] + rows[:, 2] - 1
    labels = (draw.random(count) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    weeks = np.arange(count) // 40
    return Table(("a", "b", "c", "d"), rows, labels, np.ones(count), weeks)


@cache
def tables() -> tuple[Table, Table]:
    return table(1200, 1), table(800, 2)


@cache
def chosen(name: str) -> Choice:
    candidate = next(each for each in (POOR, GOOD) if each.name == name)
    return choose(*tables(), [candidate], 7, silent())


def tuned(candidate: Candidate, trials: int = 8, seconds: int = 600) -> Tuned:
    return tune(*tables(), chosen(candidate.name), 7, trials, seconds, silent())


def test_what_is_truly_better_is_taken() -> None:
    found = tuned(POOR)
    assert found.choice.chosen.candidate.name == "tuned"
    assert found.said["reason"].endswith("taken")
    assert not found.said["cut_by_time"]


def test_what_is_within_noise_is_not_taken() -> None:
    found = tuned(GOOD, trials=4)
    assert found.choice is chosen("good")
    assert found.said["reason"].endswith("not taken")


def test_the_same_seed_finds_the_same() -> None:
    one, other = tuned(POOR, trials=3), tuned(POOR, trials=3)
    assert one.choice.chosen.model_text == other.choice.chosen.model_text


def test_time_is_an_upper_bound_and_is_said() -> None:
    found = tuned(POOR, seconds=-1)
    assert found.choice is chosen("poor")
    assert found.said == {
        "trials": 0,
        "asked": 8,
        "cut_by_time": True,
        "reason": "no trial was made in time",
    }


def test_a_model_is_not_better_than_itself() -> None:
    gain, spread = seed_noise(*tables(), GOOD, GOOD, 7)
    assert gain == 0
    assert spread > 0
