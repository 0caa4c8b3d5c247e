"""D2: rows of a broken label file are set aside, each with its reason, and nothing else is."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from app.core.errors import DataRefused
from tests.small_world import silent
from training.job.outcome_file import OutcomeRows, read_rows
from training.outcomes import load_taxonomy

AS_OF = date(2026, 3, 1)
LINES = {"B7600000010": frozenset({1, 2}), "B7603245278": frozenset({1})}
HEADER = "entry_number,line_numbers,code,regime,event_at,known_at,outcome_id,corrects,odds,tenant"
GOOD = "B7600000010,1,seized,UFLPA,2026-01-02,2026-01-05,A,,,acme"


def read(folder: Path, *rows: str | bytes, tenant: str | None = "acme") -> OutcomeRows:
    path = folder / "outcomes.csv"
    lines = [row if isinstance(row, bytes) else row.encode() for row in (HEADER, *rows)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return read_rows(path, LINES, load_taxonomy(), AS_OF, tenant, silent())


def reasons(found: OutcomeRows) -> Mapping[int, str]:
    return {each.number: each.reason for each in found.aside}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("B7600000010,1,seized,UFLPA,2026-01-02", "the row does not have 10 cells"),
        (GOOD.replace("seized", "seiz"), "the code is none of the taxonomy"),
        (GOOD.replace("2026-01-05", "soon"), "a day or a number can't be read"),
        (GOOD.replace(",1,", ",one,"), "a day or a number can't be read"),
        (GOOD.replace("2026-01-02", "2026-01-09"), "it was known before it happened"),
        (GOOD.replace("2026-01-02", "1026-01-02"), "it happened before 2000"),
        (GOOD.replace("acme", "zenith"), "another tenant's"),
        (GOOD.replace("B7600000010", "B7600000011"), "no such entry in the snapshot"),
        (GOOD.replace(",1,", ",3,"), "a line number is not on the entry, or twice"),
        (GOOD.replace(",1,", ",1|1,"), "a line number is not on the entry, or twice"),
        (GOOD.replace(",,,acme", ",B,,acme"), "it corrects no earlier outcome of its entry"),
        (GOOD.replace(",,acme", ",1.5,acme"), "odds are not above 0 and at most 1"),
        (GOOD.replace("UFLPA", "UFL\ufffd"), "a cell is not UTF-8"),
        (GOOD.replace("UFLPA", "UFL\x00"), "a cell is not UTF-8"),
        (GOOD.encode().replace(b"UFLPA", b"UFL\xe4"), "a cell is not UTF-8"),
    ],
)
def test_a_broken_row_is_set_aside_with_its_reason(
    tmp_path: Path, row: str | bytes, reason: str
) -> None:
    found = read(tmp_path, row)
    assert reasons(found) == {2: reason}
    assert found.kept == ()
    assert found.share_aside == 1.0


def test_what_came_twice_is_taken_once(tmp_path: Path) -> None:
    again = GOOD.replace("2026-01-05", "2026-01-06")
    found = read(tmp_path, GOOD, GOOD, again)
    assert reasons(found) == {3: "the same row twice", 4: "its outcome_id was given before"}
    assert len(found.kept) == 1


def test_rows_that_contradict_each_other_are_both_set_aside(tmp_path: Path) -> None:
    other = GOOD.replace("seized", "examined_clear").replace(",A,", ",B,")
    assert set(reasons(read(tmp_path, GOOD, other)).values()) == {"it contradicts another row"}
    corrected = other.replace(",B,,", ",B,A,")
    assert reasons(read(tmp_path, GOOD, corrected)) == {}
    later = other.replace("2026-01-05", "2026-02-05")
    assert reasons(read(tmp_path, GOOD, later)) == {}


def test_a_pending_case_contradicts_nothing(tmp_path: Path) -> None:
    pending = GOOD.replace("seized", "detained_pending").replace(",A,", ",B,")
    assert reasons(read(tmp_path, GOOD, pending)) == {}


def test_what_is_not_known_yet_is_no_fault(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("2026-01-05", "2026-03-01"))
    assert (found.kept, found.aside, found.later) == ((), (), 1)
    assert found.share_aside == 0.0


def test_a_printed_entry_number_is_the_same_entry(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD.replace("B7600000010", "B76-0324527-8"))
    assert [each["entry_number"] for each in found.kept] == ["B7603245278"]


def test_without_a_tenant_of_our_own_every_row_is_ours(tmp_path: Path) -> None:
    assert reasons(read(tmp_path, GOOD.replace("acme", "zenith"), tenant=None)) == {}


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text("entry_number,code\nB7600000010,seized\n")
    with pytest.raises(DataRefused, match="known_at"):
        read_rows(path, LINES, load_taxonomy(), AS_OF, None, silent())
