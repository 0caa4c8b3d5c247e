"""Malformed rows are set aside with line, field and reason; too many stop the run."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode
from app.core.errors import DataRefused
from app.core.mapping import load_mapping
from tests.kcs_world import kcs_rows, write_csv
from training.ingest import day_of, describe, ingest
from training.progress import Steps

KCS = load_mapping("kcs")
CANONICAL = load_mapping("canonical")


@pytest.fixture
def rows() -> list[dict[str, str]]:
    return kcs_rows(300, date(2020, 1, 1), 30, seed=3)


def test_every_row_of_a_clean_file_is_an_entry(
    tmp_path: Path, rows: list[dict[str, str]], steps: Steps
) -> None:
    found = ingest(write_csv(tmp_path / "a.csv", rows), KCS, steps)
    assert (len(found.rows), found.total, found.share_quarantined) == (300, 300, 0)
    assert found.order == tuple(range(300))


def test_a_malformed_row_is_counted_with_its_line_and_leaves_a_gap_in_the_order(
    tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    rows[4]["HS6 Code"] = "1"
    rows[5]["Net Mass"] = "-2"
    console = Console(file=StringIO(), width=200)
    found = ingest(write_csv(tmp_path / "a.csv", rows), KCS, Steps(console))
    said = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO, made above
    assert "300 rows, 299 entries, 299 lines, 1 quarantined (0.33%)" in said
    assert "line 6: hts (HS6 Code): found '1'" in said
    assert "kept and flagged weight_not_positive: 1" in said
    assert found.order[3:6] == (3, -1, 4)


def test_too_many_malformed_rows_stop_the_run_unless_allowed(
    tmp_path: Path, rows: list[dict[str, str]], steps: Steps
) -> None:
    for row in rows[:6]:
        row["Date"] = "yesterday"
    path = write_csv(tmp_path / "a.csv", rows)
    with pytest.raises(DataRefused, match=r"6 of 300 rows are malformed \(2.00%\)"):
        ingest(path, KCS, steps)
    found = ingest(path, KCS, steps, allowed=0.02)
    assert len(found.quarantined) == 6
    assert any("and 1 more" in line for line in describe(found))


def test_a_row_of_another_width_is_malformed(
    tmp_path: Path, rows: list[dict[str, str]], steps: Steps
) -> None:
    path = write_csv(tmp_path / "a.csv", rows)
    path.write_text(path.read_text("utf-8") + "1,2,3\n", "utf-8")
    assert ingest(path, KCS, steps).quarantined[0].field == "row"


def test_a_file_without_a_mapped_column_is_refused(
    tmp_path: Path, rows: list[dict[str, str]], steps: Steps
) -> None:
    without = [{name: row[name] for name in row if name != "Date"} for row in rows]
    with pytest.raises(DataRefused, match=r"lacks the columns \['Date'\]"):
        ingest(write_csv(tmp_path / "a.csv", without), KCS, steps)


def test_a_file_of_no_entries_is_refused(
    tmp_path: Path, rows: list[dict[str, str]], steps: Steps
) -> None:
    rows[0]["Date"] = ""
    with pytest.raises(DataRefused, match="no row is an entry"):
        ingest(write_csv(tmp_path / "a.csv", rows[:1]), KCS, steps, allowed=1)


def canonical(number: str, **changes: str) -> dict[str, str]:
    return {
        "entry_number": number,
        "entry_date": "2026-03-01",
        "line_number": "",
        "hts": "620140",
        "origin_country": "CN",
        "entered_value_usd": "10",
        "importer_number": "1",
    } | changes


def test_rows_of_one_entry_are_joined_and_a_quarrel_quarantines_all_of_them(
    tmp_path: Path, steps: Steps
) -> None:
    rows = [
        canonical("B7600000018"),
        canonical("B7600000018"),
        canonical("B7600000026"),
        canonical("B7600000026", importer_number="2"),
        canonical("", entry_date="2026-03-02"),
        canonical(""),
        canonical("", entry_date=""),
    ]
    found = ingest(write_csv(tmp_path / "a.csv", rows), CANONICAL, steps, allowed=1)
    assert [len(row.entry.lines) for row in found.rows] == [2, 1, 1]
    assert [each.row_number for each in found.quarantined] == [4, 5, 8]
    assert found.order == (0, 1, -1, -1, 2, 3, -1)


def test_an_entry_without_a_day_has_no_day() -> None:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("620140"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
    )
    with pytest.raises(DataRefused, match="neither entry date nor arrival date"):
        day_of(Entry(lines=(line,)))
