"""Ports, towns and postal areas: found by their codes and names, and only then."""

from datetime import date

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference import GatewayPlace, Port
from app.core.reference.geography import is_cn_postal_code
from app.core.reference.localities import fold_town
from tests.reference_packs import row, small_pack

GATEWAY = {"gateway_type": "Xinjiang", "gateway_risk": "high", "gateway_reason": "made up"}


def test_a_port_is_found_by_each_of_its_codes() -> None:
    pack = small_pack(
        ports=[
            row("ports", schedule_k="57035", lat="31.2", lon="121.5"),
            row("ports", unlocode="USLAX", name="Los Angeles", country="US", schedule_d="2704"),
        ]
    )
    shanghai = pack.port(unlocode="CNSHA")
    assert shanghai is not None
    assert (shanghai.name, shanghai.lat, shanghai.gateway_risk) == ("Shanghai", 31.2, "low")
    assert pack.port(schedule_k="57035") is shanghai
    los_angeles = pack.port(schedule_d="2704")
    assert los_angeles is not None
    assert los_angeles.unlocode == "USLAX"


def test_the_first_known_code_given_is_taken() -> None:
    pack = small_pack(ports=[row("ports", schedule_k="57035")])
    assert pack.port(unlocode="CNXXX", schedule_k="57035") is pack.port(unlocode="CNSHA")
    assert pack.port(unlocode="CNXXX", schedule_k="99999", schedule_d="0000") is None
    assert pack.port() is None


def test_a_schedule_d_port_without_a_locode_has_a_name_and_a_country() -> None:
    port = small_pack().port(schedule_d="2704")
    assert port is not None
    assert (port.unlocode, port.name, port.country) == ("", "LOS ANGELES, CALIFORNIA", "US")


def test_a_schedule_k_code_of_several_ports_gives_a_country_only() -> None:
    pack = small_pack(
        ports=[
            row("ports", schedule_k="57000"),
            row("ports", unlocode="CNWEI", name="Weihai", schedule_k="57000"),
        ]
    )
    port = pack.port(schedule_k="57000")
    assert port is not None
    assert (port.unlocode, port.name, port.country) == ("", "", "CN")
    assert (port.schedule_k, port.gateway_type) == ("57000", None)


def test_two_locodes_of_one_port_are_one_port() -> None:
    pack = small_pack(
        ports=[
            row("ports", unlocode="CNDAL", name="Dalian", schedule_k="57051"),
            row("ports", unlocode="CNDLC", name="Dalian Port", schedule_k="57051"),
        ],
        gateways=[row("gateways", unlocode="CNDAL"), row("gateways", unlocode="CNDLC")],
    )
    port = pack.port(schedule_k="57051")
    assert port is not None
    assert port.unlocode == "CNDAL"


def test_an_unknown_schedule_k_code_gives_the_country_of_its_first_digits() -> None:
    port = small_pack(ports=[row("ports", schedule_k="57035")]).port(schedule_k="57099")
    assert port is not None
    assert (port.country, port.schedule_k) == ("CN", None)


def test_first_digits_of_two_countries_give_no_port() -> None:
    pack = small_pack(
        ports=[
            row("ports", schedule_k="57035"),
            row("ports", unlocode="MOMFM", name="Macau", country="MO", schedule_k="57036"),
        ]
    )
    assert pack.port(schedule_k="57099") is None


def test_a_gateway_of_no_port_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"gateways.csv row 2: unlocode 'CNXXX'"):
        small_pack(gateways=[row("gateways", unlocode="CNXXX")])


def test_an_unknown_gateway_risk_is_refused() -> None:
    with pytest.raises(ReferenceRefused, match=r"gateways.csv row 2: gateway_risk is 'dire'"):
        small_pack(gateways=[row("gateways", gateway_risk="dire")])


@pytest.mark.parametrize(
    "town", ["Dandong", "DANDONG CITY, LIAONING", "丹东市", "dandong/Donggang"]
)
def test_a_town_is_found_by_its_spellings(town: str) -> None:
    place = small_pack(places=[row("places", aliases="丹东")]).place(town, "CN")
    assert isinstance(place, GatewayPlace)
    assert (place.name, place.as_of, place.verified) == ("Dandong", date(2025, 1, 1), True)


def test_a_town_of_the_same_name_elsewhere_is_not_found() -> None:
    assert small_pack().place("Dandong", "KR") is None
    assert small_pack().place("Shenyang", "CN") is None


def test_a_port_is_a_town_only_where_being_there_is_a_signal() -> None:
    pack = small_pack(
        ports=[
            row("ports", unlocode="CNHTN", name="Hotan Apt"),
            row("ports", unlocode="CNTAO", name="Qingdao"),
            row("ports", unlocode="RUVVO", name="Vladivostok", country="RU"),
        ],
        gateways=[
            row("gateways", unlocode="CNHTN", **GATEWAY),
            row("gateways", unlocode="CNTAO"),
            row("gateways", unlocode="RUVVO", **GATEWAY),
        ],
    )
    hotan = pack.place("Hotan", "CN")
    assert isinstance(hotan, Port)
    assert hotan.gateway_type == "Xinjiang"
    assert pack.place("Qingdao", "CN") is None
    assert pack.place("Vladivostok", "RU") is None


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Ji'an", "jian"), ("Port", "port"), ("和田", "和田"), ("和州", "和州"), ("长白县", "长白")],
)
def test_a_town_keeps_its_name_when_it_is_all_there_is(name: str, folded: str) -> None:
    assert fold_town(name) == folded


@pytest.mark.parametrize(
    "code",
    ["CN-133 000", "P.R.C. 133000", "PRC133000", "P.R. China 133000", "China, 133000", "cn 133000"],
)
def test_a_chinese_postal_code_is_read_behind_its_country(code: str) -> None:
    pack = small_pack(postal=[row("postal", prefix="133", area="yanbian")])
    assert pack.postal_area("CN", code) == "yanbian"


def test_the_longest_postal_prefix_wins() -> None:
    rows = [
        row("postal", prefix="133", area="yanbian"),
        row("postal", prefix="1333", area="hunchun"),
    ]
    pack = small_pack(postal=rows)
    assert pack.postal_area("CN", "133300") == "hunchun"
    assert pack.postal_area("CN", "133 000") == "yanbian"
    assert pack.postal_area("CN", "100000") is None


@pytest.mark.parametrize("code", ["83000", "8300000", "83000x", "", "٨٣٠٠٠٠"])
def test_a_malformed_chinese_postal_code_is_in_no_area(code: str) -> None:
    assert small_pack().postal_area("CN", code) is None
    assert not is_cn_postal_code(code)


def test_a_prefix_of_one_country_is_none_of_another() -> None:
    pack = small_pack(postal=[row("postal", country="RU", prefix="69", area="primorye")])
    assert pack.postal_area("RU", "690000") == "primorye"
    assert pack.postal_area("CN", "690000") is None


def test_a_country_has_its_name_and_an_unknown_one_its_code() -> None:
    pack = small_pack()
    assert pack.country_name("KP") == "North Korea"
    assert pack.country_name("XK") == "Kosovo"
    assert pack.country_name("QQ") == "QQ"
