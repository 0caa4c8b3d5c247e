"""History features of MID, town, goods, lane and route, and what changed of late."""

from datetime import timedelta
from decimal import Decimal
from math import isnan, log, log1p, nan

import pytest

from app.core.entry import Entry, Party
from app.core.features import unknowns
from app.core.features.lane_history import LANE_HISTORY
from app.core.features.shares import EVERYONE, denied, detained, nexus, share
from app.core.history import History
from app.core.outcomes import OutcomeKind
from app.core.reasons import REASONS
from tests.filings import DAY, entry, facts_of, line, party, value_of

_MAKER = party(name="Example Trading", mid="CNEXATRA12DAN", city="Dandong", country="CN")


def _filed(
    maker: Party = _MAKER, *, value: str = "100", kg: str | None = "10", **changes: str
) -> Entry:
    filed = line(
        manufacturer=maker,
        entered_value_usd=Decimal(value),
        gross_weight_kg=None if kg is None else Decimal(kg),
    )
    return entry(filed, importer=Party(number="12-3456789"), **({"export": "CN"} | changes))  # type: ignore[arg-type]  # any field of an entry


def _seen(*days_ago: int, filed: Entry | None = None) -> History:
    history = History()
    for days in days_ago:
        history.observe(filed or _filed(), DAY - timedelta(days=days))
    return history


def _settled(kind: OutcomeKind, weight: float = 1.0, filed: Entry | None = None) -> History:
    history = _seen(180, filed=filed)
    history.settle(filed or _filed(), None, kind, weight, DAY - timedelta(days=1))
    return history


@pytest.mark.parametrize("kind", ["mid", "city", "route"])
def test_what_was_never_seen_is_novel_and_its_history_unknown(kind: str) -> None:
    assert value_of(f"party.{kind}_never_seen", _filed()) == 1.0
    assert value_of(f"party.{kind}_never_seen", _filed(), _seen(9)) == 0.0
    for measure in ("log_lines", "denied_rate"):
        assert isnan(value_of(f"party.{kind}_{measure}", _filed()))


def test_what_is_not_declared_is_neither_novel_nor_known() -> None:
    for feature in LANE_HISTORY:
        if not feature.name.startswith("party.goods_"):
            assert isnan(value_of(feature.name, entry())), feature.name


@pytest.mark.parametrize("kind", ["mid", "city", "goods", "lane", "route"])
def test_volume_is_known_by_lines(kind: str) -> None:
    assert value_of(f"party.{kind}_log_lines", _filed(), _seen(180, 180)) == log(2.0)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [("supplier", "city"), ("mid", "city"), ("goods", "lane"), ("route", "lane")],
)
def test_a_denied_rate_is_drawn_towards_the_parents(kind: str, parent: str) -> None:
    history = _settled(OutcomeKind.DENIED)
    fact = facts_of(_filed(), history)[0]
    found = 2.0 ** (-1 / 365)
    above = share(fact, parent, denied)
    overall = share(fact, EVERYONE, denied)
    assert above == pytest.approx((found + 5 * overall) / (found + 5))
    assert value_of(f"party.{kind}_denied_rate", _filed(), history) == pytest.approx(
        (found + 5 * above) / (found + 5)
    )


def test_a_supplier_without_outcomes_has_the_rate_of_its_town() -> None:
    neighbour = party(name="Another", city="Dandong", country="CN")
    history = _settled(OutcomeKind.DENIED, filed=_filed(neighbour, export="KR"))
    history.observe(_filed(), DAY - timedelta(days=5))
    rate = value_of("party.supplier_denied_rate", _filed(), history)
    assert rate == pytest.approx(value_of("party.city_denied_rate", _filed(), history))
    assert rate > 0.1


