"""Public cases that were written down without sight of code, tables or the other set.

docs/golden.md says how they came about, and which of them the tables have learned from since.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.services.assessed import Explain
from tests.demo_world import Made
from tests.desks import bench, run
from training.metrics import auroc

CASES = Path(__file__).parents[1] / "golden" / "independent.jsonl"
Judged = list[tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def judged(demo_world: Made) -> Judged:
    """Each case with the line that a tenant without history is answered."""
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]

    async def answer() -> Judged:
        with bench(demo_world.bundle) as at:
            await at.models.reload()
            return [(case, (await at.score(case["entry"], Explain.FULL))["lines"][0])
                    for case in cases]  # fmt: skip

    found: Judged = run(answer())
    return found


def bands(judged: Judged, *kinds: str) -> Counter[str]:
    return Counter(line["band"] for case, line in judged if case["kind"] in kinds)


def test_every_listed_party_and_barred_place_is_held(judged: Judged) -> None:
    assert bands(judged, "listed", "place") == {"hold": 48}


def test_at_least_nine_in_ten_known_bad_are_reviewed(judged: Judged) -> None:
    found = bands(judged, "listed", "place", "nexus")
    assert found["release"] <= 0.1 * found.total()


def test_no_more_than_one_in_ten_benign_is_reviewed_and_none_held(judged: Judged) -> None:
    found = bands(judged, "benign", "ended")
    assert found["hold"] == 0
    assert found["review"] <= 0.1 * found.total()


def test_one_sign_alone_is_released(judged: Judged) -> None:
    assert bands(judged, "tell") == {"release": 20}


def test_the_score_alone_tells_them_apart(judged: Judged) -> None:
    labels = [float(case["kind"] in {"listed", "place", "nexus"}) for case, _ in judged]
    scores = [line["raw_score"] for _, line in judged]
    assert auroc(np.array(labels), np.array(scores)) >= 0.95
