"""The HTS as published: editions follow one another and nothing is forgotten."""

import json
from datetime import date
from pathlib import Path

import pytest

from app.core.codes import HtsCode
from app.core.errors import ReferenceRefused
from app.core.reference import HtsStatus, load_reference
from app.core.reference.importers import ImportReport, import_published
from tests.reference_packs import row, write_pack

DAY = date(2026, 1, 1)
ROWS = [row("hts", hts8=f"6109100{digit}") for digit in range(5)]


def export(*codes: str) -> bytes:
    lines = ["HTS Number,Indent,Description", '"",0,"a heading without a number"']
    return "\n".join([*lines, *(f"{code},1,x" for code in codes), ""]).encode()


def run(tmp_path: Path, data: bytes, kind: str = "hts", as_of: date = DAY) -> ImportReport:
    base = write_pack(tmp_path / "base", hts=ROWS)
    return import_published(kind, data, base, tmp_path / "out", as_of=as_of)


SAME = ["6109", "6109.10", *(f"6109.10.0{d}.{s}" for d in range(5) for s in ("04", "12"))]


def test_the_same_edition_again_changes_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, export(*SAME))
    assert (report.added, report.removed, report.changed) == (0, 0, 0)
    assert report.rows_read == len(SAME)
    assert load_reference(tmp_path / "out").table("hts").as_of == DAY


def test_a_code_that_went_ends_and_one_that_came_begins(tmp_path: Path) -> None:
    report = run(tmp_path, export(*SAME[:-2], "6109.10.50"))
    assert (report.added, report.removed) == (1, 1)
    pack = load_reference(tmp_path / "out")
    gone, came = HtsCode("61091004"), HtsCode("61091050")
    assert pack.hts_status(gone, date(2025, 12, 31)) is HtsStatus.VALID
    assert pack.hts_status(gone, DAY) is HtsStatus.OBSOLETE
    assert pack.hts_status(came, DAY) is HtsStatus.VALID


def test_other_suffixes_end_one_row_and_begin_another(tmp_path: Path) -> None:
    report = run(tmp_path, export(*SAME[:-1], "6109.10.04.20"))
    assert (report.added, report.removed) == (1, 1)
    pack = load_reference(tmp_path / "out")
    assert pack.hts_status(HtsCode("6109100412"), DAY) is HtsStatus.OBSOLETE
    assert pack.hts_status(HtsCode("6109100420"), DAY) is HtsStatus.VALID


def test_a_second_reading_of_one_day_replaces_the_first(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base", hts=ROWS)
    first, second = tmp_path / "first", tmp_path / "second"
    import_published("hts", export(*SAME, "6109.10.50"), base, first, as_of=DAY)
    import_published("hts", export(*SAME, "6109.10.60"), first, second, as_of=DAY)
    assert load_reference(second).hts_status(HtsCode("61091050"), DAY) is HtsStatus.UNKNOWN
    third = tmp_path / "third"
    import_published("hts", export(*SAME), second, third, as_of=date(2026, 7, 1))
    assert load_reference(third).hts_status(HtsCode("61091060"), DAY) is HtsStatus.VALID
    fourth = tmp_path / "fourth"
    report = import_published("hts", export(*SAME), third, fourth, as_of=date(2026, 7, 2))
    assert (report.added, report.removed, report.changed) == (0, 0, 0)


def test_the_json_export_is_read_alike(tmp_path: Path) -> None:
    items = [{"htsno": code, "description": "x"} for code in SAME] + [{"htsno": ""}, {}, 3]
    report = run(tmp_path, json.dumps(items).encode())
    assert (report.added, report.removed, report.rows_read) == (0, 0, len(SAME))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[{", "not JSON"),
        (b'[{"htsno": 6109}]', "item 1: htsno is not a text"),
        (b"Number\n6109\n", "columns missing: HTS Number"),
        (export("6109.10.00.04"), "wanted the whole schedule"),
    ],
)
def test_another_form_or_a_part_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ReferenceRefused, match=message):
        run(tmp_path, data)


def test_deep_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="not JSON"):
        run(tmp_path, b"[" * 100_000)


def test_an_edition_older_than_the_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="older than the base"):
        run(tmp_path, export(*SAME), as_of=date(2024, 1, 1))


def test_a_malformed_code_is_rejected_with_its_row(tmp_path: Path) -> None:
    report = run(tmp_path, export(*SAME, *SAME, "61x9"))
    assert [(each.row, each.reason) for each in report.rejects] == [
        (27, "code is '61x9', wanted 4, 6, 8 or 10 digits")
    ]


def test_the_fact_file_of_codes_is_read_alike(tmp_path: Path) -> None:
    text = "\n".join(["hts_code", *(code.replace(".", "") for code in SAME), ""])
    report = run(tmp_path, text.encode(), kind="facts-hts")
    assert (report.added, report.removed, report.changed) == (0, 0, 0)