@pytest.mark.parametrize("kind", ["supplier", "importer", "lane"])
def test_a_stop_is_no_finding(kind: str) -> None:
    history = _settled(OutcomeKind.DETAINED)
    unknown = _settled(OutcomeKind.CLEARED)
    share_name, rate_name = f"party.{kind}_detained_share", f"party.{kind}_denied_rate"
    assert value_of(share_name, _filed(), history) > value_of(share_name, _filed(), unknown)
    assert value_of(rate_name, _filed(), history) == pytest.approx(0.01)


def test_a_line_detained_and_then_denied_is_one_line_that_was_detained() -> None:
    history = _settled(OutcomeKind.DETAINED)
    history.settle(_filed(), None, OutcomeKind.DENIED, 1.0, DAY - timedelta(days=1))
    state = facts_of(_filed(), history)[0].history.supplier
    assert state is not None
    found, known = detained(state, DAY.toordinal())
    assert found == known


def test_document_checks_are_told_apart_from_outcomes() -> None:
    history = _settled(OutcomeKind.REVIEW_NEXUS)
    name = "party.supplier_review_rate"
    assert value_of(name, _filed(), history) > 0.1
    assert value_of(name, _filed(), _settled(OutcomeKind.REVIEW_CLEAR)) < 0.01
    assert isnan(value_of(name, _filed(), _settled(OutcomeKind.DENIED)))
    assert value_of("party.supplier_denied_rate", _filed(), history) == pytest.approx(0.01)
    fact = facts_of(_filed(), history)[0]
    assert share(fact, "supplier", nexus) == value_of(name, _filed(), history)


def test_a_name_is_new_under_a_mid_or_not() -> None:
    other = party(name="Another Name", mid="CNEXATRA12DAN", country="CN")
    nameless = party(mid="CNEXATRA12DAN")
    assert value_of("party.mid_new_name", _filed(), _seen(9)) == 0.0
    assert value_of("party.mid_new_name", _filed(other), _seen(9)) == 1.0
    assert isnan(value_of("party.mid_new_name", _filed(nameless), _seen(9)))


def test_a_pause_is_between_the_last_two_days_seen() -> None:
    assert isnan(value_of("party.supplier_pause", _filed(), _seen(9, 9)))
    assert value_of("party.supplier_pause", _filed(), _seen(409, 9, 9)) == 400.0


@pytest.mark.parametrize("name", ["lane_surge", "supplier_value_surge", "importer_value_surge"])
def test_what_is_of_late_shows_as_a_surge(name: str) -> None:
    assert value_of(f"party.{name}", _filed(), _seen(0)) == 1.0
    assert value_of(f"party.{name}", _filed(), _seen(180)) == pytest.approx(2.0**-5)


def test_lines_without_value_are_no_surge_of_value() -> None:
    free = _filed(value="0")
    assert value_of("party.supplier_value_surge", free, _seen(9, filed=free)) == 0.0
    assert value_of("party.lane_surge", free, _seen(9, filed=free)) > 0


@pytest.mark.parametrize("kind", ["supplier", "importer"])
def test_a_value_is_set_against_the_mean_of_earlier_lines(kind: str) -> None:
    found = value_of(f"party.{kind}_value_against_usual", _filed(value="1000"), _seen(90, 9))
    assert found == pytest.approx(log1p(1000) - log1p(100))


@pytest.mark.parametrize(
    ("kg", "seen_kg", "wanted"),
    [
        ("500", "10", log1p(500) - log1p(10)),
        (None, "10", nan),
        ("500", None, nan),
    ],
)
def test_a_weight_is_set_against_the_volume_known(
    kg: str | None, seen_kg: str | None, wanted: float
) -> None:
    history = _seen(0, filed=_filed(kg=seen_kg))
    found = value_of("party.supplier_kg_against_usual", _filed(kg=kg), history)
    assert found == pytest.approx(wanted, nan_ok=True)


