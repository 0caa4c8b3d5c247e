"""The way of a line against known chains, the fastest speeds and the direct way."""

from datetime import date, timedelta
from decimal import Decimal
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry, LegRole, RouteLeg
from app.core.features.entry_facts import EntryFacts
from app.core.features.way import Followed
from tests.filings import COAL, DAY, GARMENTS, PENCILS, entry, facts_of, leg, line, party
from tests.filings import value_of as value

CRAB = "0306140000"
LASHES = "6704190000"
STUFFED, LADEN = LegRole.STUFFING, LegRole.LADING
LANDED = leg("USLAX", LegRole.UNLADING)


def followed(filed: Entry) -> Followed | None:
    return facts_of(filed)[0].chain


@pytest.mark.parametrize(
    ("hts", "origin", "route", "chain", "strength"),
    [
        (COAL, "RU", ("RUNJK", "KRPUS"), "coal-by-russia", 3),
        (COAL, "RU", ("RUKHO", "KRINC"), "coal-by-russia", 3),
        (COAL, "RU", ("KPNAM", "RUNJK", "KRPUS"), "coal-by-russia", 3),
        (COAL, "CN", ("KPCHO", "CNDLC"), "coal-from-dprk", 3),
        (CRAB, "CN", ("RUVVO", "CNHUC"), "seafood-to-border-plant", 3),
        (CRAB, "RU", ("RUNJK", "CNDLC"), "seafood-by-russia", 3),
        (CRAB, "RU", ("RUNJK", "KRPUS"), "seafood-far-east-relay", 1),
        (GARMENTS, "CN", ("CNDDG", "CNDLC"), "border-plant-to-port", 3),
        (GARMENTS, "CN", ("CNHUC", "RUZAR", "KRPUS"), "border-plant-by-russia", 3),
        ("2601110000", "CN", ("CNNAP", "CNDLC"), "ore-over-the-border", 3),
        ("4407119000", "RU", ("RU", "CNSFH", "CNDLC"), "timber-by-rail", 1),
        (CRAB, "RU", ("RUVVO", "KRPUS"), "seafood-far-east-relay", 1),
    ],
)
def test_a_known_chain_is_followed_in_its_order(
    hts: str, origin: str, route: tuple[str, ...], chain: str, strength: int
) -> None:
    filed = entry(line(hts=hts, origin=origin), route=(*route, LANDED))
    found = followed(filed)
    assert found is not None
    assert (found.chain.chain, found.strength) == (chain, strength)
    assert value("route.chain_strength", filed) == strength


@pytest.mark.parametrize(
    ("hts", "route"),
    [
        (GARMENTS, ("CNDLC", "KRPUS")),
        (COAL, ("RUVYP",)),
        (COAL, ("RUNJK",)),
        (COAL, ("KRPUS", "RUNJK")),
        (GARMENTS, ("VNSGN", "CNYTN")),
        (PENCILS, ("CNDDG", "CNDLC")),
    ],
)
def test_ordinary_ways_are_no_chain(hts: str, route: tuple[str, ...]) -> None:
    filed = entry(line(hts=hts, origin="RU"), route=(*route, LANDED))
    assert followed(filed) is None
    assert value("route.chain_strength", filed) == 0.0


def test_the_makers_place_is_the_first_stop() -> None:
    maker = party("CN", city="Dandong")
    found = followed(entry(line(manufacturer=maker), route=("CNDLC",)))
    assert found is not None
    assert found.stops == ("the manufacturer's place", "Dalian")


def test_the_export_country_is_the_last_stop_where_no_leg_names_it() -> None:
    found = followed(entry(line(hts=COAL, origin="RU"), export="KR", route=("RUNJK",)))
    assert found is not None
    assert found.stops == ("Nakhodka", "South Korea")
    assert followed(entry(line(hts=COAL, origin="RU"), export="RU", route=("RUNJK",))) is None


@pytest.mark.parametrize(
    ("maker", "strength"),
    [
        (party("RU", city="Kemerovo"), 2),
        (party(mid="RUKUZCOA12KEM", city="Kemerovo"), 2),
        (party("RU", city="Nakhodka"), 3),
        (party("RU"), 3),
        (party("CN", city="Shanghai"), 3),
        (None, 3),
    ],
)
def test_a_maker_of_another_part_of_russia_weakens_a_chain_by_russia(
    maker: object, strength: int
) -> None:
    filed = entry(line(hts=COAL, origin="RU", manufacturer=maker), route=("RUNJK", "KRPUS"))
    assert value("route.chain_strength", filed) == strength


