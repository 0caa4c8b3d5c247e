"""The binding figures on the KCS declarations, on the held-out months there are to judge by."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.core.features import Encoder
from app.core.history import History
from app.core.mapping import MappedRow, load_mapping
from app.core.reference import load_reference
from tests.small_world import NOW, silent
from training.cli import app
from training.evaluate import EvaluateOptions, evaluate, open_bundle
from training.learn import LearnOptions
from training.recipe import CANDIDATES, Candidate
from training.sources import DataOptions
from training.train import TrainOptions, train

# One candidate, the one that full runs choose: the others are tried nightly.
ONE: tuple[Candidate, ...] = CANDIDATES[-1:]
FLOORS = {
    "fraud": {"ap": 0.80, "auroc": 0.91, "p_at_10": 0.94},
    "critical": {"ap": 0.55, "r_at_5": 0.74},
}
FRAUD_LOG_LOSS = 0.285


@pytest.fixture(scope="module")
def kcs(shared_data: Path) -> Path:
    return shared_data / "data" / "kcs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kcs")


@pytest.fixture(scope="module", params=["fraud", "critical"])
def label(request: pytest.FixtureRequest, kcs: Path, folder: Path) -> str:
    """A label with a model of it under `folder`."""
    name = str(request.param)
    train(
        TrainOptions(
            mapping="kcs",
            data=DataOptions(data=kcs / "train.csv", valid=kcs / "valid.csv", label=name),
            learn=LearnOptions(label=name, candidates=ONE),
            out=folder / name,
            keys=folder / "keys",
            now=NOW,
        ),
        silent(),
    )
    return name


def permuted(source: Path, target: Path) -> Path:
    """Write `source` with the outcomes of its rows dealt anew."""
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    order = np.random.default_rng(1).permutation(len(rows))
    dealt = [row[:-2] + rows[at][-2:] for row, at in zip(rows, order, strict=True)]
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *dealt])
    return target


def test_the_figures_are_reached_and_no_outcome_moves_a_score(
    kcs: Path, folder: Path, label: str
) -> None:
    found, scores = {}, {}
    for name, data in (
        ("as it is", kcs / "valid.csv"),
        ("permuted", permuted(kcs / "valid.csv", folder / "permuted.csv")),
    ):
        path = folder / f"{label} {name}.txt"
        options = EvaluateOptions(
            bundle=folder / label,
            mapping="kcs",
            data=DataOptions(data=data, label=label),
            keys=folder / "keys",
            scores=path,
        )
        found[name], scores[name] = evaluate(options, silent()), path.read_bytes()
    assert scores["as it is"] == scores["permuted"]
    assert len(scores["as it is"].splitlines()) == 8134
    figures = found["as it is"]
    assert {name: figures[name] >= floor for name, floor in FLOORS[label].items()} == dict.fromkeys(
        FLOORS[label], True
    )
    assert label != "fraud" or figures["log_loss"] <= FRAUD_LOG_LOSS
    assert figures["slices"]["unseen_lane"]["n"] > 0


def test_single_entries_score_as_the_file_did(kcs: Path, folder: Path, label: str) -> None:
    bundle = open_bundle(folder / label, folder / "keys")
    assert bundle.history is not None
    history, mapping = History.restore(bundle.history), load_mapping("kcs")
    encoder = Encoder(bundle.schema, load_reference(), bundle.lanes)
    held = bundle.holdout["raw"]
    with (kcs / "valid.csv").open(encoding="utf-8", newline="") as file:
        rows = [mapping.to_entry(row, place) for place, row in enumerate(csv.DictReader(file))]
    entries = [row.entry for row in rows if isinstance(row, MappedRow)]
    for place in range(0, len(entries), 40):
        at = entries[place].moment
        assert at is not None
        facts = encoder.facts(entries[place], history.read(entries[place], at), at)
        assert bundle.predict(encoder.encode(facts))[0] == held[place]


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["fraud", "critical"])
def test_the_commands_of_the_acceptance_reach_the_figures(
    kcs: Path, folder: Path, name: str
) -> None:
    shared = ["--mapping", "kcs", "--label", name, "--keys", str(folder / "nightly-keys")]
    out = str(folder / f"nightly-{name}")
    data = ["--data", str(kcs / "train.csv"), "--valid", str(kcs / "valid.csv"), "--out", out]
    assert CliRunner().invoke(app, ["train", *shared, *data]).exit_code == 0
    judged = ["evaluate", *shared, "--bundle", out, "--data", str(kcs / "valid.csv"), "--json"]
    figures = json.loads(CliRunner().invoke(app, judged).stdout)
    assert all(figures[each] >= floor for each, floor in FLOORS[name].items())
