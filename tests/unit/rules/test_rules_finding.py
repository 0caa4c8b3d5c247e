"""How rules become findings: strictest first, unknown is not False, dated sources."""

from app.core.policy import Band
from app.core.reasons import ReasonGroup, ReasonKind, Regime
from app.core.rules import Rule, findings_of, unknown_rules
from tests.filings import entry, facts_of


def _rule(
    code: str,
    applies: bool | None,
    floor: Band | None = None,
    source: str = "entry",
    law: Regime | None = None,
) -> Rule:
    return Rule(
        code=code,
        group=ReasonGroup.ROUTE,
        regime=Regime.TA_307,
        floor=floor,
        source=source,
        about="A rule of a test.",
        applies=lambda _: applies,
        say=lambda facts: f"From {facts.origin}.",
        law=None if law is None else lambda _: law,
    )


def test_only_rules_that_apply_are_found_and_the_strictest_comes_first() -> None:
    (facts,) = facts_of(entry())
    rules = (
        _rule("A", True),
        _rule("B", True, Band.HOLD),
        _rule("C", False, Band.HOLD),
        _rule("D", None, Band.HOLD),
        _rule("E", True, Band.REVIEW),
    )
    assert [each.code for each in findings_of(facts, rules)] == ["B", "E", "A"]
    assert unknown_rules(facts, rules) == ("D",)


def test_a_finding_is_a_reason_that_adds_nothing_to_the_score() -> None:
    (facts,) = facts_of(entry())
    (found,) = findings_of(facts, (_rule("A", True, law=Regime.UFLPA),))
    assert found.reason.kind is ReasonKind.RULE
    assert found.reason.contribution == 0.0
    assert found.reason.regime == "UFLPA"
    assert found.reason.text == f"From {facts.origin}."


def test_sources_are_dated() -> None:
    (facts,) = facts_of(entry())
    of = {
        source: findings_of(facts, (_rule("A", True, source=source),))[0].source
        for source in ("entry", "history", "reference:goods")
    }
    assert of["entry"] == "entry"
    assert of["history"] == f"history@{facts.at}"
    assert of["reference:goods"].startswith("reference:goods@2")
