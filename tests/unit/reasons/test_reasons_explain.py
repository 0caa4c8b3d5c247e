"""Contributions become reasons: grouped exactly, strongest first, honest in both directions."""

from datetime import date
from decimal import Decimal
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry, LegRole
from app.core.features import FEATURES
from app.core.history import History
from app.core.reasons import REASONS, GivenReason, default_reason_map, explain, reason_of
from tests.filings import (
    COAL,
    PENCILS,
    busy_history,
    entry,
    facts_of,
    leg,
    line,
    party,
    shipped,
)

NAMES = tuple(feature.name for feature in FEATURES)
MAP = default_reason_map(NAMES)
DANDONG = entry(
    line(
        manufacturer=party("CN", "CNEXATRA12DAN", name="Example Trading", city="Dandong"),
        seller=party("HK", name="Seller"),
        gross_weight_kg=Decimal(1890),
        quantity=Decimal(2500),
        duty_rate_percent=Decimal("27.7"),
    ),
    importer=party(number="77"),
    filer_code="B76",
    export="CN",
    export_date=date(2026, 10, 28),
    arrival_date=date(2026, 11, 16),
    route=(leg("CNDDG", LegRole.STUFFING), "KRPUS", leg("USLAX", LegRole.UNLADING)),
    mode="11",
    entry_type="01",
)


def _explained(
    contributions: dict[str, float], filed: Entry = DANDONG, limit: int | None = None
) -> tuple[GivenReason, ...]:
    names = tuple(contributions)
    return explain(names, tuple(contributions.values()), facts_of(filed)[0], MAP, limit)


@given(st.lists(st.integers(-64, 64), min_size=len(NAMES), max_size=len(NAMES)))
def test_grouped_contributions_add_up_exactly(eighths: list[int]) -> None:
    contributions = [each / 8 for each in eighths]  # exact in binary, so the sum is too
    given_reasons = explain(NAMES, [*contributions, -9.0], facts_of(DANDONG)[0], MAP)
    assert fsum(each.contribution for each in given_reasons) == fsum(contributions)
    for each in given_reasons:
        own = [
            value
            for name, value in zip(NAMES, contributions, strict=True)
            if MAP[name] == each.code
        ]
        assert each.contribution == fsum(own)


def test_features_of_one_code_are_one_reason() -> None:
    found = _explained({"party.supplier_never_seen": 0.5, "party.supplier_days_known": 0.25})
    assert [(each.code, each.contribution) for each in found] == [("SUPPLIER_NEW", 0.75)]


def test_with_a_limit_only_what_raises_is_given_strongest_first() -> None:
    contributions = {
        "route.detour_ratio": 0.25,
        "commodity.uflpa_sector": 1.0,
        "declaration.duty_rate": -2.0,
        "route.transit_days": 0.5,
        "declaration.lines": 0.0,
    }
    found = _explained(contributions, limit=2)
    assert [each.code for each in found] == ["GOODS_UFLPA_SECTOR", "TRANSIT_TIME"]
    assert [each.code for each in _explained(contributions)] == [
        "DUTY_TREATMENT",
        "GOODS_UFLPA_SECTOR",
        "TRANSIT_TIME",
        "ROUTE_DETOUR",
        "ENTRY_SIZE",
    ]


def test_equal_contributions_come_in_the_order_of_their_codes() -> None:
    found = _explained({"route.transit_days": 0.5, "declaration.lines": 0.5})
    assert [each.code for each in found] == ["ENTRY_SIZE", "TRANSIT_TIME"]


def test_a_reason_that_lowers_says_so_and_states_the_same_facts() -> None:
    (raising,) = _explained({"party.border_maker_with_dprk_goods": 1.0})
    (lowering,) = _explained({"party.border_maker_with_dprk_goods": -1.0})
    assert lowering.text == "Lowers the estimate: " + raising.text


def test_a_manufacturer_in_a_border_town_is_told_with_its_law_and_source() -> None:
    (found,) = _explained({"party.border_maker_with_dprk_goods": 1.92})
    assert found.code == "DPRK_BORDER_MANUFACTURER"
    assert found.group == "supplier"
    assert found.regime == "CAATSA-321"
    assert found.source == f"reference:places@{shipped().table('places').as_of.isoformat()}"
    assert found.text == (
        "Manufacturer is in Dandong (a Chinese town on the North Korean border); goods sector: "
        "Apparel / garments; CAATSA s.321 presumes forced labour for goods made by North Korean "
        "nationals anywhere."
    )


def test_a_name_the_map_lacks_speaks_under_its_own_code() -> None:
    (found,) = explain(["route.legs"], [0.5], facts_of(DANDONG)[0], {}, 3)
    assert found.code == reason_of("route.legs")


