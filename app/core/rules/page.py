"""The page that lists the rules, written from the catalogue."""

from app.core.policy import Band
from app.core.rules.catalogue import RULES
from app.core.rules.kinds import Rule

_HEAD = """# Rules

A rule is a law, a place or a fact of the way that speaks for itself, without a model. A rule that
applies may raise the band of its line to its floor, never lower it, and never touches the score; it
stands among the reasons as one of kind `rule` with a contribution of 0. A rule without a floor only
explains. Where the data to tell are missing a rule is UNKNOWN, which is neither yes nor no.

No lone tell has a floor: origin China, a port such as Dalian, Qingdao or Busan, a leg through China
or Russia, a high-risk sector or a finishing country alone never raise a band
(docs/adr/0022-places-ways-and-rules.md). This page is written from the code
(`app/core/rules`); a test compares the two.
"""
_FLOORS = {
    Band.HOLD: "## Floor hold\n\nWhat the law presumes or bars on what is declared.\n",
    Band.REVIEW: "## Floor review\n\nStrong circumstances: a place or a way together with goods.\n",
    None: "## No floor\n\nInformation.\n",
}
_TABLE = "\n| code | law | source | when, and what answers it |\n|---|---|---|---|\n"
_BY_DAY = "CAATSA-321 or TA-307 by day"


def rules_markdown() -> str:
    """Return docs/rules.md: every rule with law, source and what it means, by floor."""
    parts = [_HEAD]
    for floor, head in _FLOORS.items():
        parts.append(f"\n{head}{_TABLE}")
        parts.extend(_row(rule) for rule in RULES if rule.floor is floor)
    return "".join(parts)


def _row(rule: Rule) -> str:
    law = _BY_DAY if rule.law is not None else (rule.regime.value if rule.regime else "none")
    return f"| `{rule.code}` | {law} | {rule.source} | {rule.about} |\n"