def test_a_chain_is_unknown_without_a_way_and_zero_for_goods_of_none() -> None:
    assert isnan(value("route.chain_strength", entry()))
    assert value("route.chain_strength", entry(line(hts=PENCILS))) == 0.0


def _by(mode: str | None, days: int, *places: str) -> Entry:
    route: tuple[str | RouteLeg, ...] = (leg(places[0], LADEN), *places[1:], LANDED)
    return entry(route=route, mode=mode, export_date=DAY, arrival_date=DAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("filed", "short"),
    [
        (_by("11", 14, "CNSHA"), False),
        (_by("11", 7, "CNSHA"), False),
        (_by("11", 3, "CNSHA"), True),
        (_by("10", 3, "CNSHA"), True),
        (_by("40", 1, "CNSHA"), False),
        (_by("40", 0, "CNSHA"), False),
        (_by("40", -1, "CNSHA"), False),
        (_by(None, 3, "CNSHA"), False),
        (_by("30", 3, "CNSHA"), False),
        (_by("11", 5, "VNSGN", "KRPUS"), True),
        (_by(None, -3, "CNSHA"), True),
    ],
)
def test_a_transit_is_impossible_where_no_ship_or_aircraft_is_that_fast(
    filed: Entry, short: bool
) -> None:
    assert (value("route.impossible_transit", filed) > 0) is short


def test_a_transit_without_dates_or_places_is_unknown() -> None:
    assert isnan(value("route.impossible_transit", entry(route=("CNSHA", LANDED))))
    dated = {"export_date": DAY, "arrival_date": DAY}
    assert isnan(value("route.impossible_transit", entry(**dated)))  # type: ignore[arg-type]  # any field
    assert isnan(value("route.impossible_transit", entry(route=(leg("CN", LADEN),), **dated)))  # type: ignore[arg-type]  # any field


def test_arrival_days_before_export_is_impossible_without_any_place() -> None:
    backwards = entry(export_date=date(2026, 5, 10), arrival_date=date(2026, 5, 1))
    assert value("route.impossible_transit", backwards) == 7.0


def test_the_port_of_entry_is_the_destination_where_no_leg_says_so() -> None:
    filed = entry(
        route=(leg("CNSHA", LADEN),),
        mode="11",
        port_of_entry="2704",
        export_date=DAY,
        arrival_date=DAY + timedelta(days=2),
    )
    facts = facts_of(filed)[0]
    assert facts.of_entry.destination is not None
    assert facts.of_entry.destination.schedule_d == "2704"


@given(st.integers(-5, 40), st.integers(0, 10))
def test_a_longer_transit_is_never_less_possible(days: int, more: int) -> None:
    def short(number: int) -> float:
        return value("route.impossible_transit", _by("11", number, "CNSHA", "KRPUS"))

    assert short(days + more) <= short(days)


@pytest.mark.parametrize(
    ("route", "low", "high"),
    [
        (("CNSHA", "CNSHA"), 0.0, 0.01),
        (("VNSGN", "CNYTN"), 0.0, 0.1),
        (("MXVER", "CNSHA"), 5.0, 20.0),
        (("DEHAM", "KRPUS"), 0.5, 2.0),
    ],
)
def test_a_place_of_lading_may_be_off_the_way(
    route: tuple[str, str], low: float, high: float
) -> None:
    filed = entry(route=(leg(route[0], STUFFED), leg(route[1], LADEN), LANDED))
    assert low <= value("route.off_the_way", filed) <= high


@pytest.mark.parametrize(
    "route",
    [
        (leg("CNSHA", LADEN), LANDED),
        (leg("CNSHA", STUFFED), LANDED),
        (leg("CN", STUFFED), leg("CNSHA", LADEN), LANDED),
        (leg("CNSHA", STUFFED), leg("CNSHA", LADEN)),
        (leg("USLAX", STUFFED), leg("CNSHA", LADEN), LANDED),
    ],
)
def test_without_stuffing_lading_and_destination_nothing_is_off_the_way(
    route: tuple[RouteLeg, ...],
) -> None:
    assert isnan(value("route.off_the_way", entry(route=route)))


