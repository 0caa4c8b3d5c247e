"""Each switch takes its mechanism away, and only that."""

from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from app.core.history import fold_name
from tests.synthetic_worlds import column, flags, rows, small_world
from training.synthetic import World
from training.synthetic.tables import Tables, industry_of

FINAL = {"excluded", "seized", "exported_by_importer", "abandoned"}
# Countries whose makers' towns, in part or all, have no code among our ports.
UNCODED = {each.country for each in Tables().places if not each.unlocode}
RELEASED = {"released_not_applicable", "released_exception", "released_other_reason"}
SURGE = (date(2024, 10, 1), date(2025, 1, 31))


def _traced(world: World) -> np.ndarray:
    """Return which lines have a trace whose legs differ from an ordinary route."""
    return np.array(
        [each is not None and not each.endswith(":=:=:") for each in column(world.truth, "trace")]
    )


def _first_lines(world: World) -> dict[str, dict[str, object]]:
    return {row["entry_number"]: dict(row) for row in rows(world.lines) if row["line_number"] == 1}


def _stops(world: World) -> list[dict[str, object]]:
    lines = _first_lines(world)
    stopped = dict.fromkeys(
        row["entry_number"] for row in rows(world.outcomes) if row["code"] == "detained_pending"
    )
    return [lines[each] for each in stopped]


def test_route_laundering_leaves_traces_on_nexus_and_off_on_none() -> None:
    on, off = small_world(), small_world("route_laundering")
    assert _traced(on)[flags(on.truth, "nexus")].mean() > 0.2
    assert not flags(off.truth, "laundered").any()
    assert not _traced(off)[flags(off.truth, "nexus")].any()


def test_repeat_suppliers_ship_again_and_off_anybody_ships() -> None:
    on, off = small_world(), small_world("repeat_suppliers")
    assert flags(on.truth, "front")[flags(on.truth, "nexus")].all()
    assert not flags(off.truth, "front").any()
    assert not flags(off.truth, "shell_importer").any()
    assert flags(off.truth, "nexus").sum() == pytest.approx(flags(on.truth, "nexus").sum(), rel=0.1)


def test_supplier_substitution_brings_more_fronts() -> None:
    on, off = (_fronts_by_network(world) for world in (
        small_world(), small_world("supplier_substitution")))  # fmt: skip
    assert max(off.values()) <= 2  # slots of a network
    assert sum(on.values()) > sum(off.values())


def _fronts_by_network(world: World) -> dict[int, int]:
    names: defaultdict[int, set[str]] = defaultdict(set)
    makers = column(world.lines, "manufacturer_address")
    for network, maker, front in zip(
        column(world.truth, "network"), makers, flags(world.truth, "front"), strict=True
    ):
        if front and maker is not None:
            names[network].add(maker)
    return {network: len(found) for network, found in names.items()}


def test_shell_importers_appear_and_off_do_not() -> None:
    assert flags(small_world().truth, "shell_importer").any()
    assert not flags(small_world("shell_importers").truth, "shell_importer").any()


def test_border_makers_are_where_the_channel_has_them() -> None:
    towns = {"Dandong", "Hunchun"}
    shares = []
    for world in (small_world(), small_world("border_makers")):
        garments = column(world.truth, "mechanism") == "dprk_garments"
        china = column(world.lines, "origin_country") == "CN"
        cities = column(world.lines, "manufacturer_city")[garments & china]
        shares.append(np.isin(cities.astype(str), list(towns)).mean())
    assert shares[0] > shares[1] + 0.2


def test_goods_focus_keeps_networks_to_their_goods_and_off_does_not() -> None:
    tables = Tables()
    usual = {
        (each.kind, code)
        for each in tables.channels
        for good in each.goods
        for code in tables.goods[good].codes
    }
    for world, kept in ((small_world(), True), (small_world("goods_focus"), False)):
        first = column(world.lines, "line_number") == 1
        nexus = flags(world.truth, "nexus") & first
        found = set(zip(column(world.truth, "mechanism")[nexus],
                        column(world.lines, "hts")[nexus], strict=True))  # fmt: skip
        assert (found <= usual) is kept


def test_undervaluation_lowers_value_alone() -> None:
    on, off = small_world(), small_world("undervaluation")
    lowered = flags(on.truth, "undervalued")
    assert lowered.any()
    assert not flags(off.truth, "undervalued").any()
    assert column(on.lines, "route").tolist() == column(off.lines, "route").tolist()
    assert column(on.lines, "hts").tolist() == column(off.lines, "hts").tolist()
    per_kg = [
        column(world.lines, "entered_value_usd").astype(float)
        / np.array([float(each or np.nan) for each in column(world.lines, "gross_weight_kg")])
        for world in (on, off)
    ]
    ratio = per_kg[0][lowered] / per_kg[1][lowered]
    assert np.nanmedian(ratio) == pytest.approx(0.7, abs=0.001)  # rounded to grams
    assert np.nanmedian(per_kg[0][~lowered] / per_kg[1][~lowered]) == pytest.approx(1, abs=0.001)