_URUMQI = entry(
    line(hts="854143", origin="VN", manufacturer=party("CN", postal_code="830000")),
    export="VN",
    route=("CNURC", "VNSGN"),
)
_KOREAN_COAL = entry(line(hts=COAL, origin="RU"), route=("KPNAM", "RUNJK"), export="RU")
_PENCILS = entry(line(hts=PENCILS, origin="DE", manufacturer=party("DE", city="Bonn")))
_PENCILS_BY_CHINA = entry(line(hts=PENCILS, origin="DE"), export="CN", route=("CNSHA", "XZ222"))
_INLAND = entry(
    line(hts=PENCILS, origin="KZ", manufacturer=party("KZ")), route=(leg("CNLYG", LegRole.LADING),)
)


@pytest.mark.parametrize(
    ("filed", "regime"),
    [
        (DANDONG, "CAATSA-321"),
        (_URUMQI, "UFLPA"),
        (entry(line(hts="280461", origin="VN"), route=("CNURC", "VNSGN")), "UFLPA"),
        (entry(line(hts="280461", origin="VN"), route=("CNDLC", "VNSGN")), "UFLPA"),
        (entry(line(hts=PENCILS, origin="DE"), route=("CNDDG",)), None),
        (_PENCILS_BY_CHINA, None),
    ],
)
def test_goods_at_risk_through_a_gateway_touch_the_law_of_goods_and_place(
    filed: Entry, regime: str | None
) -> None:
    (found,) = _explained({"route.gateway_with_goods": 1.0}, filed)
    assert found.regime == regime
    assert ("presumes" in found.text) == (regime is not None)


@pytest.mark.parametrize(
    ("code", "filed", "said"),
    [
        ("GOODS_DOL_LISTED", DANDONG, "lists these goods from China as made with forced"),
        ("GOODS_DOL_LISTED", _URUMQI, "from China, though not from Vietnam"),
        ("GOODS_DOL_LISTED", _PENCILS, "does not name HS 960910 from Germany"),
        ("GOODS_UFLPA_SECTOR", _PENCILS, "in no high-priority sector"),
        ("GOODS_DPRK_SECTOR", _PENCILS, "in no sector known"),
        ("GOODS_UNDER_CBP_ACTION", entry(line(hts="401512", origin="MY")), "CBP orders name"),
        ("GOODS_UNDER_CBP_ACTION", _PENCILS, "No CBP order in our tables"),
        ("GOODS_KIND", _PENCILS, "HS 960910 (chapter 96)"),
        ("TARIFF_CODE_STATUS", _PENCILS, "on 2026-11-24"),
        ("TARIFF_CODE_STATUS", entry(line(hts="620193")), "is not in force"),
        ("NORTH_KOREA_NAMED", _KOREAN_COAL, "31 CFR 510"),
        ("NORTH_KOREA_NAMED", _PENCILS, "is not named"),
        ("ORIGIN_DISAGREES", DANDONG, "name Hong Kong."),
        ("ORIGIN_DISAGREES", _PENCILS, "every other country declared agrees"),
        ("ORIGIN_DISAGREES", entry(), "no other country is declared"),
        ("CHINA_BEHIND_ORIGIN", DANDONG, "China is the declared origin"),
        ("CHINA_BEHIND_ORIGIN", _URUMQI, "a place of dispatch is China"),
        ("CHINA_BEHIND_ORIGIN", _PENCILS, "names China"),
        ("UFLPA_GOODS_CHINA_BEHIND", _URUMQI, "Silica-based products"),
        ("UFLPA_GOODS_CHINA_BEHIND", _PENCILS, "in no high-priority sector"),
        ("ROUTE_DECLARED", entry(), "No route is declared."),
        ("ROUTE_DECLARED", _PENCILS_BY_CHINA, "Declared route: China, unknown."),
        ("CHINA_ON_THE_WAY", entry(), "Neither a route nor an export country"),
        ("CHINA_ON_THE_WAY", _PENCILS_BY_CHINA, "passed through China"),
        ("CHINA_ON_THE_WAY", _INLAND, "a land without a seaport, passed through China"),
        ("CHINA_BEHIND_ORIGIN", _INLAND, "the lading abroad is not counted"),
        ("CHINA_ON_THE_WAY", _KOREAN_COAL, "came by way of"),
        ("LISTED_GOODS_ON_THE_WAY", _PENCILS_BY_CHINA, "came by way of China"),
        ("LISTED_GOODS_ON_THE_WAY", entry(), "No country on the way"),
        ("DPRK_BORDER_ROUTE", DANDONG, "The route passes Dandong"),
        ("DPRK_BORDER_ROUTE", _PENCILS_BY_CHINA, "does not pass a Chinese town"),
        ("DPRK_BORDER_ROUTE", entry(), "No place on the way that our tables know"),
        ("RUSSIAN_FAR_EAST_ROUTE", _KOREAN_COAL, "Nakhodka"),
        ("XINJIANG_ROUTE", _URUMQI, "Silica-based products"),
        ("GATEWAY_ROUTE", DANDONG, "Dandong"),
        ("GATEWAY_ROUTE", _PENCILS_BY_CHINA, "passes no gateway"),
        ("GATEWAY_ROUTE", entry(), "No place on the way"),
        ("ROUTE_DETOUR", DANDONG, "times the direct one"),
        ("ROUTE_DETOUR", entry(), "Too few places"),
        ("TRANSIT_TIME", DANDONG, "from export to arrival: 19 days"),
        ("TRANSIT_TIME", entry(), "transit time is unknown"),
        ("VALUE_AND_WEIGHT", DANDONG, "USD 100.00, 1,890 kg"),
        ("VALUE_AND_WEIGHT", entry(), "no weight"),
        ("UNIT_VALUE", DANDONG, "USD 0.05 per kg, USD 0.04 per unit"),
        ("UNIT_VALUE", entry(), "No weight or quantity"),
        ("ROUND_VALUE", DANDONG, "USD 100.00"),
        ("VALUE_AGAINST_LANE", DANDONG, "Compared with lines of HS 620140"),
        ("DPRK_BORDER_MANUFACTURER", entry(), "are not declared"),
        ("DPRK_BORDER_MANUFACTURER", _PENCILS, "is not a Chinese town"),
        ("XINJIANG_MANUFACTURER", _URUMQI, "postal area 830000"),
        (
            "MANUFACTURER_IDENTITY",
            DANDONG,
            "declared name, MID, town, country; not declared postal",
        ),
        ("SUPPLIER_NOT_IDENTIFIED", entry(), "not identified"),
        ("SUPPLIER_NOT_IDENTIFIED", DANDONG, "supplier is identified"),
        ("SUPPLIER_NEW", entry(), "No supplier is identified"),
        ("SUPPLIER_NEW", DANDONG, "never seen before"),
        ("SUPPLIER_ACTIVITY", DANDONG, "never seen before"),
        ("SUPPLIER_CHANGE", DANDONG, "never seen before"),
        ("SUPPLIER_OUTCOMES", DANDONG, "never seen before"),
        ("SUPPLIER_NEW_FOR_IMPORTER", DANDONG, "never seen before"),
        ("LANE_OUTCOMES", DANDONG, "from China exported from China"),
        ("LANE_OUTCOMES", entry(), "from China, and of wider"),
        ("LANE_SUPPORT", DANDONG, "HS 620140 from China"),
        ("DUTY_TREATMENT", DANDONG, "duty rate 27.7 %, no preference"),
        ("DUTY_TREATMENT", entry(line(preference="KR")), "no duty rate, preference KR"),
        ("TRANSPORT_MODE", DANDONG, "Mode of transport: 11."),
        ("TRANSPORT_MODE", entry(), "No mode"),
        ("ENTRY_TYPE", DANDONG, "Entry type: 01."),
        ("ENTRY_TYPE", entry(), "No entry type"),
        ("ENTRY_SIZE", DANDONG, "has 1 line."),
        ("ENTRY_SIZE", entry(line(1), line(2)), "has 2 lines."),
        ("FACTS_MISSING", DANDONG, "are declared."),
        ("FACTS_MISSING", entry(), "Not declared: manufacturer, seller, importer, route"),
    ],
)
def test_a_reason_states_the_facts_of_its_line(code: str, filed: Entry, said: str) -> None:
    assert said in REASONS[code].say(facts_of(filed)[0])


