"""Tables on disk: what is read, what is refused, and that errors name file and row."""

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference import tables as tables_module
from app.core.reference.tables import (
    MAX_TABLE_BYTES,
    TABLES,
    Row,
    decode,
    join_list,
    parse_table,
    render_table,
    split_list,
)
from tests.reference_packs import row


def a_row(**cells: str) -> Row:
    return Row("postal", 7, cells)


def test_every_table_but_the_sources_ends_with_dates_verification_and_source() -> None:
    for name, columns in TABLES.items():
        if name != "sources":
            assert columns[-5:] == tables_module.TAIL


def test_a_table_written_and_read_back_is_the_same() -> None:
    rows = [row("postal", prefix="84"), row("postal")]
    read = parse_table("postal", render_table("postal", rows))
    assert [dict(each.cells) for each in read] == sorted(rows, key=lambda each: each["prefix"])
    assert [each.number for each in read] == [2, 3]


def test_equal_rows_in_any_order_give_equal_bytes() -> None:
    rows = [row("postal", prefix="84"), row("postal")]
    assert render_table("postal", rows) == render_table("postal", rows[::-1])


def test_a_byte_order_mark_is_not_part_of_the_first_column() -> None:
    assert (
        len(parse_table("postal", b"\xef\xbb\xbf" + render_table("postal", [row("postal")]))) == 1
    )


def test_other_columns_are_refused_naming_them() -> None:
    with pytest.raises(ReferenceRefused, match=r"postal.csv row 1: found columns 'a,b'"):
        parse_table("postal", b"a,b\n1,2\n")


def test_a_row_of_another_length_is_refused_naming_the_row() -> None:
    data = render_table("postal", [row("postal")]) + b"CN,84\n"
    with pytest.raises(ReferenceRefused, match=r"postal.csv row 3: found 2 cells, wanted 8"):
        parse_table("postal", data)


def test_broken_quoting_is_refused_naming_the_row() -> None:
    data = render_table("postal", []) + b'"CN"x,83,,,,,,\n'
    with pytest.raises(ReferenceRefused, match=r"postal.csv row 2"):
        parse_table("postal", data)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"list\.csv: not UTF-8"):
        decode(b"\xff\xfe", "list.csv")


def test_a_file_over_the_cap_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match="wanted at most"):
        decode(b" " * (MAX_TABLE_BYTES + 1), "list.csv")


def test_a_list_cell_keeps_its_parts_and_never_its_separator() -> None:
    assert split_list(" a; ;b ") == ("a", "b")
    assert split_list(join_list(["a;b", "c"])) == ("a,b", "c")


def test_cells_are_read_as_what_they_are() -> None:
    whole = a_row(text="x", none="", flag="1", number="-1.5", day="2025-02-03", code="0123")
    assert (whole.text("text"), whole.optional("none"), whole.flag("flag")) == ("x", None, True)
    assert whole.degrees("number") == -1.5
    assert whole.degrees("none") is None
    assert whole.day("day").isoformat() == "2025-02-03"
    assert whole.optional_day("none") is None
    assert whole.digits("code", 4) == "0123"


@pytest.mark.parametrize(
    ("read", "cell"),
    [
        (lambda each: each.text("cell"), ""),
        (lambda each: each.flag("cell"), "yes"),
        (lambda each: each.degrees("cell"), "north"),
        (lambda each: each.degrees("cell"), "nan"),
        (lambda each: each.degrees("cell"), "181"),
        (lambda each: each.digits("cell", 4), "12"),
        (lambda each: each.digits("cell", 2), "1a"),
        (lambda each: each.digits("cell", 1), "²"),
        (lambda each: each.day("cell"), "2025-2-3x"),
    ],
)
def test_a_cell_that_is_something_else_is_refused_naming_file_and_row(
    read: "object", cell: str
) -> None:
    assert callable(read)
    with pytest.raises(ReferenceRefused, match=r"postal.csv row 7: cell is"):
        read(a_row(cell=cell))
