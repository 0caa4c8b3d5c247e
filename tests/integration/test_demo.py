"""The demo: a world, a model on it that is live, and two examples that tell apart."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.document import read_submission
from app.core.errors import DataRefused, InsufficientLabels
from app.core.history import History
from app.core.mapping import load_mapping
from app.core.model.bundle import Bundle
from app.core.reference import load_reference
from app.services.assessed import Explain
from tests.demo_world import NOW, Made
from tests.desks import bench, run
from tests.small_world import silent
from training.demo import PLAN, STAMP, demo_mapping, made_before, make_demo
from training.demo_entries import CLEAN, SUSPECT, scored_example, suspect_example
from training.synthetic import Plan


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def made(demo_world: Made) -> Made:
    return demo_world


def test_the_bundle_is_live_and_brings_the_demo_tenants_memory(made: Made) -> None:
    assert made.bundle.version == made.demo.version
    assert made.bundle.label == "denied"
    assert made.bundle.history is not None
    memory = History.restore(made.bundle.history)
    assert memory.tenant == "demo"
    entry = read_submission(read(made.demo.entry)).entry
    assert entry.moment is not None
    assert memory.read(entry, entry.moment)[0].filer is not None


def band_of(bundle: Bundle, entry: dict[str, Any]) -> str:
    """Return the band that the service gives an entry, its rules and lists included."""

    async def answer() -> str:
        with bench(bundle) as at:
            await at.models.reload()
            return str((await at.score(entry, Explain.FULL))["band"])

    band: str = run(answer())
    return band


def test_the_suspect_is_stopped_and_the_honest_entry_is_not(made: Made) -> None:
    reference = load_reference()
    policy = made.bundle.baseline_policy
    entry, honest = read(made.demo.entry), read(made.demo.clean)
    suspect = scored_example(made.bundle, reference, entry)
    clean = scored_example(made.bundle, reference, honest)
    assert suspect.score >= clean.score + 120  # eight times the odds
    assert clean.score < policy["review_at"] - 40  # at most half the odds
    assert any("North Korea" in each.text for each in suspect.reasons)
    assert band_of(made.bundle, entry) in {"review", "hold"}
    assert band_of(made.bundle, honest) == "release"


def test_the_model_card_says_whose_probabilities_these_are(made: Made) -> None:
    card = (made.out / made.demo.version / "MODEL_CARD.md").read_text()
    assert "synthetic" in card
    assert "every probability is one of the demo world" in card
    assert demo_mapping().count("source = ") == 1
    assert load_mapping(str(made.work / "mapping.toml")).labels == {}


def test_a_second_run_makes_nothing_anew(made: Made) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.out.rglob("*")}
    assert made.again(datetime(2026, 12, 1, tzinfo=UTC)) == made.demo
    assert {path: path.stat().st_mtime_ns for path in made.out.rglob("*")} == before


@pytest.mark.parametrize("stamp", ["", '{"plan": "other", "version": "2026-11-24-000000"}'])
def test_a_stamp_of_something_else_is_not_taken_for_the_demo(
    made: Made, tmp_path: Path, stamp: str
) -> None:
    (tmp_path / STAMP).write_text(stamp)
    too_poor = Plan(entries=1_000, seed=1, nexus_share=0.01)
    with pytest.raises(InsufficientLabels):  # it sets out to make one
        make_demo(made.out, tmp_path, made.keys, silent(), now=NOW, plan=too_poor)
    assert not (tmp_path / "entry.json").exists()


def test_a_demo_without_its_examples_or_live_bundle_is_made_anew(
    made: Made, tmp_path: Path
) -> None:
    (tmp_path / STAMP).write_text((made.work / STAMP).read_text())
    assert made_before(made.out, tmp_path, made.keys, PLAN) is None
    assert made_before(tmp_path / "models", made.work, made.keys, PLAN) is None
    assert made_before(made.out, made.work, made.keys, PLAN) == made.demo


def test_where_no_example_scores_enough_it_is_the_one_that_scores_most(made: Made) -> None:
    reference = load_reference()
    harmless = {"name": "Aurora Knitwear", "city": "Ningbo", "country": "CN"}
    found = suspect_example(made.bundle, reference, [harmless], wanted=1001)
    assert found.score == max(
        scored_example(made.bundle, reference, each).score for each in (SUSPECT, found.document)
    )


def test_an_example_without_a_date_is_refused(made: Made) -> None:
    undated = {name: each for name, each in CLEAN.items() if not name.endswith("_date")}
    with pytest.raises(DataRefused, match="no date"):
        scored_example(made.bundle, load_reference(), undated)
