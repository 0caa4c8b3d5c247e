"""Loading a pack: whole or not at all, with a digest that knows every byte."""

from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference import ListName, load_reference
from app.core.reference.tables import TABLES
from tests.reference_packs import row, small_pack, write_pack


def test_a_pack_is_loaded_from_its_directory(tmp_path: Path) -> None:
    pack = load_reference(write_pack(tmp_path))
    assert pack.version == "2025-01-01"
    assert pack.digest.startswith("sha256:")
    assert [info.name for info in pack.tables] == list(TABLES)
    assert pack.sources["s1"].text == "made up for tests"


def test_the_version_is_the_newest_date_of_any_row(tmp_path: Path) -> None:
    pack = load_reference(write_pack(tmp_path, goods=[row("goods", as_of="2025-03-04")]))
    assert pack.version == "2025-03-04"


def test_one_changed_cell_changes_the_digest() -> None:
    assert small_pack().digest == small_pack().digest
    assert small_pack().digest != small_pack(goods=[row("goods", confidence="low")]).digest


def test_a_table_knows_its_rows_date_sources_and_digest() -> None:
    info = small_pack(postal=[row("postal"), row("postal", prefix="84")]).table("postal")
    assert (info.rows, info.as_of, info.sources) == (2, date(2025, 1, 1), ("s1",))
    assert info.digest.startswith("sha256:")


def test_a_table_that_is_none_of_the_pack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        small_pack().table("elsewhere")


def test_a_pack_is_never_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        small_pack().version = "2030-01-01"  # type: ignore[misc]  # what the test is about


def test_a_missing_table_is_refused_naming_it(tmp_path: Path) -> None:
    directory = write_pack(tmp_path)
    (directory / "goods.csv").unlink()
    with pytest.raises(ReferenceRefused, match=r"goods.csv: No such file"):
        load_reference(directory)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"goods.csv: no rows"):
        small_pack(goods=[])


def test_a_row_of_an_unknown_source_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"goods.csv row 2: source 'who' is not"):
        small_pack(goods=[row("goods", source="who")])


def test_a_source_named_twice_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"sources.csv row 3: source_id 's1' twice"):
        small_pack(sources=[row("sources"), row("sources", text="other")])


def test_an_entity_named_twice_is_refused() -> None:
    rows = [row("entities"), row("entities", name="Other")]
    with pytest.raises(
        ReferenceRefused, match=r"entities.csv row 3: entity_id 'wro-made-up' twice"
    ):
        small_pack(entities=rows)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"list": "NOBODY"}, "list is 'NOBODY'"),
        ({"status": "asleep"}, "status is 'asleep'"),
        ({"verified": "2"}, "verified is '2'"),
        ({"effective_from": "1998"}, "effective_from is '1998'"),
    ],
)
def test_a_malformed_entity_is_refused_naming_the_row(cells: dict[str, str], message: str) -> None:
    with pytest.raises(ReferenceRefused, match=f"entities.csv row 2: {message}"):
        small_pack(entities=[row("entities", **cells)])


def test_an_entity_carries_what_its_row_says() -> None:
    rows = [row("entities", aliases="A;B", hs_prefixes="61;62", country="", chinese_name="某")]
    (entity,) = small_pack(entities=rows).listed
    assert (entity.list, entity.regime) == (ListName.WRO, "TA-307")
    assert (entity.aliases, entity.hs_prefixes) == (("A", "B"), ("61", "62"))
    assert (entity.country, entity.chinese_name, entity.location) == (None, "某", None)


@pytest.mark.parametrize(
    ("start", "end", "status", "on", "expected"),
    [
        ("2020-01-01", "", "active", date(2019, 12, 31), False),
        ("2020-01-01", "", "active", date(2020, 1, 1), True),
        ("2020-01-01", "2023-02-03", "ended", date(2023, 2, 2), True),
        ("2020-01-01", "2023-02-03", "ended", date(2023, 2, 3), False),
        ("", "", "active", date(1990, 1, 1), True),
        ("2020-01-01", "", "ended", date(2021, 1, 1), False),
    ],
)
def test_an_order_is_in_force_from_its_first_day_until_it_ends(
    start: str, end: str, status: str, on: date, *, expected: bool
) -> None:
    rows = [row("entities", effective_from=start, effective_to=end, status=status)]
    (entity,) = small_pack(entities=rows).listed
    assert entity.in_force(on) is expected
