"""Screening: parties by name, in force on the day, within the scope of the order."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.reference import load_reference
from app.core.screening import LEGAL_FORM_MATCH, Hit, HitStrength, Screener
from app.core.screening.screener import WEAK_SAID
from tests.reference_packs import Cells, row, small_pack

DAY = date(2025, 6, 1)
STRONG, WEAK = HitStrength.STRONG, HitStrength.WEAK


def line(number: int = 1, hts: str = "6109100012", **parties: Party) -> EntryLine:
    return EntryLine(
        line_number=number,
        hts=HtsCode(hts),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1000),
        manufacturer=parties.get("manufacturer"),
        seller=parties.get("seller"),
    )


def screener(*entities: Cells) -> Screener:
    return Screener(small_pack(entities=entities or (row("entities"),)))


def made_by(party_name: str, declared: str | None = None, **listed: str) -> Sequence[Hit]:
    party = Party(name=party_name, country=CountryCode(declared) if declared else None)
    entry = Entry(lines=(line(manufacturer=party),))
    return screener(row("entities", **listed)).screen(entry, DAY)


def test_the_same_name_is_a_whole_match() -> None:
    (hit,) = made_by("MADE UP GARMENTS CO., LTD.")
    assert (hit.line_number, hit.role, hit.match) == (1, "manufacturer", 1.0)
    assert (hit.list, hit.regime, hit.entity_id) == ("WRO", "TA-307", "wro-made-up")
    assert hit.entity == "Made Up Garments Co., Ltd."
    assert hit.effective_from == date(2020, 1, 1)


def test_a_name_with_another_legal_form_matches_a_little_less() -> None:
    (hit,) = made_by("Made-Up Garments Inc")
    assert hit.match == LEGAL_FORM_MATCH
    assert "but for the legal form" in hit.why


def test_a_longer_name_of_everyday_words_is_a_weak_hit() -> None:
    (hit,) = made_by("Made Up Garments Vietnam Co., Ltd.")
    assert hit.strength is WEAK


def test_everyday_words_in_common_are_no_hit() -> None:
    assert made_by("Made Up Textile Co., Ltd.") == ()


def test_other_names_and_chinese_names_are_matched_and_said() -> None:
    (hit,) = made_by("Former Garments", aliases="Former Garments Ltd.;Elsewhere")
    assert "other name" in hit.why
    (hit,) = made_by("某某 服饰（有限）公司", chinese_name="某某服饰(有限)公司")
    assert "Chinese name, unverified," in hit.why


def test_the_best_of_several_names_of_one_entity_counts() -> None:
    (hit,) = made_by("Made Up Garments", aliases="Made Up Garments;Made Up Garments Inc.")
    assert hit.match == 1.0


@pytest.mark.parametrize(
    ("name", "strengths"),
    [("JWD", [WEAK]), ("JWD Trading", []), ("XPCC", [STRONG]), ("李", []), ("李宁", [WEAK])],
)
def test_a_short_name_is_a_weak_hit_and_only_by_itself(
    name: str, strengths: list[HitStrength]
) -> None:
    hits = made_by(name, aliases="JWD;XPCC;李;李宁")
    assert [hit.strength for hit in hits] == strengths


@pytest.mark.parametrize(
    ("on", "strengths"),
    [
        (date(2020, 8, 17), []),
        (date(2020, 8, 18), [STRONG]),
        (date(2022, 1, 27), [STRONG]),
        (date(2022, 1, 28), [HitStrength.PAST]),
    ],
)
def test_an_order_hits_from_its_start_and_is_past_from_its_end(
    on: date, strengths: list[HitStrength]
) -> None:
    listed = row("entities", effective_from="2020-08-18", effective_to="2022-01-28", status="ended")
    entry = Entry(lines=(line(manufacturer=Party(name="Made Up Garments")),))
    hits = screener(listed).screen(entry, on)
    assert [hit.strength for hit in hits] == strengths
    assert all(hit.effective_to == date(2022, 1, 28) for hit in hits)


def test_an_order_that_ended_on_an_unknown_day_is_past_and_says_so() -> None:
    (hit,) = made_by("Made Up Garments", status="ended")
    assert hit.strength is HitStrength.PAST
    assert "ended on an unknown day, so it does not count" in hit.why


def test_a_weak_hit_says_that_it_is_weak_and_a_strong_one_does_not() -> None:
    (weak,) = made_by("JWD", aliases="JWD")
    assert weak.strength is WEAK
    assert weak.why.endswith(WEAK_SAID)
    assert "The match is weak" in WEAK_SAID
    (strong,) = made_by("Made Up Garments")
    assert "weak" not in strong.why


def test_a_weak_hit_on_an_ended_order_is_not_shown() -> None:
    assert made_by("JWD", aliases="JWD", status="ended") == ()


def test_an_unknown_start_is_said() -> None:
    (hit,) = made_by("Made Up Garments", effective_from="")
    assert hit.effective_from is None
    assert "since an unknown day" in hit.why


@pytest.mark.parametrize(
    ("listed", "declared", "hits"),
    [("CN", "CN", 1), ("CN", None, 1), ("", "US", 1), ("CN", "HK", 1), ("CN", "US", 0)],
)
def test_a_party_known_to_be_elsewhere_is_another_firm(
    listed: str, declared: str | None, hits: int
) -> None:
    assert len(made_by("Made Up Garments", declared, country=listed)) == hits


def test_a_mid_tells_the_country_of_a_party_without_one() -> None:
    for mid, hits in (("CNMADEUP1SHA", 1), ("USMADEUP1NEW", 0)):
        party = Party(name="Made Up Garments", mid=Mid(mid))
        assert len(screener().screen(Entry(lines=(line(manufacturer=party),)), DAY)) == hits


def test_an_order_for_certain_goods_hits_lines_of_such_goods_only() -> None:
    maker = Party(name="Made Up Garments")
    entry = Entry(lines=(line(1, "6109100012", seller=maker), line(2, "850760", seller=maker)))
    hits = screener(row("entities", hs_prefixes="61;62")).screen(entry, DAY)
    assert [(hit.line_number, hit.role) for hit in hits] == [(1, "seller")]
    assert "for goods of HS 61, 62" in hits[0].why


def test_an_importer_hits_the_entry_or_the_lines_in_scope() -> None:
    entry = Entry(
        lines=(line(1, "850760"), line(2, "6109100012")), importer=Party(name="Made Up Garments")
    )
    everything = screener().screen(entry, DAY)
    assert [(hit.line_number, hit.role) for hit in everything] == [(None, "importer")]
    scoped = screener(row("entities", hs_prefixes="61")).screen(entry, DAY)
    assert [hit.line_number for hit in scoped] == [2]


def test_one_name_on_two_lists_gives_two_hits() -> None:
    listed = (row("entities"), row("entities", entity_id="uflpa-made-up", list="UFLPA"))
    entry = Entry(lines=(line(manufacturer=Party(name="Made Up Garments")),))
    assert {hit.regime for hit in screener(*listed).screen(entry, DAY)} == {"TA-307", "UFLPA"}


def test_parties_without_names_are_passed_over() -> None:
    party = Party(number="12-3456789")
    entry = Entry(lines=(line(manufacturer=party, seller=party),), importer=party)
    assert screener().screen(entry, DAY) == ()
    assert screener().keys(entry) == ()
    assert screener().keys(Entry(lines=(line(),))) == ()


def test_the_keys_searched_are_the_folded_names_each_once() -> None:
    entry = Entry(
        lines=(line(manufacturer=Party(name="A Firm Ltd")), line(2, seller=Party(name="A FIRM"))),
        importer=Party(name="李宁"),
    )
    assert screener().keys(entry) == ("李宁", "a firm")


def test_a_reason_names_the_list_and_accuses_nobody() -> None:
    (hit,) = made_by("Made Up Garments")
    assert "WRO" in hit.why
    for word in ("forced", "slave", "uses", "guilty"):
        assert word not in hit.why


def test_every_listed_name_that_is_shipped_finds_its_entity() -> None:
    pack = load_reference()
    shipped = Screener(pack)
    regions = {order.entity_id for order in pack.orders_by_place if not order.also_party}
    for entity in pack.listed:
        if entity.entity_id in regions:
            continue  # met by place: test_screening_places.py
        start = entity.effective_from or DAY
        if not entity.in_force(start):
            continue
        hts = (entity.hs_prefixes[0] if entity.hs_prefixes else "6109").ljust(6, "0")
        for name in filter(None, (entity.name, entity.chinese_name)):
            entry = Entry(lines=(line(hts=hts, manufacturer=Party(name=name)),))
            found = {hit.entity_id for hit in shipped.screen(entry, start)}
            assert entity.entity_id in found, name


def test_a_firm_abroad_that_bears_a_mark_of_the_listed_one_is_a_weak_hit() -> None:
    (hit,) = made_by("Ninestar Vietnam Co., Ltd.", "VN", name="Ninestar Corporation")
    assert (hit.strength, hit.how) == (WEAK, ("subsidiary",))
    assert made_by("Huafu Vietnam Co., Ltd.", "VN", name="Huafu Fashion Co., Ltd.") == ()


def test_a_vessel_is_met_by_its_name_and_on_seafood_of_any_form_only() -> None:
    vessel = row("entities", name="Fishing vessel Zhen Fa 7", hs_prefixes="0307")
    entry = Entry(
        lines=(
            line(1, "030743", seller=Party(name="F/V ZHEN FA 7")),
            line(2, "160554", seller=Party(name="Zhenfa 7")),
            line(3, "610910", seller=Party(name="Zhen Fa 7")),
            line(4, "030743", seller=Party(name="Zhen Fa 8")),
        )
    )
    hits = screener(vessel).screen(entry, DAY)
    assert [hit.line_number for hit in hits] == [1, 2]
    assert [hit.concerns(1) for hit in hits] == [True, False]


def test_a_name_in_both_scripts_is_searched_in_both() -> None:
    (hit,) = made_by("杭州 Made Up Garments 有限公司")
    assert hit.strength is STRONG


@pytest.mark.parametrize(
    "name",
    ["Mаde Up Gаrments", "Made\u200b Up Gar\u00adments", "Ｍade Up Garments", "ＭADE UP GARMENTѕ"],
)
def test_letters_that_only_look_the_same_are_the_same(name: str) -> None:
    (hit,) = made_by(name)
    assert hit.match == LEGAL_FORM_MATCH


def test_a_name_wholly_in_look_alikes_is_read_as_it_looks() -> None:
    (hit,) = made_by("ХРСС", aliases="XPCC")
    assert hit.strength is STRONG
    assert made_by("Ромашка", aliases="Romashka Trading;Romashka") != ()


def test_what_is_said_of_a_near_name_tells_in_what_it_differs() -> None:
    (hit,) = made_by("Made Up Garmnets Co., Ltd.")
    assert "has nearly the name of an entry of the list WRO; the spelling differs" in hit.why
