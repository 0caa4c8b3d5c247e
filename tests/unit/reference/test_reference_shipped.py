"""The tables that are shipped: sourced, dated, small, and true to what is known."""

from datetime import date, timedelta

import pytest

from app.core.codes import HtsCode
from app.core.reference import GatewayPlace, HtsStatus, ListName, ReferencePack, load_reference
from app.core.reference.loading import SHIPPED
from app.core.reference.tables import TABLES, file_name, parse_table

MOST_BYTES = 1_500_000  # what a wheel should carry of tables
TODAY = date(2026, 8, 1)


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_reference()


def test_the_shipped_tables_are_small() -> None:
    assert sum((SHIPPED / file_name(table)).stat().st_size for table in TABLES) < MOST_BYTES


def test_no_shipped_table_has_a_column_of_descriptions() -> None:
    for columns in TABLES.values():
        assert "description" not in columns


def test_every_source_is_named_by_a_row_and_has_a_licence(pack: ReferencePack) -> None:
    used = {source for info in pack.tables for source in info.sources}
    ports = parse_table("ports", (SHIPPED / "ports.csv").read_bytes())
    used |= {row.cells["coordinates"] for row in ports}
    assert set(pack.sources) <= used
    assert all(source.licence and source.text for source in pack.sources.values())


def test_no_span_ends_before_it_begins() -> None:
    for table in TABLES:
        if table == "sources":
            continue
        for row in parse_table(table, (SHIPPED / file_name(table)).read_bytes()):
            start, end = row.optional_day("effective_from"), row.optional_day("effective_to")
            assert start is None or end is None or start < end, (table, row.number)


def test_background_knowledge_stays_marked_unverified() -> None:
    sources = parse_table("sources", (SHIPPED / "sources.csv").read_bytes())
    doubtful = {
        row.cells["source_id"] for row in sources if "unverified" in row.cells["text"].casefold()
    }
    for table in ("gateways", "places", "postal", "goods", "entities"):
        for row in parse_table(table, (SHIPPED / file_name(table)).read_bytes()):
            if row.cells["source"] in doubtful:
                assert row.cells["verified"] == "0", (table, row.number)


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("854140", date(2021, 6, 1), HtsStatus.VALID),  # photosensitive devices until 2022
        ("854140", date(2022, 6, 1), HtsStatus.OBSOLETE),
        ("854143", date(2022, 6, 1), HtsStatus.VALID),
        ("854143", date(2021, 6, 1), HtsStatus.OBSOLETE),
        ("030621", date(2016, 6, 1), HtsStatus.VALID),  # lobsters not frozen until 2017
        ("030621", date(2018, 6, 1), HtsStatus.OBSOLETE),
        ("610910", date(2015, 6, 1), HtsStatus.VALID),
        ("6109100012", TODAY, HtsStatus.VALID),
        ("6109100099", TODAY, HtsStatus.UNKNOWN),
        ("999999", TODAY, HtsStatus.UNKNOWN),
    ],
)
def test_codes_are_known_in_their_editions(
    pack: ReferencePack, code: str, on: date, expected: HtsStatus
) -> None:
    assert pack.hts_status(HtsCode(code), on) is expected


def test_each_edition_has_as_many_codes_as_its_publisher_counts() -> None:
    rows = parse_table("hs6", (SHIPPED / "hs6.csv").read_bytes())
    spans = [(row.cells["effective_from"], row.cells["effective_to"]) for row in rows]

    def in_force(day: str) -> int:
        return sum(start <= day and (not end or day < end) for start, end in spans)

    # UN correspondence tables: 5,387 codes of HS 2017 and 5,612 of HS 2022 without 9999.99
    assert (in_force("2020-06-01"), in_force("2024-06-01")) == (5387, 5612)


def test_towns_and_ports_that_matter_are_there(pack: ReferencePack) -> None:
    for town in ("Dandong", "Hunchun"):
        place = pack.place(town, "CN")
        assert isinstance(place, GatewayPlace)
        assert place.verified
    for code in ("RUNJK", "RUKHO", "RUVVO", "CNDDG"):
        port = pack.port(unlocode=code)
        assert port is not None
        assert port.gateway_risk == "high"
    assert pack.postal_area("CN", "118000") == "dandong"
    assert pack.postal_area("CN", "116000") == "dalian"


def test_sectors_of_the_three_lists_are_found(pack: ReferencePack) -> None:
    def lists(code: str, origin: str) -> set[str]:
        return {each.list for each in pack.goods_risks(code, origin, TODAY)}

    assert {"DOL_TVPRA", "UFLPA_SECTOR", "DPRK_SECTOR"} <= lists("610910", "CN")
    assert "DPRK_SECTOR" in lists("670420", "CN")  # false lashes
    assert "DPRK_SECTOR" in lists("270111", "RU")
    assert "UFLPA_SECTOR" in lists("854143", "VN")
    assert "CBP_ACTION" in lists("871200", "TW")
    assert lists("610910", "PT") == {"UFLPA_SECTOR"}


def test_goods_that_left_the_labour_list_in_2024_end_with_that_edition(pack: ReferencePack) -> None:
    day = date(2024, 9, 5)
    shrimp = [
        [each.good for each in pack.goods_risks("030617", "TH", on) if each.list == "DOL_TVPRA"]
        for on in (day - timedelta(days=1), day)
    ]
    assert shrimp[0].count("Shrimp") == 1
    assert "Shrimp" not in shrimp[1]


def test_ended_orders_are_known_with_their_end(pack: ReferencePack) -> None:
    by_id = {entity.entity_id: entity for entity in pack.listed}
    assert by_id["wro-wrp-asia-pacific"].effective_to == date(2020, 3, 23)
    assert by_id["wro-fishing-vessel-da-wang"].effective_to == date(2022, 1, 28)  # the Finding
    assert by_id["wro-sime-darby-plantation-berhad"].effective_to == date(2023, 3, 1)  # a month
    assert by_id["wro-tangshan-sunfar-silicon-industries"].status == "ended"


def test_only_orders_under_section_307_are_limited_to_goods(pack: ReferencePack) -> None:
    scoped = {entity.list for entity in pack.listed if entity.hs_prefixes}
    assert scoped == {ListName.WRO, ListName.FINDING}


def test_a_settled_importer_is_not_a_listed_entity(pack: ReferencePack) -> None:
    assert not [entity for entity in pack.listed if "e.l.f." in entity.name.casefold()]
