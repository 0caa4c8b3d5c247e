"""Party features: what is known of supplier, importer and filer, and where the maker is."""

from datetime import timedelta
from math import isnan, log, nan

import pytest

from app.core.entry import Entry, Party
from app.core.features.shares import EVERYONE, OWN_SMOOTHING, denied, share
from app.core.history import History
from app.core.outcomes import OutcomeKind
from tests.filings import DAY, GARMENTS, PENCILS, entry, facts_of, line, party, value_of

_IMPORTER = Party(number="12-3456789")
_MAKER = Party(name="Example Trading Garment")


def _filed(**changes: object) -> Entry:
    return entry(line(manufacturer=_MAKER), importer=_IMPORTER, filer_code="B76", **changes)  # type: ignore[arg-type]  # any field of an entry


def _seen(days_ago: int = 180, times: int = 1) -> History:
    history = History()
    for _ in range(times):
        history.observe(_filed(export="CN"), DAY - timedelta(days=days_ago))
    return history


@pytest.mark.parametrize("who", ["supplier", "importer", "filer"])
def test_a_party_never_seen_is_novel_and_its_history_unknown(who: str) -> None:
    assert value_of(f"party.{who}_never_seen", _filed()) == 1.0
    assert isnan(value_of(f"party.{who}_log_lines", _filed()))
    assert isnan(value_of(f"party.{who}_denied_rate", _filed()))


@pytest.mark.parametrize("who", ["supplier", "importer", "filer"])
def test_a_party_not_declared_is_neither_novel_nor_known(who: str) -> None:
    assert isnan(value_of(f"party.{who}_never_seen", entry()))
    assert isnan(value_of(f"party.{who}_days_known", entry()))


def test_a_party_seen_before_is_known_by_volume_and_days() -> None:
    history = _seen(days_ago=180, times=2)
    assert value_of("party.supplier_never_seen", _filed(), history) == 0.0
    assert value_of("party.supplier_log_lines", _filed(), history) == log(2.0)
    assert value_of("party.importer_days_known", _filed(), history) == 180.0
    assert value_of("party.importer_days_since_last", _filed(), history) == 180.0


def test_lines_of_late_show_as_a_surge() -> None:
    assert value_of("party.supplier_surge", _filed(), _seen(days_ago=0)) == 1.0
    assert value_of("party.supplier_surge", _filed(), _seen(days_ago=180)) == 2.0**-5


def test_a_party_known_by_an_outcome_alone_was_never_seen() -> None:
    history = History()
    history.settle(_filed(), None, OutcomeKind.DENIED, 1.0, DAY - timedelta(days=9))
    assert value_of("party.supplier_never_seen", _filed(), history) == 1.0
    assert isnan(value_of("party.supplier_surge", _filed(), history))
    assert isnan(value_of("party.supplier_denied_rate", _filed(), history))


def test_the_denied_rate_is_drawn_towards_everyones() -> None:
    history = _seen()
    known = DAY - timedelta(days=1)
    assert value_of("party.supplier_denied_rate", _filed(), history) == pytest.approx(0.01)
    history.settle(_filed(), None, OutcomeKind.DENIED, 1.0, known)
    fact = facts_of(_filed(), history)[0]
    rate = value_of("party.supplier_denied_rate", _filed(), history)
    found, overall = 2.0 ** (-1 / 365), share(fact, EVERYONE, denied)
    assert overall == (found + 1.0) / (found + 100.0)
    assert rate == (found + OWN_SMOOTHING * overall) / (found + OWN_SMOOTHING)
    assert value_of("party.supplier_log_outcomes", _filed(), history) == log(1 + found)


