"""Entity lists as published: UFLPA page, CBP data set, SDN list."""

from datetime import date
from pathlib import Path

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference import ListedEntity, ListName, load_reference
from app.core.reference.importers import ImportReport, import_published
from app.core.reference.importers.cbp import country_of
from app.core.reference.importers.lists import listed_date
from tests.reference_packs import Cells, row, write_pack

DAY = date(2026, 1, 1)
UFLPA = row(
    "entities",
    entity_id="uflpa-camel-group",
    list="UFLPA",
    name="Camel Group Co., Ltd.",
    chinese_name="骆驼集团股份有限公司",
    effective_from="2023-08-02",
)
WRO = row(
    "entities",
    entity_id="wro-hoshine-silicon-industry",
    name="Hoshine Silicon Industry Co. Ltd.",
    hs_prefixes="280469",
    effective_from="2021-06-24",
)
PAGE = b"""<html><body><table><tr><td>menu</td></tr></table><table></table><td>stray</td>
<table class="usa-table"><tr><th>Name of Entity</th><th>Effective Date</th></tr>
<tr><td>Camel Group&nbsp;Co., Ltd.<br>(and one alias: Camel Battery)</td>
<td>August 2, 2023</td></tr>
<tr></tr></table>
<table><tr><th>Entity Name</th><th>Effective Date</th></tr>
<tr><td>Made Up Cotton Co., Ltd.</td><td>May 17, 2024</td></tr>
<tr><td>Camel Group Co., Ltd.</td><td>January 15, 2025</td></tr></table></body></html>"""


def run(
    tmp_path: Path, kind: str, data: bytes, *entities: Cells
) -> tuple[ImportReport, dict[str, ListedEntity]]:
    base = write_pack(tmp_path / "base", entities=entities)
    report = import_published(kind, data, base, tmp_path / "out", as_of=DAY)
    listed = load_reference(tmp_path / "out").listed
    return report, {entity.entity_id: entity for entity in listed}


def test_the_uflpa_page_adds_keeps_and_merges_sections(tmp_path: Path) -> None:
    report, listed = run(tmp_path, "uflpa", PAGE, UFLPA, WRO)
    assert (report.rows_read, report.added, report.removed) == (3, 1, 0)
    camel = listed["uflpa-camel-group"]
    assert camel.aliases == ("Camel Battery",)
    assert camel.effective_from == date(2023, 8, 2)
    assert camel.chinese_name == "骆驼集团股份有限公司"
    assert listed["uflpa-made-up-cotton"].country == "CN"
    assert listed["wro-hoshine-silicon-industry"].status == "active"


def test_an_entity_that_left_the_list_ends_on_the_day_of_the_import(tmp_path: Path) -> None:
    data = b"Entity Name,Effective Date\nMade Up Cotton,05/17/2024\n"
    report, listed = run(tmp_path, "uflpa", data, UFLPA)
    assert (report.added, report.removed) == (1, 1)
    assert (listed["uflpa-camel-group"].status, listed["uflpa-camel-group"].effective_to) == (
        "ended",
        DAY,
    )


def test_a_renamed_entity_is_known_by_its_former_name(tmp_path: Path) -> None:
    data = (
        b'Entity Name,Effective Date\n"New Camel (formerly known as Camel Group Co., Ltd.)",'
        b"2023-08-02\nCamel Group,2023-08-02\n"
    )
    _, listed = run(tmp_path, "uflpa", data, UFLPA)
    assert listed["uflpa-camel-group"].name == "Camel Group"
    both = {name for entity in listed.values() for name in (entity.name, *entity.aliases)}
    assert "New Camel" in both


def test_a_renamed_entity_alone_keeps_its_id_also_when_it_is_imported_again(tmp_path: Path) -> None:
    data = b'Entity Name,Effective Date\n"New Camel (formerly known as Camel Group)",2023-08-02\n'
    report, listed = run(tmp_path, "uflpa", data, UFLPA)
    assert (report.added, report.removed, report.changed) == (0, 0, 1)
    camel = listed["uflpa-camel-group"]
    assert (camel.name, camel.chinese_name) == ("New Camel", "骆驼集团股份有限公司")
    again = import_published("uflpa", data, tmp_path / "out", tmp_path / "again", as_of=DAY)
    assert (again.added, again.removed, again.changed, again.digest) == (0, 0, 0, report.digest)


