"""The catalogue of rules: dated sources, plain sentences that accuse nobody, and its page."""

import re
from pathlib import Path

import pytest
from hypothesis import given

from app.core.entry import Entry
from app.core.policy import Band
from app.core.reasons import REASONS
from app.core.rules import RULES, findings_of, rules_markdown, unknown_rules
from tests.filings import busy_history, entries, facts_of
from tests.unit.reasons.test_reasons_catalogue import FORBIDDEN


def test_codes_are_unique_and_no_reason_of_the_model() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & set(REASONS)
    assert all(code == code.upper() for code in codes)


def test_every_rule_is_told_in_general_and_names_a_law_where_it_has_a_floor() -> None:
    for rule in RULES:
        assert rule.about.endswith("."), rule.code
        assert not FORBIDDEN.search(rule.about), rule.code
    holds = {rule.code for rule in RULES if rule.floor is Band.HOLD}
    assert all(rule.regime or rule.law for rule in RULES if rule.code in holds)


def test_only_law_on_what_is_declared_holds() -> None:
    assert {rule.code for rule in RULES if rule.floor is Band.HOLD} == {
        "DPRK_ORIGIN",
        "DPRK_ON_ROUTE",
        "DPRK_PARTY",
        "XINJIANG_MAKER",
        "XINJIANG_ORIGIN_PLACE",
    }


@given(entries)
def test_every_finding_is_a_plain_sentence_with_a_dated_source(filed: Entry) -> None:
    for facts in facts_of(filed, busy_history(filed)):
        findings = findings_of(facts)
        assert not {each.code for each in findings} & set(unknown_rules(facts))
        for each in findings:
            assert each.text.endswith("."), each
            assert each.text[0].isupper(), each
            assert not FORBIDDEN.search(each.text), each
            assert "Example Trading" not in each.text
            assert "None" not in each.text
            assert re.fullmatch(r"entry|reference:[a-z]+@\d{4}-\d\d-\d\d", each.source)


@given(entries)
def test_every_rule_can_say_what_it_found_of_any_line(filed: Entry) -> None:
    for facts in facts_of(filed):
        for rule in RULES:
            if rule.applies(facts):
                assert rule.say(facts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_has_every_rule_once(rule: object) -> None:
    assert rules_markdown().count(f"| `{rule.code}` |") == 1  # type: ignore[attr-defined]  # a Rule


def test_the_page_is_the_code(repository: Path) -> None:
    assert (repository / "docs" / "rules.md").read_text("utf-8") == rules_markdown()
