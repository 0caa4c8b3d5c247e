"""Outcomes become labels only once they are known, and pending ones never do."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode
from app.core.errors import DataRefused
from app.core.outcomes import OutcomeKind
from training.outcomes import (
    OutcomeRecord,
    Target,
    known_outcomes,
    line_labels,
    load_taxonomy,
    maturity_days,
    read_outcomes,
)
from training.progress import Steps

TAXONOMY = load_taxonomy()


def entry(lines: int = 2) -> Entry:
    return Entry(
        entry_number="B7600000018",
        entry_date=date(2026, 1, 1),
        lines=tuple(
            EntryLine(
                line_number=number,
                hts=HtsCode("620140"),
                origin_country=CountryCode("CN"),
                entered_value_usd=Decimal(1),
            )
            for number in range(1, lines + 1)
        ),
    )


def outcome(code: str, *numbers: int, known: date = date(2026, 3, 1)) -> OutcomeRecord:
    return OutcomeRecord("B7600000018", numbers or None, code, "UFLPA", known, known)


@pytest.mark.parametrize(
    ("code", "label", "weight"),
    [
        ("seized", 1.0, 1.0),
        ("excluded", 1.0, 1.0),
        ("exported_by_importer", 1.0, 0.5),
        ("abandoned", 1.0, 0.5),
        ("examined_clear", 0.0, 1.0),
        ("released_not_applicable", 0.0, 1.0),
        ("detained_pending", math.nan, 0.0),
        ("withdrawn_before_arrival", math.nan, 0.0),
        ("not_examined", math.nan, 0.0),
        ("released_exception", math.nan, 0.0),
        ("released_other_reason", math.nan, 0.0),
    ],
)
def test_each_outcome_has_the_target_and_weight_of_the_taxonomy(
    code: str, label: float, weight: float
) -> None:
    ((found, weighs),) = line_labels(entry(1), [outcome(code, 1)], TAXONOMY, None)
    assert (found, weighs) == pytest.approx((label, weight), nan_ok=True)


def test_an_outcome_labels_the_lines_it_names() -> None:
    labels = line_labels(entry(), [outcome("seized", 2)], TAXONOMY, None)
    assert math.isnan(labels[0][0])
    assert labels[1] == (1.0, 1.0)


def test_an_outcome_of_a_whole_entry_is_never_spread_over_its_lines() -> None:
    assert all(
        math.isnan(label) for label, _ in line_labels(entry(), [outcome("seized")], TAXONOMY, None)
    )
    assert line_labels(entry(1), [outcome("seized")], TAXONOMY, None) == [(1.0, 1.0)]


def test_a_corrected_label_changes_only_what_is_read_after_it_was_known() -> None:
    records = [
        outcome("examined_clear", 1),
        outcome("seized", 1, known=date(2026, 5, 1)),
    ]
    assert line_labels(entry(1), records, TAXONOMY, date(2026, 5, 1)) == [(0.0, 1.0)]
    assert line_labels(entry(1), records, TAXONOMY, date(2026, 5, 2)) == [(1.0, 1.0)]


def test_a_pending_case_takes_an_earlier_label_away() -> None:
    records = [outcome("examined_clear", 1), outcome("detained_pending", 1, known=date(2026, 4, 1))]
    assert math.isnan(line_labels(entry(1), records, TAXONOMY, None)[0][0])


def test_history_learns_stops_findings_and_clearances_apart() -> None:
    records = [outcome("seized", 1), outcome("detained_pending", 2), outcome("not_examined", 1)]
    known = known_outcomes(records, TAXONOMY)
    assert [(each.kind, each.line_numbers) for each in known] == [
        (OutcomeKind.DENIED, (1,)),
        (OutcomeKind.DETAINED, (2,)),
    ]


def test_a_code_that_a_taxonomy_adds_teaches_what_its_label_says() -> None:
    added = {"found_guilty": Target(True, 0.5), "lost": Target(None, 1.0)}
    known = known_outcomes([outcome("found_guilty", 1), outcome("lost", 1)], added)
    assert [(each.kind, each.weight) for each in known] == [(OutcomeKind.DENIED, 0.5)]


def test_an_outcome_that_was_corrected_counts_for_nothing_once_that_is_known() -> None:
    wrong = replace(outcome("seized", 1), outcome_id="first")
    right = replace(outcome("examined_clear", 2, known=date(2026, 5, 1)), corrects="first")
    first, second = known_outcomes([wrong, right], TAXONOMY)
    assert (first.corrected_at, second.corrected_at) == (date(2026, 5, 1), None)
    assert line_labels(entry(), [wrong, right], TAXONOMY, date(2026, 5, 1))[0] == (1.0, 1.0)
    (of_first, _), of_second = line_labels(entry(), [wrong, right], TAXONOMY, None)
    assert math.isnan(of_first)
    assert of_second == (0.0, 1.0)


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(DataRefused, match="found outcome 'eaten'"):
        line_labels(entry(1), [outcome("eaten", 1)], TAXONOMY, None)


def test_outcomes_are_read_by_entry_in_the_order_they_became_known(
    tmp_path: Path, steps: Steps
) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text(
        "entry_number,line_numbers,code,source,regime,event_at,known_at,outcome_id,corrects\n"
        "A,1|2,seized,government,UFLPA,2026-03-01,2026-03-05,2,1\n"
        "A,,examined_clear,government,,,2026-02-01,1,\n",
        "utf-8",
    )
    (first, second) = read_outcomes(path, steps)["A"]
    assert (first.code, first.line_numbers, first.event_at) == (
        "examined_clear",
        None,
        date(2026, 2, 1),
    )
    assert (second.line_numbers, second.event_at) == ((1, 2), date(2026, 3, 1))
    assert (first.outcome_id, second.corrects) == ("1", "1")


@pytest.mark.parametrize("row", ["A,x,seized,,,,2026-03-05", "A,1,seized,,,,soon"])
def test_a_malformed_outcome_stops_the_file(tmp_path: Path, row: str, steps: Steps) -> None:
    path = tmp_path / "outcomes.csv"
    header = "entry_number,line_numbers,code,source,regime,event_at,known_at\n"
    path.write_text(f"{header}{row}\n", "utf-8")
    with pytest.raises(DataRefused, match=r"outcomes\.csv line 2"):
        read_outcomes(path, steps)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[denied.seized]\n",
        "[denied.seized]\ntarget = 2\n",
        "[denied.seized]\ntarget = 1\nweight = 0.0\n",
        "denied = 3\n",
        "x = ",
    ],
)
def test_a_malformed_taxonomy_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "outcomes.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataRefused):
        load_taxonomy(path)


def test_maturity_is_when_most_outcomes_were_known_and_never_under_ninety_days() -> None:
    entered = {"A": date(2026, 1, 1)}
    soon = [outcome("seized", 1, known=date(2026, 1, 1 + days)) for days in range(20)]
    assert maturity_days(entered, {"A": soon}, TAXONOMY, date(2026, 12, 1)) == 90
    late = [outcome("seized", 1, known=date(2026, 7, 1))] * 20
    assert maturity_days(entered, {"A": late, "B": soon}, TAXONOMY, date(2026, 12, 1)) == 181
    assert maturity_days(entered, {"A": late}, TAXONOMY, date(2026, 6, 1)) == 90
    pending = [outcome("detained_pending", 1, known=date(2026, 1, 2))] * 400
    assert maturity_days(entered, {"A": [*late, *pending]}, TAXONOMY, date(2026, 12, 1)) == 181
