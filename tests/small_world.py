"""A small made-up world as files, and the options of a quick run on it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from training.learn import LearnOptions
from training.progress import Steps
from training.recipe import Candidate
from training.sources import DataOptions
from training.train import TrainOptions

NOW = datetime(2026, 11, 24, tzinfo=UTC)
QUICK = (
    Candidate("default", ("lane.channel_",), {"min_data_in_leaf": 5}, (10, 20)),
    Candidate("with channels", (), {"min_data_in_leaf": 5}, (10,)),
)


@dataclass(frozen=True, slots=True)
class World:
    """Files of a small world: earlier rows to train on, later ones to hold out."""

    folder: Path
    train: Path
    valid: Path


def silent() -> Steps:
    """Return steps that show nothing."""
    return Steps(Console(quiet=True))


def options(world: World, out: Path, label: str = "fraud") -> TrainOptions:
    """Return the options of a quick run on the small world."""
    return TrainOptions(
        mapping="kcs",
        data=DataOptions(data=world.train, label=label, valid=world.valid),
        learn=LearnOptions(label=label, candidates=QUICK),
        out=out,
        keys=world.folder / "keys",
        now=NOW,
    )