def test_rows_without_name_or_date_are_rejected_and_counted(tmp_path: Path) -> None:
    lines = [f"Firm Nr {chr(65 + n)},2024-05-17" for n in range(26)]
    data = "\n".join(["Entity Name,Effective Date", *lines, "Late Firm,soon", ""])
    report, _ = run(tmp_path, "uflpa", data.encode(), UFLPA)
    assert [(each.row, each.reason) for each in report.rejects] == [
        (28, "wanted a date such as June 21, 2022")
    ]
    with pytest.raises(ReferenceRefused, match="first row 2: wanted a name"):
        run(tmp_path / "b", "uflpa", b"Entity Name,Effective Date\n,2024-05-17\n", WRO)


def test_a_page_without_the_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="no table with a name and an effective date"):
        run(tmp_path, "uflpa", b"<html><table><tr><td>x</td></tr></table></html>", UFLPA)


def test_a_part_of_a_list_is_refused(tmp_path: Path) -> None:
    many = [{**UFLPA, "entity_id": f"uflpa-{n}", "name": f"Firm {n}"} for n in range(3)]
    with pytest.raises(ReferenceRefused, match="UFLPA: found 1 rows where 3 are in force"):
        run(tmp_path, "uflpa", b"Entity Name,Effective Date\nFirm 1,2024-05-17\n", *many)


CBP_HEADER = (
    b"Calendar Year,Country,Country Code,Entity,Industry,Status,WRO/Finding,"
    b"Effective Date,Remarks\n"
)


def test_the_cbp_data_set_keeps_the_goods_it_does_not_state(tmp_path: Path) -> None:
    data = CBP_HEADER + (
        b"2021,China,CHN,Hoshine Silicon Industry Co. Ltd. and subsidiaries,Silica,Active,WRO,"
        b"06/24/2021,\n2025,Serbia,SRB,Made Up Copper D.O.O.,Copper,Partially Active,Finding,"
        b'"June 16, 2025",\n2024,Atlantis,ATL,Made Up Salt,Salt,Active,WRO,,\n'
    )
    report, listed = run(tmp_path, "cbp-orders", data, WRO, UFLPA)
    assert (report.added, report.removed) == (2, 0)
    assert listed["wro-hoshine-silicon-industry"].hs_prefixes == ("280469",)
    copper = listed["finding-made-up-copper"]
    assert (copper.list, copper.country, copper.merchandise) == (ListName.FINDING, "RS", "Copper")
    assert copper.hs_prefixes == ()
    assert (listed["wro-made-up-salt"].country, listed["wro-made-up-salt"].effective_from) == (
        None,
        None,
    )


