"""The whole job on a small world: planted faults stop where they should, kills change nothing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import DataRefused
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from tests.job_world import JobWorld, Row, flipped
from training.job.run import Ended
from training.job.verdicts import EXIT_CODES

BEFORE = date(2025, 11, 1)  # the champion's day
GOLDEN = {
    "intent": "filed",
    "entry_date": "2026-01-05",
    "importer": {"number": "99-0000000"},
    "lines": [
        {
            "line_number": 1,
            "hts": "8504409510",
            "origin_country": "DE",
            "entered_value_usd": "5000",
            "manufacturer": {"name": "Nobody knows", "country": "DE"},
        }
    ],
}


def copied(base: JobWorld, folder: Path) -> JobWorld:
    """Return a world of its own with the same data, models and runs."""
    shutil.copytree(base.folder, folder)
    return JobWorld(
        folder, [dict(row) for row in base.lines], [dict(row) for row in base.labels], base.config
    )


def registry(world: JobWorld) -> Registry:
    return Registry(
        world.folder / "models", TrustedKeys.load(world.folder / "keys", allow_dev=True)
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> JobWorld:
    """A world with a champion of BEFORE."""
    world = JobWorld(tmp_path_factory.mktemp("job") / "world")
    ended = world.run(BEFORE)
    assert ended.verdict == "registered"
    registry(world).set_live(str(ended.bundle))
    return world


@pytest.fixture(scope="module")
def later(base: JobWorld, tmp_path_factory: pytest.TempPathFactory) -> JobWorld:
    """The same world, its next run made."""
    world = copied(base, tmp_path_factory.mktemp("later") / "world")
    ended = world.run(force="test")
    assert ended.verdict == "registered", ended.reasons
    return world


def note(ended: Ended, stage: str, name: str) -> Any:
    return json.loads(next(ended.room.glob(f"*-{stage}")).joinpath(name).read_text())


@pytest.mark.nightly
def test_the_champion_against_itself_passes_with_no_difference(
    base: JobWorld, tmp_path: Path
) -> None:
    world = copied(base, tmp_path / "world")
    world.config = {**world.config, "runs": "again"}
    assert world.run(BEFORE).verdict == "nothing_to_do"
    ended = world.run(BEFORE, force="the same once more")
    assert ended.verdict == "registered"
    against = note(ended, "evaluate", "evaluation.json")["against"]
    assert against["ap_difference"] == 0
    assert against["ap_difference_interval"] == [0, 0]
    one, other = (note(run, "train", "choice.json") for run in (ended, ended))
    assert one == other
    model = next(ended.room.glob("*-train/model.txt")).read_bytes()
    live = registry(world).live()
    assert live is not None
    assert model == (registry(world).path(live) / "model.txt").read_bytes()
    assert live != ended.bundle  # it promotes nothing


@pytest.mark.nightly
def test_a_second_run_does_nothing_and_says_the_same(later: JobWorld) -> None:
    ended = later.run(force="test")
    assert (ended.verdict, ended.ran) == ("registered", ())
    candidate = json.loads((later.folder / "models" / "CANDIDATE.json").read_text())
    assert candidate["version"] == ended.bundle
    assert candidate["trigger"][0] == "by hand: test"
    page = (ended.room / "report.html").read_text()
    for part in ("Gain", "What changed against", "fiscal year", "suppliers never seen", "Drift"):
        assert part in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_killed_job_goes_on_to_the_same_bundle(base: JobWorld, tmp_path: Path) -> None:
    world = copied(base, tmp_path / "world")
    whole = registry(base).live()
    for name in ("models", "runs"):
        shutil.rmtree(world.folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "tests.job_child", str(world.file), BEFORE.isoformat()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verdict, bundle, *ran = done.stdout.split()
    assert (verdict, bundle, ran) == ("registered", whole, ["register"])


def columns_named_afterwards(world: JobWorld) -> None:
    for row in world.lines:
        row["days_detained"] = "3"


def flips_of_one_user(world: JobWorld) -> None:
    fresh = [at for at, row in enumerate(world.labels) if row["known_at"] >= str(BEFORE)]
    own = [at for at in fresh if world.labels[at]["recorded_by"] == "bob"]
    for at in own:
        world.labels[at] = flipped(world.labels[at])


def labels_shuffled(world: JobWorld) -> None:
    codes = np.random.default_rng(1).permutation([row["code"] for row in world.labels])
    for row, code in zip(world.labels, codes.tolist(), strict=True):
        row["code"] = code


def trade_moved(world: JobWorld) -> None:
    for row in world.lines:
        if row["entry_date"] >= str(BEFORE):
            row["entered_value_usd"] = f"{row['entered_value_usd'][:-3]}00.00"


def schema_wrong(world: JobWorld) -> None:
    for row in world.lines:
        row["tariff"] = row.pop("hts")


def labels_broken(world: JobWorld) -> None:
    for row in world.labels[:20]:
        row["known_at"] = "yesterday"


@pytest.mark.parametrize(
    ("plant", "verdict", "said"),
    [
        (columns_named_afterwards, "refused", "leak: columns ['days_detained']"),
        (flips_of_one_user, "refused", "labels of user bob"),
        (labels_shuffled, "refused", "changed without a correction"),
        (trade_moved, "held", "PSI of entered_value_usd"),
        (schema_wrong, "refused", "schema: entries lack the columns ['hts']"),
        (labels_broken, "refused", "a day or a number can't be read: 20"),
    ],
)
def test_a_fault_in_the_data_is_stopped_by_validation(
    base: JobWorld,
    tmp_path: Path,
    plant: Callable[[JobWorld], None],
    verdict: str,
    said: str,
) -> None:
    world = copied(base, tmp_path / "world")
    plant(world)
    ended = world.run(force="test")
    assert ended.verdict == verdict
    assert any(said in each for each in ended.reasons), ended.reasons
    assert sorted(each.name for each in ended.room.glob("0*"))[-1] == "02-validate"
    assert json.loads((ended.room / "result.json").read_text())["verdict"] == verdict


@pytest.mark.nightly
def test_a_model_without_its_features_fails_against_the_champion(
    later: JobWorld, tmp_path: Path
) -> None:
    world = copied(later, tmp_path / "world")
    world.change("train", without=["lane.", "commodity.", "origin.", "screening.", "party."])
    ended = world.run(force="test")
    assert ended.verdict == "gate_failed"
    assert any("average precision against the champion" in each for each in ended.reasons)
    assert "gate_failed" in (ended.room / "report.html").read_text()
    assert not list(ended.room.glob("*-register"))[1:]


@pytest.mark.nightly
def test_a_model_that_costs_too_much_fails(later: JobWorld, tmp_path: Path) -> None:
    world = copied(later, tmp_path / "world")
    world.change("gates", microseconds_a_line=10)
    ended = world.run(force="test")
    assert ended.verdict == "gate_failed"
    assert [each.split(":")[0] for each in ended.reasons] == ["microseconds a line, reckoned"]


@pytest.mark.nightly
def test_a_known_case_that_would_be_released_fails(later: JobWorld, tmp_path: Path) -> None:
    world = copied(later, tmp_path / "world")
    (world.folder / "golden.ndjson").write_text(json.dumps(GOLDEN) + "\n")
    world.change("gates", golden="golden.ndjson")
    ended = world.run(force="test")
    assert ended.verdict == "gate_failed"
    assert [each.split(":")[0] for each in ended.reasons] == ["golden cases released"]
    assert "1 of 1" in ended.reasons[0]


def released_of_late(row: Row, place: int) -> Row:
    """Most denials of late became releases: chances learned before are too high."""
    is_late = row["known_at"] >= "2025-09-01"
    return {**row, "code": "examined_clear"} if is_late and place % 3 else row


@pytest.mark.nightly
def test_chances_that_no_longer_hold_fail_by_calibration(base: JobWorld, tmp_path: Path) -> None:
    labels = [released_of_late(row, place) for place, row in enumerate(base.labels)]
    world = JobWorld(tmp_path / "world", base.lines, labels)
    ended = world.run()
    assert ended.verdict == "gate_failed"
    assert any("observed over expected" in each for each in ended.reasons), ended.reasons


@pytest.mark.nightly
def test_too_few_matured_positives_train_nothing(later: JobWorld, tmp_path: Path) -> None:
    world = copied(later, tmp_path / "world")
    world.change("labels", minimum_training=200, minimum_held_out=50)  # of the house
    ended = world.run(force="test")
    assert ended.verdict == "insufficient_labels"
    assert EXIT_CODES[ended.verdict] == 3
    assert ended.reasons[0].startswith("train: ")
    assert ended.bundle is None


def test_two_runs_of_one_day_do_not_meet(base: JobWorld, tmp_path: Path) -> None:
    world = copied(base, tmp_path / "world")

    def again(_: str) -> None:
        with pytest.raises(DataRefused, match="another run"):
            world.run(BEFORE)
        raise KeyboardInterrupt

    world.config = {**world.config, "runs": "again"}
    with pytest.raises(KeyboardInterrupt):
        world.run(BEFORE, force="first", before_commit=again)
