"""Screening features and reasons: what hits of each kind give, what is unknown without names."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import isnan

import pytest

from app.core.entry import Entry
from app.core.features import LineFacts, line_facts
from app.core.features.screening import MONOTONE, SCREENING
from app.core.history import History
from app.core.reasons import REASONS, ReasonKind, reasons_of_strong_hits
from app.core.reasons.of_screening import OF_SCREENING
from app.core.screening import Hit, HitStrength
from tests.filings import line, party, shipped

DAY = date(2026, 1, 15)
LISTED = Hit(
    line_number=1,
    role="manufacturer",
    list="UFLPA",
    entity="Secret Garments Co., Ltd.",
    entity_id="uflpa-secret",
    regime="UFLPA",
    match=1.0,
    effective_from=date(2022, 6, 21),
    why="made up",
    order="UFLPA Entity List",
)
NEAR = replace(LISTED, match=0.8, strength=HitStrength.WEAK, effective_from=None)
ORDER = replace(LISTED, regime="TA-307", list="WRO", match=0.9, role="seller", order="an order")
STOPPED = replace(LISTED, regime="CAATSA-321", list="CAATSA-321", match=0.95, order="an action")
PAST = replace(ORDER, strength=HitStrength.PAST, effective_to=date(2024, 1, 1))
BY_MID = replace(NEAR, match=0.6, how=("mid",))
BY_PLACE = replace(ORDER, role="goods", match=1.0, how=("place",))
MAYBE_PLACE = replace(BY_PLACE, match=0.6, strength=HitStrength.WEAK)
PAST_PLACE = replace(BY_PLACE, strength=HitStrength.PAST)
BLAMES = re.compile(r"\b(uses?|employs?|guilty|illegal|violat|slave|launder)", re.IGNORECASE)


def facts(*hits: Hit, name: str | None = "Secret Garments", mid: str | None = None) -> LineFacts:
    maker = party("CN", mid, name=name)
    entry = Entry(lines=(line(manufacturer=maker),))
    history = History().read(entry, DAY)
    return line_facts(entry, history, hits, shipped(), DAY)[0]


def values(found: LineFacts) -> dict[str, float]:
    return {
        feature.name.removeprefix("screening."): feature.compute(found) for feature in SCREENING
    }


@pytest.mark.parametrize(
    ("hits", "changed"),
    [
        ((), {}),
        ((LISTED,), {"strong_match": 1.0, "uflpa_entity": 1.0}),
        ((STOPPED, ORDER), {"strong_match": 0.95, "caatsa_entity": 1.0, "ta307_order": 1.0}),
        ((NEAR,), {"near_match": 0.8}),
        ((PAST, PAST_PLACE), {}),
        ((BY_MID,), {"mid_match": 0.6}),
        ((BY_PLACE, MAYBE_PLACE), {"place_order": 1.0, "strong_match": 1.0}),
        ((MAYBE_PLACE,), {"place_order": 0.6}),
    ],
)
def test_each_kind_of_hit_moves_its_own_features(
    hits: Sequence[Hit], changed: dict[str, float]
) -> None:
    none = values(facts(mid="CNSECGAR12SHA"))
    assert none == dict.fromkeys(none, 0.0) | {"searched": 1.0}
    assert values(facts(*hits, mid="CNSECGAR12SHA")) == none | changed


def test_without_a_name_or_a_mid_it_is_unknown_and_not_zero() -> None:
    found = values(facts(name=None))
    known = {name for name, value in found.items() if not isnan(value)}
    assert known == {"searched", "place_order"}
    assert found["searched"] == 0.0


def test_more_of_a_hit_never_lowers_the_risk() -> None:
    assert set(MONOTONE) == {each.name for each in SCREENING} - {"screening.searched"}
    assert set(MONOTONE.values()) == {1}


@pytest.mark.parametrize(
    "found",
    [facts(), facts(name=None)]
    + [facts(hit, mid="CNSECGAR12SHA") for hit in (LISTED, STOPPED, ORDER, NEAR, PAST)]
    + [facts(hit, mid="CNSECGAR12SHA") for hit in (BY_MID, BY_PLACE, MAYBE_PLACE)],
    ids=lambda found: ",".join(hit.list for hit in found.hits) or "none",
)
def test_reasons_state_list_and_day_and_name_no_party(found: LineFacts) -> None:
    for reason, _ in OF_SCREENING:
        said = reason.say(found)
        assert said.endswith(".")
        assert "Secret" not in said
        assert not BLAMES.search(said)
        assert reason.dated_source(found).startswith("reference:entities@")
        reason.regime_of(found)


@pytest.mark.parametrize(
    ("code", "hit", "part", "regime"),
    [
        (
            "LISTED_PARTY",
            LISTED,
            "The manufacturer has the name of an entity on a list: UFLPA",
            "UFLPA",
        ),
        ("LISTED_PARTY_UFLPA", LISTED, "in force since 2022-06-21", "UFLPA"),
        ("LISTED_PARTY_TA_307", ORDER, "The seller has nearly the name (match 0.9)", "TA-307"),
        ("LISTED_PARTY_CAATSA", LISTED, "on the lists of CAATSA-321 in force", "CAATSA-321"),
        ("NAME_NEAR_LISTED", NEAR, "may be that of an entity on a list, or of another", "UFLPA"),
        ("NAME_NEAR_LISTED", LISTED, "No party has a name that may be one", None),
        ("NAME_NEAR_LISTED", NEAR, "since an unknown day", "UFLPA"),
        ("MID_OF_LISTED", BY_MID, "which other firms may share", "UFLPA"),
        ("MID_OF_LISTED", LISTED, "is not what CBP's rule makes", None),
        ("GOODS_UNDER_PLACE_ORDER", BY_PLACE, "The goods come from a place", "TA-307"),
        ("GOODS_UNDER_PLACE_ORDER", MAYBE_PLACE, "The goods may come from a place", "TA-307"),
        ("GOODS_UNDER_PLACE_ORDER", LISTED, "No order on the goods of a region", "TA-307"),
        ("NAMES_SEARCHED", LISTED, "were searched", None),
    ],
)
def test_a_reason_says_what_was_found(code: str, hit: Hit, part: str, regime: str | None) -> None:
    found = facts(hit, mid="CNSECGAR12SHA")
    assert part in REASONS[code].say(found)
    assert REASONS[code].regime_of(found) == regime


def test_strong_hits_are_reasons_of_kind_rule_one_for_each_law() -> None:
    found = facts(LISTED, STOPPED, ORDER, NEAR, PAST, BY_MID, BY_PLACE)
    given = {each.code: each for each in reasons_of_strong_hits(found)}
    assert set(given) == {
        "LISTED_PARTY_UFLPA",
        "LISTED_PARTY_CAATSA",
        "LISTED_PARTY_TA_307",
        "GOODS_UNDER_PLACE_ORDER",
    }
    assert {each.kind for each in given.values()} == {ReasonKind.RULE}
    assert {each.contribution for each in given.values()} == {0.0}
    assert given["LISTED_PARTY_CAATSA"].regime == "CAATSA-321"


def test_a_law_without_a_code_of_its_own_is_named_by_the_hit() -> None:
    (given,) = reasons_of_strong_hits(facts(replace(LISTED, regime="OFAC-NK", list="OFAC_NK")))
    assert (given.code, given.regime) == ("LISTED_PARTY", "OFAC-NK")


def test_weak_and_past_hits_are_no_rules() -> None:
    assert reasons_of_strong_hits(facts(NEAR, PAST, BY_MID, MAYBE_PLACE)) == ()


def test_without_names_the_reasons_say_so() -> None:
    nobody = facts(name=None)
    for code in ("LISTED_PARTY", "LISTED_PARTY_UFLPA", "NAME_NEAR_LISTED", "NAMES_SEARCHED"):
        assert REASONS[code].say(nobody) == (
            "No party is named, so no name was searched in the lists."
        )
    assert REASONS["MID_OF_LISTED"].say(nobody) == "No MID of the manufacturer is declared."
