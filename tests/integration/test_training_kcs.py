"""The binding figures on the KCS declarations, on the held-out months there are to judge by."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def trained(kcs: Path, folder: Path, label: str) -> None:
    """Make a model of `label` under `folder`."""
    train(
        TrainOptions(
            mapping="kcs",
            data=DataOptions(data=kcs / "train.csv", valid=kcs / "valid.csv", label=label),
            learn=LearnOptions(label=label, candidates=ONE),
            out=folder / label,
            keys=folder / "keys",
            now=NOW,
        ),
        silent(),
    )


def judged(folder: Path, label: str, data: Path) -> tuple[dict[str, Any], bytes]:
    """Return the figures of the model of `label` on `data`, and the scores as written."""
    path = folder / f"{label}.txt"
    options = EvaluateOptions(
        bundle=folder / label,
        mapping="kcs",
        data=DataOptions(data=data, label=label),
        keys=folder / "keys",
        scores=path,
    )
    return evaluate(options, silent()), path.read_bytes()


def permuted(source: Path, target: Path) -> Path:
    """Write `source` with the outcomes of its rows dealt anew."""
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    order = np.random.default_rng(1).permutation(len(rows))
    dealt = [row[:-2] + rows[at][-2:] for row, at in zip(rows, order, strict=True)]
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *dealt])
    return target


# One test, for the model of a year's declarations is dear to make.
@pytest.mark.nightly
def test_fraud_reaches_its_figures_and_serves_what_it_learned(kcs: Path, folder: Path) -> None:
    trained(kcs, folder, "fraud")
    figures, scores = judged(folder, "fraud", kcs / "valid.csv")
    _, others = judged(folder, "fraud", permuted(kcs / "valid.csv", folder / "permuted.csv"))
    assert scores == others, "outcomes of the file moved a score"
    assert len(scores.splitlines()) == 8134
    assert below(figures, "fraud") == []
    assert figures["log_loss"] <= FRAUD_LOG_LOSS
    assert figures["slices"]["unseen_lane"]["n"] > 0
    single_entries_score_alike(kcs, folder / "fraud", folder / "keys")


@pytest.mark.nightly
def test_critical_fraud_reaches_its_figures(kcs: Path, folder: Path) -> None:
    trained(kcs, folder, "critical")
    figures, _ = judged(folder, "critical", kcs / "valid.csv")
    assert below(figures, "critical") == []


def below(figures: Mapping[str, Any], label: str) -> list[str]:
    """Return the figures that do not reach their floor."""
    return [name for name, floor in FLOORS[label].items() if figures[name] < floor]


def single_entries_score_alike(kcs: Path, bundles: Path, keys: Path) -> None:
    """Entries one by one give the raw scores of the training run, bit for bit."""
    bundle = open_bundle(bundles, keys)
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
        facts = encoder.facts(entries[place], history.read(entries[place], at), (), at)
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
    asked = ["evaluate", *shared, "--bundle", out, "--data", str(kcs / "valid.csv"), "--json"]
    figures = json.loads(CliRunner().invoke(app, asked).stdout)
    assert below(figures, name) == []
