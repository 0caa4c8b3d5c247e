"""The command line: one JSON object on stdout, progress elsewhere, exit codes with a meaning."""

import json
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from app.core.document import read_submission
from tests.kcs_world import kcs_rows, write_csv
from tests.small_world import World
from training.cli import app
from training.tables import print_benchmark
from training.train import Trained


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("small")
    return World(
        folder,
        write_csv(folder / "train.csv", kcs_rows(400, date(2020, 1, 1), 366, seed=1)),
        write_csv(folder / "valid.csv", kcs_rows(250, date(2021, 1, 1), 90, seed=2)),
    )


def test_evaluate_prints_exactly_one_json_object(world: World, trained: Trained) -> None:
    found = run(
        "evaluate", "--bundle", trained.bundle, "--mapping", "kcs", "--data", world.valid,
        "--label", "fraud", "--keys", world.folder / "keys", "--json",
    )  # fmt: skip
    assert found.exit_code == 0
    document = json.loads(found.stdout)
    wanted = "ap auroc p_at_1 p_at_2 p_at_5 p_at_10 r_at_5 r_at_10 log_loss brier ece n positives"
    assert set(wanted.split()) <= document.keys()
    assert set(wanted.split()) <= document["slices"]["unseen_lane"].keys()


def test_evaluate_prints_a_table_for_people(world: World, trained: Trained) -> None:
    found = run(
        "evaluate", "--bundle", trained.bundle, "--mapping", "kcs", "--data", world.valid,
        "--label", "fraud", "--keys", world.folder / "keys",
    )  # fmt: skip
    assert "average precision" in found.stdout
    assert "By chapter" in found.stdout


def test_a_refusal_says_why_and_exits_1(world: World, trained: Trained, tmp_path: Path) -> None:
    assert trained.bundle.is_dir()  # its keys are there, so the empty folder is what is refused
    found = run(
        "evaluate", "--bundle", tmp_path, "--mapping", "kcs", "--data", world.valid,
        "--label", "fraud", "--keys", world.folder / "keys",
    )  # fmt: skip
    assert found.exit_code == 1
    assert "found no bundle" in found.stderr


def test_too_few_labels_exit_3(small: World) -> None:
    found = run(
        "train", "--mapping", "kcs", "--data", small.train, "--valid", small.valid,
        "--label", "critical", "--out", small.folder / "none", "--keys", small.folder / "keys",
    )  # fmt: skip
    assert found.exit_code == 3
    assert "insufficient_labels" in found.stderr


@pytest.mark.nightly
def test_train_and_benchmark_run_from_the_command_line(small: World) -> None:
    shared = (
        "--mapping", "kcs", "--data", small.train, "--valid", small.valid, "--label", "fraud",
        "--minimum-positives", 10,
    )  # fmt: skip
    made = run("train", *shared, "--out", small.folder / "models", "--keys", small.folder / "keys")
    assert made.exit_code == 0, made.output
    assert "For demonstration only" in made.stderr
    assert "bundle " in made.stdout
    document = json.loads(run("benchmark", *shared, "--json").stdout)
    assert document["beats_lookup"] == (document["ap_difference_interval"][0] > 0)
    assert document["lookup"]["n"] == document["model"]["n"] == 250
    assert document["published"]["p_at_5"] == 0.762
    console = Console(file=StringIO(), width=120)
    print_benchmark(document, console)
    assert "the lookup table: AP difference" in console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO, made above


def test_entries_are_documents_a_server_reads(small: World, tmp_path: Path) -> None:
    out = tmp_path / "entries.ndjson"
    found = run(
        "entries", "--mapping", "kcs", "--data", small.valid, "--out", out, "--limit", 3,
        "--intent", "filed",
    )  # fmt: skip
    assert found.stdout.startswith("3 entries")
    documents = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    first = read_submission(documents[0])
    assert first.entry.identifier_scheme == "kcs"
    assert first.intent == "filed"
    assert len(documents) == 3


def test_a_day_that_is_none_is_a_usage_error(small: World) -> None:
    found = run(
        "train", "--data", small.train, "--label", "fraud", "--out", small.folder,
        "--valid-from", "soon",
    )  # fmt: skip
    assert found.exit_code == 2
    assert "wanted a day" in found.stderr


def test_a_command_of_another_part_takes_its_own_options() -> None:
    found = run("synth", "--help")
    assert found.exit_code == 0
    assert "--seed" in found.stdout


def test_the_module_runs(repository: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "training", "--help"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "evaluate" in found.stdout
