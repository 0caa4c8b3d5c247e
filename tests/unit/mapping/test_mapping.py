"""Foreign rows become entries exactly as the mapping file says, or are set aside with a reason."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import Entry, LegRole
from app.core.errors import MappingRefused
from app.core.mapping import (
    VALUE_IS_ZERO,
    WEIGHT_NOT_POSITIVE,
    MappedRow,
    Mapping,
    Quarantined,
    join,
    load_mapping,
    shipped_mappings,
)
from app.core.mapping_file import FIELDS

KCS_ROW = {
    "Declaration ID": "97061800",
    "Date": "2020-01-01",
    "Office ID": "30",
    "Process Type": "B",
    "Import Type": "11",
    "Import Use": "21",
    "Payment Type": "11",
    "Mode of Transport": "10",
    "Declarant ID": "ZZR1LT6",
    "Importer ID": "QLRUBN9",
    "Seller ID": "0VKY2BR",
    "Courier ID": "",
    "HS6 Code": "040890",
    "Country of Departure": "BE",
    "Country of Origin": "NA",
    "Tax Rate": "8.0",
    "Tax Type": "FEU1",
    "Country of Origin Indicator": "G",
    "Net Mass": "108.0",
    "Item Price": "1000000.0",
    "Fraud": "1",
    "Critical Fraud": "2",
}
DATE_ROW = {
    "sgd.id": "SGD1",
    "sgd.date": "13-01-02",
    "importer.id": "IMP826164",
    "declarant.id": "DEC795367",
    "country": "CN",
    "office.id": "OFFICE60",
    "tariff.code": "408909000",
    "quantity": "1",
    "gross.weight": "2150",
    "fob.value": "2809",
    "cif.value": "2809.5",
    "total.taxes": "647",
    "illicit": "0",
    "revenue": "0",
}


def mapped(name: str, row: dict[str, str], **changes: str) -> MappedRow:
    found = load_mapping(name).to_entry(row | changes, 7)
    assert isinstance(found, MappedRow), found
    return found


def refused(name: str, row: dict[str, str], **changes: str) -> Quarantined:
    found = load_mapping(name).to_entry(row | changes, 7)
    assert isinstance(found, Quarantined), found
    return found


def test_a_kcs_row_becomes_an_entry_of_one_line() -> None:
    row = mapped("kcs", KCS_ROW)
    entry, line = row.entry, row.entry.lines[0]
    assert (entry.entry_number, entry.filer_code) == ("97061800", "ZZR1LT6")
    assert (entry.identifier_scheme, entry.port_scheme) == ("kcs", "kcs-office")
    assert entry.entry_date == date(2020, 1, 1)
    assert entry.importer is not None
    assert entry.importer.number == "QLRUBN9"
    assert line.hts == "040890"
    assert line.seller is not None
    assert line.seller.number == "0VKY2BR"
    assert line.gross_weight_kg == Decimal(108)
    assert row.outcomes == ({"fraud": True, "critical": True},)
    assert row.row_numbers == (7,)


def test_na_is_namibia() -> None:
    assert mapped("kcs", KCS_ROW).entry.lines[0].origin_country == "NA"


def test_money_is_converted_at_the_declared_rate_and_rounded() -> None:
    line = mapped("kcs", KCS_ROW, **{"Item Price": "1234567.8"}).entry.lines[0]
    assert line.entered_value_usd == Decimal("1064.1974")


def test_a_blank_cell_is_not_declared() -> None:
    line = mapped("kcs", KCS_ROW, **{"Seller ID": " "}).entry.lines[0]
    assert line.seller is None
    assert "courier" not in line.attributes


def test_foreign_columns_become_attributes() -> None:
    line = mapped("kcs", KCS_ROW).entry.lines[0]
    assert dict(line.attributes) == {
        "tax_type": "FEU1",
        "origin_indicator": "G",
        "process_type": "B",
        "import_type": "11",
        "import_use": "21",
        "payment_type": "11",
    }


def test_a_value_is_translated_where_the_mapping_says_so() -> None:
    assert mapped("kcs", KCS_ROW, **{"Country of Departure": "ZZ"}).entry.export_country is None


def test_a_negative_weight_is_unknown_and_flagged_and_zero_is_kept_and_flagged() -> None:
    negative = mapped("kcs", KCS_ROW, **{"Net Mass": "-3"})
    zero = mapped("kcs", KCS_ROW, **{"Net Mass": "0.0"})
    assert (negative.entry.lines[0].gross_weight_kg, negative.flags) == (
        None,
        (WEIGHT_NOT_POSITIVE,),
    )
    assert zero.entry.lines[0].gross_weight_kg == 0
    assert zero.flags == (WEIGHT_NOT_POSITIVE,)


def test_a_value_of_zero_is_flagged() -> None:
    assert mapped("kcs", KCS_ROW, **{"Item Price": "0.0"}).flags == (VALUE_IS_ZERO,)


@pytest.mark.parametrize(
    ("column", "value", "field", "reason"),
    [
        ("Country of Origin", "ZZ", "origin_country", "found 'ZZ'"),
        ("Country of Origin", "", "origin_country", "found nothing"),
        ("HS6 Code", "44089", "hts", "found '44089'"),
        ("Item Price", "nan", "entered_value_usd", "found 'nan'"),
        ("Item Price", "-1", "entered_value_usd", "wanted 0 or more"),
        ("Net Mass", "1_0", "gross_weight_kg", "found '1_0'"),
        ("Tax Rate", "-8", "duty_rate_percent", "wanted 0 or more"),
        ("Date", "2020-13-01", "entry_date", "wanted a date as %Y-%m-%d"),
        ("Mode of Transport", "1", "mode_of_transport", "found '1'"),
        ("Fraud", "yes", "labels.fraud", "wanted one of ['0', '1']"),
        ("Net Mass", "9" * 20, "gross_weight_kg", "wanted a number from 0 to"),
        ("Declaration ID", "9" * 41, "entry_number", "wanted at most 40"),
        ("Tax Type", "\x00", "attributes", "control character"),
    ],
)
def test_a_malformed_row_names_field_and_reason(
    column: str, value: str, field: str, reason: str
) -> None:
    found = refused("kcs", KCS_ROW, **{column: value})
    assert (found.row_number, found.field) == (7, field)
    assert reason in found.reason


def test_a_quarantined_row_keeps_the_outcomes_that_can_be_read() -> None:
    found = refused("kcs", KCS_ROW, **{"Country of Origin": "ZZ"})
    assert found.column == "Country of Origin"
    assert found.outcomes == {"fraud": True, "critical": True}


def test_a_missing_outcome_is_unknown() -> None:
    row = {name: value for name, value in KCS_ROW.items() if "Fraud" not in name}
    assert mapped("kcs", row).outcomes == ({"fraud": None, "critical": None},)


def test_any_other_value_is_negative_where_no_negatives_are_listed() -> None:
    text = """
        title = "small"
        [columns]
        hts = "h"
        origin_country = "o"
        entered_value_usd = "v"
        [labels.stopped]
        column = "s"
        positive = ["yes"]
        """
    found = Mapping.load(text.encode()).to_entry({"h": "620140", "o": "CN", "v": "1", "s": "no"}, 1)
    assert isinstance(found, MappedRow)
    assert found.outcomes == ({"stopped": False},)


def test_a_date_row_gets_its_leading_zero_back_and_either_form_of_year() -> None:
    row = mapped("date", DATE_ROW)
    assert row.entry.lines[0].hts == "0408909000"
    assert row.entry.lines[0].entered_value_usd == Decimal("2809.5")
    assert row.entry.entry_date == date(2013, 1, 2)
    assert mapped("date", DATE_ROW, **{"sgd.date": "2013-01-02"}).entry == row.entry
    assert row.outcomes == ({"fraud": False},)


def test_the_canonical_mapping_names_every_field() -> None:
    assert set(load_mapping("canonical").file.columns) == set(FIELDS)


CANONICAL_ROW = {
    "entry_number": "B76-0324527-8",
    "entry_date": "2026-11-20",
    "importer_number": "12-3456789AB",
    "hts": "6201407511",
    "origin_country": "CN",
    "entered_value_usd": "48250.00",
    "quantity": "2500",
    "manufacturer_mid": "CNEXATRA12DAN",
    "manufacturer_country": "CN",
    "route": "stuffing:CNDDG|lading:57051|transshipment:KR|unlading:2704",
    "bills_of_lading": "OOLU2634418870| OOLU2634418871",
    "line_number": "1",
    "revision": "2",
}


def test_a_route_is_read_from_its_compact_text() -> None:
    route = mapped("canonical", CANONICAL_ROW).entry.route
    assert [leg.role for leg in route] == [
        LegRole.STUFFING,
        LegRole.LADING,
        LegRole.TRANSSHIPMENT,
        LegRole.UNLADING,
    ]
    assert (route[0].unlocode, route[0].country) == ("CNDDG", "CN")
    assert (route[1].schedule_k, route[2].country, route[3].schedule_d) == ("57051", "KR", "2704")


def test_lists_are_parted_by_bars() -> None:
    entry = mapped("canonical", CANONICAL_ROW).entry
    assert entry.bills_of_lading == ("OOLU2634418870", "OOLU2634418871")
    assert entry.revision == 2


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("route", "passing:KR", "route"),
        ("route", "lading:K", "route"),
        ("line_number", "one", "line_number"),
        ("quantity", "many", "quantity"),
        ("entry_number", "12", "entry_number"),
        ("manufacturer_mid", "X", "manufacturer.mid"),
    ],
)
def test_a_malformed_canonical_row_names_the_field(column: str, value: str, field: str) -> None:
    assert refused("canonical", CANONICAL_ROW, **{column: value}).field == field


def lines_of(*numbers: str, **changes: str) -> list[MappedRow]:
    return [mapped("canonical", CANONICAL_ROW | changes, line_number=each) for each in numbers]


def test_rows_of_one_entry_are_its_lines() -> None:
    mapping = load_mapping("canonical")
    assert mapping.group(CANONICAL_ROW) == "B76-0324527-8"
    found = join(lines_of("1", "2", "5"))
    assert isinstance(found, MappedRow)
    assert [line.line_number for line in found.entry.lines] == [1, 2, 5]
    assert found.row_numbers == (7, 7, 7)
    assert len(found.outcomes) == 3


def test_lines_without_numbers_are_numbered_in_order() -> None:
    found = join(lines_of("", "", ""))
    assert isinstance(found, MappedRow)
    assert [line.line_number for line in found.entry.lines] == [1, 2, 3]


def test_a_row_by_itself_is_an_entry() -> None:
    (row,) = lines_of("1")
    assert join([row]) is row
    assert load_mapping("kcs").group(KCS_ROW) is None
    assert load_mapping("canonical").group({"entry_number": ""}) is None


def test_rows_that_disagree_about_the_entry_are_quarantined() -> None:
    other = mapped("canonical", CANONICAL_ROW, importer_number="99-9999999AB", line_number="2")
    found = join([*lines_of("1"), other])
    assert isinstance(found, Quarantined)
    assert (found.field, found.row_number) == ("importer", 7)


def test_a_line_number_that_comes_twice_is_quarantined() -> None:
    found = join(lines_of("1", "1", "2"))
    assert isinstance(found, Quarantined)
    assert found.field == "lines"


def test_missing_columns_are_named_but_outcome_columns_may_be_missing() -> None:
    mapping = load_mapping("kcs")
    header = set(KCS_ROW) - {"Fraud", "Critical Fraud"}
    assert mapping.missing_columns(header) == []
    assert mapping.missing_columns(header - {"Tax Type", "Date"}) == ["Date", "Tax Type"]


def test_a_flat_file_needs_only_what_groups_its_lines_and_what_each_must_have() -> None:
    mapping = load_mapping("canonical")
    header = {"entry_number", "hts", "origin_country", "entered_value_usd"}
    assert mapping.missing_columns(header) == []
    assert "route" in mapping.absent_columns(header)
    assert mapping.missing_columns(header - {"hts", "entry_number"}) == ["entry_number", "hts"]


def test_a_mapping_is_loaded_by_name_or_path(tmp_path: object) -> None:
    assert shipped_mappings() == ["canonical", "date", "kcs"]
    with pytest.raises(MappingRefused, match=r"wanted one of \['canonical', 'date', 'kcs'\]"):
        load_mapping(f"{tmp_path}/none.toml")


def test_an_unmapped_row_is_never_read() -> None:
    assert isinstance(mapped("kcs", KCS_ROW, Unheard="x").entry, Entry)
