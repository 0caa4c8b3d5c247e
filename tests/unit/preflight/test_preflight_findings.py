"""Preflight: each rule fires where it should, says where, and nowhere else."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.codes import iso_countries
from app.core.entry import (
    CountryCode,
    Entry,
    EntryLine,
    EntryNumber,
    EntryType,
    HtsCode,
    LegRole,
    Mid,
    Party,
    RouteLeg,
    Unlocode,
)
from app.core.preflight import KNOWN_ENTRY_TYPES, Finding, Severity, check
from tests.reference_packs import row, small_pack

DAY = date(2025, 6, 1)
PACK = small_pack(
    hs6=[row("hs6"), row("hs6", hs6="854140", effective_to="2022-01-01")],
    postal=[row("postal", prefix="83"), row("postal", prefix="118", area="dandong")],
)
MAKER = Party(name="A Maker", country=CountryCode("CN"), postal_code="118000")


def line(
    hts: str = "6109100012", maker: Party | None = MAKER, **cells: Decimal | None
) -> EntryLine:
    return EntryLine(
        line_number=1,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=cells.get("value") or Decimal(cells.get("value", 1) or 0),
        gross_weight_kg=cells.get("weight", Decimal(10)),
        manufacturer=maker,
    )


def found(*lines: EntryLine, on: date = DAY, entry: Entry | None = None) -> list[Finding]:
    return list(check(entry or Entry(lines=lines), PACK, on))


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(each.code, str(each.severity), each.path) for each in findings]


def test_a_clean_entry_has_no_findings() -> None:
    entry = Entry(
        lines=(line(),),
        entry_number=EntryNumber("B76-0324527-8"),
        entry_type=EntryType("01"),
        route=(
            RouteLeg(role=LegRole.LADING, country=CountryCode("CN"), unlocode=Unlocode("CNDLC")),
            RouteLeg(role=LegRole.ORIGIN, country=CountryCode("CN")),
            RouteLeg(role=LegRole.UNLADING, unlocode=Unlocode("USLAX")),
        ),
    )
    assert found(entry=entry) == []


def test_an_unknown_entry_type_is_a_warning() -> None:
    entry = Entry(lines=(line(),), entry_type=EntryType("99"))
    assert told(found(entry=entry)) == [("ENTRY_TYPE_UNKNOWN", "warning", "/entry_type")]
    assert "86" in KNOWN_ENTRY_TYPES


def test_a_wrong_check_digit_is_only_a_warning() -> None:
    entry = Entry(lines=(line(),), entry_number=EntryNumber("B76-0324527-9"))
    assert told(found(entry=entry)) == [("ENTRY_NUMBER_CHECK_DIGIT", "warning", "/entry_number")]


def test_a_number_of_another_scheme_has_no_check_digit() -> None:
    entry = Entry(lines=(line("610910"),), entry_number="97061800", identifier_scheme="kr")
    assert found(entry=entry) == []


def test_a_leg_whose_locode_is_in_another_country_is_a_warning() -> None:
    legs = (
        RouteLeg(role=LegRole.ORIGIN, country=CountryCode("CN")),
        RouteLeg(role=LegRole.LADING, country=CountryCode("KR"), unlocode=Unlocode("CNDLC")),
        RouteLeg(role=LegRole.TRANSSHIPMENT, country=CountryCode("KR"), unlocode=Unlocode("XZAAA")),
    )
    entry = Entry(lines=(line(),), route=legs)
    assert told(found(entry=entry)) == [("ROUTE_COUNTRY_MISMATCH", "warning", "/route/1/unlocode")]


def test_a_code_outside_the_tables_is_an_error_at_its_line() -> None:
    assert told(found(line("0101010000"))) == [("HTS_UNKNOWN", "error", "/lines/0/hts")]
    (finding,) = found(line("6109100099"))
    assert (finding.code, finding.severity) == ("HTS_UNKNOWN", Severity.ERROR)
    assert "6109100099" in finding.text


def test_a_code_of_an_edition_past_is_an_error() -> None:
    (finding,) = found(line("8541406010"))
    assert told([finding]) == [("HTS_OBSOLETE", "error", "/lines/0/hts")]
    assert "854140 was not in force on 2025-06-01" in finding.text
    assert found(line("8541406010"), on=date(2021, 6, 1)) == []


def test_before_the_first_edition_and_after_the_last_snapshot_it_is_a_warning() -> None:
    assert told(found(line("0101010000"), on=date(2011, 1, 1)))[0][1] == "warning"
    assert told(found(line("6109100099"), on=date(2025, 8, 1)))[0][1] == "warning"
    assert told(found(line("6109100099"), on=date(2025, 7, 1)))[0][1] == "error"


def test_digits_beyond_six_of_another_countrys_tariff_are_its_own() -> None:
    entry = Entry(lines=(line("6109109999"),), identifier_scheme="kr")
    assert found(entry=entry) == []
    entry = Entry(lines=(line("8541409999"),), identifier_scheme="kr")
    assert told(found(entry=entry)) == [("HTS_OBSOLETE", "warning", "/lines/0/hts")]


def test_value_and_weight_of_nothing_are_told() -> None:
    assert told(found(line(value=Decimal(0)))) == [
        ("VALUE_ZERO", "warning", "/lines/0/entered_value_usd")
    ]
    assert told(found(line(weight=Decimal(0)))) == [
        ("WEIGHT_ZERO", "warning", "/lines/0/gross_weight_kg")
    ]
    assert told(found(line(weight=None))) == [
        ("WEIGHT_MISSING", "info", "/lines/0/gross_weight_kg")
    ]


def test_a_mid_of_another_country_than_maker_or_origin_is_told() -> None:
    vietnamese = Mid("VNAMAKER12HAN")
    maker = Party(mid=vietnamese, country=CountryCode("CN"), postal_code="118000")
    assert told(found(line(maker=maker))) == [
        ("MID_COUNTRY_MISMATCH", "warning", "/lines/0/manufacturer/mid"),
        ("MID_ORIGIN_DIFFERS", "warning", "/lines/0/manufacturer/mid"),
    ]
    assert told(found(line(maker=Party(mid=vietnamese)))) == [
        ("MID_ORIGIN_DIFFERS", "warning", "/lines/0/manufacturer/mid")
    ]
    agreed = Party(mid=Mid("CNAMAKER12DAN"), country=CountryCode("CN"), postal_code="118000")
    assert found(line(maker=agreed)) == []


@pytest.mark.parametrize(
    ("code", "word"), [(None, "missing"), ("11800", "six digits"), ("11800x", "six digits")]
)
def test_a_chinese_maker_needs_six_digits(code: str | None, word: str) -> None:
    maker = Party(name="A Maker", country=CountryCode("CN"), postal_code=code)
    (finding,) = found(line(maker=maker))
    assert told([finding]) == [("CN_POSTAL_CODE", "error", "/lines/0/manufacturer/postal_code")]
    assert word in finding.text


def test_the_postal_rule_began_on_18_march_2023() -> None:
    maker = Party(name="A Maker", country=CountryCode("CN"))
    assert found(line(maker=maker), on=date(2023, 3, 17)) == []
    assert len(found(line(maker=maker), on=date(2023, 3, 18))) == 1


def test_a_postal_code_of_xinjiang_is_a_warning() -> None:
    maker = Party(name="A Maker", country=CountryCode("CN"), postal_code=" 830000 ")
    path = "/lines/0/manufacturer/postal_code"
    assert told(found(line(maker=maker))) == [("CN_POSTAL_XINJIANG", "warning", path)]


def test_the_mid_tells_that_a_maker_is_in_china() -> None:
    maker = Party(mid=Mid("CNAMAKER12DAN"))
    assert [each.code for each in found(line(maker=maker))] == ["CN_POSTAL_CODE"]
    assert found(line(maker=Party(name="A Maker"))) == []


def test_the_postal_rule_is_for_entries_of_cbp() -> None:
    maker = Party(name="A Maker", country=CountryCode("CN"))
    entry = Entry(lines=(line("610910", maker),), identifier_scheme="kr")
    assert found(entry=entry) == []


def test_a_line_without_a_maker_is_not_asked_for_a_postal_code() -> None:
    assert found(line(maker=None)) == []


def test_paths_name_the_line_by_its_place() -> None:
    second = EntryLine(
        line_number=7,
        hts=HtsCode("0101010000"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
        gross_weight_kg=Decimal(1),
    )
    assert told(found(line(), second)) == [("HTS_UNKNOWN", "error", "/lines/1/hts")]


@given(
    country=st.sampled_from(sorted(iso_countries() - {"CN"})),
    code=st.one_of(st.none(), st.from_regex(r"[0-9A-Z ]{1,19}[0-9A-Z]", fullmatch=True)),
    on=st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    mid=st.one_of(st.none(), st.just(Mid("CNAMAKER12DAN")), st.just(Mid("VNAMAKER12HAN"))),
)
def test_a_maker_outside_china_never_meets_the_chinese_postal_rule(
    country: str, code: str | None, on: date, mid: Mid | None
) -> None:
    maker = Party(name="A Maker", country=CountryCode(country), postal_code=code, mid=mid)
    codes = {each.code for each in found(line(maker=maker), on=on)}
    assert not {each for each in codes if each.startswith("CN_POSTAL")}