@pytest.mark.parametrize(
    ("name", "filed", "wanted"),
    [
        ("party.supplier_new_goods", _filed(export="CN"), 0.0),
        ("party.supplier_new_origin", _filed(export="CN"), 0.0),
        ("party.supplier_new_route", _filed(export="CN"), 0.0),
        ("party.supplier_new_route", _filed(export="HK"), 1.0),
        ("party.supplier_new_route", _filed(), nan),
        ("party.importer_new_goods", entry(line(hts=PENCILS), importer=_IMPORTER), 1.0),
        ("party.importer_new_origin", entry(line(origin="VN"), importer=_IMPORTER), 1.0),
        ("party.importer_new_supplier", _filed(), 0.0),
        (
            "party.importer_new_supplier",
            entry(line(manufacturer=party(name="Another")), importer=_IMPORTER),
            1.0,
        ),
        ("party.importer_new_supplier", entry(importer=_IMPORTER), nan),
    ],
)
def test_goods_origin_route_and_supplier_are_new_or_not(
    name: str, filed: Entry, wanted: float
) -> None:
    found = value_of(name, filed, _seen())
    assert isnan(found) if isnan(wanted) else found == wanted


def test_partners_are_counted() -> None:
    assert value_of("party.importer_partners", _filed(), _seen()) == pytest.approx(log(2), abs=0.01)


def _made(hts: str = GARMENTS, **maker: str | None) -> Entry:
    return entry(line(hts=hts, manufacturer=party(**maker)))


@pytest.mark.parametrize(
    ("name", "filed", "wanted"),
    [
        ("party.supplier_missing", entry(), 1.0),
        ("party.supplier_missing", _filed(), 0.0),
        ("party.importer_missing", entry(), 1.0),
        ("party.importer_missing", _filed(), 0.0),
        ("party.seller_is_manufacturer", entry(), nan),
        ("party.seller_is_manufacturer", entry(line(seller=party(name="A"))), nan),
        (
            "party.seller_is_manufacturer",
            entry(line(seller=party(name="A Ltd"), manufacturer=party(name="a"))),
            1.0,
        ),
        (
            "party.seller_is_manufacturer",
            entry(line(seller=party(name="B"), manufacturer=party(name="A"))),
            0.0,
        ),
        ("party.mid_city_differs", _made(mid="CNEXATRA12DAN", city="Dandong"), 0.0),
        ("party.mid_city_differs", _made(mid="CNEXATRA12DAN", city="Shanghai"), 1.0),
        ("party.mid_city_differs", _made(mid="CNEXATRA12DAN", city="丹东"), nan),
        ("party.mid_city_differs", _made(mid="CNEXATRA12DAN"), nan),
        ("party.mid_city_differs", _made(city="Dandong"), nan),
        ("party.china_postal_missing", _made(country="CN"), 1.0),
        ("party.china_postal_missing", _made(country="CN", postal_code="118000"), 0.0),
        ("party.china_postal_missing", _made(country="VN"), 0.0),
        ("party.china_postal_missing", entry(), nan),
        ("party.border_maker_with_dprk_goods", _made(country="CN", city="Dandong"), 3.0),
        ("party.border_maker_with_dprk_goods", _made(country="CN", city="丹东市"), 3.0),
        ("party.border_maker_with_dprk_goods", _made(country="CN", postal_code="133300"), 3.0),
        ("party.border_maker_with_dprk_goods", _made(mid="CNEXATRA12DAN", city="Dandong"), 3.0),
        ("party.border_maker_with_dprk_goods", _made(country="CN", city="Shanghai"), 0.0),
        ("party.border_maker_with_dprk_goods", _made(country="CN"), nan),
        ("party.border_maker_with_dprk_goods", _made(city="Dandong"), nan),
        ("party.border_maker_with_dprk_goods", _made(PENCILS, country="CN", city="Dandong"), 0.0),
        ("party.near_border_maker_with_dprk_goods", _made(country="CN", postal_code="116001"), 3.0),
        ("party.xinjiang_maker", _made(country="CN", city="Urumqi"), 1.0),
        ("party.xinjiang_maker", _made(country="CN", postal_code="843000"), 1.0),
        ("party.xinjiang_maker", _made(country="CN", city="Shanghai"), 0.0),
        ("party.xinjiang_maker", entry(), nan),
        ("party.xinjiang_maker_with_uflpa_goods", _made(country="CN", city="Urumqi"), 1.0),
    ],
)
def test_the_maker_is_told_by_name_and_place(name: str, filed: Entry, wanted: float) -> None:
    found = value_of(name, filed)
    assert isnan(found) if isnan(wanted) else found == wanted
