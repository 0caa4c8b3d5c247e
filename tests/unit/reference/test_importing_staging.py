"""Staging: a complete new pack or none, and a report of what would change."""

from datetime import date
from pathlib import Path

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference import load_reference
from app.core.reference.importers import import_published
from app.core.reference.importers.staging import Imported, Reject, base_rows, read_records, stage
from tests.reference_packs import row, write_pack

DAY = date(2026, 1, 1)
HTS = b"HTS Number,Indent,Description\n6109.10.00,0,x\n6109.10.00.04,1,x\n6109.10.00.12,1,x\n"


def test_an_import_writes_a_complete_pack_and_leaves_the_base(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    before = load_reference(base).digest
    report = import_published("hts", HTS, base, tmp_path / "out", as_of=DAY)
    assert load_reference(tmp_path / "out").digest == report.digest
    assert load_reference(base).digest == before
    assert (report.kind, report.tables, report.version) == ("hts", ("hts",), "2026-01-01")
    assert report.directory == tmp_path / "out"


def test_nothing_is_left_beside_the_new_pack(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    import_published("hts", HTS, base, tmp_path / "deep" / "out", as_of=DAY)
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["out"]


def test_a_directory_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    with pytest.raises(ReferenceRefused, match="already there"):
        import_published("hts", HTS, base, base, as_of=DAY)


def test_an_unknown_kind_is_refused_naming_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match=r"kind is 'rumours', wanted one of cbp-orders"):
        import_published("rumours", b"", tmp_path, tmp_path / "out", as_of=DAY)


def test_a_base_without_its_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match=r"hts.csv: No such file"):
        base_rows(tmp_path, "hts")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    with pytest.raises(ReferenceRefused, match="no rows read"):
        stage("hts", Imported({}, (), 0), base, tmp_path / "out")


def test_too_many_rejects_mean_another_form_and_write_nothing(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    rejects = (Reject(3, "wanted digits"), Reject(5, "wanted digits"))
    with pytest.raises(
        ReferenceRefused, match=r"2 of 20 rows rejected, first row 3: wanted digits"
    ):
        stage("hts", Imported({}, (), 20, rejects), base, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_result_that_does_not_load_writes_nothing(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base")
    broken = Imported({"goods": [row("goods", country="XX")]}, (), 1)
    with pytest.raises(ReferenceRefused, match="country is 'XX'"):
        stage("facts-goods", broken, base, tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["base"]


def test_the_report_counts_what_came_went_and_changed(tmp_path: Path) -> None:
    kept, gone, other = (row("goods", good=name) for name in ("kept", "gone", "other"))
    ended = row("goods", good="ended")
    base = write_pack(tmp_path / "base", goods=[kept, gone, other, ended])
    after = [
        {**kept, "as_of": "2026-01-01"},
        {**other, "confidence": "low"},
        {**ended, "effective_to": "2026-01-01"},
        row("goods", good="new"),
    ]
    report = stage("facts-goods", Imported({"goods": after}, (), 4), base, tmp_path / "out")
    assert (report.added, report.removed, report.changed) == (1, 2, 1)


def test_each_changed_row_is_named_and_what_can_alter_a_decision_counted_apart(
    tmp_path: Path,
) -> None:
    noted, scoped, weighed = (row("entities", entity_id=name) for name in ("a", "b", "c"))
    base = write_pack(tmp_path / "base", entities=[noted, scoped, weighed])
    after = [
        {**noted, "verified": "0", "as_of": "2026-01-01"},
        {**scoped, "hs_prefixes": "5201", "verified": "0"},
        {**weighed, "confidence": "low", "merchandise": "cotton"},
    ]
    report = stage("facts-entities", Imported({"entities": after}, (), 3), base, tmp_path / "out")
    assert (report.changed, report.decisive) == (3, 1)
    assert [(each.row, each.fields, each.decisive) for each in report.changes] == [
        ("b", ("hs_prefixes", "verified"), True),
        ("a", ("verified", "as_of"), False),
        ("c", ("merchandise", "confidence"), False),
    ]


def test_of_goods_at_risk_the_confidence_can_alter_a_decision(tmp_path: Path) -> None:
    base = write_pack(tmp_path / "base", goods=[row("goods")])
    after = {"goods": [{**row("goods"), "confidence": "low"}]}
    report = stage("facts-goods", Imported(after, (), 1), base, tmp_path / "out")
    assert report.decisive == 1


def test_a_source_that_no_row_names_any_more_is_dropped(tmp_path: Path) -> None:
    sources = [row("sources"), row("sources", source_id="s2")]
    base = write_pack(tmp_path / "base", sources=sources, goods=[row("goods", source="s2")])
    stage("facts-goods", Imported({"goods": [row("goods")]}, (), 1), base, tmp_path / "out")
    assert set(load_reference(tmp_path / "out").sources) == {"s1"}


def test_missing_columns_are_named() -> None:
    with pytest.raises(ReferenceRefused, match=r"list.csv row 1: columns missing: b, c"):
        read_records(b"a\n1\n", "list.csv", required=("a", "b", "c"))
    with pytest.raises(ReferenceRefused, match="columns missing: a"):
        read_records(b"", "list.csv", required=("a",))


def test_a_short_row_has_empty_cells_and_a_long_one_loses_the_rest() -> None:
    assert read_records(b"a,b\n1\n1,2,3\n", "x", required=("a",)) == [
        (2, {"a": "1", "b": ""}),
        (3, {"a": "1", "b": "2"}),
    ]


def test_broken_quoting_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match="x row 2"):
        read_records(b'a,b\n"1"x,2\n', "x", required=("a",))
