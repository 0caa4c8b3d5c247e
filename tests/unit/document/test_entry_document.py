"""An entry as a document: read strictly, every fault with its pointer, written back the same."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import (
    ENTRY_FIELDS,
    MAX_FAULTS,
    Submission,
    read_submission,
    submission_bytes,
    submission_document,
)
from app.core.document.kinds import Amount, Choice, ListOf, ObjectOf, json_type
from app.core.entry import Entry, EntryLine, HtsCode, Intent, LegRole, Party, RouteLeg
from app.core.errors import FieldProblem, InvalidEntry, InvalidField
from app.core.json_text import parse_json

LINE = {"hts": "0902300015", "origin_country": "CN", "entered_value_usd": "10.50"}


def entry(line: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"lines": [LINE | (line or {})], **changes}


def faults(document: object, **how: Any) -> tuple[FieldProblem, ...]:
    with pytest.raises(InvalidEntry) as refused:
        read_submission(document, **how)
    return refused.value.problems


def places(document: object, **how: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in faults(document, **how)]


def test_three_fields_of_a_line_are_enough() -> None:
    read = read_submission(entry())
    (line,) = read.entry.lines
    assert read.intent is Intent.DRAFT
    assert (line.line_number, line.hts, line.origin_country) == (1, "0902300015", "CN")
    assert line.entered_value_usd == Decimal("10.50")
    assert read.entry.revision == 1


def test_null_is_not_declared() -> None:
    read = read_submission(entry({"preference": None, "line_number": None}, importer=None))
    assert read == read_submission(entry())


def fields_of(kind: object) -> set[str]:
    """Return the fields of an object, or of the objects in a list."""
    inner = kind.each if isinstance(kind, ListOf) else kind
    assert isinstance(inner, ObjectOf)
    return set(inner.fields)


def test_every_field_of_an_entry_can_be_sent() -> None:
    lines, route = ENTRY_FIELDS["lines"].kind, ENTRY_FIELDS["route"].kind
    assert set(ENTRY_FIELDS) == set(Entry.__dataclass_fields__) | {"intent"}
    assert fields_of(lines) == set(EntryLine.__dataclass_fields__)
    assert fields_of(ENTRY_FIELDS["importer"].kind) == set(Party.__dataclass_fields__)
    assert fields_of(route) == set(RouteLeg.__dataclass_fields__)


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ([], "", "wrong_type"),
        (None, "", "wrong_type"),
        ({}, "/lines", "missing"),
        ({"lines": None}, "/lines", "wrong_type"),
        ({"lines": {}}, "/lines", "wrong_type"),
        ({"lines": []}, "/lines", "lines_count"),
        ({"lines": [LINE] * 1000}, "/lines", "lines_count"),
        ({"lines": ["x"]}, "/lines/0", "wrong_type"),
        (entry(foo=1), "/foo", "unknown_field"),
        (entry({"foo": 1}), "/lines/0/foo", "unknown_field"),
        (entry(intent="maybe"), "/intent", "unknown_value"),
        (entry(intent=1), "/intent", "wrong_type"),
        (entry(revision=0), "/revision", "out_of_range"),
        (entry(revision=True), "/revision", "wrong_type"),
        (entry(revision="1"), "/revision", "wrong_type"),
        (entry(entry_number="B76-0324527-8-9"), "/entry_number", "invalid_entry_number"),
        (entry(entry_number=7), "/entry_number", "wrong_type"),
        (entry(filer_code="000"), "/filer_code", "invalid_filer_code"),
        (entry(port_of_entry="27040"), "/port_of_entry", "invalid_schedule_d"),
        (entry(export_country="ZZ"), "/export_country", "invalid_country"),
        (entry(export_date="2026-02-30"), "/export_date", "invalid_date"),
        (entry(export_date="2026-2-3"), "/export_date", "invalid_date"),
        (entry(export_date=20260203), "/export_date", "wrong_type"),
        (entry(containers="OOLU9182736"), "/containers", "wrong_type"),
        (entry(containers=["A", 1]), "/containers/1", "wrong_type"),
        (entry(containers=["A"] * 1000), "/containers", "containers_count"),
        (entry(importer={"name": "\u0000"}), "/importer/name", "control_character"),
        (entry(importer={"name": "x" * 201}), "/importer/name", "text_too_long"),
        (entry(importer={"name": "  "}), "/importer/name", "invalid_text"),
        (entry(importer=[]), "/importer", "wrong_type"),
        (entry(route=[{"role": "lading"}]), "/route/0", "leg_without_place"),
        (entry(route=[{"country": "CN"}]), "/route/0/role", "missing"),
        (entry(route=[{"role": "x", "country": "CN"}]), "/route/0/role", "unknown_value"),
        (entry({"hts": "12345"}), "/lines/0/hts", "invalid_hts"),
        (entry({"hts": 902300015}), "/lines/0/hts", "wrong_type"),
        (entry({"hts": None}), "/lines/0/hts", "wrong_type"),
        (entry({"origin_country": "cn"}), "/lines/0/origin_country", "invalid_country"),
        (entry({"entered_value_usd": 10}), "/lines/0/entered_value_usd", "wrong_type"),
        (entry({"entered_value_usd": "-1"}), "/lines/0/entered_value_usd", "invalid_decimal"),
        (entry({"entered_value_usd": "1e3"}), "/lines/0/entered_value_usd", "invalid_decimal"),
        (entry({"entered_value_usd": "9" * 20}), "/lines/0/entered_value_usd", "out_of_range"),
        (entry({"quantity": True}), "/lines/0/quantity", "wrong_type"),
        (entry({"quantity": -1}), "/lines/0/quantity", "out_of_range"),
        (entry({"quantity": Decimal("1E+999999")}), "/lines/0/quantity", "out_of_range"),
        (entry({"quantity": Decimal("NaN")}), "/lines/0/quantity", "out_of_range"),
        (entry({"quantity": Decimal("Infinity")}), "/lines/0/quantity", "out_of_range"),
        (entry({"quantity": Decimal("0." + "1" * 29)}), "/lines/0/quantity", "too_precise"),
        (entry({"quantity": Decimal("1E-999999999")}), "/lines/0/quantity", "too_precise"),
        (entry({"line_number": 1000}), "/lines/0/line_number", "out_of_range"),
        (entry({"attributes": []}), "/lines/0/attributes", "wrong_type"),
        (entry({"attributes": {"tax": 3}}), "/lines/0/attributes/tax", "wrong_type"),
        (entry({"attributes": {"x" * 65: "y"}}), "/lines/0/attributes", "text_too_long"),
        (
            {"lines": [LINE | {"line_number": 2}, LINE]},
            "/lines",
            "duplicate_line_number",
        ),
    ],
)
def test_a_fault_is_named_by_its_pointer_and_code(
    document: object, pointer: str, code: str
) -> None:
    assert places(document) == [(pointer, code)]


def test_all_faults_are_named_at_once() -> None:
    document = entry({"hts": "x", "origin_country": "ZZ"}, revision=0, entry_number="?")
    assert [pointer for pointer, _ in places(document)] == [
        "/revision",
        "/lines/0/hts",
        "/lines/0/origin_country",
        "/entry_number",
    ]


def test_reading_stops_at_twenty_faults() -> None:
    many = {f"field {number}": number for number in range(100_000)}
    assert len(faults(entry() | many)) == MAX_FAULTS
    with pytest.raises(InvalidEntry, match="20 or more"):
        read_submission(entry() | many)


def test_pointers_start_where_the_entry_stands() -> None:
    assert places(entry(foo=1), pointer="/entries/3") == [("/entries/3/foo", "unknown_field")]
    assert places(7, pointer="/entries/3") == [("/entries/3", "wrong_type")]


def test_attributes_are_those_the_model_declares() -> None:
    document = entry({"attributes": {"tax_type": "A", "office": None, "colour": "red"}})
    declared = frozenset({"tax_type", "office"})
    assert places(document, attributes=declared) == [
        ("/lines/0/attributes/colour", "unknown_attribute")
    ]
    assert read_submission(document).entry.lines[0].attributes == {"tax_type": "A", "colour": "red"}


def test_another_scheme_makes_numbers_free_texts() -> None:
    document = entry(
        identifier_scheme="kr-kcs",
        entry_number="2013-00001",
        filer_code="BROKER 9",
        port_scheme="kr-kcs",
        port_of_entry="020",
    )
    read = read_submission(document).entry
    assert (read.entry_number, read.filer_code) == ("2013-00001", "BROKER 9")
    assert read.port_of_entry == "020"


def test_lines_without_a_number_get_their_place() -> None:
    read = read_submission({"lines": [LINE, LINE | {"line_number": 7}, LINE]})
    assert [line.line_number for line in read.entry.lines] == [1, 7, 3]


def test_reading_changes_nothing_in_the_document() -> None:
    document = entry()
    read_submission(document)
    assert document == entry()


def test_measures_may_be_numbers_or_decimal_strings() -> None:
    one = read_submission(entry({"gross_weight_kg": 1890, "quantity": Decimal("2.50")}))
    other = read_submission(entry({"gross_weight_kg": "1890", "quantity": "2.5"}))
    assert submission_bytes(one) == submission_bytes(other)


FULL = {
    "intent": "filed",
    "entry_number": "B76-0324527-8",
    "revision": 2,
    "entry_type": "01",
    "filer_code": "B76",
    "port_of_entry": "2704",
    "mode_of_transport": "11",
    "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC", "country": "US"},
    "export_country": "CN",
    "export_date": "2026-10-28",
    "arrival_date": "2026-11-16",
    "entry_date": "2026-11-20",
    "carrier_scac": "OOLU",
    "bills_of_lading": ["OOLU2634418870"],
    "containers": ["OOLU9182736"],
    "route": [{"unlocode": "CNDDG", "country": "CN", "role": "stuffing"}],
    "lines": [
        LINE
        | {
            "description": "men's padded jackets",
            "manufacturer": {"mid": "CNEXATRA12DAN", "city": "Dandong", "postal_code": "118000"},
            "seller": {"name": "Example Trading (HK) Ltd", "country": "HK"},
            "quantity": 2500,
            "quantity_unit": "NO",
            "gross_weight_kg": 1890,
            "duty_rate_percent": "27.7",
            "preference": "S",
            "attributes": {"tax_type": "A"},
        }
    ],
}


def test_what_is_written_reads_back_the_same() -> None:
    read = read_submission(FULL)
    data = submission_bytes(read)
    again = read_submission(parse_json(data))
    assert again == read
    assert submission_bytes(again) == data
    assert read.entry.route == (
        RouteLeg(
            role=LegRole.STUFFING,
            country=read.entry.export_country,
            unlocode=read.entry.route[0].unlocode,
        ),
    )
    assert read.entry.entry_date == date(2026, 11, 20)


def test_the_bytes_do_not_depend_on_spelling() -> None:
    turned = dict(reversed(FULL.items())) | {
        "entry_number": "B7603245278",
        "identifier_scheme": "us-cbp",
    }
    assert submission_bytes(read_submission(turned)) == submission_bytes(read_submission(FULL))


def test_the_document_is_plain_json() -> None:
    document = submission_document(read_submission(FULL))
    assert orjson.loads(orjson.dumps(document)) == document
    assert document["lines"][0]["entered_value_usd"] == "10.5"
    assert "seller" not in submission_document(read_submission(entry()))["lines"][0]


@given(st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=2))
def test_money_survives_the_round_trip(value: Decimal) -> None:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("090230"),
        origin_country=read_submission(entry()).entry.lines[0].origin_country,
        entered_value_usd=value,
    )
    data = submission_bytes(Submission(Entry(lines=(line,))))
    assert read_submission(parse_json(data)).entry.lines[0].entered_value_usd == value


def test_kinds_say_what_they_want_and_found() -> None:
    with pytest.raises(InvalidField, match="found a boolean, wanted a decimal string"):
        Amount(Decimal(1)).read("value", raw=False)
    with pytest.raises(InvalidField, match="wanted one of origin"):
        Choice(LegRole).read("role", [])
    assert json_type(object()) == "no JSON value"
    assert json_type(1.5) == "a number"
