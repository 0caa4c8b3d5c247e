"""Documented cases, their benign neighbours and lone tells, scored by the demo model as served.

The model learned from the synthetic world alone; none of these entries, nor any like them made for
them, is in it. docs/golden.md says what the bars are and where the cases come from.
"""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from app.core.model.bundle import Bundle
from app.services.assessed import Explain
from tests.demo_world import Made
from tests.desks import bench, run
from tests.golden_cases import Case, cases
from training.metrics import auroc

STRICTNESS = {"release": 0, "review": 1, "hold": 2}
Line = dict[str, Any]


@pytest.fixture(scope="module")
def bundle(demo_world: Made) -> Bundle:
    return demo_world.bundle


def scored(bundle: Bundle, entries: list[dict[str, Any]]) -> list[Line]:
    """Return the one line of each entry as the service answers it, to a tenant without history."""

    async def answer() -> list[Line]:
        with bench(bundle) as at:
            await at.models.reload()
            return [(await at.score(each, Explain.FULL))["lines"][0] for each in entries]

    found: list[Line] = run(answer())
    return found


@pytest.fixture(scope="module")
def answers(bundle: Bundle) -> dict[str, Line]:
    lines = scored(bundle, [case.entry for case in cases()])
    return {case.id: line for case, line in zip(cases(), lines, strict=True)}


def of_kind(*kinds: str) -> Iterator[Case]:
    return (case for case in cases() if case.kind in kinds)


def above_release(answers: dict[str, Line], *kinds: str) -> list[str]:
    return [case.id for case in of_kind(*kinds) if answers[case.id]["band"] != "release"]


def test_the_set_is_large_enough_and_every_case_has_a_source() -> None:
    count = Counter("bad" if case.is_bad else case.kind for case in cases())
    assert count["bad"] >= 60
    assert count["benign"] >= 60
    assert count["tell"] >= 40
    assert all(case.source for case in cases())
    assert len({case.id for case in cases()}) == len(cases())


def test_every_case_that_names_a_listed_party_or_a_barred_place_is_held(
    answers: dict[str, Line],
) -> None:
    kinds = ("listed", "place")
    mild = [case.id for case in of_kind(*kinds) if answers[case.id]["band"] != "hold"]
    assert mild == []


def test_at_least_nine_in_ten_documented_cases_are_reviewed_as_expected(
    answers: dict[str, Line],
) -> None:
    bad = [case for case in cases() if case.is_bad]
    met = [STRICTNESS[answers[case.id]["band"]] >= STRICTNESS[case.expect] for case in bad]
    assert np.mean(met) >= 0.9


def test_at_most_one_in_ten_benign_neighbours_is_reviewed_and_none_is_held(
    answers: dict[str, Line],
) -> None:
    reviewed = above_release(answers, "benign")
    assert len(reviewed) <= 0.1 * sum(1 for _ in of_kind("benign")), reviewed
    assert [each for each in reviewed if answers[each]["band"] == "hold"] == []


def test_one_sign_alone_is_never_above_release(answers: dict[str, Line]) -> None:
    assert above_release(answers, "tell") == []


def test_the_score_alone_tells_cases_from_neighbours(answers: dict[str, Line]) -> None:
    judged = [case for case in cases() if case.kind != "tell"]
    labels = np.array([float(case.is_bad) for case in judged])
    scores = np.array([answers[case.id]["raw_score"] for case in judged])
    assert auroc(labels, scores) >= 0.95


def test_look_alike_letters_and_letters_of_no_width_never_change_a_band(
    bundle: Bundle, answers: dict[str, Line]
) -> None:
    disguises = (("a", "\u0430"), ("e", "\u0435"), ("o", "\u03bf"), (" ", "\u200b \u2060"))
    chosen = [case for case in cases() if case.is_bad][::3]
    for plain, disguise in disguises:
        entries = []
        for case in chosen:
            entry = deepcopy(case.entry)
            maker = entry["lines"][0]["manufacturer"]
            for field in ("name", "city", "address"):
                if field in maker:
                    maker[field] = maker[field].replace(plain, disguise)
            entries.append(entry)
        found = {
            case.id: line["band"]
            for case, line in zip(chosen, scored(bundle, entries), strict=True)
        }
        assert found == {case.id: answers[case.id]["band"] for case in chosen}
