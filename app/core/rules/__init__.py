"""Rules: what a law, a place or the way of the goods says by itself; they may raise the band."""

from app.core.rules.catalogue import RULES
from app.core.rules.finding import findings_of, unknown_rules
from app.core.rules.kinds import Rule, RuleFinding
from app.core.rules.page import rules_markdown

__all__ = ["RULES", "Rule", "RuleFinding", "findings_of", "rules_markdown", "unknown_rules"]
