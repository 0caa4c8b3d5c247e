"""All rules in their order."""

from app.core.rules.kinds import Rule

RULES: tuple[Rule, ...] = ()
