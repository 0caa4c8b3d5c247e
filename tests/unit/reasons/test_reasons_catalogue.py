"""The catalogue of reasons: every feature has a code, every code a text that accuses nobody."""

import re

import pytest
from hypothesis import given

from app.core.entry import Entry
from app.core.errors import BundleIncompatible
from app.core.features import FEATURES
from app.core.history import History
from app.core.reasons import REASONS, check_reason_map, default_reason_map, reason_of
from tests.filings import busy_history, entries, facts_of

FITTED = (
    "lane.goods.log_odds",
    "lane.goods.critical_log_odds",
    "lane.goods.support",
    "valuation.value_against_lane",
    "valuation.weight_against_lane",
    "valuation.per_kg_against_lane",
)
NAMES = (*(feature.name for feature in FEATURES), *FITTED)
PARTIES = "supplier|manufacturer|maker|seller|importer|filer|firm|company|factory|party"
# A reason says what the data show; it never says that anybody did anything wrong.
FORBIDDEN = re.compile(
    rf"\b(?:{PARTIES})\b[^.;]*\b(?:uses?|used|using|employs?|exploits?|launders?|evades?|hides?"
    r"|violates?|breaks?|smuggles?|lies|cheats?)\b"
    r"|\b(?:guilty|criminal|illegal|fraud|slave|smuggl|launder|evasion|suspicious|accus|crime)",
    re.I,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_feature_speaks_under_a_code_of_the_catalogue(name: str) -> None:
    assert reason_of(name) in REASONS


def test_every_code_has_a_feature_that_speaks_under_it() -> None:
    assert set(default_reason_map(NAMES).values()) == set(REASONS)


def test_lanes_and_norms_speak_under_their_own_codes() -> None:
    assert [reason_of(name) for name in FITTED] == [
        "LANE_OUTCOMES",
        "LANE_OUTCOMES",
        "LANE_SUPPORT",
        "VALUE_AGAINST_LANE",
        "VALUE_AGAINST_LANE",
        "VALUE_AGAINST_LANE",
    ]


def test_a_name_that_is_no_column_has_no_code() -> None:
    with pytest.raises(BundleIncompatible):
        reason_of("route.wormholes")


def test_a_reason_map_must_know_every_column() -> None:
    check_reason_map(NAMES, default_reason_map(NAMES))
    with pytest.raises(BundleIncompatible, match=r"route\.legs"):
        check_reason_map(["route.legs"], {})
    with pytest.raises(BundleIncompatible, match=r"route\.legs"):
        check_reason_map(["route.legs"], {"route.legs": "NO_SUCH_CODE"})


def test_every_code_is_told_in_general() -> None:
    for code, reason in REASONS.items():
        assert code == reason.code == code.upper()
        assert reason.about.endswith(".")
        assert not FORBIDDEN.search(reason.about)


@given(entries)
def test_every_text_is_a_plain_sentence_that_names_no_party_and_accuses_nobody(
    filed: Entry,
) -> None:
    for history in (History(), busy_history(filed)):
        for facts in facts_of(filed, history):
            for reason in REASONS.values():
                said = reason.say(facts)
                assert said.endswith("."), said
                assert said[0].isupper(), said
                assert not FORBIDDEN.search(said), said
                assert "Example Trading" not in said
                assert "示例" not in said
                assert "12-3456789" not in said
                assert "None" not in said


@pytest.mark.parametrize(
    "said",
    [
        "The supplier uses forced labour.",
        "This firm has employed North Korean workers and violates the law.",
        "The route looks suspicious.",
        "The manufacturer is guilty.",
    ],
)
def test_the_check_for_accusations_catches_them(said: str) -> None:
    assert FORBIDDEN.search(said)


@given(entries)
def test_every_source_is_dated_where_it_has_a_date(filed: Entry) -> None:
    facts = facts_of(filed)[0]
    for reason in REASONS.values():
        source = reason.dated_source(facts)
        assert re.fullmatch(
            r"entry|model|history@\d{4}-\d\d-\d\d|reference:[a-z]+@\d{4}-\d\d-\d\d", source
        )
