"""What each group of features is worth in the synthetic world; a study takes minutes: nightly."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.small_world import silent
from training.ablation.columns import (
    ALL_LINES,
    EVERYTHING,
    ONLY,
    RELATIONS,
    REPEAT,
    TRANSSHIPMENT,
    named,
)
from training.ablation.study import Study, StudyOptions, best_single, run_study
from training.cli import app
from training.synthetic.plan import SHIFTS

ROUTES, REPEATS = RELATIONS[:2]
ONE_WORLD = StudyOptions(
    entries=20_000,
    nexus_share=0.06,
    worlds=(1,),
    learners=(1, 2),
    relations=(ROUTES, REPEATS),
    column_sets=(EVERYTHING, named(ROUTES.column_set), named(REPEATS.column_set), *ONLY),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One world of the full study, with two mechanisms switched off in turn."""
    return run_study(ONE_WORLD, tmp_path_factory.mktemp("study"), silent())


@pytest.mark.nightly
def test_the_full_model_beats_every_single_group_of_features(study: Study) -> None:
    _, ahead = best_single(study.default)
    assert ahead.is_loss
    assert ahead.loss > 0.05


@pytest.mark.nightly
def test_without_route_features_the_transshipment_slice_loses(study: Study) -> None:
    assert study.default.lost("without route", TRANSSHIPMENT).is_loss


@pytest.mark.nightly
def test_without_history_repeat_suppliers_lose(study: Study) -> None:
    assert study.default.lost("without history", REPEAT).is_loss


@pytest.mark.nightly
@pytest.mark.parametrize("at", [0, 1])
def test_with_the_mechanism_off_nothing_is_lost_beyond_seed_noise(study: Study, at: int) -> None:
    relation, off = ONE_WORLD.relations[at], study.off[at]
    assert off.off == relation.mechanism
    assert not off.lost(relation.column_set, relation.slice).is_loss


@pytest.mark.nightly
def test_the_command_writes_figures_and_tables_of_a_small_study(tmp_path: Path) -> None:
    small = ("--entries", "1500", "--nexus-share", "0.1", "--worlds", "1", "--learners", "1")
    done = CliRunner().invoke(app, ["ablate", "--out", str(tmp_path), *small, "--no-switch-off"])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "ablation.json").read_text())
    assert found["relations"] == []
    assert set(found["transfer"]) == set(SHIFTS)
    assert "taught elsewhere" in (tmp_path / "ablation.md").read_text()


def test_the_command_refuses_a_cut_that_is_no_day(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ablate", "--out", str(tmp_path), "--cut", "July"])
    assert done.exit_code != 0
    assert "wanted a day" in done.output


@pytest.mark.nightly
def test_every_relation_holds_over_five_worlds_and_transfer_is_reported(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["ablate", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "ablation.json").read_text())
    assert found["best_single"]["is_loss"]
    for each in found["relations"]:
        assert not each["off"]["is_loss"], each
    on = {each["mechanism"] for each in found["relations"] if each["on"]["is_loss"]}
    assert {"route_laundering", "repeat_suppliers", "undervaluation"} <= on
    assert set(found["transfer"]) == set(SHIFTS)
    for shift in SHIFTS:
        assert len(found["transfer"][shift]["full"][ALL_LINES]) == 5
    assert (tmp_path / "ablation.md").read_text().count("|") > 100
