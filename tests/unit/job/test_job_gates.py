"""Gates: what passes, what fails, and what cannot be told; no way past one."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from training.job.config import Gates
from training.job.gates import Cost, Golden, all_gates, failed
from training.job.judged import (
    Judged,
    burden,
    calibration_slope,
    observed_over_expected,
    overlap,
    recall_at_budget,
)
from training.scored import Scored

COUNT = 2000
CHEAP = Cost(300.0, 100_000)
Floats = NDArray[np.float64]


def scored(chances: Floats | None = None, seed: int = 1) -> Scored:
    """Lines whose chances hold, or other chances of the same lines."""
    draw = np.random.default_rng(seed)
    true = 1 / (1 + np.exp(-(draw.normal(size=COUNT) * 2 - 2)))
    labels = (draw.random(COUNT) < true).astype(np.float64)
    origins = draw.choice(["CN", "VN", "US"], COUNT)
    return Scored(
        ids=tuple(f"E{at}#1" for at in range(COUNT)),
        labels=labels,
        probabilities=true if chances is None else chances,
        values=np.ones(COUNT),
        weights=np.ones(COUNT),
        weeks=np.arange(COUNT) // 100,
        entry_of=np.arange(COUNT),
        unseen=np.zeros(COUNT, dtype=np.bool_),
        alike=np.zeros(COUNT, dtype=np.bool_),
        slices={
            "origin": tuple(origins.tolist()),
            "importer size": tuple(
                draw.choice(["fewer than 10 lines", "100 lines or more"], COUNT).tolist()
            ),
        },
    )


def judged(found: Scored | None = None, reasons: str = "abc") -> Judged:
    return Judged(found or scored(), 900, np.array([list(reasons)] * 5))


def fails(
    candidate: Judged, champion: Judged | None = None, cost: Cost = CHEAP, missed: int = 0
) -> set[str]:
    gates = all_gates(
        candidate,
        champion,
        limits=Gates(),
        budget=0.05,
        cost=cost,
        golden=Golden(missed, 3),
        seed=7,
    )
    return {each.split(":")[0] for each in failed(gates)}


def test_a_model_that_is_sure_of_what_it_says_passes() -> None:
    assert fails(judged()) == set()


def test_a_model_against_itself_passes() -> None:
    assert fails(judged(), judged()) == set()


def test_chances_that_do_not_hold_fail() -> None:
    found = scored()
    assert "calibration error" in fails(
        judged(replace(found, probabilities=found.probabilities / 2))
    )
    sure = np.clip(found.probabilities**3, 1e-6, 1 - 1e-6)
    assert "calibration slope" in fails(judged(replace(found, probabilities=sure)))


def test_a_worse_ranking_fails() -> None:
    draw = np.random.default_rng(5)
    mixed = draw.permutation(scored().probabilities)
    found = fails(judged(scored(mixed)), judged())
    assert "average precision against the champion, lower bound" in found
    assert "recall at 5.0% of the lines" in found


def test_a_slice_that_collapses_fails_though_the_whole_hardly_moves() -> None:
    found = scored()
    inside = np.array(found.slices["origin"]) == "VN"
    chances = np.where(inside, 0.01, found.probabilities)
    names = fails(judged(replace(found, probabilities=chances)), judged())
    assert "recall of country, chapter and route slices at the budget" in names
    assert "average precision of slices with 20 positives, lower bound" in names


def test_a_golden_case_released_fails() -> None:
    assert fails(judged(), missed=1) == {"golden cases released"}


@pytest.mark.parametrize(
    ("cost", "name"),
    [
        (Cost(30_000.0, 1), "microseconds a line, reckoned"),
        (Cost(1.0, 30_000_000), "model bytes"),
    ],
)
def test_a_dear_model_fails(cost: Cost, name: str) -> None:
    assert fails(judged(), cost=cost) == {name}


def test_other_reasons_and_more_alerts_fail() -> None:
    assert fails(judged(reasons="xyz"), judged()) == {"overlap of the three first reasons"}
    found = scored()
    more = np.clip(found.probabilities * 1.6, 0, 0.99)
    names = fails(judged(replace(found, probabilities=more)), judged())
    assert "alerts at the cut point at work" in names


def test_more_false_alerts_of_small_importers_fail() -> None:
    found = scored()
    small = np.array(found.slices["importer size"]) == "fewer than 10 lines"
    more = np.where(small, np.clip(found.probabilities * 1.5, 0, 0.99), found.probabilities)
    names = fails(judged(replace(found, probabilities=more)), judged())
    assert "false alerts of small importers over large ones" in names


def test_too_few_alerts_cannot_tell_and_that_is_no_pass() -> None:
    none = replace(judged(), review_at=1001)
    gates = all_gates(none, none, limits=Gates(), budget=0.05, cost=CHEAP, golden=None, seed=7)
    verdicts = {each.name: each.verdict for each in gates}
    assert verdicts["alerts at the cut point at work"] == "cannot tell"
    assert verdicts["observed over expected, alerts"] == "cannot tell"
    assert len(failed(gates)) == 2


def test_figures_that_are_not_defined_are_nan() -> None:
    clear = replace(scored(), labels=np.zeros(COUNT))
    assert np.isnan(calibration_slope(clear))
    assert np.isnan(recall_at_budget(judged(clear), 0.05))
    assert np.isnan(observed_over_expected(clear.take(np.arange(0))))
    assert np.isnan(burden(replace(judged(), review_at=1001)))
    nobody = Judged(scored(), 900, np.empty((0, 3), dtype=np.str_))
    assert np.isnan(overlap(nobody, nobody))


def test_no_slice_with_positives_enough_is_no_worse_slice() -> None:
    sizes = tuple(f"O{at}" for at in range(COUNT))
    few = replace(scored(), slices={"origin": sizes, "importer size": sizes})
    assert fails(judged(few), judged(few)) == set()
