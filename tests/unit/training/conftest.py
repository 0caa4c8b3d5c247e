"""One small world and one model trained on it, shared by the tests of the pipeline."""

from datetime import date

import pytest

from tests.kcs_world import kcs_rows, write_csv
from tests.small_world import World, options, silent
from training.progress import Steps
from training.train import Trained, train


@pytest.fixture
def steps() -> Steps:
    """Steps that show nothing."""
    return silent()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Twelve months and three more."""
    folder = tmp_path_factory.mktemp("world")
    return World(
        folder,
        write_csv(folder / "train.csv", kcs_rows(1500, date(2020, 1, 1), 366, seed=1)),
        write_csv(folder / "valid.csv", kcs_rows(600, date(2021, 1, 1), 90, seed=2)),
    )


@pytest.fixture(scope="session")
def trained(world: World) -> Trained:
    """A model of the small world."""
    return train(options(world, world.folder / "models"), silent())