def test_missing_legs_are_counted_and_named() -> None:
    assert value("route.missing_legs", entry()) == 3.0
    whole = entry(route=(leg("CNSHA", STUFFED), leg("CNSHA", LADEN), LANDED))
    assert value("route.missing_legs", whole) == 0.0
    assert facts_of(entry(route=("KRPUS",)))[0].of_entry.legs_missing == (
        "stuffing",
        "lading",
        "unlading",
    )


@pytest.mark.parametrize(
    ("origin", "maker", "wanted"),
    [
        ("VN", party("CN"), 1.0),
        ("VN", party("VN"), 0.0),
        ("HK", party("CN"), 1.0),
        ("DE", party("CN"), 0.0),
        ("VN", None, nan),
    ],
)
def test_a_hub_may_be_origin_without_a_maker_there(
    origin: str, maker: object, wanted: float
) -> None:
    found = value("route.relabelled_at_hub", entry(line(origin=origin, manufacturer=maker)))
    assert isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize(
    ("said", "name", "wanted"),
    [
        ("cotton from Xinjiang", "origin.xinjiang_described", 1.0),
        ("non-Xinjiang cotton", "origin.xinjiang_described", 0.0),
        ("cotton, not from Xinjiang", "origin.xinjiang_described", 0.0),
        ("Xinjiang-free cotton", "origin.xinjiang_described", 0.0),
        ("origin other than Xinjiang", "origin.xinjiang_described", 0.0),
        ("新疆棉", "origin.xinjiang_described", 1.0),
        ("非新疆棉", "origin.xinjiang_described", 0.0),
        ("cotton", "origin.xinjiang_described", 0.0),
        (None, "origin.xinjiang_described", nan),
        ("lashes of North Korean hair", "origin.north_korea_described", 1.0),
        ("material from the D.P.R.K.", "origin.north_korea_described", 1.0),
        ("goods without North Korean inputs", "origin.north_korea_described", 0.0),
        ("made in Korea, north wing", "origin.north_korea_described", 0.0),
        ("朝鲜产", "origin.north_korea_described", 1.0),
        ("朝鲜族泡菜", "origin.north_korea_described", 0.0),
        ("泡菜", "origin.north_korea_described", 0.0),
        (None, "origin.north_korea_described", nan),
    ],
)
def test_a_description_names_a_place_unless_it_denies_it(
    said: str | None, name: str, wanted: float
) -> None:
    found = value(name, entry(line(description=said)))
    assert isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize(
    ("hts", "maker", "wanted"),
    [
        (LASHES, party("CN", city="Pingdu"), 1.0),
        (LASHES, party("CN", postal_code="266700"), 1.0),
        (LASHES, party("CN", city="Qingdao"), 0.0),
        (LASHES, party("CN"), nan),
        (GARMENTS, party("CN", city="Pingdu"), 0.0),
    ],
)
def test_hair_goods_of_the_cluster_are_told(hts: str, maker: object, wanted: float) -> None:
    found = value("origin.hair_goods_of_cluster", entry(line(hts=hts, manufacturer=maker)))
    assert isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize("unlocode", ["CNDOG", "CNQGS", "CNLHS", "CNTPW", "CNCDH"])
def test_crossings_on_the_yalu_are_on_the_border(unlocode: str) -> None:
    filed = entry(line(quantity=Decimal(1)), route=(unlocode,))
    assert value("route.border_town_with_dprk_goods", filed) == 3.0


def test_entries_of_the_same_way_share_its_facts_and_no_others() -> None:
    route = ("CNSHA", "KRPUS", LANDED)
    (first,) = facts_of(entry(export="CN", route=route, entry_date=DAY))
    places = first.of_entry.places
    (second,) = facts_of(entry(line(hts=COAL), export="CN", route=route))
    assert second.of_entry.__dict__["places"] is places
    assert "value_usd" not in second.of_entry.kept
    (other,) = facts_of(entry(export="KR", route=route))
    assert "places" not in other.of_entry.__dict__
    assert other.of_entry.on_the_way == {"CN", "KR"}


def test_a_port_of_another_scheme_is_no_destination_though_it_reads_the_same() -> None:
    (ours,) = facts_of(entry(port_of_entry="2704"))
    assert ours.of_entry.destination is not None
    (theirs,) = facts_of(entry(port_of_entry="2704", port_scheme="other"))
    assert theirs.of_entry.destination is None


def test_a_shared_fact_of_the_class_is_its_description() -> None:
    assert EntryFacts.legs.__doc__ == "The route's legs with their countries and ports."
