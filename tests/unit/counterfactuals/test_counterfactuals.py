"""Safe counterfactuals: only what is missing, effects as rescored, and no protected field."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from app.core.counterfactuals import (
    FILLED,
    NOT_NEEDED,
    NOT_TOLD,
    NOTHING,
    PROTECTED,
    SAME,
    SOME,
    Advice,
    Certainty,
    Effect,
    LineScore,
    Proposal,
    advise,
    lines_told,
    proposals_of,
)
from app.core.entry import Entry, EntryLine, LegRole, Party
from app.core.features import Cross, Encoder, FittedLanes
from app.core.features.lane import ValueNorm
from app.core.history import History
from app.core.policy import Band, Policy
from app.core.scale import score_of
from tests.desks import served_bundle
from tests.filings import DAY, entries, entry, leg, line, party, shipped, shipped_screener

POLICY = Policy(review_at=600, hold_at=800)


def lanes(hts2: str = "62", median: float = 2.0) -> FittedLanes:
    """Return lanes whose goods of one chapter are worth exp(median) USD a kilogram."""
    chapter = Cross("hs2", ("hs2",), None, 10.0)
    norm = ValueNorm(chapter, {hts2: (7.0, 5.0, median)})
    return FittedLanes(
        crosses=[chapter], targets=["nexus"], root=[100.0, 5.0], counts=[{}], norms=[norm]
    )


@cache
def encoder() -> Encoder:
    bundle = served_bundle()
    return Encoder(bundle.schema, shipped(), bundle.lanes)


def rescore(filed: Entry, numbers: Sequence[int]) -> list[LineScore]:
    """Return real scores of lines, read against an empty history."""
    known = History().read(filed, DAY)
    hits = shipped_screener().screen(filed, DAY)
    facts = encoder().facts(filed, known, hits, DAY)
    chosen = [each for each in facts if each.line.line_number in numbers]
    raws = served_bundle().predict(encoder().encode(chosen))
    scores = [score_of(served_bundle().probability(float(raw))) for raw in raws]
    return [
        LineScore(fact.line.line_number, float(raw), score, POLICY.band_of(score))
        for fact, raw, score in zip(chosen, raws, scores, strict=True)
    ]


def held(filed: Entry) -> list[LineScore]:
    return [LineScore(each.line_number, 0.0, 900, Band.HOLD) for each in filed.lines]


def fake(raw: float, band: Band = Band.HOLD) -> Any:
    return lambda _filed, numbers: [LineScore(each, raw, 900, band) for each in numbers]


def proposed(filed: Entry, **how: Any) -> dict[str, Proposal]:
    numbers = [each.line_number for each in filed.lines]
    return {each.code: each for each in proposals_of(filed, numbers, **how)}


def complete() -> Entry:
    maker = party("CN", "CNEXATRA12DAN", name="Example Trading", address="12 Road",
                  city="Dandong", postal_code="118000")  # fmt: skip
    return entry(
        line(manufacturer=maker, seller=party("HK", name="Seller"), quantity=Decimal(1),
             gross_weight_kg=Decimal(1)),
        mode="11", route=(leg("CNDDG", LegRole.STUFFING),), entry_number="B76-0324527-8",
        filer_code="B76", importer=Party(number="12-3456789AB"), export_date=date(2026, 10, 28),
        arrival_date=DAY, bills_of_lading=("OOLU1",), containers=("CSQU3054383",),
    )  # fmt: skip


def test_a_complete_entry_has_nothing_to_supply() -> None:
    assert proposed(complete()) == {}
    advice = advise(complete(), held(complete()), (), fake(0.0))
    assert advice == Advice((), NOTHING)


def test_all_that_is_missing_is_named_with_its_place() -> None:
    bare = entry(line(manufacturer=party("CN", name="Example Trading")))
    assert {each.code: each.path for each in proposed(bare).values()} == {
        "EXPORT_DATE": "/export_date",
        "ENTRY_NUMBER": "/entry_number",
        "IMPORTER_NUMBER": "/importer/number",
        "ARRIVAL_DATE": "/arrival_date",
        "MODE_OF_TRANSPORT": "/mode_of_transport",
        "BILL_OF_LADING": "/bills_of_lading",
        "CONTAINER": "/containers",
        "STUFFING_PLACE": "/route/-",
        "GROSS_WEIGHT": "/lines/0/gross_weight_kg",
        "QUANTITY": "/lines/0/quantity",
        "SELLER": "/lines/0/seller",
        "MID": "/lines/0/manufacturer/mid",
        "MANUFACTURER_TOWN": "/lines/0/manufacturer/city",
        "MANUFACTURER_ADDRESS": "/lines/0/manufacturer/address",
        "POSTAL_CODE": "/lines/0/manufacturer/postal_code",
    }
    assert proposed(entry())["MANUFACTURER"].path == "/lines/0/manufacturer"
    assert "CONTAINER" not in proposed(entry(mode="40"))


def test_a_line_that_nobody_asked_about_is_left_alone() -> None:
    filed = entry(line(1), line(2))
    paths = [each.path for each in proposals_of(filed, [2]) if each.line_number]
    assert paths
    assert all(path.startswith("/lines/1/") for path in paths)


def test_the_filer_of_the_entry_number_is_exact() -> None:
    found = proposed(replace(complete(), filer_code=None))["FILER_CODE"]
    assert found.certainty is Certainty.EXACT
    assert found.tried == (complete(),)
    other = replace(complete(), filer_code=None, entry_number="1", identifier_scheme="kr")
    assert "FILER_CODE" not in proposed(other)


@pytest.mark.parametrize("declared", ["118 000", "１１８０００", "118-000", "118\u200b000"])
def test_digits_that_can_be_read_are_the_postal_code(declared: str) -> None:
    maker = party("CN", "CNEXATRA12DAN", name="E", address="1", city="D", postal_code=declared)
    filed = replace(complete(), lines=(replace(complete().lines[0], manufacturer=maker),))
    found = proposed(filed)["POSTAL_CODE"]
    assert found.certainty is Certainty.EXACT
    (tried,) = found.tried
    assert tried.lines[0].manufacturer is not None
    assert tried.lines[0].manufacturer.postal_code == "118000"


def test_a_postal_code_that_can_not_be_read_is_not_guessed() -> None:
    maker = party(None, "CNEXATRA12DAN", postal_code="11800")
    filed = entry(line(manufacturer=maker))
    assert proposed(filed)["POSTAL_CODE"].certainty is Certainty.UNKNOWN
    assert "POSTAL_CODE" not in proposed(replace(filed, identifier_scheme="kr"))
    assert "POSTAL_CODE" not in proposed(entry(line(manufacturer=party("VN"))))
    assert "POSTAL_CODE" not in proposed(entry(line(manufacturer=party())))


def test_the_mid_of_the_rule_is_told_and_never_tried() -> None:
    maker = party("CN", name="Example Trading", address="12 Road", city="Dandong")
    found = proposed(entry(line(manufacturer=maker)))["MID"]
    assert found.text.endswith("of what is declared the rule makes CNEXATRA12DAN.")
    assert found.tried == ()


@pytest.mark.parametrize(
    ("mode", "first", "last"), [("11", 7, 60), ("21", 3, 30), ("31", 0, 14), ("40", 0, 5)]
)
def test_export_dates_tried_are_those_common_for_the_mode(mode: str, first: int, last: int) -> None:
    filed = entry(mode=mode, arrival_date=DAY)
    found = proposed(filed)["EXPORT_DATE"]
    days = [(DAY - each.export_date).days for each in found.tried if each.export_date]
    assert (found.certainty, days[0], days[-1]) == (Certainty.RANGE, first, last)
    assert proposed(entry(arrival_date=DAY))["EXPORT_DATE"].basis.startswith("0 to 60 days")


def test_no_export_date_before_the_first_day_of_all_is_tried() -> None:
    found = proposed(entry(arrival_date=date(1, 1, 3)))["EXPORT_DATE"]
    assert len(found.tried) == 1
    by_sea = proposed(entry(mode="11", arrival_date=date(1, 1, 3)))["EXPORT_DATE"]
    assert (by_sea.certainty, by_sea.tried) == (Certainty.UNKNOWN, ())


def test_weights_tried_lie_around_the_median_of_the_lane() -> None:
    filed = entry(line(entered_value_usd=Decimal(1000)))
    found = proposed(filed, lanes=lanes())["GROSS_WEIGHT"]
    weights = [each.lines[0].gross_weight_kg for each in found.tried]
    assert found.certainty is Certainty.RANGE
    assert weights == [Decimal(f"{1000 / 7.38905609893065 * each:.3f}")
                       for each in (0.5, 0.75, 1.0, 1.5, 2.0)]  # fmt: skip
    assert "135 kg" in found.basis


@pytest.mark.parametrize(
    ("value", "norms"),
    [("0", lanes()), ("100", lanes("63")), ("100", lanes(median=40.0)),
     ("100", lanes(median=float("nan"))), ("100", None)],
)  # fmt: skip
def test_without_a_usual_weight_none_is_tried(value: str, norms: FittedLanes | None) -> None:
    filed = entry(line(entered_value_usd=Decimal(value)))
    assert proposed(filed, lanes=norms)["GROSS_WEIGHT"].certainty is Certainty.UNKNOWN


def test_effects_are_the_lowest_and_highest_tried() -> None:
    filed = replace(complete(), export_date=None)
    now = held(filed)
    days = {each.export_date: at for at, each in enumerate(proposed(filed)["EXPORT_DATE"].tried)}

    def by_day(tried: Entry, numbers: Sequence[int]) -> list[LineScore]:
        raw = float(days[tried.export_date])
        return [LineScore(each, raw, 900, Band.HOLD) for each in numbers]

    advice = advise(filed, now, list(proposed(filed).values()), by_day)
    ((_, (effect,)),) = advice.proposals
    assert (effect.lowest.raw_score, effect.highest.raw_score) == (0.0, 5.0)
    assert (effect.changes, advice.text) == (True, SOME)


def test_a_band_alone_may_change() -> None:
    now = LineScore(1, 0.0, 900, Band.HOLD)
    milder = LineScore(1, 0.0, 900, Band.REVIEW)
    assert Effect(now, milder, now).changes
    assert not Effect(now, now, now).changes


def test_what_changes_nothing_says_so() -> None:
    filed = replace(complete(), filer_code=None)
    advice = advise(filed, held(filed), list(proposed(filed).values()), fake(0.0))
    assert advice.text == NOTHING
    bare = entry()
    advice = advise(bare, held(bare), list(proposed(bare).values()), fake(0.0))
    assert advice.text == NOT_TOLD


def test_without_the_model_of_the_decision_no_effect_is_told() -> None:
    filed = replace(complete(), filer_code=None)
    advice = advise(filed, held(filed), list(proposed(filed).values()), None)
    ((proposal, effects),) = advice.proposals
    assert (proposal.certainty, proposal.tried, effects) == (Certainty.UNKNOWN, (), ())
    assert advice.text == NOT_TOLD
    assert advise(filed, held(filed), (), None).text == NOTHING


def test_a_released_entry_needs_nothing() -> None:
    released = [LineScore(1, 0.0, 100, Band.RELEASE)]
    assert advise(entry(), released, list(proposed(entry()).values()), fake(0.0)).text == NOT_NEEDED


def test_a_line_not_told_of_has_no_effect() -> None:
    filed = entry(line(1, gross_weight_kg=None), line(2))
    proposals = [each for each in proposals_of(filed, [1], lanes()) if each.code == "GROSS_WEIGHT"]
    advice = advise(filed, held(filed)[1:], proposals, fake(0.0))
    assert advice.proposals[0][1] == ()


def test_the_strictest_lines_are_told_of_first() -> None:
    scores = [LineScore(each, float(each), 700, Band.REVIEW) for each in range(1, 31)]
    scores += [LineScore(31, -9.0, 300, Band.HOLD), LineScore(32, 9.0, 10, Band.RELEASE)]
    told = lines_told(scores)
    assert len(told) == 20
    assert [each.line_number for each in told[:2]] == [31, 30]


def check_safe(filed: Entry) -> tuple[int, int]:
    """Hold the promises for one entry; return how many proposals and effects there were."""
    numbers = [each.line_number for each in filed.lines]
    now = [replace(each, band=Band.HOLD) for each in rescore(filed, numbers)]
    advice = advise(filed, now, proposals_of(filed, numbers, lanes()), rescore)
    effects = 0
    for proposal, told in advice.proposals:
        assert not PROTECTED & set(proposal.path.split("/"))
        assert bool(proposal.tried) == (proposal.certainty is not Certainty.UNKNOWN)
        for tried in proposal.tried:
            assert changed_fields(filed, tried) <= FILLED
        again = [rescore(tried, numbers) for tried in proposal.tried]
        for effect in told:
            raws = [each.raw_score for scores in again for each in scores
                    if each.line_number == effect.now.line_number]  # fmt: skip
            assert abs(min(raws) - effect.lowest.raw_score) <= 1e-6 or effect.lowest.band != (
                effect.highest.band
            )
            assert any(abs(raw - effect.lowest.raw_score) <= 1e-6 for raw in raws)
            assert any(abs(raw - effect.highest.raw_score) <= 1e-6 for raw in raws)
            effects += 1
    assert advice.proposals or advice.text == NOTHING
    return len(advice.proposals), effects


def changed_fields(before: Any, after: Any) -> set[str]:
    """Return the names of the fields that differ, at any depth; a field that was filled first."""
    if type(before) is not type(after) or not isinstance(before, Entry | EntryLine | Party):
        return set()
    found: set[str] = set()
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if each.name == "lines":
            pairs = zip(old, new, strict=True)
            found |= {name for pair in pairs for name in changed_fields(*pair)}
        elif isinstance(old, Party) and isinstance(new, Party):
            found |= changed_fields(old, new)
        elif old != new:
            assert old is None or each.name == "postal_code"
            found.add(each.name)
    return found


@given(entries)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_proposal_touches_a_protected_field(filed: Entry) -> None:
    check_safe(filed)


@pytest.mark.nightly
@given(entries)
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ten_thousand_entries_and_no_protected_field_is_touched(filed: Entry) -> None:
    check_safe(filed)


def test_the_two_lists_of_fields_do_not_meet() -> None:
    assert not PROTECTED & FILLED
    assert SAME < 1e-6
