"""Losses and their noise by hand, column sets, and the report's tables."""

import json
from dataclasses import replace

import pytest

from app.core.features import FEATURES, Group
from training.ablation.columns import (
    ALL_LINES,
    COLUMN_SETS,
    FULL,
    GROUPS,
    HISTORY,
    ONLY,
    PLACES,
    RELATIONS,
    SLICES,
    named,
    only,
)
from training.ablation.report import as_document, as_markdown
from training.ablation.study import (
    AT_HOME,
    OBSERVED,
    Scores,
    Study,
    StudyOptions,
    Variant,
    best_single,
    difference,
)
from training.recipe import Candidate
from training.synthetic import Mechanisms

NAMES = tuple(feature.name for feature in FEATURES)


def kept(name: str) -> set[str]:
    """Return the features that a column set keeps."""
    candidate = Candidate(name, named(name).without)
    return {each for each in NAMES if candidate.keeps(each)}


def test_the_full_set_keeps_every_feature_and_a_group_alone_only_its_own() -> None:
    assert kept(FULL) == set(NAMES)
    for group in Group:
        if group is not Group.LANE:
            alone = kept(only(f"{group}.").name)
            assert alone
            assert all(each.startswith(f"{group}.") for each in alone)
            assert kept(f"without {group}") == set(NAMES) - alone


def test_history_and_places_are_parts_of_the_party_group_that_exist() -> None:
    history = set(NAMES) - kept("without history")
    places = set(NAMES) - kept("without makers' places")
    assert history
    assert places
    assert history | places < set(NAMES) - kept("without party")
    assert not history & places
    for prefix in (*HISTORY, *PLACES):
        assert any(name.startswith(prefix) for name in NAMES)


def test_every_relation_names_a_mechanism_a_column_set_and_a_slice() -> None:
    for relation in RELATIONS:
        assert relation.mechanism in Mechanisms.names()
        assert named(relation.column_set) in COLUMN_SETS
        assert relation.slice in SLICES
    assert len(ONLY) == len(GROUPS)


def test_a_loss_must_exceed_twice_its_standard_error_over_worlds() -> None:
    found = difference([0.5, 0.6, 0.7], [0.4, 0.4, 0.4], [0.0, 0.0, 0.0])
    assert found.loss == pytest.approx(0.2)
    assert found.noise == pytest.approx(2 * 0.1 / 3**0.5)
    assert found.is_loss


def test_with_one_world_the_noise_is_that_of_its_learners() -> None:
    found = difference([0.5], [0.45], [0.02])
    assert found.noise == pytest.approx(2 * 0.02 * 2**0.5)
    assert not found.is_loss


def test_a_gain_is_no_loss() -> None:
    assert not difference([0.4, 0.4], [0.5, 0.5], [0.0, 0.0]).is_loss


def test_scores_are_means_over_learners_and_their_spread() -> None:
    scores = Scores()
    scores.add([{ALL_LINES: 0.4}, {ALL_LINES: 0.6}])
    scores.add([{ALL_LINES: 0.3}])
    assert scores.by_slice[ALL_LINES] == pytest.approx([0.5, 0.3])
    assert scores.learner_noise[ALL_LINES] == pytest.approx([0.1 * 2**0.5, 0.0])


def variant(full: float, other: float, shift: str | None = None) -> Variant:
    """Return a variant of two worlds in which everything but "full" has the score `other`."""
    names = [each.name for each in COLUMN_SETS] if shift is None else [FULL, AT_HOME]
    found = Variant.of(None, shift, names)
    for name, scores in found.scores.items():
        level = full if name == FULL else other
        for step in (-0.01, 0.01):
            scores.add([dict.fromkeys((*SLICES, OBSERVED), level + step)])
    return found


@pytest.fixture
def study() -> Study:
    """A study whose numbers are made up."""
    return Study(
        options=StudyOptions(worlds=(1, 2), learners=(1,), shifts=("lanes",)),
        default=variant(0.6, 0.4),
        off=tuple(replace(variant(0.5, 0.5), off=each.mechanism) for each in RELATIONS),
        transfer=(variant(0.3, 0.45, "lanes"),),
        precision={"precision": 0.5, "restated": 0.01},
    )


def test_the_report_says_what_is_lost_with_and_without_each_mechanism(study: Study) -> None:
    document = json.loads(json.dumps(as_document(study)))
    assert [each["mechanism"] for each in document["relations"]] == [
        each.mechanism for each in RELATIONS
    ]
    assert all(
        each["on"]["is_loss"] and not each["off"]["is_loss"] for each in document["relations"]
    )
    assert document["transfer"]["lanes"][AT_HOME][ALL_LINES] == pytest.approx([0.44, 0.46])
    assert best_single(study.default)[1].loss == pytest.approx(0.2)


def test_the_tables_have_a_row_for_every_column_set_mechanism_and_shift(study: Study) -> None:
    text = as_markdown(study)
    for each in COLUMN_SETS:
        assert f"| {each.name} |" in text
    for relation in RELATIONS:
        assert f"| `{relation.mechanism}` |" in text
    assert "| `lanes` | 0.300 ± 0.014 | 0.450 ± 0.014 |" in text
    assert "taught elsewhere" not in as_markdown(replace(study, transfer=()))
