"""Reasons of ways and measures: what they say of known lines."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.core.entry import Entry, LegRole
from app.core.features import line_facts
from app.core.features.plausibility import input_made_elsewhere, not_produced_at_origin
from app.core.history import History
from app.core.reasons import REASONS
from tests.filings import COAL, DAY, GARMENTS, entry, facts_of, leg, line, party
from tests.reference_packs import row, small_pack

LANDED = leg("USLAX", LegRole.UNLADING)
STUFFED, LADEN = LegRole.STUFFING, LegRole.LADING
LASHES, POPLIN, PANELS = "6704190000", "5208310000", "8541430010"


def _dated(days: int, *route: str) -> Entry:
    legs = (*(leg(each, LADEN) for each in route), *((LANDED,) if route else ()))
    return entry(route=legs, mode="11", export_date=DAY, arrival_date=DAY + timedelta(days=days))


def _goods(hts: str, origin: str = "CN", **rest: Any) -> Entry:
    return entry(line(hts=hts, origin=origin, **rest))


_HEAVY: dict[str, Any] = {
    "gross_weight_kg": Decimal(500),
    "quantity": Decimal(1000),
    "quantity_unit": "M2",
}


@pytest.mark.parametrize(
    ("code", "filed", "said"),
    [
        ("CHAIN_OF_PLACES", entry(), "none of the known chains"),
        (
            "CHAIN_OF_PLACES",
            entry(line(hts=COAL, origin="RU"), route=("RUNJK", "KRPUS")),
            "(Nakhodka, then Busan) follows a chain that public sources describe: North Korean",
        ),
        ("TRANSIT_POSSIBLE", entry(), "is not judged"),
        ("TRANSIT_POSSIBLE", _dated(-9), "Arrival is declared 9 days before export."),
        ("TRANSIT_POSSIBLE", _dated(3, "CNSHA"), "3 days; the fastest means takes 7.1 days"),
        ("LADING_ON_THE_WAY", entry(), "has no known position"),
        (
            "LADING_ON_THE_WAY",
            entry(route=(leg("CNSHA", STUFFED), leg("CNSHA", LADEN), LANDED)),
            "lies on the way",
        ),
        (
            "LADING_ON_THE_WAY",
            entry(route=(leg("MXVER", STUFFED), leg("CNSHA", LADEN), LANDED)),
            "% longer than straight",
        ),
        ("LEGS_NOT_DECLARED", entry(), "place of stuffing, lading, unlading"),
        (
            "LEGS_NOT_DECLARED",
            entry(route=(leg("CNSHA", STUFFED), leg("CNSHA", LADEN), LANDED)),
            "are declared.",
        ),
        ("ORIGIN_WITHOUT_MAKER", entry(), "no country of the manufacturer"),
        ("ORIGIN_WITHOUT_MAKER", _goods(GARMENTS, manufacturer=party("CN")), "declared origin, Ch"),
        ("ORIGIN_WITHOUT_MAKER", _goods(GARMENTS, "VN", manufacturer=party("CN")), "country China"),
        ("XINJIANG_DESCRIBED", entry(), "not described"),
        ("XINJIANG_DESCRIBED", _goods(GARMENTS, description="cotton"), "does not name"),
        ("XINJIANG_DESCRIBED", _goods(GARMENTS, description="Xinjiang cotton"), "names Xinjiang"),
        ("NORTH_KOREA_DESCRIBED", entry(), "not described"),
        ("NORTH_KOREA_DESCRIBED", _goods(LASHES, description="lashes"), "does not name"),
        ("NORTH_KOREA_DESCRIBED", _goods(LASHES, description="DPRK hair"), "names North Korea"),
        ("HAIR_GOODS_CLUSTER", _goods(LASHES), "is not known to be in Pingdu"),
        (
            "HAIR_GOODS_CLUSTER",
            _goods(LASHES, manufacturer=party("CN", city="Pingdu")),
            "is in Pingdu",
        ),
        ("UNIT_WEIGHT", entry(), "No bound"),
        ("UNIT_WEIGHT", _goods(POPLIN, **_HEAVY), "0.500 kg per M2; the heading is for"),
        ("UNIT_WEIGHT", _goods(POPLIN, quantity_unit="M2"), "No bound"),
        ("GROSS_AND_NET_WEIGHT", entry(), "is not declared"),
        ("GROSS_AND_NET_WEIGHT", _goods(POPLIN, **_HEAVY), "500.0 kg, quantity 1,000.0 M2."),
        ("VALUE_AGAINST_DOCUMENTED", entry(), "No documented price"),
        (
            "VALUE_AGAINST_DOCUMENTED",
            _goods(LASHES, gross_weight_kg=Decimal(10)),
            "USD 10.00 per kg; North Korean lashes",
        ),
        ("PRODUCTION_AT_ORIGIN", entry(), "Nothing is documented"),
        ("PRODUCTION_AT_ORIGIN", _goods("2804610000", "VN"), "not known to produce polysilicon"),
        ("RAW_INPUT", entry(), "No yield"),
        (
            "RAW_INPUT",
            _goods(PANELS, "VN", quantity=Decimal(500_000), quantity_unit="W"),
            "at least 1,000 kg of polysilicon",
        ),
        (
            "RAW_INPUT",
            _goods("5205120000", "US", gross_weight_kg=Decimal(1250)),
            "at least 1,110 kg of raw cotton",
        ),
    ],
)
def test_a_reason_says_what_the_line_shows(code: str, filed: Entry, said: str) -> None:
    assert said in REASONS[code].say(facts_of(filed)[0])


def test_a_chain_touches_the_law_on_north_korean_labour_and_no_chain_none() -> None:
    reason = REASONS["CHAIN_OF_PLACES"]
    coal = facts_of(entry(line(hts=COAL, origin="RU"), route=("RUNJK", "KRPUS")))[0]
    assert str(reason.regime_of(coal)) == "CAATSA-321"
    assert reason.regime_of(facts_of(entry())[0]) is None


def test_a_manufacturer_whose_place_may_be_several_is_not_placed() -> None:
    (facts,) = facts_of(entry(line(manufacturer=party("CN", city="Ji'an"))))
    assert "may mean several places" in REASONS["DPRK_BORDER_MANUFACTURER"].say(facts)


def test_an_origin_that_produces_the_goods_is_told_with_how_much() -> None:
    pack = small_pack(capacities=[row("capacities", tonnes_per_year="5000")])
    filed = entry(
        line(hts="5201005000", origin="HK"),
        line(2, hts="5205120000", origin="HK", gross_weight_kg=Decimal(1250)),
    )
    cotton, yarn = line_facts(filed, History().read(filed, DAY), (), pack, DAY)
    assert "produces about 5,000 t of cotton a year" in REASONS["PRODUCTION_AT_ORIGIN"].say(cotton)
    assert REASONS["RAW_INPUT"].say(yarn).endswith("(made up).")
    assert not_produced_at_origin(cotton) == 0.0
    assert input_made_elsewhere(yarn) == 0.0