def test_declared_mismatch_shows_china_behind_other_origins() -> None:
    shares = []
    for world in (small_world(), small_world("declared_mismatch")):
        abroad = column(world.lines, "origin_country") != "CN"
        hidden = abroad & flags(world.truth, "nexus")
        shares.append(np.isin(column(world.lines, "seller_country")[hidden], ["CN", "HK"]).mean())
    assert shares[0] > shares[1] + 0.15


def test_honest_lookalikes_take_the_same_ways() -> None:
    on, off = small_world(), small_world("honest_lookalikes")
    assert _traced(on)[~flags(on.truth, "nexus")].any()
    honest = np.array([each is None for each in column(off.truth, "mechanism")])
    assert not _traced(off)[honest].any()


def test_spelling_variants_off_gives_each_name_one_spelling() -> None:
    counts = []
    for world in (small_world(), small_world("spelling_variants")):
        names = {each for each in column(world.lines, "manufacturer_name") if each}
        counts.append(len(names) / len({fold_name(each) for each in names}))
    assert counts[0] > 1.5
    assert counts[1] < 1.05


def test_mids_collide_unless_the_mechanism_is_off() -> None:
    shared = []
    for world in (small_world(), small_world("mid_collisions", "declared_mismatch")):
        makers: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows(world.lines):
            if row["manufacturer_mid"] and row["manufacturer_address"]:
                makers[row["manufacturer_mid"]].add(row["manufacturer_address"])
        shared.append(np.mean([len(found) > 1 for found in makers.values()]))
    assert shared[0] > 2 * shared[1]


def test_missing_legs_off_declares_every_leg() -> None:
    world = small_world("missing_legs")
    for row in rows(world.lines):
        assert row["route"] is not None
        if row["mode_of_transport"] in ("10", "11"):
            assert "stuffing:" in row["route"] or row["origin_country"] in UNCODED


def test_enforcement_turns_to_parcels_only_with_its_focus() -> None:
    shares = []
    for world in (small_world(), small_world("enforcement_focus")):
        inside = [each for each in _stops(world) if SURGE[0] <= each["entry_date"] <= SURGE[1]]  # type: ignore[operator]  # a date
        shares.append(np.mean([industry_of(str(each["hts"])) == "auto" for each in inside]))
    assert shares[0] > 0.8
    assert shares[1] < 0.3


def test_looking_where_it_looked_finds_more_known_parties() -> None:
    shares = [
        np.mean(column(world.outcomes, "selection") == "targeted_party")
        for world in (small_world(), small_world("looks_where_it_looked"))
    ]
    assert shares[0] > shares[1]


def test_without_the_random_stratum_nobody_reviews() -> None:
    assert set(column(small_world("random_stratum").outcomes, "source")) == {"government"}


def test_without_lateness_an_outcome_is_known_on_the_day() -> None:
    world = small_world("late_outcomes")
    filed = {row["entry_number"]: row["entry_date"] for row in rows(world.lines)}
    for row in rows(world.outcomes):
        assert row["known_at"] == row["event_at"] == filed[row["entry_number"]]


def test_the_release_shift_makes_releases_rare_after_fiscal_2024() -> None:
    shares = []
    for world in (small_world(), small_world("release_shift")):
        ends = {row["entry_number"]: row["code"] for row in rows(world.outcomes)}
        late = [each for each in _stops(world)
                if SURGE[0] <= each["entry_date"] <= date(2025, 8, 15)]  # type: ignore[operator]  # a date  # fmt: skip
        shares.append(np.mean([ends[str(each["entry_number"])] in RELEASED for each in late]))
    assert shares[0] < 0.1
    assert shares[1] > 0.4


def test_without_label_noise_outcomes_tell_the_truth() -> None:
    world = small_world("label_noise")
    entries = column(world.truth, "entry_number")
    hidden = set(entries[flags(world.truth, "nexus") | flags(world.truth, "barred")])
    for row in rows(world.outcomes):
        if row["code"] in FINAL or row["code"] == "document_check_nexus":
            assert row["entry_number"] in hidden
        elif row["code"] in RELEASED or row["code"] == "examined_clear":
            assert row["entry_number"] not in hidden
