"""The booster: same data, same bytes; the default is kept unless beaten beyond noise."""

import numpy as np
import pytest

from app.core.errors import MappingRefused
from app.core.features.lane import Cross
from app.core.model.forest import Forest
from training.encode import lane_crosses
from training.fit import Table, choose, difference, fit_booster
from training.progress import Steps
from training.recipe import Candidate, channels


def table(count: int, seed: int) -> Table:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(count, 3))
    labels = (draw.random(count) < 1 / (1 + np.exp(-2 * rows[:, 0]))).astype(float)
    return Table(("good", "noise", "more"), rows, labels, np.ones(count), np.arange(count) // 20)


TRAIN, HELD = table(400, 2), table(400, 3)
BLIND = Candidate("blind", ("good",), rounds=(5, 10))
SEEING = Candidate("seeing", rounds=(5, 10))


def test_the_same_data_give_the_same_bytes() -> None:
    one, other = (
        fit_booster(TRAIN, TRAIN.names, SEEING, seed=1).model_to_string() for _ in range(2)
    )
    assert one == other


def test_a_candidate_that_beats_the_default_beyond_noise_is_taken(steps: Steps) -> None:
    found = choose(TRAIN, HELD, [BLIND, SEEING], 1, steps)
    assert found.chosen.candidate is SEEING
    assert "seeing against the default" in found.reason
    assert found.chosen.names == TRAIN.names
    assert set(found.chosen.importance) == set(TRAIN.names)


def test_the_default_is_kept_within_noise(steps: Steps) -> None:
    twin = Candidate("twin", settings={"num_leaves": 3}, rounds=(5, 10))
    few = table(60, 5)
    found = choose(TRAIN, few, [SEEING, twin], 1, steps)
    best = max(found.trials, key=lambda trial: trial.average_precision)
    assert best.candidate is twin
    assert found.reason.endswith("within noise: the default is kept")
    assert found.chosen.candidate is SEEING


def test_the_default_that_is_best_is_taken(steps: Steps) -> None:
    found = choose(TRAIN, HELD, [SEEING, BLIND], 1, steps)
    assert found.reason == "the default is the best"


def test_the_model_text_gives_the_held_out_scores(steps: Steps) -> None:
    chosen = choose(TRAIN, HELD, [SEEING], 1, steps).chosen
    again = Forest(chosen.model_text.encode()).predict(HELD.columns(chosen.names))
    assert (again == chosen.raw).all()


def test_a_score_does_not_differ_from_itself() -> None:
    raw = HELD.rows[:, 0]
    assert difference(raw, raw, HELD, seed=1) == (0.0, 0.0)


@pytest.mark.parametrize(("name", "parent"), [("chapter", None), ("mine", "nowhere")])
def test_a_mappings_lane_that_repeats_a_name_or_has_no_parent_is_refused(
    name: str, parent: str | None
) -> None:
    with pytest.raises(MappingRefused, match="lanes: "):
        lane_crosses([], [Cross(name, ("port",), parent, 1.0)])


def test_mode_port_and_each_attribute_are_channels() -> None:
    assert [cross.name for cross in channels([])] == ["channel_mode", "channel_port"]
