"""Who is the same party to the history."""

from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.history import HistoryKeys, fold_city, fold_name, fold_number, keys_of


def _line(manufacturer: Party | None = None, seller: Party | None = None) -> EntryLine:
    return EntryLine(
        line_number=1,
        hts=HtsCode("620140"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
        manufacturer=manufacturer,
        seller=seller,
    )


def _keys(
    line: EntryLine | None = None,
    *,
    importer: Party | None = None,
    filer_code: str | None = None,
    entry_number: str | None = None,
    identifier_scheme: str = "us-cbp",
) -> HistoryKeys:
    kept = line or _line()
    entry = Entry(
        lines=(kept,),
        importer=importer,
        filer_code=filer_code,
        entry_number=entry_number,
        identifier_scheme=identifier_scheme,
    )
    return keys_of(entry, kept)


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Ex. Trading Co., Ltd.", "EX TRADING COMPANY LIMITED"),
        ("A.B.C. Company", "ABC Co"),
        ("Hua Feng Garment CO.LTD", "Huafeng Garment"),
        ("Société Générale S.A.", "societe generale"),
        ("Widgets L.L.C.", "WIDGETS LLC"),
        ("under_score GmbH", "Under Score"),
    ],
)
def test_spellings_that_mean_the_same_firm_fold_together(spelling: str, other: str) -> None:
    assert fold_name(spelling) == fold_name(other)


def test_a_name_that_is_only_legal_forms_keeps_its_first_word() -> None:
    assert fold_name("Co Ltd") == "co"


def test_a_name_without_letters_is_kept_as_it_is() -> None:
    assert fold_name("***") == "***"
    assert fold_number("--") == "--"


def test_a_number_is_the_same_with_and_without_punctuation() -> None:
    assert fold_number("12-3456789ab") == fold_number("123456789AB")


def test_the_supplier_is_the_manufacturer_before_the_seller() -> None:
    maker, seller = Party(name="Maker"), Party(name="Seller")
    assert _keys(_line(maker, seller)).supplier == _keys(_line(maker)).supplier
    assert _keys(_line(Party(city="Dandong"), seller)).supplier == _keys(_line(seller)).supplier


def test_a_supplier_is_known_by_name_and_country_before_number_before_mid() -> None:
    full = Party(name="Maker", number="7", mid=Mid("CNMAK12DAN"), country=CountryCode("CN"))
    named = Party(name="Maker", country=CountryCode("CN"))
    by_mid_country = Party(name="Maker", mid=Mid("CNMAK99SHA"))
    numbered = Party(number="7", mid=Mid("CNMAK12DAN"))
    assert _keys(_line(full)).supplier == _keys(_line(named)).supplier
    assert _keys(_line(by_mid_country)).supplier == _keys(_line(named)).supplier
    assert _keys(_line(numbered)).supplier == _keys(_line(Party(number="7"))).supplier
    assert _keys(_line(Party(mid=Mid("CNMAK12DAN")))).supplier not in {
        None,
        _keys(_line(numbered)).supplier,
    }


def test_the_same_name_in_another_country_is_another_supplier() -> None:
    chinese = Party(name="Maker", country=CountryCode("CN"))
    korean = Party(name="Maker", country=CountryCode("KR"))
    assert _keys(_line(chinese)).supplier != _keys(_line(korean)).supplier


def test_an_importer_is_known_by_number_before_name() -> None:
    both = Party(number="12-3456789", name="Harbor")
    assert _keys(importer=both).importer == _keys(importer=Party(number="123456789")).importer
    assert _keys(importer=Party(name="Harbor LLC")).importer == (
        _keys(importer=Party(name="harbor")).importer
    )


def test_a_party_without_identity_has_no_key() -> None:
    goods = _keys().goods
    nobody = HistoryKeys(None, None, None, goods=goods)
    assert _keys(_line(Party(city="Dandong")), importer=Party(city="Boston")) == nobody
    assert _keys() == nobody


def test_a_maker_is_known_by_its_mid_and_its_town_in_its_country_too() -> None:
    full = Party(name="Maker", mid=Mid("CNMAK12DAN"), city="Dan Dong", country=CountryCode("CN"))
    by_mid = Party(mid=Mid("CNMAK12DAN"), city="dandong")
    assert _keys(_line(full)).mid == _keys(_line(by_mid)).mid is not None
    assert _keys(_line(full)).city == _keys(_line(by_mid)).city is not None
    elsewhere = Party(city="Dandong", country=CountryCode("KR"))
    assert _keys(_line(elsewhere)).city not in {None, _keys(_line(full)).city}


def test_a_canadian_mid_is_in_canada() -> None:
    ontario = Party(mid=Mid("XOMAP12TOR"), city="Toronto")
    declared = Party(city="Toronto", country=CountryCode("CA"))
    assert _keys(_line(ontario)).city == _keys(_line(declared)).city is not None


def test_a_town_keeps_words_that_would_be_legal_forms_of_a_firm() -> None:
    assert fold_city("São Co") == "saoco"
    assert fold_city("--") == "--"


def test_goods_lane_and_route_are_known_where_enough_is_declared() -> None:
    line = _line()
    alone = keys_of(Entry(lines=(line,)), line)
    exported = keys_of(Entry(lines=(line,), export_country=CountryCode("KR")), line)
    assert (alone.lane, alone.route) == (None, None)
    assert None not in {exported.lane, exported.route}
    assert alone.goods == exported.goods


def test_a_filer_is_its_code_or_the_first_three_of_a_cbp_entry_number() -> None:
    assert _keys(filer_code="B76").filer == _keys(entry_number="B76-0324527-8").filer
    assert _keys(entry_number="B760324527", identifier_scheme="kr-kcs").filer is None


def test_the_same_number_in_another_scheme_is_another_party() -> None:
    importer = Party(number="77")
    assert _keys(importer=importer).importer != (
        _keys(importer=importer, identifier_scheme="kr-kcs").importer
    )


def test_a_key_names_its_kind_and_never_the_party() -> None:
    key = _keys(importer=Party(name="Harbor Outfitters")).importer
    assert key is not None
    kind, digest = key.split(":")
    assert kind == "importer"
    assert len(digest) == 32
    assert "harbor" not in key


@pytest.mark.parametrize(
    "disguised",
    ["D\u0430ndong Garment Co., Ltd.", "Dandong\u200b Garment Co., Ltd.", "Dan\u2060dong Garment"],
)
def test_a_disguise_is_no_new_party(disguised: str) -> None:
    assert fold_name(disguised) == fold_name("Dandong Garment Co., Ltd.")


def test_a_name_in_its_own_script_stays_its_own() -> None:
    assert fold_name("\u0421\u0435\u0432\u0435\u0440") != fold_name("Cebep")


@pytest.mark.parametrize(
    "disguised",
    [
        "\u041e\u041eLU8164627",
        "\uff2f\uff2f\uff2c\uff358164627",
        "OOLU\u0668\u0661\u0666\u0664\u0666\u0662\u0667",
    ],
)
def test_a_disguised_number_is_the_number_it_shows(disguised: str) -> None:
    assert fold_number(disguised) == "OOLU8164627"
