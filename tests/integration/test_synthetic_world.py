"""The synthetic world as files: bytes, marginals, and what training makes of it."""

import json
from pathlib import Path
from time import monotonic

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from app.core.mapping import load_mapping
from tests.small_world import silent
from training.cli import EXIT_INSUFFICIENT_LABELS, EXIT_REFUSED, app
from training.files import file_digest
from training.ingest import ingest
from training.synthetic import Mechanisms, Plan, make_world
from training.synthetic.command import make_files
from training.synthetic.marginals import as_markdown, marginals
from training.synthetic.storage import restated

RUN = CliRunner()
FILES = ("lines.parquet", "outcomes.parquet", "world.json", "truth/truth.parquet")


@pytest.fixture(scope="module")
def default_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default world of 100,000 entries."""
    folder = tmp_path_factory.mktemp("default")
    make_files(Plan(entries=100_000, seed=7), folder, silent())
    return folder


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = Plan(entries=3_000, seed=5)
    for name in ("one", "other"):
        make_files(plan, tmp_path / name, silent(), csv=True)
    for name in (*FILES, "lines.csv", "outcomes.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    make_files(Plan(entries=3_000, seed=6), tmp_path / "third", silent())
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "third" / name).read_bytes()


def test_a_hundred_thousand_entries_take_less_than_a_minute(tmp_path: Path) -> None:
    started = monotonic()
    make_files(Plan(entries=100_000, seed=8), tmp_path, silent())
    assert monotonic() - started < 60  # measured at 3 s


@pytest.mark.parametrize("seed", [7, 8])
def test_every_claimed_marginal_is_within_ten_per_cent_of_the_published_one(seed: int) -> None:
    plan = Plan(entries=100_000, seed=seed)
    world = make_world(plan)
    found = marginals(world.lines, world.outcomes, plan.enrichment)
    assert len(found) == 20
    assert [each for each in found if not each.holds] == []
    assert as_markdown(found).count("\n") == len(found) + 2


def test_the_customer_reads_every_line_and_the_truth_lies_apart(default_folder: Path) -> None:
    about = json.loads((default_folder / "world.json").read_text())
    assert {each.name for each in default_folder.iterdir()} == {
        "lines.parquet", "outcomes.parquet", "world.json", "truth",
    }  # fmt: skip
    assert about["synthetic"] is True
    assert about["invented"]
    assert 0.005 <= about["rates"]["nexus_share"] <= 0.0075
    assert about["lines"] / about["entries"] == pytest.approx(1.3, abs=0.03)
    for name, digest in about["files"].items():
        assert file_digest(default_folder / name) == digest
    part = pq.read_table(default_folder / "lines.parquet").slice(0, 5_000)
    pq.write_table(part, default_folder.parent / "part.parquet")
    read = ingest(default_folder.parent / "part.parquet", load_mapping("canonical"), silent())
    assert read.quarantined == ()
    assert read.flags == {}


def test_csv_copies_read_as_the_parquet_does(tmp_path: Path) -> None:
    make_files(Plan(entries=1_000, seed=2), tmp_path, silent(), csv=True)
    mapping = load_mapping("canonical")
    one = ingest(tmp_path / "lines.parquet", mapping, silent())
    other = ingest(tmp_path / "lines.csv", mapping, silent())
    assert [row.entry for row in one.rows] == [row.entry for row in other.rows]


def test_figures_are_restated_at_the_real_base_rate() -> None:
    plan = Plan(entries=2_000, seed=1)
    assert restated(0.5, plan) == pytest.approx(1 / (1 + plan.enrichment))
    assert restated(0.5, plan.at_real_base_rate()) == pytest.approx(0.5)
    assert restated(1.0, plan) == 1.0


@pytest.mark.nightly
def test_training_at_the_real_base_rate_stops_for_want_of_labels(tmp_path: Path) -> None:
    made = RUN.invoke(
        app,
        ["synth", "--out", str(tmp_path), "--entries", "20000", "--seed", "3", "--real-base-rate"],
    )
    assert made.exit_code == 0, made.output
    about = json.loads((tmp_path / "world.json").read_text())
    assert about["rates"]["enrichment"] == pytest.approx(1)
    assert about["rates"]["stops"] <= 4
    trained = RUN.invoke(
        app,
        [
            *("train", "--data", str(tmp_path / "lines.parquet"), "--label", "denied"),
            *("--outcomes", str(tmp_path / "outcomes.parquet"), "--valid-from", "2025-10-01"),
            *("--out", str(tmp_path / "models"), "--keys", str(tmp_path / "keys")),
        ],
    )
    assert trained.exit_code == EXIT_INSUFFICIENT_LABELS
    assert "insufficient_labels" in trained.output
    assert not (tmp_path / "models").exists()


def test_the_command_writes_switches_and_shift_into_the_world(tmp_path: Path) -> None:
    made = RUN.invoke(
        app,
        [
            *("synth", "--out", str(tmp_path), "--entries", "1000", "--csv"),
            *("--without", "route_laundering", "--without", "label_noise", "--shift", "lanes"),
        ],
    )
    assert made.exit_code == 0, made.output
    about = json.loads((tmp_path / "world.json").read_text())
    off = [name for name, acts in about["mechanisms"].items() if not acts]
    assert off == ["route_laundering", "label_noise"]
    assert set(about["mechanisms"]) == set(Mechanisms.names())
    assert about["shift"] == "lanes"
    printed = made.stdout.split()
    assert str(tmp_path / "lines.csv") in printed
    assert all(Path(name).is_file() for name in printed)


def test_the_command_refuses_a_mechanism_it_does_not_know(tmp_path: Path) -> None:
    made = RUN.invoke(app, ["synth", "--out", str(tmp_path / "x"), "--without", "magic"])
    assert made.exit_code == EXIT_REFUSED
    assert "magic" in made.output
    assert not (tmp_path / "x").exists()
