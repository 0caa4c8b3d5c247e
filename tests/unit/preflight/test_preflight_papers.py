"""Preflight of numbers, cargo, route, dates and MID: golden findings, and nothing else fires."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.codes import iso_countries
from app.core.document import read_submission
from app.core.document.example import example_entry
from app.core.entry import CountryCode, Entry, EntryType, Intent, LegRole, Party, RouteLeg
from app.core.json_text import parse_json
from app.core.preflight import CHECKS, Finding, Severity, check
from app.core.preflight.containers import container_check_digit, container_text, is_container
from app.core.preflight.mid_form import (
    city_letters,
    ends_other,
    has_mid_shape,
    name_words,
    names_other,
    numbers_other,
    rebuilt,
    street_numbers,
)
from tests.filings import entry, leg, line, party, shipped

DAY = date(2026, 11, 16)
HTS = "9609100000"  # no textile


def told(filed: Entry, on: date = DAY, intent: Intent = Intent.DRAFT) -> list[tuple[str, str, str]]:
    return [
        (each.code, str(each.severity), each.path)
        for each in check(filed, shipped(), on, intent)
        if each.code not in {"WEIGHT_MISSING", "HTS_UNKNOWN"}
    ]


def plain(**changes: object) -> Entry:
    return replace(entry(line(hts=HTS)), **changes)  # type: ignore[arg-type]  # fields by name


def test_the_example_entry_has_no_findings() -> None:
    submission = read_submission(example_entry(), attributes=frozenset())
    assert check(submission.entry, shipped(), DAY, submission.intent) == ()


def test_a_filing_without_a_number_is_told_that_it_is_never_history() -> None:
    assert told(plain(), intent=Intent.FILED) == [("FILED_WITHOUT_NUMBER", "info", "/entry_number")]
    assert told(plain()) == []
    assert told(plain(entry_number="B76-0324527-8"), intent=Intent.FILED) == []


def test_the_filer_code_is_that_of_the_entry_number() -> None:
    assert told(plain(entry_number="B76-0324527-8", filer_code="B76")) == []
    wrong = plain(entry_number="B76-0324527-8", filer_code="C76")
    assert told(wrong) == [("FILER_CODE_MISMATCH", "warning", "/filer_code")]


@pytest.mark.parametrize("port", ["9999", "0000"])
def test_a_port_of_entry_in_no_table_is_a_warning(port: str) -> None:
    assert told(plain(port_of_entry=port)) == [("PORT_UNKNOWN", "warning", "/port_of_entry")]
    assert told(plain(port_of_entry="2704")) == []
    assert told(plain(port_of_entry=port, port_scheme="kr")) == []


@pytest.mark.parametrize(
    "number", ["12-3456789AB", "123456789ab", "12-3456789", "123-45-6789", "990427-12345"]
)
def test_the_three_forms_of_importer_number_are_known(number: str) -> None:
    assert told(plain(importer=Party(number=number))) == []


@pytest.mark.parametrize("number", ["1", "12_3456789AB", "AB-3456789AB", "123456789012345"])
def test_an_importer_number_of_no_form_is_a_warning(number: str) -> None:
    wrong = plain(importer=Party(number=number))
    assert told(wrong) == [("IMPORTER_NUMBER_FORM", "warning", "/importer/number")]
    assert told(replace(wrong, identifier_scheme="kr")) == []
    assert told(plain(importer=Party(name="A firm"))) == []


def test_container_check_digits_are_those_of_iso_6346() -> None:
    assert container_check_digit("CSQU305438") == "3"  # the standard's own example
    assert container_check_digit("OOLU918273") == "1"
    assert container_text(" csqu-305438 3") == "CSQU3054383"
    assert is_container("CSQU3054383")
    assert not is_container("CSQX3054383")


def test_container_numbers_are_checked_one_by_one() -> None:
    boxes = ("CSQU3054383", "CSQU 305438 4", "TRUCK 12", "MSCU123456")
    assert told(plain(containers=boxes)) == [
        ("CONTAINER_CHECK_DIGIT", "warning", "/containers/1"),
        ("CONTAINER_FORM", "warning", "/containers/2"),
        ("CONTAINER_FORM", "warning", "/containers/3"),
    ]


def test_a_bill_begins_with_its_issuers_letters() -> None:
    filed = entry(line(hts=HTS), mode="11", bills_of_lading=("OOLU2634418870", "263441887"))
    assert told(filed) == [("BILL_FORM", "warning", "/bills_of_lading/1")]
    assert told(replace(filed, identifier_scheme="kr")) == []
    by_air = entry(line(hts=HTS), mode="40", bills_of_lading=("176-12345675", "x", "HAWB 123456"))
    assert told(by_air) == [("BILL_FORM", "warning", "/bills_of_lading/1")]


def test_a_bill_of_another_issuer_than_the_carrier_is_worth_knowing() -> None:
    submission = example_entry() | {"bills_of_lading": ["MSCU7712345"], "carrier_scac": "OOLU"}
    filed = read_submission(submission, attributes=frozenset()).entry
    assert told(filed) == [("BILL_CARRIER_DIFFERS", "info", "/bills_of_lading/0")]


def test_dates_that_cannot_be_are_told_once_each() -> None:
    far = plain(entry_date=date(9999, 12, 31), export_date=date(1, 1, 1), arrival_date=DAY)
    assert told(far) == [
        ("DATE_FAR_AWAY", "warning", "/entry_date"),
        ("DATE_FAR_AWAY", "warning", "/export_date"),
    ]


def test_dates_out_of_order_are_told() -> None:
    early = plain(export_date=DAY, arrival_date=DAY - timedelta(days=1))
    assert told(early) == [("ARRIVAL_BEFORE_EXPORT", "warning", "/arrival_date")]
    long = plain(export_date=DAY - timedelta(days=367), arrival_date=DAY)
    assert told(long) == [("DATES_FAR_APART", "warning", "/export_date")]
    assert told(plain(export_date=DAY - timedelta(days=366), arrival_date=DAY)) == []


def test_an_entry_long_after_arrival_is_late_unless_its_type_may_be() -> None:
    entered = DAY + timedelta(days=16)
    late = entry(line(hts=HTS), entry_type="01", arrival_date=DAY, entry_date=entered)
    assert told(late) == [("ENTRY_DATE_LATE", "warning", "/entry_date")]
    assert told(replace(late, entry_date=DAY + timedelta(days=15))) == []
    assert told(replace(late, entry_date=None)) == []
    assert told(replace(late, entry_type=EntryType("21"))) == []


def test_a_legs_port_code_in_no_table_is_worth_knowing() -> None:
    filed = entry(line(hts=HTS), route=("CN", "9998", "00000", "57051"))
    assert told(filed) == [
        ("ROUTE_PORT_UNKNOWN", "info", "/route/1/schedule_d"),
        ("ROUTE_PORT_UNKNOWN", "info", "/route/2/schedule_k"),
    ]


def test_the_origin_is_the_one_the_route_begins_in() -> None:
    route = (leg("CNDDG", LegRole.ORIGIN), leg("KR"))
    assert told(entry(line(hts=HTS), route=route)) == []
    other = entry(line(hts=HTS, origin="VN"), route=route)
    assert told(other) == [("ORIGIN_ROUTE_DIFFERS", "warning", "/lines/0/origin_country")]


def test_an_origin_that_no_place_passes_is_worth_knowing() -> None:
    route: tuple[str | RouteLeg, ...] = ("KRPUS", "2704")
    nowhere = entry(line(hts=HTS, origin="VN"), export="KR", route=route)
    assert told(nowhere) == [("ORIGIN_NOT_ON_ROUTE", "info", "/lines/0/origin_country")]
    assert told(replace(nowhere, export_country=CountryCode("VN"))) == []
    unknown = entry(line(hts=HTS, origin="VN"), route=(*route, "57051"))
    assert told(unknown) == []  # a place whose country is not told may be anywhere


def test_codes_of_chapter_98_and_99_do_not_say_what_the_goods_are() -> None:
    codes = [each[0] for each in told(entry(line(hts="9903880300")))]
    assert codes == ["HTS_OVERLAY"]
    assert [each[0] for each in told(entry(line(hts="960910")))] == ["HTS_DIGITS"]
    assert told(replace(entry(line(hts="960910")), identifier_scheme="kr")) == []


def made(**cells: str) -> Entry:
    return entry(line(hts=HTS, manufacturer=party(postal_code="118000", **cells)))


def test_a_mid_of_name_street_and_city_is_clean() -> None:
    assert told(made(country="CN", mid="CNEXATRA12DAN", name="Example Trading Co., Ltd.",
                     address="12 Zhenxing Road", city="Dandong")) == []  # fmt: skip
    assert told(made(country="CN", mid="CNEXATRA12DAN", name="示例公司", city="丹东市")) == []


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("MID_NAME_DIFFERS", {"name": "Harbor Outfitters"}),
        ("MID_STREET_DIFFERS", {"name": "Example Trading", "address": "14 Zhenxing Road"}),
        ("MID_CITY_DIFFERS", {"name": "Example Trading", "city": "Dalian"}),
    ],
)
def test_a_mid_that_cannot_be_the_declared_one_is_a_warning(
    code: str, cells: dict[str, str]
) -> None:
    filed = made(country="CN", mid="CNEXATRA12DAN", **cells)
    assert told(filed) == [(code, "warning", "/lines/0/manufacturer/mid")]


def test_the_text_says_what_the_rule_makes() -> None:
    filed = made(mid="CNHAROUT12DAN", name="Example Trading", city="Dandong", address="Road 12")
    (finding,) = (each for each in check(filed, shipped(), DAY) if each.code == "MID_NAME_DIFFERS")
    assert finding.text.endswith("the rule makes CNEXATRA12DAN of name and place.")
    assert "Example" not in finding.text


def test_a_mid_that_has_no_such_form_is_a_warning() -> None:
    wrong = made(country="CN", mid="CNABCDEFGHIJKLM", name="Other")
    assert told(wrong) == [("MID_FORM", "warning", "/lines/0/manufacturer/mid")]
    canada = entry(line(hts=HTS, origin="CA", manufacturer=party("CA", "CAMAPSYR12TOR")))
    assert told(canada) == [("MID_CANADA", "warning", "/lines/0/manufacturer/mid")]
    assert told(replace(canada, identifier_scheme="kr")) == []


def test_the_mid_of_textiles_names_their_origin() -> None:
    maker = party("VN", "VNAMAKER12HAN")
    textile = entry(line(hts="6109100012", origin="KH", manufacturer=maker))
    pencil = entry(line(hts=HTS, origin="KH", manufacturer=maker))
    path = "/lines/0/manufacturer/mid"
    assert told(textile) == [("MID_ORIGIN_DIFFERS", "warning", path)]
    assert told(pencil) == [("MID_ORIGIN_DIFFERS", "info", path)]
    other = replace(textile, identifier_scheme="kr")
    assert told(other) == [("MID_ORIGIN_DIFFERS", "info", path)]


@pytest.mark.parametrize(
    ("name", "letters"),
    [  # the examples of the appendix to 19 CFR part 102
        ("Amalgamated Plastics Corp.", "AMAPLA"),
        ("Bergstrom", "BER"),
        ("A.B.C. Company", "ABCCOM"),
        ("A B C Company", "ABCCOM"),
        ("O.A.S.I.S. Corp.", "OASCOR"),
        ("Dr. S.A. Smith", "DRSA"),
        ("Shavings B L Inc.", "SHABL"),
        ("The Embassy of Spain", "EMBSPA"),
        ("Établissements Génie", "ETAGEN"),
    ],
)
def test_the_name_part_is_made_as_the_appendix_says(name: str, letters: str) -> None:
    made_of = rebuilt("XX", name, None, "Paris")
    assert made_of == f"XX{letters}PAR"


def test_numbers_and_cities_are_read_as_the_appendix_says() -> None:
    assert rebuilt("US", "A Firm", "11455 Main Street, Suite 9999", "St. Michel") == "USFIR1145STM"
    assert street_numbers("12,34,56 Alaska Road") == ("1234",)
    assert city_letters("18-Mile High") == "MIL"
    assert rebuilt("CN", "示例公司", None, "Dandong") is None
    assert rebuilt("CN", "Example", None, None) is None
    assert rebuilt("CN", "Example", None, "丹东") is None
    assert rebuilt("CN", "The", None, "Dandong") is None


def test_what_cannot_be_told_is_not_told() -> None:
    assert not numbers_other("CNEXATRADAN", "12 Road", None)  # no number in the code
    assert not numbers_other("USABC200LON", "7 Road", "ABC 200")  # it may belong to the name
    assert not numbers_other("CNEXATRA12DAN", "Road", None)
    assert not numbers_other("CNEXATRA34DAN", "12-34 Road", None)
    assert not names_other("CNEXATRA12DAN", "示例")
    assert not names_other("CNEXATRA12DAN", "***")
    assert not ends_other("CNEXATRA12DAN", "Yi")
    assert not ends_other("CNEXATRA12DAN", "123")
    assert name_words("a b") == ("AB",)


def test_a_postal_code_of_no_province_is_a_warning() -> None:
    path = "/lines/0/manufacturer/postal_code"
    maker = party("CN", postal_code="000000")
    assert told(entry(line(hts=HTS, manufacturer=maker))) == [
        ("CN_POSTAL_PROVINCE", "warning", path)
    ]
    inland = party("CN", postal_code="510000", city="Urumqi")
    assert told(entry(line(hts=HTS, manufacturer=inland))) == [
        ("CN_POSTAL_TOWN_DIFFERS", "warning", path)
    ]
    border = party("CN", postal_code="118000", city="Dandong")
    assert told(entry(line(hts=HTS, manufacturer=border))) == []


def test_every_code_is_in_the_catalogue_and_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "preflight.md").read_text()
    for each in CHECKS:
        severities = ", ".join(each.severities)
        mark = "yes" if each.verified else "no"
        row = f"| `{each.code}` | {severities} | {each.about} | {each.source} | {mark} |"
        assert row in page
    assert len({each.code for each in CHECKS}) == len(CHECKS)


def test_what_was_not_verified_never_makes_an_error() -> None:
    assert not [
        each.code for each in CHECKS if not each.verified and Severity.ERROR in each.severities
    ]


_ODD_TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)
_TEXTS = (
    _ODD_TEXTS | st.sampled_from(["１１８０００", "11\u200b8000", " 118000", "А.В.С."])
).filter(lambda text: bool(text.strip()))
_MIDS = st.from_regex(r"(CN|CA|XO|VN)[A-Z0-9]{3,13}", fullmatch=True)


@given(
    cells=st.fixed_dictionaries(dict.fromkeys(("name", "address", "city", "postal_code"), _TEXTS)),
    mid=_MIDS,
    numbers=st.lists(_TEXTS, max_size=3).map(tuple),
    mode=st.sampled_from(["11", "40"]),
)
def test_no_text_is_too_odd_to_be_checked(
    cells: dict[str, str], mid: str, numbers: tuple[str, ...], mode: str
) -> None:
    maker = party("CN", mid, **cells)
    filed = entry(
        line(hts=HTS, manufacturer=maker),
        mode=mode,
        importer=Party(number=cells["name"]),
        bills_of_lading=numbers,
        containers=numbers,
    )
    by_code = {each.code: each for each in CHECKS}
    found: tuple[Finding, ...] = check(filed, shipped(), DAY, Intent.FILED)
    for each in found:
        assert each.severity in by_code[each.code].severities
    rebuilt("CN", cells["name"], cells["address"], cells["city"])
    assert isinstance(has_mid_shape(cells["name"]), bool)


_WORD = st.from_regex(r"[A-Z][a-z]{2,9}", fullmatch=True)
_NAMES = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_COUNTRIES_BUT_CHINA = st.sampled_from(sorted(iso_countries() - {"CN", "CA"}))


@given(
    country=_COUNTRIES_BUT_CHINA,
    name=_NAMES,
    city=_WORD,
    street=st.integers(1, 99_999),
    postal=st.none() | st.from_regex(r"[0-9A-Z]{3,10}", fullmatch=True),
)
def test_a_sound_record_of_another_country_than_china_meets_no_rule(
    country: str, name: str, city: str, street: int, postal: str | None
) -> None:
    address = f"{street} Long Street"
    mid = rebuilt(country, name, address, city)
    assume(mid is not None)
    maker = party(country, mid, name=name, address=address, city=city, postal_code=postal)
    filed = entry(line(hts=HTS, origin=country, manufacturer=maker), export=country)
    assert told(filed, intent=Intent.DRAFT) == []


@pytest.mark.nightly
@given(code=_TEXTS, city=_TEXTS, address=_TEXTS, country=st.none() | st.sampled_from(["CN", "VN"]))
@settings(max_examples=50_000, deadline=None)
def test_fifty_thousand_postal_codes_and_addresses_leave_nothing_uncaught(
    code: str, city: str, address: str, country: str | None
) -> None:
    maker = party(country, postal_code=code, city=city, address=address)
    for each in check(entry(line(hts=HTS, manufacturer=maker)), shipped(), DAY):
        assert each.code.startswith("CN_") <= (country == "CN")


def test_findings_of_the_golden_entries_are_as_they_were(repository: Path) -> None:
    golden = json.loads((repository / "tests" / "golden" / "preflight.json").read_text())
    assert len(golden) >= 20
    for case in golden:
        submission = read_submission(parse_json(json.dumps(case["entry"]).encode()))
        found = check(
            submission.entry, shipped(), date.fromisoformat(case["on"]), submission.intent
        )
        shown = [[each.code, str(each.severity), each.path] for each in found]
        assert shown == case["findings"], case["name"]
