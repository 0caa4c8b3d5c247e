"""Labels of columns and of outcomes, and the bar of positives below which no model is made."""

from datetime import date

import numpy as np
import pytest

from app.core.errors import DataRefused, InsufficientLabels
from app.core.mapping import MappedRow, load_mapping
from app.core.outcomes import OutcomeKind
from tests.kcs_world import kcs_rows
from training.labels import mapped_labels, recorded_labels, require_positives
from training.outcomes import OutcomeRecord, load_taxonomy

KCS = load_mapping("kcs")


@pytest.fixture
def rows() -> list[MappedRow]:
    raw = kcs_rows(40, date(2020, 1, 1), 4, seed=3)
    raw[0]["Fraud"] = ""
    found = [KCS.to_entry(row, number) for number, row in enumerate(raw, 1)]
    return [each for each in found if isinstance(each, MappedRow)]


def test_a_label_column_is_known_after_its_delay(rows: list[MappedRow]) -> None:
    labels = mapped_labels(rows, KCS, "fraud")
    assert labels.names == ("fraud",)
    assert np.isnan(labels.label[0])
    assert labels.is_labelled.sum() == 39
    assert labels.known[0] == ()
    (first,) = labels.known[1]
    assert first.kind == (OutcomeKind.DENIED if labels.label[1] else OutcomeKind.CLEARED)
    assert (first.known_at, first.line_numbers) == (date(2020, 3, 31), (1,))


def test_related_labels_stand_beside_and_unknown_ones_count_as_not_positive(
    rows: list[MappedRow],
) -> None:
    labels = mapped_labels(rows, KCS, "critical")
    assert labels.names == ("critical", "fraud")
    assert labels.targets[0, 1] == 0
    assert (labels.targets[:, 0] <= labels.targets[:, 1]).all()
    assert labels.take(np.array([3, 1])).targets.shape == (2, 2)


def test_an_unknown_label_is_refused(rows: list[MappedRow]) -> None:
    with pytest.raises(DataRefused, match=r"wanted one of \['critical', 'fraud'\]"):
        mapped_labels(rows, KCS, "theft")


def test_recorded_outcomes_label_by_entry_number(rows: list[MappedRow]) -> None:
    number = rows[2].entry.entry_number or ""
    day = date(2020, 6, 1)
    records = {number: [OutcomeRecord(number, (1,), "abandoned", "UFLPA", day, day)]}
    labels = recorded_labels(rows, "denied", records, load_taxonomy())
    assert labels.label[2] == 1
    assert labels.weights[2] == 0.5
    assert labels.is_labelled.sum() == 1
    assert labels.known[2][0].weight == 0.5
    before = recorded_labels(rows, "denied", records, load_taxonomy(), date(2020, 5, 1))
    assert not before.is_labelled.any()


def test_too_few_positives_are_refused_with_both_numbers() -> None:
    labels = np.array([1.0, 0.0, np.nan])
    with pytest.raises(InsufficientLabels, match="found 1 matured positives among 2 labelled"):
        require_positives(labels, 2, "to train on")
    require_positives(labels, 1, "to train on")


def test_positives_alone_teach_nothing() -> None:
    with pytest.raises(InsufficientLabels, match="all 1 labelled lines held out are positive"):
        require_positives(np.array([1.0]), 1, "held out")
