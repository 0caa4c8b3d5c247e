"""Files are read as text, row by row; what breaks off is said."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.core.errors import DataRefused
from training.files import as_text, file_digest, open_data, write_atomically


def test_na_and_empty_cells_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffcountry,note\nNA,\nCN,null\n", "utf-8")
    found = open_data(path)
    assert (found.header, found.rows) == (("country", "note"), 2)
    assert [dict(row.cells) for row in found.read()] == [
        {"country": "NA", "note": ""},
        {"country": "CN", "note": "null"},
    ]


def test_a_row_is_known_by_its_line_even_after_a_quoted_line_break(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"1\n2",x\n3,y\n', "utf-8")
    assert [row.number for row in open_data(path).read()] == [3, 4]


def test_a_row_of_another_width_has_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n1,2,3\n1,2\n", "utf-8")
    problems = [row.problem for row in open_data(path).read()]
    assert problems == ["the row does not have 2 cells"] * 2 + [None]


def test_bytes_that_are_no_text_do_not_stop_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\xff,x\n1,y\n")
    assert len(list(open_data(path).read())) == 2


@pytest.mark.parametrize("text", ["", "a,a\n1,2\n"])
def test_a_file_without_a_usable_header_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataRefused, match=r"a\.csv"):
        open_data(path)


def test_a_missing_file_and_a_false_parquet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="No such file"):
        open_data(tmp_path / "none.csv")
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataRefused, match=r"a\.parquet"):
        open_data(tmp_path / "a.parquet")


def test_a_cell_too_long_breaks_the_file_off(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x" * 200_000 + "\n", "utf-8")
    with pytest.raises(DataRefused, match=r"a\.csv line"):
        list(open_data(path).read())


def test_parquet_cells_are_the_text_a_csv_would_hold(tmp_path: Path) -> None:
    table = pa.table(
        {
            "country": ["NA", None],
            "day": [date(2026, 3, 1), None],
            "value": [Decimal("1.50"), None],
            "lines": [[1, 2], None],
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    found = open_data(path)
    rows = list(found.read())
    assert (found.header, found.rows) == (("country", "day", "value", "lines"), 2)
    assert rows[0].cells == {
        "country": "NA",
        "day": "2026-03-01",
        "value": "1.50",
        "lines": "1|2",
    }
    assert set(rows[1].cells.values()) == {""}
    assert [row.number for row in rows] == [1, 2]


def test_typed_values_are_plain_text() -> None:
    assert as_text(datetime(2026, 3, 1, 12)) == "2026-03-01"  # noqa: DTZ001 - a column has no zone
    assert [as_text(each) for each in (True, 3, 0.1, Decimal("1E+2"))] == ["1", "3", "0.1", "100"]


def test_a_file_is_written_whole_and_its_digest_is_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, "one\n")
    write_atomically(path, b"two\n")
    assert path.read_bytes() == b"two\n"
    assert list(path.parent.iterdir()) == [path]
    assert file_digest(path).startswith("sha256:27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d8")