def test_an_order_found_inactive_ends_on_the_day_of_the_import(tmp_path: Path) -> None:
    already = {**WRO, "entity_id": "wro-old", "name": "Old", "status": "ended"}
    dated = {**already, "entity_id": "wro-dated", "name": "Dated", "effective_to": "2020-03-23"}
    data = CBP_HEADER + (
        b"2021,China,CHN,Hoshine Silicon Industry,Silica,Inactive,WRO,06/24/2021,\n"
        b"2016,China,CHN,Old,Salt,Inactive,WRO,04/13/2016,\n"
        b"2016,China,CHN,Dated,Salt,Inactive,WRO,04/13/2016,\n"
        b"2016,China,CHN,Never Seen,Salt,Inactive,WRO,04/13/2016,\n"
    )
    _, listed = run(tmp_path, "cbp-orders", data, WRO, already, dated)
    ends = {key: entity.effective_to for key, entity in listed.items()}
    assert ends == {
        "wro-hoshine-silicon-industry": DAY,
        "wro-old": None,
        "wro-dated": date(2020, 3, 23),
        "wro-never-seen": None,
    }
    assert {entity.status for entity in listed.values()} == {"ended"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2021,China,CHN,,Silica,Active,WRO,06/24/2021,", "Entity is empty"),
        (b"2021,China,CHN,A Firm,Silica,Pending,WRO,06/24/2021,", "Status is 'Pending'"),
        (b"2021,China,CHN,A Firm,Silica,Active,WRO,midsummer,", "Effective Date is 'midsummer'"),
    ],
)
def test_a_malformed_order_is_rejected_with_its_reason(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    with pytest.raises(ReferenceRefused, match=f"first row 2: {reason}"):
        run(tmp_path, "cbp-orders", CBP_HEADER + line + b"\n", UFLPA)


SDN = (
    b'22603,"MADE UP DANDONG TRADING CO., LTD.",-0- ,"DPRK3",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,x\n'
    b'22604,"KIM, Made Up","individual","DPRK2] [NPWMD",-0- \n'
    b'22605,"MADE UP STAR","vessel","DPRK4",-0- \n'
    b'22606,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA",-0- \n\n\x1a\n'
)


def test_the_sdn_list_gives_the_firms_of_the_north_korea_programmes(tmp_path: Path) -> None:
    report, listed = run(tmp_path, "ofac-sdn", SDN, UFLPA)
    assert (report.rows_read, report.added, report.rejects) == (4, 1, ())
    firm = listed["ofac-nk-22603"]
    assert (firm.regime, firm.country, firm.effective_from) == ("OFAC-NK", None, None)
    alt = b'22603,1,"aka","MADE UP TRADING",-0- \n99999,2,"aka","SOMEBODY",-0- \n'
    again = import_published("ofac-alt", alt, tmp_path / "out", tmp_path / "alt", as_of=DAY)
    assert (again.added, again.removed, again.changed) == (0, 0, 1)
    by_id = {entity.entity_id: entity for entity in load_reference(tmp_path / "alt").listed}
    assert by_id["ofac-nk-22603"].aliases == ("MADE UP TRADING",)


def test_two_firms_whose_names_differ_by_legal_form_alone_stay_two(tmp_path: Path) -> None:
    two = (
        b'9,"MADE UP CO",-0- ,"DPRK3"\n10,"MADE UP AS",-0- ,"DPRK3"\n9,"MADE UP CO",-0- ,"DPRK3"\n'
    )
    _, listed = run(tmp_path, "ofac-sdn", two, UFLPA)
    again = import_published("ofac-sdn", two, tmp_path / "out", tmp_path / "again", as_of=DAY)
    assert (again.added, again.removed, again.changed) == (0, 0, 0)
    names = {key: entity.name for key, entity in listed.items() if key.startswith("ofac")}
    assert names == {"ofac-nk-9": "MADE UP CO", "ofac-nk-10": "MADE UP AS"}


@pytest.mark.parametrize("kind", ["ofac-sdn", "ofac-alt"])
def test_another_file_than_ofacs_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ReferenceRefused, match="1 of 1 rows rejected"):
        run(tmp_path, kind, b"name,programme\n", UFLPA)


def test_an_oversized_or_broken_sdn_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceRefused, match="wanted at most"):
        run(tmp_path, "ofac-sdn", b" " * 32_000_001, UFLPA)
    with pytest.raises(ReferenceRefused, match=r"SDN.CSV row \d"):
        run(tmp_path / "b", "ofac-sdn", b'1,"' + b"x" * 200_000 + b'"\n', UFLPA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("June 21, 2022", date(2022, 6, 21)),
        ("Jun 21,\u00a02022", date(2022, 6, 21)),
        ("06/21/2022", date(2022, 6, 21)),
        ("6/21/22", date(2022, 6, 21)),
        ("2022-06-21", date(2022, 6, 21)),
        ("June 2022", None),
    ],
)
def test_dates_are_read_in_the_forms_of_the_agencies(text: str, expected: date | None) -> None:
    assert listed_date(text) == expected


@pytest.mark.parametrize(
    ("name", "code"),
    [("CN", "CN"), ("Malaysia", "MY"), ("Burma", "MM"), ("DRC", "CD"), ("Atlantis", "")],
)
def test_countries_are_read_as_agencies_write_them(name: str, code: str) -> None:
    assert country_of(name) == code