def test_activity_of_centuries_ago_has_faded_without_an_error() -> None:
    history = _seen(DAY.toordinal() - 1)
    history.settle(_filed(), None, OutcomeKind.CLEARED, 1.0, DAY - timedelta(days=1))
    assert value_of("party.lane_surge", _filed(), history) == 0.0
    assert value_of("party.supplier_value_against_usual", _filed(), history) == log1p(100)
    said = REASONS["SUPPLIER_USUAL_VALUE"].say(facts_of(_filed(), history)[0])
    assert "worth USD 0 on average" in said


def test_unknowns_name_each_history_that_is_not_there() -> None:
    said = unknowns(facts_of(_filed()))
    for word in ("MID", "town", "goods", "lane", "route"):
        assert f"{word} history: first entry seen" in said
        assert f"{word} history: first entry seen" not in unknowns(facts_of(_filed(), _seen(9)))
    assert "manufacturer: MID not declared" in unknowns(facts_of(entry()))


@pytest.mark.parametrize(
    ("code", "history", "wanted"),
    [
        ("MID_HISTORY", _seen(9, 4), "Of the manufacturer's MID, 2 lines were seen before"),
        ("MID_HISTORY", _seen(), "The manufacturer's MID was never seen before."),
        ("MID_OUTCOMES", _seen(9), "No outcome of an earlier line of the manufacturer's MID"),
        ("LANE_RECORD", _settled(OutcomeKind.DENIED), "1.0 were denied and 0.0 cleared."),
        ("LANE_DETENTIONS", _settled(OutcomeKind.DETAINED), "1.0 were detained; a detention is"),
        ("LANE_DETENTIONS", _seen(9), "No detention of an earlier line of this lane"),
        ("LANE_HISTORY", _seen(0), "in about the last month: 1.0 lines and USD 100"),
        ("SUPPLIER_USUAL_VALUE", _seen(9), "This line is worth USD 100; earlier lines of the"),
        ("SUPPLIER_CAPACITY", _seen(0), "This line weighs 10 kg; the weight seen of the supplier"),
        ("SUPPLIER_CAPACITY", _seen(0, filed=_filed(kg=None)), "No weight of the supplier's"),
        ("SUPPLIER_SILENCE", _seen(9), "The supplier was seen on one day only, 9 days ago."),
        ("SUPPLIER_SILENCE", _seen(409, 9), "last seen 9 days ago, 400 days after the day before"),
        ("SUPPLIER_REVIEWS", _settled(OutcomeKind.REVIEW_NEXUS), "1.0 with and 0.0 without a"),
        ("SUPPLIER_REVIEWS", _seen(9), "No document check of the supplier's earlier lines"),
        ("MID_NEW_NAME", _seen(9), "name was seen under this MID before."),
    ],
)
def test_a_reason_says_what_the_history_shows(code: str, history: History, wanted: str) -> None:
    assert wanted in REASONS[code].say(facts_of(_filed(), history)[0])


def test_a_reason_says_why_nothing_is_known() -> None:
    fact = facts_of(entry())[0]
    assert REASONS["MID_HISTORY"].say(fact) == "No MID of the manufacturer is declared."
    assert "no export" in REASONS["LANE_HISTORY"].say(fact).casefold()


def test_a_weight_that_is_not_declared_is_said_to_be() -> None:
    fact = facts_of(_filed(kg=None), _seen(0))[0]
    assert REASONS["SUPPLIER_CAPACITY"].say(fact).startswith("No weight is declared; the weight")


def test_a_mid_under_another_name_is_told() -> None:
    other = party(name="Another Name", mid="CNEXATRA12DAN", country="CN")
    fact = facts_of(_filed(other), _seen(9))[0]
    assert "never with this name" in REASONS["MID_NEW_NAME"].say(fact)
    nameless = facts_of(_filed(party(mid="CNEXATRA12DAN")), _seen(9))[0]
    assert REASONS["MID_NEW_NAME"].say(nameless).startswith("No name of the manufacturer")
