"""The world's tables name codes, ports and places that exist, and add up."""

from collections import defaultdict
from datetime import date
from itertools import chain

import pytest

from app.core.codes import CountryCode, HtsCode
from app.core.reference import HtsStatus, ReferencePack, load_reference
from training.synthetic.plan import ENDS, STARTS
from training.synthetic.tables import FOLDER, Tables, industry_of, read_table


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables()


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_reference()


def test_every_tariff_code_is_valid_in_our_tables(tables: Tables, pack: ReferencePack) -> None:
    codes = [code for good in tables.goods for code in good.codes]
    assert len(set(codes)) == len(codes)
    known_on = date(2025, 12, 1)  # after the edition of the tables
    bad = [
        code for code in codes if pack.hts_status(HtsCode(code), known_on) is not HtsStatus.VALID
    ]
    assert bad == []


def test_every_place_of_a_route_is_in_our_port_table(tables: Tables, pack: ReferencePack) -> None:
    named = {
        *chain.from_iterable((place.unlocode, place.port) for place in tables.places),
        *chain.from_iterable((each.stuffing, each.lading, each.hub) for each in tables.traces),
        *(row["hub"] for row in read_table("hubs")),
        *(row["unlading"] for row in read_table("arrivals")),
    } - {"", "=", "CN*"}
    assert [code for code in sorted(named) if pack.port(unlocode=code) is None] == []


def test_every_port_of_entry_is_in_our_schedule_d(pack: ReferencePack) -> None:
    codes = {row["port_of_entry"] for row in read_table("arrivals")}
    assert [code for code in sorted(codes) if pack.port(schedule_d=code) is None] == []


def test_every_origin_of_goods_has_makers_and_every_country_exists(tables: Tables) -> None:
    goods, countries, weights = tables.lanes
    for code in tables.countries:
        CountryCode(code)
    families = [tables.goods[at].family for at in goods.tolist()]
    for family, country in set(zip(families, countries.tolist(), strict=True)):
        here = tables.place_countries == country
        assert tables.place_weights[family, here].sum() > 0
    assert (weights > 0).all()


def test_shares_of_origins_traces_and_focus_add_up() -> None:
    for row in read_table("goods"):
        shares = [float(each.partition(":")[2]) for each in row["origins"].split("|")]
        assert sum(shares) == pytest.approx(100), row["good"]
    for name, group, value in (("traces", "trace", "weight"), ("focus", "period", "share")):
        sums: defaultdict[str, float] = defaultdict(float)
        for row in read_table(name):
            sums[row[group]] += float(row[value])
        assert all(total == pytest.approx(1) for total in sums.values()), (name, dict(sums))


def test_channels_deal_in_goods_their_origin_trades_in(tables: Tables) -> None:
    goods, countries, _ = tables.lanes
    lanes = set(zip(goods.tolist(), countries.tolist(), strict=True))
    for channel in tables.channels:
        assert {(good, channel.country) for good in channel.goods} <= lanes
        assert any(each.trace == channel.trace for each in tables.traces)
        assert all(tables.place_countries[place] == channel.country for place in channel.makers)


def test_families_with_weights_of_their_own_exist(tables: Tables) -> None:
    named = {
        each.partition(":")[0]
        for row in read_table("places")
        for each in row["weight_by_family"].split("|")
        if each
    }
    assert named <= set(tables.families)


@pytest.mark.parametrize(
    ("code", "industry"),
    [
        ("8541430010", "electronics"),
        ("8471300100", "electronics"),
        ("8481809050", "other"),
        ("6201407511", "apparel"),
        ("3918105000", "industrial"),
        ("8708295160", "auto"),
        ("0307430029", "other"),
    ],
)
def test_industries_follow_the_dashboards_chapters(code: str, industry: str) -> None:
    assert industry_of(code) == industry


def test_every_published_figure_has_a_source_and_a_day() -> None:
    for row in read_table("published"):
        assert float(row["value"]) > 0
        assert row["source"]
        assert date.fromisoformat(row["as_of"]) < ENDS
        assert row["published_for"]
        assert row["compared_over"]


def test_periods_of_focus_lie_in_the_window_in_order(tables: Tables) -> None:
    starts = [each.starts for each in tables.focus]
    assert starts == sorted(starts)
    assert starts[0] == STARTS
    assert starts[-1] < ENDS


def test_the_tables_hold_no_name_of_a_firm() -> None:
    forms = (" co.", " ltd", " llc", " gmbh", " sdn")
    for path in FOLDER.glob("*.csv"):
        text = path.read_text("utf-8").lower()
        assert not any(form in text for form in forms), path.name