@pytest.mark.parametrize(
    ("code", "filed", "said"),
    [
        ("SUPPLIER_NEW", DANDONG, "first seen 400 days before"),
        ("IMPORTER_ACTIVITY", DANDONG, "had 4 lines before, the last 2 days ago"),
        ("SUPPLIER_CHANGE", DANDONG, "Nothing of heading, origin and declared route is new"),
        (
            "IMPORTER_CHANGE",
            entry(line(hts=PENCILS, origin="DE"), importer=party(number="77"), export="HK"),
            "New for the importer: heading 9609, origin Germany, this route.",
        ),
        (
            "IMPORTER_CHANGE",
            entry(line(hts=PENCILS), importer=party(number="77")),
            "New for the importer: heading 9609.",
        ),
        ("SUPPLIER_OUTCOMES", DANDONG, "were denied and"),
        ("SUPPLIER_NEW_FOR_IMPORTER", DANDONG, "has dealt with this supplier"),
        ("SUPPLIER_NEW_FOR_IMPORTER", entry(importer=party(number="77")), "No supplier is"),
        (
            "SUPPLIER_NEW_FOR_IMPORTER",
            entry(line(manufacturer=party(name="Another")), importer=party(number="77")),
            "has not dealt with this supplier",
        ),
    ],
)
def test_a_reason_states_what_the_history_knows(code: str, filed: Entry, said: str) -> None:
    facts = facts_of(filed, busy_history(DANDONG))[0]
    assert said in REASONS[code].say(facts)


def test_a_party_without_known_outcomes_is_told_so() -> None:
    history = History()
    history.observe(DANDONG, date(2026, 11, 1))
    said = REASONS["FILER_HISTORY"].say(facts_of(DANDONG, history)[0])
    assert said == "No outcome of an earlier line of the filer was known on the date."
