"""Rules applied to one line."""

from collections.abc import Sequence

from app.core.features import LineFacts
from app.core.rules.catalogue import RULES
from app.core.rules.kinds import Rule, RuleFinding


def findings_of(facts: LineFacts, rules: Sequence[Rule] = RULES) -> tuple[RuleFinding, ...]:
    """Return the rules that apply to a line, strictest floor first, then in catalogue order."""
    found = [_finding(rule, facts) for rule in rules if rule.applies(facts)]
    return tuple(sorted(found, key=lambda each: -each.rank))


def unknown_rules(facts: LineFacts, rules: Sequence[Rule] = RULES) -> tuple[str, ...]:
    """Return the codes of rules that could not be told for want of data."""
    return tuple(rule.code for rule in rules if rule.applies(facts) is None)


def _finding(rule: Rule, facts: LineFacts) -> RuleFinding:
    kind, _, table = rule.source.partition(":")
    source = rule.source
    if kind == "reference":
        source = f"{source}@{facts.reference.table(table).as_of.isoformat()}"
    elif kind == "history":
        source = f"history@{facts.at.isoformat()}"
    regime = rule.regime if rule.law is None else rule.law(facts)
    return RuleFinding(
        code=rule.code,
        text=rule.say(facts),
        group=rule.group.value,
        regime=None if regime is None else regime.value,
        floor=rule.floor,
        source=source,
    )
