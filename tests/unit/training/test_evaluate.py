"""A bundle is judged by the scores it would serve; outcomes in the file never move a score."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import BundleUnreadable, BundleUnsigned, DataRefused
from app.core.mapping import Mapping
from app.core.model.registry import Registry
from app.core.model.signing import TrustedKeys
from tests.kcs_world import kcs_rows, write_csv
from tests.small_world import World
from training.evaluate import EvaluateOptions, check_attributes, evaluate, open_bundle
from training.progress import Steps
from training.sources import DataOptions
from training.train import Trained


def asked(world: World, trained: Trained, data: Path, **changes: object) -> EvaluateOptions:
    return EvaluateOptions(
        bundle=trained.bundle,
        mapping="kcs",
        data=DataOptions(data=data, label="fraud"),
        keys=world.folder / "keys",
        **changes,  # type: ignore[arg-type]  # options of a test
    )


def valid_rows() -> list[dict[str, str]]:
    return kcs_rows(600, date(2021, 1, 1), 90, seed=2)


def test_evaluation_repeats_the_figures_of_training(
    world: World, trained: Trained, steps: Steps
) -> None:
    found = evaluate(asked(world, trained, world.valid), steps)
    for name in ("ap", "auroc", "p_at_10", "r_at_5", "log_loss", "brier", "ece", "n", "positives"):
        assert found[name] == trained.evaluation[name]
    assert found["slices"]["unseen_lane"]["n"] + found["slices"]["seen_lane"]["n"] == found["n"]
    assert found["model"]["version"] == trained.bundle.name


def test_permuted_outcomes_leave_the_scores_as_they_are(
    world: World, trained: Trained, tmp_path: Path, steps: Steps
) -> None:
    rows = valid_rows()
    outcomes = [(row["Fraud"], row["Critical Fraud"]) for row in rows]
    order = np.random.default_rng(3).permutation(len(outcomes))
    outcomes = [outcomes[place] for place in order]
    for row, (fraud, critical) in zip(rows, outcomes, strict=True):
        row["Fraud"], row["Critical Fraud"] = fraud, critical
    permuted = write_csv(tmp_path / "permuted.csv", rows)
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    first = evaluate(asked(world, trained, world.valid, scores=one), steps)
    second = evaluate(asked(world, trained, permuted, scores=other), steps)
    assert one.read_bytes() == other.read_bytes()
    assert first["ap"] != second["ap"]


def test_a_replayed_history_moves_with_the_file(
    world: World, trained: Trained, tmp_path: Path, steps: Steps
) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    evaluate(asked(world, trained, world.valid, scores=one), steps)
    evaluate(asked(world, trained, world.valid, scores=other, history="replay"), steps)
    assert one.read_bytes() != other.read_bytes()


def test_every_row_gets_a_score_in_file_order_and_a_malformed_one_the_base_rate(
    world: World, trained: Trained, tmp_path: Path, steps: Steps
) -> None:
    rows = valid_rows()
    rows[7]["Country of Origin"] = "ZZ"
    scores, whole = tmp_path / "scores.txt", tmp_path / "whole.txt"
    bad = write_csv(tmp_path / "bad.csv", rows)
    evaluate(asked(world, trained, world.valid, scores=whole), steps)
    found = evaluate(asked(world, trained, bad, scores=scores), steps)
    written = [float(line) for line in scores.read_text("utf-8").splitlines()]
    assert len(written) == 600
    base = trained.evaluation["training"]
    assert written[7] == base["positives"] / base["n"]
    expected = [float(line) for line in whole.read_text("utf-8").splitlines()]
    assert written[:7] + written[8:] == expected[:7] + expected[8:]
    assert (found["n"], found["quarantined"]) == (600, 1)


def test_a_file_without_outcomes_is_scored_and_nothing_is_claimed(
    world: World, trained: Trained, tmp_path: Path, steps: Steps
) -> None:
    rows = [
        {name: value for name, value in row.items() if "Fraud" not in name} for row in valid_rows()
    ]
    rows[0]["HS6 Code"] = "1"
    scores = tmp_path / "scores.txt"
    data = write_csv(tmp_path / "open.csv", rows)
    found = evaluate(asked(world, trained, data, scores=scores), steps)
    assert (found["n"], found["ap"]) == (0, None)
    assert len(scores.read_text("utf-8").splitlines()) == 600


def test_a_folder_of_bundles_means_its_live_one_else_the_newest(
    world: World, trained: Trained
) -> None:
    keys = world.folder / "keys"
    assert open_bundle(trained.bundle.parent, keys).version == trained.bundle.name
    registry = Registry(trained.bundle.parent, TrustedKeys.load(keys, allow_dev=True))
    registry.set_live(trained.bundle.name)
    assert open_bundle(trained.bundle.parent, keys).version == trained.bundle.name


def test_a_folder_without_a_good_bundle_is_refused(
    world: World, trained: Trained, tmp_path: Path
) -> None:
    with pytest.raises(BundleUnreadable, match="found no bundle"):
        open_bundle(tmp_path, world.folder / "keys")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(BundleUnsigned):
        open_bundle(trained.bundle, other)


def test_a_mapping_without_the_bundles_attributes_is_refused(
    world: World, trained: Trained
) -> None:
    text = b"title='x'\n[columns]\nhts='h'\norigin_country='o'\nentered_value_usd='v'\n"
    bundle = open_bundle(trained.bundle, world.folder / "keys")
    with pytest.raises(DataRefused, match="lacks attributes"):
        check_attributes(bundle, Mapping.load(text))
