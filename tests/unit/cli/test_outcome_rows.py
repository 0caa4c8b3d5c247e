"""Outcomes out of a file: each row becomes what the service takes, or says why it cannot."""

from pathlib import Path
from typing import Any

import pytest

from app.cli.outcome_rows import OutcomeRow, read_outcome_rows
from app.core.errors import DataRefused
from app.core.outcomes import OutcomeCode

HEADER = "entry_number,line_numbers,code,regime,event_at,known_at\n"
SENT: dict[str, Any] = {
    "entry_number": "B76-0324527-8",
    "line_numbers": [1, 2],
    "code": "excluded",
    "source": "government",
    "regime": "UFLPA",
    "event_at": "2026-11-20",
    "known_at": "2026-11-23",
}


def rows_of(folder: Path, name: str, text: str | bytes) -> list[OutcomeRow]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_outcome_rows(path)


def test_a_csv_row_becomes_what_the_service_takes(tmp_path: Path) -> None:
    text = HEADER + "B76-0324527-8,1|2,excluded,UFLPA,2026-11-20,2026-11-23\n"
    assert rows_of(tmp_path, "a.csv", text) == [OutcomeRow(2, SENT)]


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_an_unknown_code_is_one_fault_that_lists_every_code_whole(
    tmp_path: Path, name: str
) -> None:
    csv = HEADER + "B76-0324527-8,1,fined,UFLPA,2026-11-20,2026-11-23\n"
    ndjson = '{"entry_number": "B76-0324527-8", "code": "fined"}\n'
    (row,) = rows_of(tmp_path, name, csv if name == "a.csv" else ndjson)
    assert row.fault == f"code: wanted one of {', '.join(OutcomeCode)}"
    assert row.name == "B76-0324527-8"


def test_empty_cells_are_left_out_and_no_lines_label_the_entry(tmp_path: Path) -> None:
    text = "\ufeff" + HEADER + "B76-0324527-8,, document_check_nexus ,,2026-11-20,2026-11-23\n"
    (row,) = rows_of(tmp_path, "a.csv", text)
    assert row.document == {
        "entry_number": "B76-0324527-8",
        "line_numbers": None,
        "code": "document_check_nexus",
        "source": "review",
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
    }


def test_further_columns_are_taken_by_name_and_others_passed_over(tmp_path: Path) -> None:
    text = (
        "decision_id,entry_number,revision,code,source,event_at,known_at,corrects,clerk\n"
        "01K,,,seized,review,2026-11-20,2026-11-23,01J,someone\n"
        ",X,2,seized,,2026-11-20,2026-11-23,,\n"
    )
    first, second = rows_of(tmp_path, "a.csv", text)
    assert first.document == {
        "decision_id": "01K",
        "line_numbers": None,
        "code": "seized",
        "source": "review",  # as it says: the service refuses it
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
        "corrects": "01J",
    }
    assert (first.name, second.name, second.document["revision"]) == ("01K", "X", 2)


def test_a_row_with_numbers_that_are_none_says_so(tmp_path: Path) -> None:
    text = HEADER + "X,one,excluded,,2026-11-20,2026-11-23\n"
    (row,) = rows_of(tmp_path, "a.csv", text)
    assert row.fault is not None
    assert (row.number, row.name) == (2, "X")


def test_lines_of_json_are_sent_as_they_are(tmp_path: Path) -> None:
    text = (
        '{"entry_number":"X","code":"excluded","event_at":"2026-11-20","known_at":"2026-11-20"}\n'
        '\n{"code":"fined"}\n{"code":["seized"]}\n[]\n{"code":"seized","code":"seized"}\n'
    )
    first, unknown, odd, no_object, twice = rows_of(tmp_path, "a.ndjson", text)
    assert first.document["source"] == "government"
    assert (unknown.document, unknown.number) == ({"code": "fined"}, 3)
    assert odd.document == {"code": ["seized"]}
    assert no_object.fault == "wanted an object"
    assert twice.fault is not None
    assert twice.name == ""


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", HEADER, "no outcome"),
        ("a.csv", "code,event_at\n", "known_at, entry_number or decision_id"),
        ("a.csv", b"\xff\xfe", "UTF-8"),
        ("a.ndjson", "\n", "no outcome"),
        ("a.txt", "x", "wanted .csv or .ndjson"),
    ],
)
def test_a_file_that_holds_no_outcomes_is_refused_by_name(
    tmp_path: Path, name: str, text: str | bytes, words: str
) -> None:
    with pytest.raises(DataRefused, match=words):
        rows_of(tmp_path, name, text)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"gone\.csv"):
        read_outcome_rows(tmp_path / "gone.csv")
